"""What a trace must not show: passwords never, cards (idTags) only to whoever asks for them.

Both work on the text of a frame, whatever it holds, and leave what is none of their business as it was written.
"""

import re
from typing import Final

import msgspec

from knx_ocpp_bridge.core.authorization import masked
from knx_ocpp_bridge.core.configuration_keys import SECRET_WORDS

HIDDEN: Final = "…"

_LOGIN: Final = re.compile(r'(://[^/\s:@"\\]{0,255}:)[^/\s@"\\]{1,255}@')
"""The password in the URL of an upload or download."""
_UNREADABLE: Final = re.compile("|".join(SECRET_WORDS), re.IGNORECASE)
_TAG: Final = re.compile(
    r"""
    ((?:parent)?idTag \\* ["']? \s* : \s*)            # the name; an escaped quote stands in JSON within JSON
    (?: " ((?:[^"\\]|\\.)*) | (\\*["']?) ([^"'\\,}\]]*) )
    """,
    re.IGNORECASE | re.VERBOSE,
)


def may_hold_passwords(text: str) -> bool:
    """False where `without_passwords` leaves this text, and every part of it, as it is."""
    low = text.lower()
    return "://" in low or any(word in low for word in SECRET_WORDS)


def without_passwords(text: str) -> str:
    """The text of a frame without the values of secret configuration keys, and without the passwords in URLs."""
    low = text.lower()
    if "://" in low:
        text = _LOGIN.sub(rf"\1{HIDDEN}@", text)
    # One by one: an `any` over a generator costs four times as much, for every frame.
    if "authorizationkey" in low or "password" in low or "passphrase" in low or "secret" in low:
        return _without_values(text)
    return text


def with_masked_tags(text: str) -> str:
    """The text of a frame with the last characters of its cards alone."""
    return _TAG.sub(_mask_tag, text)


def _mask_tag(found: re.Match[str]) -> str:
    name, quoted, quote, bare = found.groups()
    return f'{name}"{masked(quoted)}' if quoted is not None else f"{name}{quote}{masked(bare)}"


def _without_values(text: str) -> str:
    try:
        frame = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        found = _UNREADABLE.search(text)
        return text if found is None else f"{text[: found.end()]}{HIDDEN} (the rest is hidden, as it cannot be read)"
    try:
        return msgspec.json.encode(frame).decode() if _hide(frame) else text
    except RecursionError:
        return f"{HIDDEN} (hidden, as it is nested too deeply)"


def _hide(value: object) -> bool:
    """Hide what is secret within this value; True if there was any."""
    if isinstance(value, list):
        return sum(map(_hide, value)) > 0
    if not isinstance(value, dict):
        return False
    changed = sum(map(_hide, value.values())) > 0
    key = value.get("key")
    if isinstance(key, str) and value.get("value") and any(word in key.lower() for word in SECRET_WORDS):
        value["value"] = HIDDEN
        return True
    return changed
