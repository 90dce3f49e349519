"""The trials of the self-test, one row each: when it cannot be tried, what is asked, and what must be seen then."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from knx_ocpp_bridge.core import limits
from knx_ocpp_bridge.core.abilities import NO, UNLOCK
from knx_ocpp_bridge.core.admission import shown
from knx_ocpp_bridge.core.connector import Connector
from knx_ocpp_bridge.core.facts import Wishes
from knx_ocpp_bridge.core.key_advice import MATTER, advice
from knx_ocpp_bridge.core.selftest import Answered, Ask, AskCall, AskWish, Outcome, Run, View
from knx_ocpp_bridge.core.status import ChargeMode, CommandResult, ConnectorStatus, ErrorCode, ocpp_word
from knx_ocpp_bridge.core.values import Clock
from knx_ocpp_bridge.core.ways import can_limit

CLOCK_MAY_DIFFER_S: Final = 60.0
_TOLERANCE_A: Final = 0.7
_NOTHING_A: Final = 0.5
_OUT_OF_ORDER: Final = frozenset({ConnectorStatus.FAULTED, ConnectorStatus.UNAVAILABLE, ConnectorStatus.RESERVED})


@dataclass(frozen=True, slots=True)
class Case:
    """What a trial is judged by. `over`: its time is up, so there must be a judgement."""

    run: Run
    view: View
    connector: Connector
    over: bool

    @property
    def answer(self) -> Answered | None:
        """The charger's answer; None: it was asked nothing."""
        return self.run.answer

    @property
    def flowing_a(self) -> float | None:
        """The current that it has told since it was asked; None: it has told none since."""
        return self.connector.reading.current_a if self.view.told.metered > self.run.mark else None


@dataclass(frozen=True, slots=True)
class Judgement:
    """How a trial ended."""

    outcome: Outcome
    reason: str
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trial:
    """One row. `excuse` is why it cannot be tried (empty: it can); `ask` gives None where it is only looked."""

    name: str
    excuse: Callable[[Run, View, Connector], str]
    ask: Callable[[View, Connector], Ask | None]
    judge: Callable[[Case], Judgement | None]
    patience_s: float
    """After the answer it is waited this long for what is to be seen."""
    judges_refusals: bool = False
    """A refusal is judged as well; else it is the end of the trial."""
    measures: bool = False
    """Meter values are asked for if none come by themselves."""
    silent: bool = False
    """It prepares what follows and has no result of its own."""


def _passed(reason: str, *findings: str) -> Judgement:
    return Judgement(Outcome.PASSED, reason, findings)


def _not_seen(reason: str) -> Judgement:
    return Judgement(Outcome.NOT_SEEN, reason)


def _failed(reason: str, *findings: str) -> Judgement:
    return Judgement(Outcome.FAILED, reason, findings)


def _no_excuse(_run: Run, _view: View, _connector: Connector) -> str:
    return ""


def _ask_meter(view: View, connector: Connector) -> Ask | None:
    """Meter values bear the time of the moment."""
    return meter_values(connector) if view.charger.flags.ask_meter_s and view.charger.reachable else None


def meter_values(connector: Connector) -> Ask:
    """That the charger tells its meter values now."""
    return AskCall("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": int(connector.id)})


def _ask_one_key(_view: View, _connector: Connector) -> Ask | None:
    return AskCall("GetConfiguration", {"key": ["HeartbeatInterval"]})


def _judge_connection(case: Case) -> Judgement | None:
    answer, proof = case.answer, case.view.charger.proof
    if answer is None or answer.result in {CommandResult.TIMED_OUT, CommandResult.OFFLINE}:
        return _failed("no answer" if answer is None else answer.reason)
    if answer.answer is None and answer.result is CommandResult.NOT_ALLOWED_NOW:
        return _failed(answer.reason)
    scheme = "wss" if proof.tls else "ws"
    return _passed(f"it answers, by {scheme} with security profile {int(shown(proof))}")


