"""Who somebody is: by a token, by a session, or by what the configuration lets anybody do."""

from collections.abc import Callable
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from knx_ocpp_bridge.config.models import Web
from knx_ocpp_bridge.web.access.cookies import session_key
from knx_ocpp_bridge.web.access.gate import Gate, Whence
from knx_ocpp_bridge.web.roles import Role, Visitor

_ANYBODY: Final = {"none": Role.NOBODY, "view": Role.VIEWER, "operate": Role.OPERATOR}
_KIOSK_FOLDER: Final = "/embed/"
_KIOSK_STREAM: Final = "/live"
"""Where the token of a screen is good for something; the stream looks at its topics itself."""
_BEARER: Final = "bearer "


def whence(connection: HTTPConnection) -> Whence:
    """Where a request comes from."""
    peer = connection.client.host if connection.client else ""
    return Whence(peer, connection.headers.get("user-agent", ""))


class Doorkeeper:
    """Tells who sends a request. A session never gives less than what anybody may; a token gives its own role alone."""

    def __init__(self, gate: Gate, settings: Callable[[], Web]) -> None:
        self._gate = gate
        self._settings = settings

    async def visitor(self, connection: HTTPConnection) -> Visitor:
        """Whoever sends this.

        Raises:
            HTTPException: 401, it shows a token that is none, or is none for this.
        """
        shown = connection.headers.get("authorization", "")
        if shown.casefold().startswith(_BEARER):
            return self._by_token(shown[len(_BEARER) :].strip(), kiosk=False)
        path = connection.url.path
        for_screens = path.startswith(_KIOSK_FOLDER) or path == _KIOSK_STREAM
        if for_screens and (key := connection.query_params.get("token")):
            return self._by_token(key, kiosk=True)
        anybody = _ANYBODY[self._settings().anonymous]
        if key := session_key(connection):
            user = self._gate.by_session(key, whence(connection))
            if user is not None:
                return user if user.role >= anybody else Visitor(anybody, user.name)
        return Visitor(anybody)

    def _by_token(self, key: str, *, kiosk: bool) -> Visitor:
        visitor = self._gate.by_token(key, kiosk=kiosk)
        if visitor is None:
            raise HTTPException(
                401,
                "this token is not known, or has been revoked",
                {"www-authenticate": 'Bearer error="invalid_token"'},
            )
        return visitor
