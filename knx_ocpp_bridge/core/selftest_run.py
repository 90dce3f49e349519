"""The self-test going on: one step at a time through the trials, then everything back as it was."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, assert_never

from knx_ocpp_bridge.core import tags
from knx_ocpp_bridge.core.connector import Connector
from knx_ocpp_bridge.core.events import Outcome as Ending
from knx_ocpp_bridge.core.facts import Transaction
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.selftest import (
    Answered,
    Ask,
    AskCall,
    AskWish,
    Change,
    Held,
    Outcome,
    Result,
    Run,
    Stage,
    View,
    held,
    outlet,
)
from knx_ocpp_bridge.core.selftest_trials import TRIALS, Case, Judgement, Trial, meter_values
from knx_ocpp_bridge.core.status import ChargeMode, CommandResult
from knx_ocpp_bridge.core.values import ConnectorId, Moment, TransactionId
from knx_ocpp_bridge.core.ways import can_limit

GIVES_UP_AFTER_S: Final = 24 * 3600.0
"""For so long a charger that was lost is waited for, to put things back."""
_NUDGES_AFTER_S: Final = (6.0, 18.0, 30.0)
"""Triggers upset some chargers: at most one in ten seconds (row C32)."""
_BEGINS_WITHIN: Final = timedelta(minutes=5)
"""A transaction that begins so long after the start was asked for is the test's, if it has the bridge's tag."""
_AGAIN_AFTER_S: Final = 20.0
_MOST_TRIES: Final = 12
_LONGEST_ANSWER: Final = 200


@dataclass(frozen=True, slots=True)
class Aborted:
    """Somebody, or something, ends the test."""

    reason: str


Heard = Answered | Aborted | None
"""None: it is time to look again."""


def begun(connector: Connector, now: Moment) -> Run:
    """A test that begins now."""
    return Run(connector.id, now.utc, held(connector), since_s=now.monotonic_s)


def resumed(run: Run, reason: str, now: Moment) -> Run:
    """A test that was cut short, as it is known from its notes: what is left is to put things back."""
    if run.stage is Stage.OVER:
        return run
    fresh = replace(run, since_s=now.monotonic_s, asked_at_s=0.0, mark=0, answer=None, tries=0, next_try_s=0.0)
    return _left_off(fresh, reason, now)


def proceed(run: Run, view: View, heard: Heard, now: Moment) -> tuple[Run, Ask | None]:
    """The test after this, and what to ask now; while an answer is awaited nothing else is asked."""
    connector = outlet(run, view)
    if connector is None:
        gone = "the connector was taken out of the configuration"
        return replace(_left_off(run, gone, now), stage=Stage.OVER, left=(*run.left, gone)), None
    run = _recognised(run, view, connector)
    match heard:
        case Aborted(reason=reason):
            run = _left_off(run, reason, now)
        case Answered():
            run = _answered(run, heard, now)
        case None:
            pass
        case _:
            assert_never(heard)
    if run.stage is Stage.PUTTING_BACK:
        return _put_back(run, view, connector, now)
    if _somebody_else(run, connector):
        return _put_back(_left_off(run, "somebody else charges here now", now), view, connector, now)
    return _tried(run, view, connector, now)


def _tried(run: Run, view: View, connector: Connector, now: Moment) -> tuple[Run, Ask | None]:
    while run.place < len(TRIALS):
        trial = TRIALS[run.place]
        match run.stage:
            case Stage.BEGINS:
                excuse = trial.excuse(run, view, connector)
                if excuse:
                    run = _ended(run, trial, Judgement(Outcome.NOT_TRIED, excuse), now)
                    continue
                run = replace(run, since_s=now.monotonic_s, mark=view.told.frame, answer=None, nudges=0)
                ask = trial.ask(view, connector)
                if ask is not None:
                    return replace(_noted(run, ask, view, connector), stage=Stage.ASKED), ask
                run = replace(run, stage=Stage.WATCHED, asked_at_s=now.monotonic_s)
            case Stage.ASKED:
                return run, None
            case Stage.WATCHED | Stage.PUTTING_BACK | Stage.OVER:
                judgement = _judged(run, trial, view, connector, now)
                if judgement is None:
                    return _nudged(run, trial, view, connector, now)
                run = _ended(run, trial, judgement, now)
    return _put_back(_to_put_back(run, now), view, connector, now)


def _judged(run: Run, trial: Trial, view: View, connector: Connector, now: Moment) -> Judgement | None:
    answer = run.answer
    if answer is not None and answer.result is not CommandResult.ACCEPTED and not trial.judges_refusals:
        words = answer.result.name.lower().replace("_", " ")
        cannot = answer.result is CommandResult.NOT_SUPPORTED
        return Judgement(Outcome.NOT_TRIED if cannot else Outcome.FAILED, f"{words}: {answer.reason}")
    over = now.monotonic_s - run.asked_at_s >= trial.patience_s
    return trial.judge(Case(run, view, connector, over))


def _nudged(run: Run, trial: Trial, view: View, connector: Connector, now: Moment) -> tuple[Run, Ask | None]:
    """Meter values are asked for where none have come by themselves, or where they do not show it yet."""
    waited_s = now.monotonic_s - run.asked_at_s
    due = run.nudges < len(_NUDGES_AFTER_S) and waited_s >= _NUDGES_AFTER_S[run.nudges]
    if not trial.measures or not due:
        return run, None
    needless = not run.nudges and view.told.metered > run.mark
    run = replace(run, nudges=run.nudges + 1)
    if needless or not view.charger.flags.ask_meter_s or not view.charger.reachable:
        return run, None
    return run, meter_values(connector)


def _answered(run: Run, answer: Answered, now: Moment) -> Run:
    if run.stage is Stage.ASKED:
        return replace(run, stage=Stage.WATCHED, answer=answer, asked_at_s=now.monotonic_s)
    if run.stage is Stage.PUTTING_BACK:
        soon = answer.result is CommandResult.ACCEPTED and not run.stopping  # an accepted stop takes its time
        return replace(run, answer=answer, next_try_s=now.monotonic_s + (0.0 if soon else _AGAIN_AFTER_S))
    return run  # of a question beside the trial


def _ended(run: Run, trial: Trial, judgement: Judgement, now: Moment) -> Run:
    run = replace(run, place=run.place + 1, stage=Stage.BEGINS)
    if trial.silent:
        return run
    said = "" if run.answer is None or judgement.outcome is Outcome.NOT_TRIED else run.answer.reason
    said = "" if said == Ending.ANSWERED.value else said  # an answer without a status says no more than that
    seconds = 0.0 if judgement.outcome is Outcome.NOT_TRIED else round(now.monotonic_s - run.since_s, 1)
    result = Result(
        trial.name, judgement.outcome, judgement.reason, said[:_LONGEST_ANSWER], seconds, judgement.findings
    )
    return replace(run, results=(*run.results, result))


def _left_off(run: Run, reason: str, now: Moment) -> Run:
    """No trial is begun any more; those that have no result were not tried."""
    if run.stage in {Stage.PUTTING_BACK, Stage.OVER}:
        return run
    rest = [trial.name for trial in TRIALS[run.place :] if not trial.silent]
    results = tuple(Result(name, Outcome.NOT_TRIED, reason) for name in rest)
    return _to_put_back(replace(run, results=(*run.results, *results)), now)


def _to_put_back(run: Run, now: Moment) -> Run:
    return replace(
        run, place=len(TRIALS), stage=Stage.PUTTING_BACK, since_s=now.monotonic_s, tries=0, next_try_s=0.0, answer=None
    )


# What the test changes


def _noted(run: Run, ask: Ask, view: View, connector: Connector) -> Run:
    """What this is going to change, before it is asked for."""
    if not isinstance(ask, AskWish):
        return run
    run = replace(run, mine=tuple(dict.fromkeys((*run.mine, *_changes(ask, connector)))))
    if ask.key == "charging" and ask.value is True:
        return replace(run, start_asked=True, earlier=_newest(view, connector.id))
    return run


def _changes(ask: AskWish, connector: Connector) -> tuple[Change, ...]:
    """What of the wishes this may change, and to what (`core.wishes`)."""
    match ask.key:
        case "max_current":
            return (("limit_a", float(ask.value)),)
        case "fast_charging":
            return (("fast", bool(ask.value)), ("limit_a", None), ("managed", None))
        case "charge_mode":
            return (("fast", ask.value == ChargeMode.FAST), ("limit_a", None), ("managed", None), ("paused", False))
        case "pause":
            return (("paused", bool(ask.value)),)
        case "charging" if connector.stops_by_pause:
            return (("paused", not ask.value),)
        case _:
            return ()


def _newest(view: View, connector_id: ConnectorId) -> TransactionId | None:
    charger = view.charger
    known = [one.id for one in charger.ended if one.connector == connector_id]
    return max(known, default=None)


def _recognised(run: Run, view: View, connector: Connector) -> Run:
    """The transaction that the test's own start has begun."""
    found = connector.transaction
    if run.transaction is not None or not run.start_asked or found is None:
        return run
    return replace(run, transaction=found.id) if _may_be_ours(run, view, found) else run


