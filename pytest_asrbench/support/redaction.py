"""Secrets: by which names and forms they are known, that options may not hold them, and text without them.

Whatever leaves the process (terminal, reports, history, journal) passes `redact` or `redacted` where it is made.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from pytest_asrbench.errors import UsageError

HIDDEN = "***"
ENV_SUFFIX = "_env"  # api_key_env = "NAME": the option api_key has the value of the environment variable NAME
MIN_LENGTH = 6  # of an environment variable's value that is looked for in texts: shorter ones are words
UNMISTAKABLE = 12  # of one that makes the text around it a secret, too
_named: set[str] = set()  # variables that options have named as secrets, whatever they are called

# Each pattern begins where a word does, and so takes time in proportion to the text, whatever it holds.
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SECRET = re.compile(
    "password|passwd|passphrase|pw|secrets?|apikey|jwt|token|key|credentials?|authori[sz]ation|authentication|auth|bearer|cookie"
)
_AFTER = ("value", "header", "string")  # what may follow: "authorization_header"
# What stands before "token" or "key" where a tokeniser's or a data format's are meant.
_HARMLESS = re.compile(
    "pad|bos|eos|unk|sep|cls|mask|start|end|stop|special|blank|prompt|language|image|audio|word|text|sort|state|dict|"
    "config|weights|cache|public|per|max|timestamps?|transcribe|translate|task|delimiter|first|last|next|boundary"
)
_USERINFO = re.compile(r"(?<=://)[^\s/?#'\"<>]+@")
_TOKENS = re.compile(
    r"(?<![\w-])(?:hf_(?=[A-Za-z]*[0-9A-Z])[A-Za-z0-9]{8,}|sk[-_](?=[\w-]*\d)[\w-]{12,}|gh[opsur]_[A-Za-z0-9]{12,}"
    r"|github_pat_\w{12,}|glpat-[\w-]{12,}|(?:AKIA|ASIA)[0-9A-Z]{12,}|xox[abeprs]-[\w-]{10,}|AIza[\w-]{30,}"
    r"|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,})|(?<=Bearer )[\w.~+/=-]{8,}",
)
_VALUE = r"(?P<value>\"[^\"]*\"|'[^']*'|[^\s,;\])}]+)"
# A name and its value: name=value, "name": value, --name value, and headers as they are sent.
_GIVEN = tuple(
    re.compile(pattern + _VALUE)
    for pattern in (
        r"(?<![\w-])(?P<name>[A-Za-z][\w-]*)(?P<between>=)",
        r"(?<=[\"'])(?P<name>[A-Za-z][\w-]*)(?P<between>[\"']\s*:\s*)",
        r"(?<![\w-])(?P<name>--[A-Za-z][\w-]*)(?P<between>\s+)(?!-)",
        r"(?i:(?P<name>authorization|password|secret|api[-_]?key))(?P<between>\s*:\s*(?:Basic |Bearer )?)",
    )
)


@lru_cache(4_096)
def is_secret_name(name: str) -> bool:
    """Whether an option or environment variable called `name` holds a secret, by the words that the name ends with."""
    words = [word.lower() for word in _WORDS.findall(name)]
    while len(words) > 1 and words[-1] in _AFTER:
        words.pop()
    if not words or not _SECRET.fullmatch(words[-1]):
        return False
    return not (words[-1] in ("token", "key") and len(words) > 1 and _HARMLESS.fullmatch(words[-2]))


def holds_secret(value: Any) -> bool:
    """Whether a value holds a secret, whatever its name: a URL's password, a known service's token, one of our own."""
    if not isinstance(value, str):
        return False
    ours = any(secret in value for secret in secrets() if len(secret) >= UNMISTAKABLE)
    return ours or bool(_USERINFO.search(value) or _TOKENS.search(value))


def redact(text: str, known: tuple[str, ...] | None = None) -> str:
    """Return `text` with every secret that can be recognised as ***, and with those `known`, of this environment."""
    return _without(text, secrets() if known is None else known)


def without_ours(data: bytes) -> bytes:
    """Return `data`, of which there may be much, with every secret of this environment as ***."""
    for secret in secrets():
        data = data.replace(secret.encode(), HIDDEN.encode())
    return data


def _without(text: str, known: tuple[str, ...]) -> str:
    for secret in known:
        text = text.replace(secret, HIDDEN)
    text = _TOKENS.sub(HIDDEN, _USERINFO.sub(f"{HIDDEN}@", text))
    for pattern in _GIVEN:
        text = pattern.sub(_hide, text)
    return text


_name_without = lru_cache(1_024)(_without)  # names come again with every case


def redacted(value: Any, known: tuple[str, ...] | None = None) -> Any:
    """Return a JSON-like value with all of its texts redacted, as `redact` does, and values of a secret name hidden."""
    return _all_without(value, secrets() if known is None else known)


def _all_without(value: Any, known: tuple[str, ...]) -> Any:
    if isinstance(value, str):
        return _without(value, known)
    if isinstance(value, Mapping):
        return {
            _name_without(str(key), known): HIDDEN
            if isinstance(entry, str) and is_secret_name(str(key))
            else _all_without(entry, known)
            for key, entry in value.items()
        }
    return [_all_without(entry, known) for entry in value] if isinstance(value, (list, tuple)) else value


def refuse_secrets(options: Mapping[str, Any], where: str) -> None:
    """Raise UsageError, which begins with `where`, if an option is a secret: options are written into every result."""
    for name, value in _leaves(options):
        told = value not in (None, "") and not isinstance(value, bool)
        if told and is_secret_name(name):
            raise UsageError(
                f"{where}: the option {name} is a secret, and options are written into every result: put it into a "
                f'variable of the environment and name that, {name}{ENV_SUFFIX} = "NAME_OF_THE_VARIABLE"'
            )
        if holds_secret(value):
            raise UsageError(
                f"{where}: the option {name} holds a secret (a token, or a password in an address), and options are "
                "written into every result: take it out, and let the model's process read it from the environment, "
                'env = ["NAME_OF_THE_VARIABLE"] in its table'
            )


def with_secrets(options: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return `options` with the secrets that they name by `..._env`, from the environment.

    Raises UsageError, which begins with `where`, if such a variable is not set.
    """
    complete: dict[str, Any] = {}
    for name, value in options.items():
        plain = name.removesuffix(ENV_SUFFIX)
        if isinstance(value, Mapping):
            complete[name] = with_secrets(value, where)
        elif plain != name and isinstance(value, str) and is_secret_name(plain):
            if not os.environ.get(value):
                raise UsageError(f"{where}: the option {name} names the environment variable {value}, which is not set")
            _named.add(value)
            complete[plain] = os.environ[value]
        else:
            complete[name] = value
    return complete


def _leaves(options: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in options.items():
        entries = value if isinstance(value, (list, tuple)) else [value]
        for entry in entries:
            if isinstance(entry, Mapping):
                yield from _leaves(entry)
            else:
                yield str(name), entry


def secrets() -> tuple[str, ...]:
    """Secrets of this environment as it is now, the longest first."""
    found = {os.environ.get(name, "") for name in (*filter(is_secret_name, os.environ), *_named)}
    return tuple(sorted((value for value in found if len(value) >= MIN_LENGTH), key=len, reverse=True))


def _hide(match: re.Match[str]) -> str:
    if not is_secret_name(match["name"]) or match["value"].lower() in ("true", "false", "none", "null"):
        return match[0]
    return f"{match['name']}{match['between']}{HIDDEN}"
