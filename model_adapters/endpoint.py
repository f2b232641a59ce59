"""An HTTP service that computes elsewhere: a connection that is kept, errors in a sentence, a key that nobody sees."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from pytest_asrbench.errors import BusyError, DeviceError, EndpointError, MissingDependencyError, UsageError

from .service_answers import Answer, names, refusal

EXTRA = "openai"
CONNECT_SECONDS = 10.0
MOST_BYTES = 8_000_000  # of an answer: an hour of speech with times for each word takes one million
# What every service can be told; `source` stands for `endpoint`, with #MODEL behind it for `model`.
OPTIONS: Mapping[str, Any] = {"endpoint": "", "model": "", "api_key": "", "timeout": 0.0, "body": {}}


def place(source: str | None, options: Mapping[str, Any]) -> tuple[str, str]:
    """The address of a service and the model's name there, of `http://HOST:PORT/v1#MODEL` and of the options."""
    address, _, model = (source or options["endpoint"]).partition("#")
    return address.rstrip("/"), options["model"] or model


class Endpoint:
    """The service at `url`. key: sent as a bearer token, if there is one, to that host alone: no redirect is followed.

    seconds: how long an answer may take; 0: as long as whoever waits for it. Raises MissingDependencyError, UsageError.
    """

    def __init__(self, url: str, key: str = "", *, seconds: float = 0.0) -> None:
        try:
            import httpx2
        except ImportError as error:
            raise MissingDependencyError(f'{error}: pip install "pytest-asrbench[{EXTRA}]"') from error
        self._http = httpx2
        if not _is_address(url, httpx2):
            raise UsageError(
                f"{url or 'nothing'} is no address of a service: write http://HOST:PORT/v1, or https://..."
            )
        if not (key.isascii() and key.isprintable() and " " not in key):
            raise UsageError("the key holds a blank, a line break or a letter beyond ASCII: set its variable anew")
        self.url = url
        self._key, self._seconds = key, seconds
        self._offers: tuple[str, ...] = ()
        headers = {"Accept-Encoding": "identity"}  # a packed answer may hold a thousand times as much
        headers |= {"Authorization": f"Bearer {key}"} if key else {}
        limits = httpx2.Timeout(seconds or None, connect=CONNECT_SECONDS)
        self._client = httpx2.Client(headers=headers, timeout=limits, follow_redirects=False)

    def reach(self) -> None:
        """Raise DeviceError if nobody listens at the address, EndpointError if the key is refused.

        Whatever else is answered there will do: not every service has a list of its models.
        """
        try:
            # A connection of its own: some servers drop one on which they had nothing to list.
            answer = self._send("GET", "models", timeout=CONNECT_SECONDS, headers={"Connection": "close"})
        except self._http.ReadTimeout:
            return
        except self._http.TransportError as error:
            raise DeviceError(
                f"{self.url} cannot be reached ({_told(error)}): start the server, or correct the address"
            ) from error
        except EndpointError:
            return
        if answer.status == 401:
            raise refusal(answer)
        self._offers = names(answer)

    def post(self, path: str, **content: Any) -> Answer:
        """Return what a request gives; content: `json`, or `data` and `files`, as httpx takes them.

        Raises BusyError for what may pass, EndpointError for everything else that is no answer.
        """
        try:
            answer = self._send("POST", path, **content)
        except (self._http.ReadTimeout, self._http.WriteTimeout) as error:
            raise self._late(path) from error
        except self._http.TransportError as error:
            raise BusyError(f"{self.url}/{path} does not answer ({_told(error)})") from error
        if not 200 <= answer.status < 300:
            raise refusal(answer, self._offers)
        return answer

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _send(self, method: str, path: str, **content: Any) -> Answer:
        """Send a request, and read what comes as far as it is bearable; raises EndpointError if it is not."""
        end = time.monotonic() + self._seconds if self._seconds else None
        where, body = f"{self.url}/{path}", bytearray()
        with self._client.stream(method, where, **content) as response:
            for piece in response.iter_raw():
                body += piece
                if len(body) > MOST_BYTES:
                    raise EndpointError(
                        f"{where} sent more than {MOST_BYTES // 1_000_000} MB, which no transcript has: the rest was "
                        "not read; correct the address"
                    )
                if end is not None and time.monotonic() > end:
                    raise self._late(path)
            return Answer(where, response.status_code, bytes(body), dict(response.headers), self._key)

    def _late(self, path: str) -> EndpointError:
        return EndpointError(
            f"{self.url}/{path} had not answered after {self._seconds:g} s: see what it does, or give it longer, "
            "timeout = SECONDS in the model's options"
        )


def _is_address(url: str, http: Any) -> bool:
    try:
        parsed = http.URL(url)
    except http.InvalidURL:
        return False
    return parsed.scheme in ("http", "https") and bool(parsed.host) and not parsed.query


def _told(error: Exception) -> str:
    return str(error) or type(error).__name__
