"""The chaos charger: the simulated one, with one switch per behaviour of the catalogue, and a ledger of its own.

No socket and no clock: bytes go to a `ChaosBridge` and come back, time passes by `passes` alone. What it says and does
is told by `quirks.Quirk`; how, by `chaos_words`, `chaos_frames` and `chaos_answers`.
"""

import itertools
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from ocpp.messages import MessageType

from knx_ocpp_bridge.ocpp.simulator import wire as ocpp_j
from knx_ocpp_bridge.ocpp.simulator.answers import answer
from knx_ocpp_bridge.ocpp.simulator.charge_point import ChargePoint
from knx_ocpp_bridge.ocpp.simulator.plan import Plan
from tests.kit import chaos_answers, chaos_frames, chaos_words
from tests.kit.chaos_bridge import COMMIT_S, ChaosBridge
from tests.kit.chaos_ledger import Ledger
from tests.kit.chaos_line import ChaosLine
from tests.kit.dialler import Dialler
from tests.kit.official import conforms
from tests.kit.quirks import Quirk

Json = dict[str, Any]

PLAN: Final = Plan(reboot_s=12.0, work_s=1.0)
_PATIENCE_S: Final = 30.0
_REDIAL_S: Final = 10.0
_LATE_S: Final = 35.0
_STOP_AFTER_STATUS_S: Final = (5.0, 70.0)
_HOURS_LATE_S: Final = 400.0
_MOST_TURNS: Final = 5000
_TX_PROFILE: Final = 2


@dataclass(slots=True)
class _InFlight:
    id: str
    key: str
    """What stays the same when it is sent again."""
    action: str
    payload: Json
    """As the good charger meant it."""
    since_s: float


