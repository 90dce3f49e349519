"""The one cookie that says who somebody is."""

from collections.abc import Mapping
from typing import Final, Protocol

from starlette.responses import Response

from knx_ocpp_bridge.web.access.gate import Entered

SESSION: Final = "session"
SECURE_SESSION: Final = "__Host-session"
"""By https: RFC 6265bis section 4.1.3.2, no page by http and no other host can set it."""


class Came(Protocol):
    """The part of a request or connection that is looked at."""

    @property
    def cookies(self) -> Mapping[str, str]: ...
    @property
    def url(self) -> "_Url": ...


class _Url(Protocol):
    @property
    def scheme(self) -> str: ...


def session_key(came: Came) -> str:
    """What the browser shows; empty: nothing."""
    return came.cookies.get(_name(came), "")


def give(response: Response, came: Came, entered: Entered) -> None:
    """The browser shows this from now on."""
    response.set_cookie(
        _name(came), entered.key, max_age=entered.lasts_s, path="/", secure=_is_secure(came), httponly=True,
        samesite="lax",
    )  # fmt: skip


def take(response: Response, came: Came) -> None:
    """The browser shows nothing from now on."""
    response.delete_cookie(_name(came), path="/", secure=_is_secure(came), httponly=True, samesite="lax")


def _name(came: Came) -> str:
    return SECURE_SESSION if _is_secure(came) else SESSION


def _is_secure(came: Came) -> bool:
    return came.url.scheme == "https"
