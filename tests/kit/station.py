"""The charge point of a conformance test: strict, one message at a time, every frame held against the official schema.

Synchronous, as a test case is a list of steps. What the Central System says without being expected is a failure.
"""

import base64
import itertools
import json
import ssl
from collections import deque
from datetime import UTC, datetime
from typing import Any, Final, Self

from ocpp.messages import MessageType
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from knx_ocpp_bridge.ocpp.simulator.wire import stamp
from tests.kit.official import conforms

_ANSWER_S: Final = 5.0
_CALL_S: Final = 6.0
"""The first call after a connection comes two seconds late (row B3)."""
_LONGEST_ID: Final = 36


class Station:
    """One charge point in the hands of the test tool."""

    def __init__(
        self,
        url: str,
        charger_id: str,
        *,
        password: bytes | None = None,
        tls: ssl.SSLContext | None = None,
        subprotocols: tuple[str, ...] = ("ocpp1.6",),
    ) -> None:
        """Dials at once.

        Raises:
            websockets.exceptions.InvalidStatus: the Central System refuses the handshake.
            ssl.SSLError: it refuses, or does not stand, TLS.
        """
        self.id = charger_id
        headers = {} if password is None else {"Authorization": _basic(charger_id, password)}
        self._socket = connect(
            f"{url if tls is None else url.replace('ws:', 'wss:', 1)}/{charger_id}",
            subprotocols=[Subprotocol(name) for name in subprotocols],
            additional_headers=headers,
            ssl=tls,
            compression=None,
            proxy=None,
            ping_interval=None,
            close_timeout=2,
            legacy=True,
        )
        self.subprotocol = self._socket.subprotocol
        self._numbers = itertools.count(1)
        self._calls: deque[tuple[str, str, dict[str, Any]]] = deque()
        self._asked = ""
        self._action = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self.hears_nothing()
        finally:
            self._socket.close()

    # What the charge point says

    def send(self, action: str, /, **payload: Any) -> dict[str, Any]:
        """A request, and the confirmation to it: a CALLRESULT that fits its schema."""
        conforms(MessageType.Call, action, payload)
        number = str(next(self._numbers))
        self._socket.send(json.dumps([2, number, action, payload]))
        while True:
            match self._frame(_ANSWER_S):
                case [3, str(id_), dict(answer)] if id_ == number:
                    conforms(MessageType.CallResult, action, answer)
                    return answer
                case [2, str(id_), str(asked), dict(request)]:
                    self._asked_for(id_, asked, request)
                case other:
                    raise AssertionError(f"{action} is answered by {other}")

    def boot(self, **more: Any) -> dict[str, Any]:
        """BootNotification, and a StatusNotification of each connector where it is accepted."""
        answer = self.send("BootNotification", chargePointVendor="OCTT", chargePointModel="Station", **more)
        if answer["status"] == "Accepted":
            for connector in (0, 1, 2):
                self.status("Available", connector)
        return answer

    def status(self, status: str, connector: int = 1, error: str = "NoError") -> None:
        """A StatusNotification."""
        fields = {"connectorId": connector, "status": status, "errorCode": error, "timestamp": now()}
        assert self.send("StatusNotification", **fields) == {}

    def authorize(self, id_tag: str) -> dict[str, Any]:
        """What is said of this card."""
        info: dict[str, Any] = self.send("Authorize", idTag=id_tag)["idTagInfo"]
        return info

    def start(self, id_tag: str, **more: Any) -> tuple[int, str]:
        """StartTransaction at connector 1: the number, and the status of the card."""
        fields = {"connectorId": 1, "idTag": id_tag, "meterStart": 0, "timestamp": now()}
        answer = self.send("StartTransaction", **fields | more)
        assert answer["transactionId"] > 0
        return answer["transactionId"], answer["idTagInfo"]["status"]

    def stop(self, number: int, reason: str | None = None, **more: Any) -> None:
        """StopTransaction; the confirmation may say nothing worse than Accepted."""
        fields = {"transactionId": number, "meterStop": 10, "timestamp": now()} | more
        answer = self.send("StopTransaction", **fields if reason is None else fields | {"reason": reason})
        assert answer.get("idTagInfo", {"status": "Accepted"})["status"] == "Accepted"

    def charge(self, id_tag: str, **more: Any) -> int:
        """A whole start: plugged in, authorized, transaction, Charging."""
        self.status("Preparing")
        assert self.authorize(id_tag)["status"] == "Accepted"
        number, status = self.start(id_tag, **more)
        assert status == "Accepted"
        self.status("Charging")
        return number

    def end(self, number: int, reason: str | None = None, **more: Any) -> None:
        """A whole end: transaction, Finishing, the car leaves."""
        self.stop(number, reason, **more)
        self.status("Finishing")
        self.status("Available")

    # What it is asked

    def expect(self, action: str, within_s: float = _CALL_S) -> dict[str, Any]:
        """The next request of the Central System, which must be this one; it is to be answered by `answer`."""
        while not self._calls:
            match self._frame(within_s):
                case [2, str(id_), str(asked), dict(request)]:
                    self._asked_for(id_, asked, request)
                case other:
                    raise AssertionError(f"{action} is expected, but {other} comes")
        self._asked, self._action, payload = self._calls.popleft()
        assert self._action == action, f"{action} is expected, but {self._action} {payload} comes"
        return payload

    def answer(self, /, **payload: Any) -> None:
        """The confirmation to what was asked last."""
        conforms(MessageType.CallResult, self._action, payload)
        self._socket.send(json.dumps([3, self._asked, payload]))
        self._asked = ""

    def answer_error(self, code: str) -> None:
        """A CALLERROR to what was asked last."""
        self._socket.send(json.dumps([4, self._asked, code, "", {}]))
        self._asked = ""

    def hears_nothing(self, for_s: float = 0.05) -> None:
        """The Central System says nothing of its own accord."""
        try:
            said = self._frame(for_s)
        except TimeoutError:
            said = None
        except ConnectionClosed:
            return
        unexpected = [*self._calls, *([] if said is None else [said])]
        assert not unexpected, f"nobody expected {unexpected}"

    def hang_up(self) -> None:
        """The connection is closed by the charge point."""
        self._socket.close()

    def is_dropped(self, within_s: float = 5.0) -> None:
        """The Central System ends the connection."""
        try:
            said = self._frame(within_s)
        except ConnectionClosed:
            return
        raise AssertionError(f"still connected, and told {said}")

    def _asked_for(self, id_: str, action: str, payload: dict[str, Any]) -> None:
        assert not self._asked, f"{action} is asked before the answer to {self._action}"
        assert not self._calls, f"{action} is asked before the answer to {self._calls[0][1]}"
        assert 0 < len(id_) <= _LONGEST_ID
        conforms(MessageType.Call, action, payload)
        self._calls.append((id_, action, payload))

    def _frame(self, within_s: float) -> Any:
        text = self._socket.recv(timeout=within_s)
        assert isinstance(text, str), "OCPP-J knows text frames alone"
        return json.loads(text)


def now() -> str:
    """The time that a charge point writes into a message."""
    return stamp(datetime.now(UTC))


def _basic(user: str, password: bytes) -> str:
    return "Basic " + base64.b64encode(user.encode() + b":" + password).decode()
