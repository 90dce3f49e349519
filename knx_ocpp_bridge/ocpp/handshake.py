"""Who dials, and whether that is a charge point: path and headers -> a verdict with its reason in words. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

MAX_IDENTITY_CHARS: Final = 255
_OURS: Final = ("ocpp1.6", "ocpp1.6j", "ocpp16", "ocpp16j")
"""Spellings of the one version that is spoken here, the best first."""
_FORBIDDEN: Final = re.compile(r"[=/()<>\x00-\x1f\x7f-\x9f]")
_BROKEN_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HOST: Final = re.compile(r"[A-Za-z0-9.\-]{1,253}(?::\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::\d{1,5})?")


@dataclass(frozen=True, slots=True)
class Welcome:
    """A charge point that speaks OCPP 1.6."""

    identity: str
    subprotocol: str | None
    """To be sent back exactly so; None: none was offered and none is sent back."""
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Not let in; the reason is sent as the body of the HTTP answer, and logged."""

    reason: str
    status: int = 403


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody looks whether anything is here."""

    text: str


def judge(path: str, host: str, upgrade: Sequence[str], offered: Sequence[str]) -> Welcome | Refusal | Visit:
    """Give the verdict on a GET request: `upgrade` and `offered` are the values of their headers, line by line."""
    if not any("websocket" in value.lower() for value in upgrade):
        return Visit(_greeting(host))
    identity, warning = _identity(path)
    if not identity:
        return Refusal("the URL names no charge point: end it with the charge point's identity, as in /ocpp/CP1", 404)
    forbidden = _FORBIDDEN.search(identity)
    if forbidden is not None:
        return Refusal(f"an identity cannot hold the character {forbidden[0]!r}", 400)
    if len(identity) > MAX_IDENTITY_CHARS:
        return Refusal(f"an identity cannot be longer than {MAX_IDENTITY_CHARS} characters", 400)
    protocols = [word for line in offered for word in map(str.strip, line.split(",")) if word.strip("\"' ")]
    subprotocol = _choose(protocols)
    if protocols and subprotocol is None:
        names = ", ".join(protocols)[:80]
        return Refusal(f"only OCPP 1.6 is spoken here (ocpp1.6), and the charge point offers {names}", 400)
    return Welcome(identity, subprotocol, warning)


def _identity(path: str) -> tuple[str, str]:
    """The last segment of the path that is not empty, percent-decoded once (rows C8, C9)."""
    bare = re.split(r"[?#]", path, maxsplit=1)[0]
    raw = next((segment for segment in reversed(bare.split("/")) if segment), "")
    try:
        decoded = None if _BROKEN_ESCAPE.search(raw) else unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        decoded = None
    if decoded is None:
        return raw.strip(), "the percent-encoding of its URL is broken; the identity is taken as it stands"
    return decoded.strip(), ""


def _choose(offered: Sequence[str]) -> str | None:
    spelled = {word.strip("\"' ").casefold(): word for word in reversed(offered)}
    return next((spelled[name] for name in _OURS if name in spelled), None)


def _greeting(host: str) -> str:
    address = host if _HOST.fullmatch(host) else "<address of this machine>:<port>"
    return (
        "This is the OCPP 1.6J Central System of knx-ocpp-bridge, and it is up.\n"
        "Nothing is shown here: it is for charge points.\n"
        "\n"
        "The URL to type into a charge point, with the identity of the charge point at its end:\n"
        f"  ws://{address}/<identity>\n"
        "(if the charge point adds its identity itself, the URL ends with the slash)\n"
    )
