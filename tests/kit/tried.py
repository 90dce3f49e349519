"""A self-test before a charger's life: what it asks is done, and charger and car do what a good one does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from knx_ocpp_bridge.core.commands import Call, RemoteStart, RemoteStop, SetProfile
from knx_ocpp_bridge.core.events import CallAsked, Origin, Wished
from knx_ocpp_bridge.core.selftest import Answered, Ask, AskWish, Outcome, Result, Run, Stage, Told, View
from knx_ocpp_bridge.core.selftest_run import Aborted, Heard, begun, proceed
from knx_ocpp_bridge.core.status import ConnectorStatus
from tests.kit.life import ONE, Life

GOOD_KEYS = {
    "HeartbeatInterval": "300",
    "MeterValueSampleInterval": "30",
    "MeterValuesSampledData": "Energy.Active.Import.Register,Current.Import",
    "SupportedFeatureProfiles": "Core,SmartCharging",
}


@dataclass
class Tried:
    """A test of connector 1. `obeys` False: the charger takes every limit and changes nothing."""

    life: Life
    keys: Mapping[str, str] = field(default_factory=lambda: dict(GOOD_KEYS))
    obeys: bool = True
    charges: bool = True
    """It begins to charge when it is told to."""
    takes_a: float | None = 32.0
    """What the car takes at most; None: the charger tells no current."""
    ahead_s: float | None = 0.4
    calls: dict[str, str] = field(default_factory=dict)
    """Action -> status of its answer, if not Accepted."""
    run: Run = field(init=False)
    asked: list[Ask] = field(default_factory=list)
    _heard: Heard = None
    """What the test has not been told yet."""
    _number: int = 9000
    _frame: int = 1
    _status: int = 1
    _metered: int = 0
    _seen: int = 0

    def __post_init__(self) -> None:
        self.run = begun(self.life.charger.connectors[ONE], self.life.moment)
        self._seen = len(self.life.commands)

    def goes(self, seconds: float = 600.0, until: str = "") -> None:
        """The test goes on for so long, to its end, or until this trial has been asked for."""
        end_s = self.life.now_s + seconds
        while self.life.now_s < end_s and self.run.stage is not Stage.OVER:
            self._heard = self._step(self._heard)
            if until and isinstance(self._heard, Answered) and self.trial == until:
                return

    def aborts(self, reason: str = "stopped by CLI") -> None:
        self._heard = self._step(Aborted(reason))
        self.goes()

    @property
    def trial(self) -> str:
        """The key or action that was asked last."""
        last = self.asked[-1]
        return last.key if isinstance(last, AskWish) else last.action

    def outcomes(self) -> dict[str, Outcome]:
        return {each.trial: each.outcome for each in self.run.results}

    def result(self, trial: str) -> Result:
        (found,) = [each for each in self.run.results if each.trial == trial]
        return found

    def _step(self, heard: Heard) -> Heard:
        self.run, ask = proceed(self.run, self._view(), heard, self.life.moment)
        if ask is None:
            self.life.passes(0.5)
            self._react()
            return None
        self.asked.append(ask)
        answered = self._ask(ask)
        self._react()
        return answered

    def _view(self) -> View:
        return View(self.life.charger, Told(self._frame, self._status, self._metered, self.ahead_s, sure=True))

    def _ask(self, ask: Ask) -> Answered:
        self._number += 1
        if isinstance(ask, AskWish):
            self.life.happens(Wished(ONE, ask.key, ask.value, Origin.CLI, self._number))
            payload: Mapping[str, Any] | None = None
        else:
            status = self.calls.get(ask.action, "Accepted")
            payload = {"configurationKey": [{"key": key, "value": value} for key, value in self.keys.items()]}
            self.life.answers[Call] = status
            self.life.happens(CallAsked(Call(ask.action), Origin.CLI, self._number))
            if ask.action == "TriggerMessage" and status == "Accepted" and self.life.link is not None:
                self._tell(str(ask.payload["requestedMessage"]))
        self.life.passes(6)
        verdict = next(one for one in self.life.verdicts if one.number == self._number)
        return Answered(verdict.result, verdict.reason, payload)

    def _tell(self, what: str) -> None:
        self._frame += 1
        if what == "StatusNotification":
            self._status = self._frame
            self.life.reports(self.life.charger.connectors[ONE].status)
        else:
            self._meter()

    def _meter(self) -> None:
        self._frame += 1
        self._metered = self._frame if self.takes_a is not None else self._metered
        connector = self.life.charger.connectors[ONE]
        limit_a = connector.in_force_a if self.obeys else 16.0
        flows = connector.status is ConnectorStatus.CHARGING
        if self.takes_a is not None:
            self.life.meters(current_a=min(limit_a, self.takes_a) if flows and limit_a is not None else 0.0)

    def _react(self) -> None:
        """What charger and car do after what they were told."""
        new, self._seen = self.life.commands[self._seen :], len(self.life.commands)
        if self.life.link is None:
            return
        for command in new:
            match command:
                case RemoteStart(id_tag=id_tag) if self.charges:
                    self.life.starts(id_tag)
                    self.life.reports(ConnectorStatus.CHARGING)
                case RemoteStop(transaction=transaction):
                    self._end(transaction)
                case Call(action="RemoteStopTransaction"):
                    transaction_now = self.life.charger.connectors[ONE].transaction
                    assert transaction_now is not None
                    self._end(transaction_now.id)
                case SetProfile(limit=limit) if self.obeys and self._is_on:
                    self.life.reports(ConnectorStatus.CHARGING if limit else ConnectorStatus.SUSPENDED_EVSE)
        if new and self._is_on:
            self._meter()

    @property
    def _is_on(self) -> bool:
        return self.life.charger.connectors[ONE].transaction is not None

    def _end(self, transaction: int) -> None:
        self.life.stops(transaction)
        self.life.reports(ConnectorStatus.FINISHING)