def _ask_status(view: View, connector: Connector) -> Ask | None:
    if not view.charger.flags.ask_status:
        return None
    payload = {"requestedMessage": "StatusNotification", "connectorId": int(connector.id)}
    return AskCall("TriggerMessage", payload)


def _judge_status(case: Case) -> Judgement | None:
    connector, answer = case.connector, case.answer
    if not case.view.charger.reachable:
        return _failed("the charger is not connected")
    asked = answer is not None and answer.result is CommandResult.ACCEPTED
    if asked and case.view.told.status <= case.run.mark:
        return _failed("it accepted to tell its state, and has not told it") if case.over else None
    status = connector.status if connector.fresh else None
    if status is None:
        return _failed("it has told no state since it is connected") if case.over else None
    error = "" if connector.error_code is ErrorCode.NO_ERROR else f", {ocpp_word(connector.error_code)}"
    text = f"{ocpp_word(status)}{error}{f' ({connector.error_text})' if connector.error_text else ''}"
    if error or status in {ConnectorStatus.FAULTED, ConnectorStatus.UNAVAILABLE}:
        return _failed(text)
    return _passed(text, *(() if asked else ("told by itself: it cannot be asked for its state",)))


def _judge_clock(case: Case) -> Judgement | None:
    told = case.view.told
    if case.view.charger.clock is not Clock.SANE:
        return Judgement(Outcome.NOT_TRIED, "the bridge's own clock cannot be believed yet")
    asked = case.answer is not None and case.answer.result is CommandResult.ACCEPTED
    if asked and told.metered <= case.run.mark and not case.over:
        return None
    if told.ahead_s is None:
        return Judgement(Outcome.NOT_TRIED, "it has told no time since the test began")
    if told.ahead_s < -CLOCK_MAY_DIFFER_S and not told.sure:
        return Judgement(Outcome.NOT_TRIED, "the only time that it has told may be that of its last change of state")
    zone = ("its times name no time zone: UTC is assumed",) if told.naive else ()
    off_s = abs(told.ahead_s)
    if off_s <= CLOCK_MAY_DIFFER_S:
        return _passed(f"{off_s:.0f} s from the bridge's clock", *zone)
    side = "ahead" if told.ahead_s > 0 else "behind"
    minutes = round(off_s / 60)
    return _failed(
        f"{minutes // 60}:{minutes % 60:02} h {side}: check its time, its time zone and its time server", *zone
    )


def _ask_all_keys(_view: View, _connector: Connector) -> Ask | None:
    return AskCall("GetConfiguration", {})


def _judge_keys(case: Case) -> Judgement | None:
    answer = case.answer.answer if case.answer is not None else None
    rows = _keys(answer)
    if not rows:
        return Judgement(Outcome.NOT_TRIED, "it answers, but lists no keys")
    found = [advice(key, rows[key.casefold()]) for key in MATTER if key.casefold() in rows]
    findings = [
        (f"{one.key} = {rows[one.key.casefold()] or '(empty)'}: {one.sentence}", one.grave) for one in found if one
    ]
    number, highest = rows.get("numberofconnectors", ""), max(case.view.charger.settings.connectors, default=0)
    if number.isdecimal() and int(number[:4]) < highest:
        findings.append((f"NumberOfConnectors = {number}: the configuration names connector {highest}", True))
    sentences = tuple(sentence for sentence, _ in findings)
    if any(grave for _, grave in findings):
        return _failed(f"{len(rows)} keys read; values stand in the way", *sentences)
    return _passed(f"{len(rows)} keys read", *sentences)


def _keys(answer: Any) -> dict[str, str]:  # noqa: ANN401 - any JSON value
    """What a GetConfiguration.conf lists, by the key in lower case."""
    rows = answer.get("configurationKey") if isinstance(answer, dict) else None
    return {
        str(row["key"]).casefold(): "" if row.get("value") is None else str(row["value"])
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict) and row.get("key") is not None
    }