def _may_be_ours(run: Run, view: View, found: Transaction) -> bool:
    new = run.earlier is None or found.id > run.earlier
    in_time = found.started_at <= run.began + _BEGINS_WITHIN
    return new and in_time and tags.fits(view.charger, found.id_tag, view.charger.tag)


def _somebody_else(run: Run, connector: Connector) -> bool:
    found = connector.transaction
    return found is not None and found.id != run.transaction


# Everything back


def _put_back(run: Run, view: View, connector: Connector, now: Moment) -> tuple[Run, Ask | None]:
    foreign = _foreign(run, held(connector))
    if foreign and _ELSE not in run.left:
        run = replace(run, left=(*run.left, _ELSE))
    goes_on = _goes_on(run, view, connector)
    stop = _stop(view, connector) if goes_on and view.charger.reachable else None
    ask = stop or _towards(run.before, held(connector), foreign)
    if ask is None and not goes_on:
        return replace(run, stage=Stage.OVER), None
    if run.tries >= _MOST_TRIES or now.monotonic_s - run.since_s > GIVES_UP_AFTER_S:
        what = "the charge that it has begun goes on" if goes_on else "the current is not as it was"
        why = "" if run.answer is None else f": {run.answer.reason}"
        return replace(run, stage=Stage.OVER, left=(*run.left, f"{what}{why}")), None
    if ask is None or now.monotonic_s < run.next_try_s:
        return run, None
    noted = _noted(run, ask, view, connector)
    again_s = now.monotonic_s + _AGAIN_AFTER_S
    return replace(noted, tries=run.tries + 1, next_try_s=again_s, stopping=stop is not None), ask


