"""An HTTP service that computes elsewhere: a connection that is kept, errors in a sentence, a key that nobody sees."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pytest_asrbench.errors import BusyError, DeviceError, EndpointError, MissingDependencyError, UsageError

CONNECT_SECONDS = 10.0  # the answer itself has no limit here: who waits for it has one
SHOWN = 300  # characters of what a server says
BUSY = (408, 429, 500, 502, 503, 504)  # what may pass
SECRET_REFUSALS = (401, 403)


class Endpoint:
    """The service at `url`. key: sent as a bearer token, if there is one. Raises MissingDependencyError, UsageError."""

    def __init__(self, url: str | None, key: str, *, extra: str) -> None:
        try:
            import httpx2
        except ImportError as error:
            raise MissingDependencyError(f'{error}: pip install "pytest-asrbench[{extra}]"') from error
        if not url or not url.startswith(("http://", "https://")):
            raise UsageError(
                f"{url or 'nothing'} is no address of a service: write http://HOST:PORT/v1, or https://..."
            )
        self.url = url.rstrip("/")
        self._http = httpx2
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx2.Client(headers=headers, timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS))

    def reach(self) -> None:
        """Raise DeviceError if nobody listens at the address; whatever is answered there will do."""
        try:
            self._client.get(self.url)
        except self._http.TransportError as error:
            raise DeviceError(
                f"{self.url} cannot be reached ({_told(error)}): start the server, or correct the address"
            ) from error

    def post(self, path: str, **content: Any) -> Any:
        """Return the JSON that a request gives; content: `json`, or `data` and `files`, as httpx takes them.

        Raises BusyError for what may pass, EndpointError for everything else that is no answer.
        """
        where = f"{self.url}/{path}"
        try:
            response = self._client.post(where, **content)
        except self._http.TransportError as error:
            raise BusyError(f"{where} does not answer ({_told(error)})") from error
        if not response.is_success:
            raise _refusal(where, response.status_code, response.text, response.headers)
        try:
            return json.loads(response.content)
        except (ValueError, RecursionError) as error:
            raise EndpointError(f"{where} answered with what is no JSON: {response.text[:SHOWN]!r}") from error

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


def _refusal(where: str, status: int, text: str, headers: Mapping[str, str]) -> EndpointError:
    said = f"{where} answered {status}: {' '.join(text.split())[:SHOWN] or 'nothing'}"
    if status in BUSY:
        return BusyError(said, _seconds(headers.get("retry-after", "")))
    if status in SECRET_REFUSALS:
        return EndpointError(
            f'{said}; name the variable that holds the key, api_key_env = "NAME" in the model\'s options'
        )
    return EndpointError(said)


def _seconds(text: str) -> float:
    """What a server asks to wait for; 0 where it does not say, or names a date."""
    try:
        return max(0.0, float(text))
    except ValueError:
        return 0.0


def _told(error: Exception) -> str:
    return str(error) or type(error).__name__
