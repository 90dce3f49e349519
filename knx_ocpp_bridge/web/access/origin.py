"""Whether a request that changes something was sent by a page of ours (cross-site request forgery)."""

from collections.abc import Mapping
from typing import Final

_LOOKS: Final = frozenset({"GET", "HEAD"})
_BEARER: Final = "bearer "


def refusal(method: str, headers: Mapping[str, str], scheme: str) -> str:
    """Why this request may not change anything; empty: it may, or changes nothing anyhow.

    Browsers say where a request comes from by `Sec-Fetch-Site` (Fetch Metadata), which they send by https and on this
    machine alone, and by `Origin` (RFC 6454), which they send with every form. What says neither is no page, and has to
    show a token: that no other site can send, as it would have to ask before (CORS) and is never answered.
    """
    if method in _LOOKS or headers.get("authorization", "").casefold().startswith(_BEARER):
        return ""
    site, origin = headers.get("sec-fetch-site", ""), headers.get("origin", "")
    if site and site != "same-origin":
        return "it was sent by a page of another site"
    if not origin:
        return "" if site else "it does not say which page sent it (Origin): programs show a token instead"
    if _is_here(origin, headers.get("host", ""), scheme):
        return ""
    return "it was sent by a page of another site"


def _is_here(origin: str, host: str, scheme: str) -> bool:
    """By http alone: https as well, for a proxy may have taken the encryption off."""
    schemes = ("https",) if scheme == "https" else ("http", "https")
    return bool(host) and any(origin.casefold() == f"{each}://{host.casefold()}" for each in schemes)