class ChaosCharger:
    """One charger. Its hands are those of `machine`; its switches are `on`."""

    def __init__(self, bridge: ChaosBridge, plan: Plan = PLAN) -> None:
        self.bridge = bridge
        self.plan = plan
        self.machine = ChargePoint(plan, bridge.utc)
        self.on: set[Quirk] = set()
        self.ledger = Ledger()
        self.calls: list[ocpp_j.Call] = []
        self.untold: set[int] = set()
        """Connectors whose state the bridge cannot know."""
        self.wiped = False
        """Its profiles were lost, and it had no reason to boot."""
        self.wire = ChaosLine(bridge, self.on, itertools.count())
        self.due: Counter[str] = Counter()
        """Message id as JSON -> answers that the bridge still owes on this line."""
        self.cut = False
        self._numbers = itertools.count(1)
        self._counts: defaultdict[object, Iterator[int]] = defaultdict(itertools.count)
        self._in_flight: _InFlight | None = None
        self._held: tuple[float, str, Json] | None = None
        self._late: list[tuple[float, str]] = []
        self._starts: dict[str, tuple[Json, set[Quirk]]] = {}
        self._lost: set[str] = set()
        self._base: dict[int, int] = {}
        self._redial_s = 0.0
        self._minute_s = 0.0
        self._profile_s = 0.0

    @property
    def now(self) -> datetime:
        return self.bridge.utc

    @property
    def now_s(self) -> float:
        return self.bridge.timers.now_s

    # The line

    @property
    def line(self) -> Dialler | None:
        """The connection that counts."""
        return self.wire.current

    def dial(self) -> None:
        """A new connection, and all that follows at once."""
        self._leave(ghost=Quirk.C22 in self.on)
        self.machine.plan = replace(self.plan, boots_on_reconnect=Quirk.B1 not in self.on)
        self.wire.dial()
        self.due.clear()
        self.machine.linked(self.now)
        self.pump()

    def hang_up(self) -> None:
        """The connection is gone, for both sides."""
        self._leave()

    def power_cycle(self) -> None:
        """The power goes and comes back."""
        self._leave()
        self.machine.power_cycle(self.now)

    def bridge_is_gone(self) -> None:
        """The other side was killed: no line is left, not even a ghost."""
        self.wire.forget()
        self._lose(self.wire.leave())

    def send_compressed(self) -> None:
        """Row C30."""
        self.wire.say_compressed()
        self._reap()

    def _leave(self, *, ghost: bool = False) -> None:
        line = self.wire.leave()
        self._lose(line)
        self.wire.end(line, ghost=ghost)

    def _reap(self) -> None:
        if self.wire.reap():
            self._leave()

    def _lose(self, line: Dialler | None) -> None:
        if line is None:
            return
        self._in_flight, self._held = None, None
        self._late.clear()
        self._redial_s = self.now_s + _REDIAL_S
        if Quirk.S19 in self.on:
            self.machine.profiles.installed.clear()
            self.wiped = True
        self.machine.unlinked(self.now)

    # Time

    def passes(self, seconds: float) -> None:
        """Time passes for everybody; hours in longer strides."""
        stride_s = 1.0 if seconds <= 300 else 5.0
        for _ in range(max(1, round(seconds / stride_s))):
            self.bridge.timers.advance(min(stride_s, seconds))
            self.bridge.system.sweep()
            self._reap()
            self.tick()

    def tick(self) -> None:
        """Whatever is due now."""
        self.machine.tick(self.now)
        if self.line is not None and not self.machine.wants_link:
            self._leave()
        if self.line is None and self.machine.wants_link and not self.cut and self.now_s >= self._redial_s:
            self.dial()
        if self._in_flight is not None and self.now_s >= self._in_flight.since_s + _PATIENCE_S and not self._held:
            self._in_flight = None
            self.machine.unanswered(self.now)
        if self.line is not None and self.now_s >= self._minute_s + 60:
            self._minute_s = self.now_s
            self._every_minute()
        for late in [one for one in self._late if one[0] <= self.now_s]:
            self._late.remove(late)
            self.wire.say(late[1])
        self.pump()

    def _every_minute(self) -> None:
        online = self.machine.online
        if online and Quirk.B16 in self.on:
            self.tell_states()
        if online and Quirk.B4 in self.on:
            self.machine.boot()
            self.machine.boot()
        for text in chaos_frames.noise(self.on, self._counts["noise"]):
            self.wire.say(text)
        if Quirk.B10 in self.on:
            self.untold.add(0)
        for action, payload in chaos_words.unasked(self.on, self._counts["unasked"]) if online else ():
            self._say(action, payload)

    def tell_states(self) -> None:
        """Each connector's state, news or not."""
        for where in (self.machine.point, *self.machine.connectors.values()):
            self.machine.send_status(where, self.now)

    # Words

    def pump(self) -> None:
        """Both sides talk until nobody has anything left to say at this moment."""
        for _ in range(_MOST_TURNS):
            self._reap()
            if not self._listen() and not self._speak():
                if not self.bridge.writing:
                    return
                self.bridge.timers.advance(2 * COMMIT_S)
        raise AssertionError("they do not stop talking")

    def _speak(self) -> bool:
        if self._held is not None and self.line is not None and self.now_s >= self._held[0]:
            _, action, payload = self._held
            self._held = None
            self._send(action, payload)
            return True
        if self.line is None or self._in_flight is not None:
            return False
        request = self.machine.next_request(self.now)
        if request is None:
            return False
        self._consider(request.action, dict(request.payload))
        return True

    def _consider(self, action: str, payload: Json) -> None:
        """What a good charger would say now, and what becomes of it."""
        key = json.dumps([action, payload.get("connectorId"), payload.get("transactionId"), payload.get("timestamp")])
        self._in_flight = _InFlight("", key, action, payload, self.now_s)
        if action == "StartTransaction" and Quirk.T29 in self.on and key not in self._starts:
            self.ledger.free.add(payload["connectorId"])
            self._done({"transactionId": -7, "idTagInfo": {"status": "Accepted"}})
        elif payload.get("transactionId") == -7 and action == "StopTransaction":
            self._done({})
        elif action == "StopTransaction" and Quirk.T27 in self.on:
            self.ledger.keep(payload["transactionId"])
            self._done({})
        elif action == "StopTransaction" and Quirk.B13 in self.on:
            self._hold(_STOP_AFTER_STATUS_S[next(self._counts[Quirk.B13]) % 2], action, payload)
        elif action in {"StartTransaction", "StopTransaction"} and Quirk.T10 in self.on:
            self._hold(_HOURS_LATE_S, action, payload)
        else:
            self._send(action, payload)

    def _hold(self, seconds: float, action: str, payload: Json) -> None:
        self._held = (self.now_s + seconds, action, payload)
        for where in self.machine.connectors.values():
            status = where.status(self.machine.limit_a(where, self.now)).value
            self._say("StatusNotification", {"connectorId": where.id, "status": status, "errorCode": "NoError"})

    def _done(self, payload: Json) -> None:
        self._in_flight = None
        self.machine.answered(payload, self.now)

    def _send(self, action: str, payload: Json) -> None:
        flight = self._in_flight
        said = self._spoilt(action, payload)
        if action == "StatusNotification" and self.on & {Quirk.B9}:
            self.untold.add(payload["connectorId"])
        elif action == "StatusNotification":
            self.untold.discard(payload["connectorId"])
        if said is None:
            self._done({})
        elif flight is not None:
            flight.since_s = self.now_s
            self.ledger.note(payload.get("transactionId"), self.on)
            if action == "StopTransaction":
                self.ledger.note_stop(payload, said)
            flight.id = self._say(action, said)

    def _spoilt(self, action: str, payload: Json) -> Json | None:
        key = self._in_flight.key if self._in_flight is not None else ""
        if action == "StartTransaction" and key in self._starts:
            return self._starts[key][0]
        said: Json | None = self._session_register(action, dict(payload))
        for quirk, deform in chaos_words.DEFORMATIONS.get(action, {}).items():
            if said is not None and quirk in self.on:
                said = deform(said, next(self._counts[quirk]))
        if action == "StartTransaction" and said is not None:
            self._starts[key] = said, set(self.on)
        return said

    def _session_register(self, action: str, payload: Json) -> Json:
        if payload.get("transactionId") == -7:
            del payload["transactionId"]
        if action == "StartTransaction":
            self._base[payload["connectorId"]] = payload["meterStart"] if Quirk.T13 in self.on else 0
            return payload | {"meterStart": payload["meterStart"] - self._base[payload["connectorId"]]}
        if action == "StopTransaction" and payload["transactionId"] in self.ledger.entries:
            base = self._base.get(self.ledger.entries[payload["transactionId"]].connector, 0)
            return payload | {"meterStop": payload["meterStop"] - base}
        if action == "MeterValues" and self._base.get(payload["connectorId"]):
            return chaos_words.shifted(payload, -self._base[payload["connectorId"]])
        return payload

    def _say(self, action: str, payload: object) -> str:
        """Send a request; its id as JSON."""
        number = next(self._numbers)
        id_: str | int = number if Quirk.F9 in self.on else f"c{number}"
        text = chaos_frames.request(self.on, id_, action, payload, self._counts["request"])
        for _ in range(2 if Quirk.F10 in self.on else 1):
            self.due[json.dumps(id_)] += 1
            self.wire.say(text)
        return json.dumps(id_)

    # What it hears

    def _listen(self) -> bool:
        line = self.line
        texts = self.wire.hear()
        for text in texts:
            if line is self.line:
                self._hear(text)
        return bool(texts)

    def _hear(self, text: str) -> None:
        assert len(text) < 4096, f"too long for a small buffer: {text[:80]}"
        parts = json.loads(text)
        if parts[0] == 2:
            call = ocpp_j.decode(text)
            assert isinstance(call, ocpp_j.Call)
            conforms(MessageType.Call, call.action, call.payload)
            self._meet(call)
            return
        id_ = json.dumps(parts[1])
        self.due[id_] -= 1
        assert self.due[id_] >= 0, f"nobody asked for {text}"
        flight = self._in_flight
        if flight is None or flight.id != id_ or self._held is not None:
            return
        assert parts[0] == 3, f"{flight.action} is answered by {text}"
        conforms(MessageType.CallResult, flight.action, parts[2])
        self._answered(flight, parts[2])

    def _answered(self, flight: _InFlight, payload: Json) -> None:
        """The answer to what it said; or it loses it, once."""
        loses = {"StartTransaction": Quirk.T1, "StopTransaction": Quirk.T2}.get(flight.action)
        key = json.dumps(flight.payload)
        if loses in self.on and key not in self._lost:
            self._lost.add(key)
            return
        if flight.action == "StartTransaction":
            self.ledger.enter(flight.payload, payload, self.on | self._starts[flight.key][1])
        elif flight.action == "StopTransaction" and flight.payload["transactionId"] in self.ledger.entries:
            entry = self.ledger.entries[flight.payload["transactionId"]]
            entry.stop_told = True
            if Quirk.T9 in self.on:
                values = {"timestamp": ocpp_j.stamp(self.now), "sampledValue": [{"value": str(entry.meter_stop or 0)}]}
                number = flight.payload["transactionId"]
                more = {"connectorId": entry.connector, "transactionId": number, "meterValue": [values]}
                self._say("MeterValues", more)
        elif flight.action == "BootNotification" and payload["status"] == "Accepted":
            self.wiped = False
        self._done(payload)

    def _meet(self, call: ocpp_j.Call) -> None:
        self.calls.append(call)
        if Quirk.C29 in self.on or (call.action == "SetChargingProfile" and self._too_soon()):
            return
        if Quirk.O4 in self.on and call.action in {"TriggerMessage", "GetConfiguration", "ReserveNow"}:
            self._leave()
            return
        payload: Json | str | None = chaos_answers.instead(
            self.on, call.action, call.payload, self._counts[call.action]
        )
        if payload is not None:
            self._note_refusal(call)
        else:
            payload = answer(self.machine, call.action, call.payload, self.now) or "NotImplemented"
        count = self._counts["answer"]
        if isinstance(payload, str):
            text = chaos_frames.refusal(self.on, call.id, payload, count)
        else:
            text = chaos_frames.result(self.on, call.id, call.action, payload, count)
        if Quirk.C31 in self.on:
            self._late.append((self.now_s + _LATE_S, text))
        else:
            self.wire.say(text)
        self.machine.tick(self.now)

    def _note_refusal(self, call: ocpp_j.Call) -> None:
        held = [connector for (connector, number) in self.machine.profiles.installed if number % 10 == _TX_PROFILE]
        if call.action == "SetChargingProfile":
            self.ledger.stubborn |= {one for one in held if one == call.payload["connectorId"]}

    def _too_soon(self) -> bool:
        soon = Quirk.S21 in self.on and self.now_s < self._profile_s + 3
        self._profile_s = self.now_s
        return soon
