import errno
import socket

import pytest
from xknx.exceptions import CommunicationError, InvalidSecureConfiguration, IPSecureError, RequestResponseError
from xknx.knxip import ErrorCode

from knx_ocpp_bridge.knx.link.reasons import is_taken, reason

WHERE = "192.168.1.20:3671"


def hidden(cause):
    """As xknx tells it."""
    error = CommunicationError("Tunnel connection could not be established")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (
            IPSecureError("Secure session authentication failed: SecureSessionStatusCode.STATUS_AUTHENTICATION_FAILED"),
            "refuses the password of the tunnel's user",
        ),
        (IPSecureError("SessionResponse MAC verification failed."), "its device authentication is another"),
        (
            RequestResponseError("KNX bus did not respond in time (1.0 secs) to request of type 'Session'"),
            "it offers no secure session",
        ),
        (
            RequestResponseError("KNX bus did not respond in time (10 secs) to request of type 'Authenticate'"),
            "does not answer the login",
        ),
        (RequestResponseError("", error_code=ErrorCode.E_NO_MORE_CONNECTIONS), "all of its tunnels are taken"),
        (RequestResponseError("", error_code=ErrorCode.E_CONNECTION_IN_USE), "individual_address is taken"),
        (RequestResponseError("", error_code=ErrorCode.E_CONNECTION_TYPE), "connection: tunneling_tcp_secure"),
        (
            socket.gaierror(-2, "Name or service not known"),
            "nobody knows this name (Name or service not known): correct",
        ),
        (OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address"), "no such address as knx.local_address says"),
        (InvalidSecureConfiguration("No backbone key found."), "KNX Secure: No backbone key found: export the keyring"),
    ],
)
def test_what_the_library_hides_is_told_with_its_remedy(cause, words):
    told = reason(hidden(cause), WHERE)

    assert told.startswith(f"no connection to {WHERE}: ")
    assert words in told


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (ConnectionRefusedError(111, "Connect call failed"), "it refuses the connection: is its address right"),
        (OSError(113, "No route to host"), "No route to host"),
        (
            RequestResponseError("KNX bus did not respond in time (1.0 secs) to request of type 'Connect'"),
            "did not respond in time",
        ),
    ],
)
def test_who_cannot_be_reached_is_told_as_such(cause, words):
    told = reason(hidden(cause), WHERE)

    assert told.startswith(f"cannot reach {WHERE}: ")
    assert words in told


def test_a_reason_without_words_is_told_by_its_kind():
    assert reason(TimeoutError(), WHERE) == f"cannot reach {WHERE}: TimeoutError"


@pytest.mark.parametrize(
    ("code", "taken"),
    [
        (ErrorCode.E_NO_MORE_CONNECTIONS, True),
        (ErrorCode.E_AUTHORISATION_ERROR, True),
        (ErrorCode.E_KNX_CONNECTION, False),
        (None, False),
    ],
)
def test_another_tunnel_is_tried_only_where_this_one_is_taken(code, taken):
    assert is_taken(hidden(RequestResponseError("", error_code=code))) is taken