def _no_car(_run: Run, view: View, connector: Connector) -> str:
    if not view.charger.reachable:
        return "the charger is not connected"
    if connector.fresh and connector.status is not None and connector.status in _OUT_OF_ORDER:
        return f"the connector is {ocpp_word(connector.status)}"
    if not connector.fresh or connector.plugged is not True:
        return "no car is plugged in"
    if connector.status is ConnectorStatus.FINISHING:
        return "the cable is still in from the last charge: unplug the car and plug it in again"
    return ""


def _need_no_pause_off(_run: Run, _view: View, connector: Connector) -> str:
    return "" if connector.wishes.paused and not connector.stops_by_pause else "it is not paused"


def _ask_normal(_view: View, _connector: Connector) -> Ask | None:
    return AskWish("charge_mode", float(ChargeMode.NORMAL))


def _judge_silently(_case: Case) -> Judgement | None:
    return _passed("")


def _ask_start(_view: View, _connector: Connector) -> Ask | None:
    return AskWish("charging", value=True)


def _judge_start(case: Case) -> Judgement | None:
    connector, transaction = case.connector, case.run.transaction
    ours = transaction is not None and connector.transaction is not None and connector.transaction.id == transaction
    if ours and connector.fresh and connector.status is not None and connector.active:
        takes = () if connector.status is ConnectorStatus.CHARGING else ("the car takes nothing at the moment",)
        said = _passed(f"transaction {transaction} has begun, {ocpp_word(connector.status)}", *takes)
        return said if not takes or case.over else None
    if not case.over:
        return None
    if ours:
        state = "its state is not known" if connector.status is None else ocpp_word(connector.status)
        return _passed(f"transaction {transaction} has begun", f"its state does not follow: {state}")
    if connector.fresh and connector.active:
        return _passed("it charges", "it opens no transaction")
    return _failed("accepted, but nothing has begun")


def charges(run: Run, connector: Connector) -> bool:
    """What the test has begun is going on."""
    begun = any(one.trial == START and one.outcome is Outcome.PASSED for one in run.results)
    if run.transaction is None:
        return begun and connector.active
    return connector.transaction is not None and connector.transaction.id == run.transaction


def _does_not_charge(run: Run, view: View, connector: Connector) -> str:
    began = next((one for one in run.results if one.trial == START), None)
    if began is None or began.outcome is not Outcome.PASSED:
        return began.reason if began is not None and began.outcome is Outcome.NOT_TRIED else "it did not start"
    if not view.charger.reachable:
        return "the charger is not connected"
    return "" if charges(run, connector) else "the charge has ended meanwhile"


def _cannot_limit(run: Run, view: View, connector: Connector) -> str:
    excuse = _does_not_charge(run, view, connector)
    if excuse:
        return excuse
    if not can_limit(view.charger):
        return "not supported: it takes no charging profile"
    return "" if lowest_a(view, connector) > 0 else "its settings leave no current above 0 A"


def lowest_a(view: View, connector: Connector) -> float:
    """The least current of the connector that is none of a pause: 6 A, or what its settings make of it."""
    wished_a = max(connector.settings.min_current_a, limits.LOWEST_CURRENT_A)
    return limits.wanted(connector.settings, Wishes(limit_a=wished_a), view.charger.flags).current_a


def _ask_limit(view: View, connector: Connector) -> Ask | None:
    return AskWish("max_current", lowest_a(view, connector))


def _judge_limit(case: Case) -> Judgement | None:
    limit_a = lowest_a(case.view, case.connector)
    return _judge_flow(case, f"{limit_a:g} A accepted", limit_a)


def _judge_flow(case: Case, accepted: str, limit_a: float) -> Judgement | None:
    """A current flows, and within this limit; where none does the limit is kept by anybody."""
    flowing_a = case.flowing_a
    if flowing_a is not None and _NOTHING_A <= flowing_a <= limit_a + _TOLERANCE_A:
        return _passed(f"{accepted}, {flowing_a:.1f} A flow")
    if not case.over:
        return None
    if flowing_a is None:
        return _not_seen(f"{accepted}, not measured: it has told no current since")
    if flowing_a < _NOTHING_A:
        return _not_seen(f"{accepted}, but nothing flows: that it obeys was not seen")
    return _failed(f"{accepted}, but {flowing_a:.1f} A flow")


