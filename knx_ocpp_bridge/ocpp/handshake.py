"""Who dials, and whether that is a charge point: path and headers -> a verdict with its reason in words. Pure."""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

from knx_ocpp_bridge.core.security import Proof
from knx_ocpp_bridge.core.values import ChargerId
from knx_ocpp_bridge.ocpp.failures import Kind

MAX_IDENTITY_CHARS: Final = 255
ROOT_PEM: Final = "OCPP-CA.pem"
ROOT_DER: Final = ("OCPP-CA.crt", "OCPP-CA.der")
_OURS: Final = ("ocpp1.6", "ocpp1.6j", "ocpp16", "ocpp16j")
"""Spellings of the one version that is spoken here, the best first."""
_FORBIDDEN: Final = re.compile(r"[=/()<>]")
_BROKEN_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HOST: Final = re.compile(r"[A-Za-z0-9.\-]{1,253}(?::\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::\d{1,5})?")
_FIRMWARE: Final = "a newer firmware, and nothing between it and the bridge that changes its requests"


@dataclass(frozen=True, slots=True)
class Manner:
    """How one may dial here."""

    schemes: tuple[str, ...] = ("ws",)
    """`ws`, `wss` or both, the better first."""
    root: bool = False
    """The root certificate is handed out."""


@dataclass(frozen=True, slots=True)
class Head:
    """A GET request; of the headers, the values line by line."""

    path: str
    host: str = ""
    protocol: str = "HTTP/1.1"
    tls: bool = False
    upgrade: Sequence[str] = ()
    connection: Sequence[str] = ()
    key: Sequence[str] = ()
    version: Sequence[str] = ()
    offered: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Welcome:
    """A charge point that speaks OCPP 1.6."""

    identity: str
    """Empty: its URL names none (row C10)."""
    subprotocol: str | None
    """To be sent back exactly so; None: none was offered and none is sent back."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Not let in; reason and remedy are the body of the HTTP answer, logged, and entered in the failure book."""

    reason: str
    status: int = 403
    remedy: str = ""
    kind: Kind = Kind.REFUSED
    cause: str = ""
    """As that of `failures.Trouble`."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody looks whether anything is here."""

    text: str


@dataclass(frozen=True, slots=True)
class Download:
    """Somebody wants the root certificate under this file name."""

    name: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """A WebSocket that could be opened, if its charger is let in."""

    identity: str
    """As dialled; empty where the URL names no charge point."""
    peer: str
    proof: Proof
    user_agent: str


Admit = Callable[[Attempt], ChargerId | Refusal]
"""Gives the charger's canonical identity, or why it is not let in."""


def judge(head: Head, manner: Manner) -> Welcome | Refusal | Visit | Download:
    """Give the verdict on a GET request."""
    if not any("websocket" in value.lower() for value in head.upgrade):
        return _no_websocket(head, manner)
    if not head.tls and "ws" not in manner.schemes:
        reason = f"this bridge speaks wss only; type wss://{_address(head.host)}/<identity>"
        return Refusal(reason, 426, "write wss:// and install OCPP-CA.pem in the charger", Kind.TLS, "tls_only")
    trouble = _unfit(head)
    if trouble is not None:
        return trouble
    identity, warnings = _identity(head.path)
    forbidden = _forbidden(identity)
    if forbidden is not None:
        reason = f"an identity cannot hold the character {forbidden!a}"
        return Refusal(reason, 400, "give the charger another identity", Kind.PATH)
    if len(identity) > MAX_IDENTITY_CHARS:
        reason = f"an identity cannot be longer than {MAX_IDENTITY_CHARS} characters"
        return Refusal(reason, 400, "give the charger another identity", Kind.PATH)
    protocols = subprotocols(head.offered)
    subprotocol = _choose(protocols)
    if protocols and subprotocol is None:
        names = ", ".join(protocols)[:80]
        reason = f"only OCPP 1.6 is spoken here (ocpp1.6), and the charge point offers {names}"
        return Refusal(reason, 400, "choose OCPP 1.6 (JSON) in the charger", Kind.PROTOCOL_VERSION)
    return Welcome(identity, subprotocol, (*warnings, *_spoiled(head)))


def _forbidden(identity: str) -> str | None:
    """The first character that no identity holds: it has a meaning in a path, or cannot be seen."""
    return next((each for each in identity if _FORBIDDEN.match(each) or not each.isprintable()), None)


