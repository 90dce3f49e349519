"""The command line's end of the control socket: asks once, waits, and says in words what went wrong."""

import socket
import time
from pathlib import Path
from typing import Final

from knx_ocpp_bridge.control.errors import ControlError
from knx_ocpp_bridge.control.protocol import ProtocolError, Request, Response, decode_response, encode_request

_LONGEST_ANSWER: Final = 16 * 1024 * 1024
_CHUNK: Final = 64 * 1024


def ask(path: Path, request: Request, timeout_s: float) -> Response:
    """The running bridge's answer, within `timeout_s` seconds.

    Raises:
        ControlError: no bridge is there, it may not be asked, or it gives no answer in time.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        try:
            return decode_response(_exchange(link, path, encode_request(request), time.monotonic() + timeout_s))
        except (FileNotFoundError, ConnectionRefusedError) as error:
            raise ControlError(
                "the bridge is not running, or runs with another socket",
                path,
                "start it (systemctl start knx-ocpp-bridge), or name its socket by --socket",
            ) from error
        except PermissionError as error:
            raise ControlError(
                "this user may not command the bridge", path, "use sudo, or the user that runs the bridge"
            ) from error
        except TimeoutError as error:
            raise ControlError(
                f"no answer within {timeout_s:g} s", path, "see its log: journalctl -u knx-ocpp-bridge"
            ) from error
        except ProtocolError as error:
            raise ControlError(
                str(error), path, "restart it, if it was upgraded: systemctl restart knx-ocpp-bridge"
            ) from error
        except OSError as error:
            raise ControlError(f"the bridge cannot be asked ({error})", path, "see whether it is running") from error


def _exchange(link: socket.socket, path: Path, line: bytes, deadline: float) -> bytes:
    link.settimeout(_left(deadline))
    link.connect(str(path))
    link.sendall(line)
    answer = bytearray()
    while not answer.endswith(b"\n") and len(answer) < _LONGEST_ANSWER:
        link.settimeout(_left(deadline))
        chunk = link.recv(_CHUNK)
        if not chunk:
            raise ConnectionAbortedError("it hung up without an answer")
        answer += chunk
    return bytes(answer)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