_ELSE: Final = "somebody has set another current meanwhile: it is left so"


def _goes_on(run: Run, view: View, connector: Connector) -> bool:
    """A charge that the test has begun is open, or may still begin."""
    if connector.transaction is not None:
        return connector.transaction.id == run.transaction
    waits = connector.start is not None and not connector.start.cancelled
    if run.start_asked and run.transaction is None and waits:
        return connector.start is not None and connector.start.id_tag == view.charger.tag
    return False


def _stop(view: View, connector: Connector) -> Ask:
    transaction = connector.transaction
    if transaction is not None and connector.stops_by_pause and can_limit(view.charger):
        return AskCall("RemoteStopTransaction", {"transactionId": int(transaction.id)})
    return AskWish("charging", value=False)


def _foreign(run: Run, now: Held) -> frozenset[str]:
    """Which of the wishes somebody else has changed meanwhile."""
    return frozenset(
        name
        for name in ("limit_a", "fast", "managed", "paused")
        if getattr(now, name) != getattr(run.before, name) and (name, getattr(now, name)) not in run.mine
    )


def _towards(before: Held, now: Held, foreign: frozenset[str]) -> Ask | None:
    """The next wish on the way back; None: it is as before, or as others want it."""
    if not foreign & {"limit_a", "fast", "managed"}:
        limited = now.limit_a is not None and before.limit_a is None
        if before.managed is not None and (now.managed is not before.managed or limited):
            return AskWish("charge_mode", float(before.managed))
        if before.managed is None and (now.fast is not before.fast or limited):
            return AskWish("fast_charging", before.fast)
        if before.limit_a is not None and now.limit_a != before.limit_a:
            return AskWish("max_current", before.limit_a)
    return None if now.paused is before.paused or "paused" in foreign else AskWish("pause", before.paused)
