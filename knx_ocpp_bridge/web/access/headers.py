"""What every answer tells the browser not to do.

HSTS (RFC 6797) is not among it, on purpose: it holds for every port of the host, where other programs may speak http,
and with a certificate of the bridge's own authority it would lock out whoever has not installed its root yet.
"""

from collections.abc import Mapping
from typing import Final

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors "
)
"""Content Security Policy Level 3: nothing from elsewhere, nothing inline."""
IN_NO_FRAME: Final = f"{_POLICY}'none'"
FRAMED: Final = "/embed/"
"""The one folder that may be shown in a frame, by whom the configuration names."""
_STATIC: Final = "/static/"
_ALWAYS: Final = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
_ENCRYPTED: Final = {"cross-origin-opener-policy": "same-origin"}
"""Over http a browser ignores it, and complains about it on every page (HTML, section 7.1.3)."""
_FOR_EVER: Final = "public, max-age=31536000, immutable"
"""The version is part of the path."""


def headers_of(path: str, status: int, frames: tuple[str, ...], scheme: str = "https") -> Mapping[str, str]:
    """The headers of an answer that has not said otherwise. `frames`: origins that may show the card in a frame."""
    framed = path.startswith(FRAMED) and frames
    policy = f"{_POLICY}'self' {' '.join(frames)}" if framed else IN_NO_FRAME
    secure = _ENCRYPTED if scheme == "https" else {}
    lasts = path.startswith(_STATIC) and status < 400
    return {"content-security-policy": policy, "cache-control": _FOR_EVER if lasts else "no-store", **_ALWAYS, **secure}
