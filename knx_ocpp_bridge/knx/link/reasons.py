"""Why there is no connection, told from what xknx raises: the gateway, the tunnel, or KNX IP Secure.

xknx says "Tunnel connection could not be established" of everything; what it was stands in the causes behind.
"""

import errno
import re
import socket
from collections.abc import Iterator
from typing import Final

from xknx.exceptions import InvalidSecureConfiguration, IPSecureError, RequestResponseError
from xknx.knxip import ErrorCode

_ELSEWHERE: Final = (
    "close the other program (ETS, a visualisation), or give it another tunnel; after a crash the interface frees it "
    "within two minutes"
)
_AGAIN: Final = "export the keyring again after the last download of the interface in ETS"

_CODES: Final = {
    ErrorCode.E_NO_MORE_CONNECTIONS: f"all of its tunnels are taken: {_ELSEWHERE}",
    ErrorCode.E_NO_MORE_UNIQUE_CONNECTIONS: f"the individual address of its tunnel is used twice: {_ELSEWHERE}",
    ErrorCode.E_CONNECTION_IN_USE: f"the tunnel of knx.individual_address is taken: {_ELSEWHERE}",
    ErrorCode.E_NO_TUNNELLING_ADDRESS: (
        "it has no tunnel with this knx.individual_address: write one that ETS shows below the interface"
    ),
    ErrorCode.E_AUTHORISATION_ERROR: f"the user of the keyring may not use this tunnel: {_AGAIN}",
    ErrorCode.E_CONNECTION_TYPE: (
        "it refuses plain tunnelling: if it is set to KNX IP Secure in ETS, write connection: tunneling_tcp_secure"
    ),
    ErrorCode.E_CONNECTION_OPTION: "it does not support this kind of tunnel: write connection: tunneling",
    ErrorCode.E_TUNNELLING_LAYER: "it does not support this kind of tunnel: is it an interface for group telegrams?",
    ErrorCode.E_KNX_CONNECTION: "its own connection to the line is lost: look at the bus cable of the interface",
}

TAKEN: Final = frozenset(
    {
        ErrorCode.E_NO_MORE_CONNECTIONS,
        ErrorCode.E_NO_MORE_UNIQUE_CONNECTIONS,
        ErrorCode.E_CONNECTION_IN_USE,
        ErrorCode.E_AUTHORISATION_ERROR,
    }
)
"""Another tunnel of the same interface may still be free."""

_LOGIN_REFUSED: Final = (
    f"it refuses the password of the tunnel's user (authentication failed): {_AGAIN}; the keyring may be that of "
    "another interface"
)
_STRANGER: Final = (
    f"its device authentication is another than that in the keyring: {_AGAIN}, and see that the gateway's address is "
    "right: another device may answer there"
)
_SECURE: Final = {"authentication failed": _LOGIN_REFUSED, "MAC verification": _STRANGER}
_NOBODY_THERE: Final = (
    "it refuses the connection: is its address right, and does it speak TCP? (If not, write connection: tunneling)"
)
_NO_NAME: Final = "nobody knows this name ({}): correct it, or write the IP address of the interface"
_NOT_OURS: Final = (
    "this machine has no such address as knx.local_address says: correct it (`ip address` shows those it has), or take "
    "it out"
)
_UNANSWERED: Final = {
    "Session": "it offers no secure session: switch Secure Tunneling on in ETS, or write connection: tunneling_tcp",
    "Authenticate": "it begins a secure session and does not answer the login: restart the interface",
}
_REQUEST: Final = re.compile(r"type '(\w+)'")


def reason(error: BaseException, where: str) -> str:
    """Why there is no connection to `where`: a sentence without a full stop, with the remedy if it is one we know."""
    if told := known(error):
        return f"no connection to {where}: {told}"
    causes = list(_causes(error))
    if any(isinstance(each, ConnectionRefusedError) for each in causes):
        return f"cannot reach {where}: {_NOBODY_THERE}"
    inmost = next((str(each).rstrip(".") for each in reversed(causes) if str(each)), type(error).__name__)
    return f"cannot reach {where}: {inmost}"


def known(error: BaseException) -> str:
    """What this means and what to do, if it is one we know; else empty."""
    return next(filter(None, map(_told, reversed(list(_causes(error))))), "")


def is_taken(error: BaseException) -> bool:
    """Only this one tunnel cannot be had."""
    return any(isinstance(each, RequestResponseError) and each.error_code in TAKEN for each in _causes(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _told(error: BaseException) -> str:
    match error:
        case RequestResponseError(error_code=None):
            request = _REQUEST.search(str(error))
            return _UNANSWERED.get(request[1], "") if request else ""
        case RequestResponseError(error_code=code):
            return _CODES.get(code, "") if code is not None else ""
        case IPSecureError():
            words = str(error).rstrip(".")
            return next((told for sign, told in _SECURE.items() if sign in words), words)
        case InvalidSecureConfiguration():
            return f"KNX Secure: {str(error).rstrip('.')}: {_AGAIN}"
        case socket.gaierror():
            return _NO_NAME.format(error.strerror)
        case OSError(errno=errno.EADDRNOTAVAIL):
            return _NOT_OURS
        case _:
            return ""