def subprotocols(offered: Sequence[str]) -> list[str]:
    """The subprotocols of those header lines, without empty ones."""
    return [word for line in offered for word in map(str.strip, line.split(",")) if word.strip("\"' ")]


def _no_websocket(head: Head, manner: Manner) -> Refusal | Visit | Download:
    if head.key or head.offered:
        reason = "its request for a WebSocket lacks the header Upgrade: websocket"
        return Refusal(reason, 400, _FIRMWARE, Kind.MALFORMED)
    name = head.path.partition("?")[0].removeprefix("/")
    wanted = next((one for one in (ROOT_PEM, *ROOT_DER) if one.casefold() == name.casefold()), None)
    if wanted is not None and manner.root:
        return Download(wanted)
    return Visit(_greeting(_address(head.host), manner))


def _unfit(head: Head) -> Refusal | None:
    """What no WebSocket can begin with (RFC 6455 section 4.2.1; row C7)."""
    if head.protocol != "HTTP/1.1":
        reason = f"its request is {head.protocol}, and a WebSocket begins with HTTP/1.1"
        return Refusal(reason, 505, _FIRMWARE, Kind.MALFORMED)
    if len(head.key) != 1:
        many = "no" if not head.key else "more than one"
        return Refusal(f"its request has {many} Sec-WebSocket-Key", 400, _FIRMWARE, Kind.MALFORMED)
    try:
        size = len(base64.b64decode(head.key[0].encode(), validate=True))
    except (binascii.Error, ValueError):
        size = 0
    if size != 16:
        return Refusal("its Sec-WebSocket-Key is not 16 bytes in base64", 400, _FIRMWARE, Kind.MALFORMED)
    if list(head.version) != ["13"]:
        said = ", ".join(head.version)[:40] or "none"
        reason = f"its Sec-WebSocket-Version is not 13 ({said})"
        return Refusal(reason, 400, _FIRMWARE, Kind.MALFORMED)
    return None


def _spoiled(head: Head) -> tuple[str, ...]:
    """Headers of a WebSocket that are not as they should be, and from which it is clear what is wanted (row C6)."""
    words = [word.strip().lower() for line in head.connection for word in line.split(",")]
    wrong = [] if "upgrade" in words else [f"Connection: {', '.join(head.connection)[:40] or '(none)'}"]
    if [value.lower() for value in head.upgrade] != ["websocket"]:
        wrong.append(f"Upgrade: {', '.join(head.upgrade)[:40]}")
    return tuple(f"its handshake is spoiled ({one}); it is let in all the same" for one in wrong)


def _identity(path: str) -> tuple[str, tuple[str, ...]]:
    """The last segment of the path that is not empty, percent-decoded once (rows C8, C9)."""
    bare = re.split(r"[?#]", path, maxsplit=1)[0]
    raw = next((segment for segment in reversed(bare.split("/")) if segment), "")
    try:
        decoded = None if _BROKEN_ESCAPE.search(raw) else unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        decoded = None
    if decoded is None:
        return raw.strip(), ("the percent-encoding of its URL is broken; the identity is taken as it stands",)
    if not decoded.strip():
        return "", ("the URL names no charge point: end it with the charge point's identity, as in /ocpp/CP1",)
    return decoded.strip(), ()


def _choose(offered: Sequence[str]) -> str | None:
    spelled = {word.strip("\"' ").casefold(): word for word in reversed(offered)}
    return next((spelled[name] for name in _OURS if name in spelled), None)


def _address(host: str) -> str:
    return host if _HOST.fullmatch(host) else "<address of this machine>:<port>"


def _greeting(address: str, manner: Manner) -> str:
    urls = "".join(f"  {scheme}://{address}/<identity>\n" for scheme in manner.schemes)
    root = (
        "\n"
        "The root certificate, to be installed in a charge point before it can use wss:\n"
        f"  http://{address}/{ROOT_PEM}\n"
        f"  http://{address}/{ROOT_DER[0]} (the same, as DER)\n"
    )
    return (
        "This is the OCPP 1.6J Central System of knx-ocpp-bridge, and it is up.\n"
        "Nothing is shown here: it is for charge points.\n"
        "\n"
        "The URL to type into a charge point, with the identity of the charge point at its end:\n"
        f"{urls}"
        "(if the charge point adds its identity itself, the URL ends with the slash)\n"
        f"{root if manner.root else ''}"
    )