def _ask_pause(_view: View, _connector: Connector) -> Ask | None:
    return AskWish("pause", value=True)


def _judge_pause(case: Case) -> Judgement | None:
    connector, flowing_a = case.connector, case.flowing_a
    if flowing_a is not None and flowing_a < _NOTHING_A:
        return _passed("0 A accepted, nothing flows")
    if flowing_a is None and connector.fresh and connector.status is ConnectorStatus.SUSPENDED_EVSE:
        return _passed(f"0 A accepted, {ocpp_word(connector.status)}")
    if not case.over:
        return None
    if flowing_a is None:
        return _not_seen("0 A accepted, not measured: it has told neither a state nor a current since")
    return _failed(f"0 A accepted, but {flowing_a:.1f} A flow")


def _ask_fast(_view: View, _connector: Connector) -> Ask | None:
    return AskWish("charge_mode", float(ChargeMode.FAST))


def _judge_fast(case: Case) -> Judgement | None:
    connector = case.connector
    fast_a = limits.wanted(connector.settings, Wishes(fast=True), case.view.charger.flags).current_a
    if connector.fresh and connector.status is ConnectorStatus.CHARGING:
        return _judge_flow(case, f"{fast_a:g} A accepted, Charging", fast_a)
    if not case.over:
        return None
    state = "its state is not known" if connector.status is None else ocpp_word(connector.status)
    return _failed(f"{fast_a:g} A accepted, but it does not charge again: {state}")


def _ask_stop(_view: View, _connector: Connector) -> Ask | None:
    return AskWish("charging", value=False)


def _judge_stop(case: Case) -> Judgement | None:
    connector = case.connector
    if connector.transaction is None and not (connector.fresh and connector.active):
        return _passed("it has ended")
    if connector.stops_by_pause and can_limit(case.view.charger):
        return _passed("0 A accepted: stop_mode is pause, the transaction goes on")
    return _failed("accepted, but it goes on") if case.over else None


def _no_unlock(_run: Run, view: View, connector: Connector) -> str:
    if not view.charger.reachable:
        return "the charger is not connected"
    if view.charger.abilities.get(UNLOCK) == NO:
        return "not supported: it answered that a connector cannot be unlocked"
    if connector.plugged is not True:
        return "no car is plugged in"
    return "" if connector.transaction is None else "a transaction is open"


def _ask_unlock(_view: View, _connector: Connector) -> Ask | None:
    return AskWish("unlock", value=True)


def _judge_unlock(case: Case) -> Judgement | None:
    return _passed("" if case.answer is None else case.answer.reason)


START: Final = "start"
TRIALS: Final = (
    Trial("connection", _no_excuse, _ask_one_key, _judge_connection, 0.0, judges_refusals=True),
    Trial("status", _no_excuse, _ask_status, _judge_status, 15.0, judges_refusals=True),
    Trial("clock", _no_excuse, _ask_meter, _judge_clock, 10.0, judges_refusals=True),
    Trial("keys", _no_excuse, _ask_all_keys, _judge_keys, 0.0),
    Trial("ready", _need_no_pause_off, _ask_normal, _judge_silently, 0.0, silent=True),
    Trial(START, _no_car, _ask_start, _judge_start, 90.0),
    Trial("limit", _cannot_limit, _ask_limit, _judge_limit, 40.0, measures=True),
    Trial("pause", _cannot_limit, _ask_pause, _judge_pause, 40.0, measures=True),
    Trial("fast", _cannot_limit, _ask_fast, _judge_fast, 40.0, measures=True),
    Trial("stop", _does_not_charge, _ask_stop, _judge_stop, 60.0),
    Trial("unlock", _no_unlock, _ask_unlock, _judge_unlock, 0.0),
)
"""In the order in which they are tried."""

NAMES: Final = tuple(trial.name for trial in TRIALS if not trial.silent)
