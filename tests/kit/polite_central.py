"""A Central System without a socket, for tests of the simulated charger: answers at once, and checks every message."""

from datetime import UTC, datetime, timedelta
from typing import Final

from ocpp.messages import MessageType, get_validator

from knx_ocpp_bridge.ocpp.simulator.answers import answer
from knx_ocpp_bridge.ocpp.simulator.charge_point import ChargePoint
from knx_ocpp_bridge.ocpp.simulator.plan import Plan
from knx_ocpp_bridge.ocpp.simulator.wire import Json, Request

NOON: Final = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


class PoliteCentral:
    """Talks with one charger; time moves only by `wait`."""

    def __init__(self, plan: Plan | None = None) -> None:
        self.now = NOON
        self.charger = ChargePoint(plan or Plan(), self.now)
        self.heard: list[Request] = []
        """Every request of the charger."""
        self.authorize = "Accepted"
        """How cards and transactions are judged."""
        self.registration = "Accepted"
        self.parent = ""
        self.answers = True
        """Whether anything is answered."""
        self._transactions = 0

    def connect(self) -> None:
        """The link opens, and everything is said."""
        self.charger.linked(self.now)
        self.listen()

    def disconnect(self) -> None:
        """The link is lost."""
        self.charger.unlinked(self.now)

    def wait(self, seconds: float, step_s: float = 1.0) -> None:
        """Let time pass in steps."""
        end = self.now + timedelta(seconds=seconds)
        while self.now < end:
            self.now = min(end, self.now + timedelta(seconds=step_s))
            self.charger.tick(self.now)
            self.listen()

    def listen(self) -> None:
        """Answer all that the charger wants to say."""
        while (request := self.charger.next_request(self.now)) is not None:
            problem = schema_error(MessageType.Call, request.action, request.payload)
            assert not problem, problem
            self.heard.append(request)
            if not self.answers:
                return
            self.charger.answered(self._answer(request), self.now)

    def ask(self, action: str, payload: Json | None = None) -> Json | None:
        """A call of the Central System; the answer, after which the charger says what follows."""
        reply = answer(self.charger, action, payload or {}, self.now)
        if reply is not None:
            problem = schema_error(MessageType.CallResult, action, reply)
            assert not problem, problem
        self.charger.tick(self.now)
        self.listen()
        return reply

    def take(self) -> list[str]:
        """What was said since the last call, as one word each."""
        said = [_word(request) for request in self.heard]
        self.heard.clear()
        return said

    def _answer(self, request: Request) -> Json:
        match request.action:
            case "BootNotification":
                return {"status": self.registration, "interval": 300, "currentTime": "2026-06-01T12:00:00Z"}
            case "StartTransaction":
                self._transactions += 1
                return {"transactionId": self._transactions, "idTagInfo": self._id_tag_info()}
            case "Authorize":
                return {"idTagInfo": self._id_tag_info()}
            case _:
                return {}

    def _id_tag_info(self) -> Json:
        info: Json = {"status": self.authorize}
        return info | {"parentIdTag": self.parent} if self.parent else info


def schema_error(kind: int, action: str, payload: Json) -> str:
    """What the official schema of OCPP 1.6 has against this payload; empty: nothing."""
    error = next(get_validator(kind, action, "1.6").iter_errors(payload), None)
    return "" if error is None else f"{action}: {error.message}"


def _word(request: Request) -> str:
    payload = request.payload
    match request.action:
        case "StatusNotification":
            return f"{payload['connectorId']} {payload['status']}"
        case "StopTransaction":
            return f"StopTransaction {payload['transactionId']} {payload['reason']}"
        case other:
            return other
