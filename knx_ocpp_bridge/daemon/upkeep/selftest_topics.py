"""Self-tests as they are begun, ended and looked at."""

from collections.abc import Mapping
from typing import Any, Final

from knx_ocpp_bridge.control.options import Option
from knx_ocpp_bridge.control.protocol import Listing, Managed
from knx_ocpp_bridge.core.selftest import Outcome, Result, Stage
from knx_ocpp_bridge.core.selftest_trials import NAMES, TRIALS
from knx_ocpp_bridge.core.values import ConnectorId
from knx_ocpp_bridge.daemon.desk import Desk, Order, Verb
from knx_ocpp_bridge.daemon.sources import Given, Sources, Topic, found
from knx_ocpp_bridge.daemon.upkeep.notes import SelfTest

Json = dict[str, Any]


def _selftest(sources: Sources, charger: str, given: Given) -> Listing:
    """The last test of each connector; with `connector` of that one alone."""
    tests = sources.workshop.selftests.known(found(sources.roster, charger))
    return Listing(tuple(row(test) for test in tests if given["connector"] in {0, test.run.connector}))


def row(test: SelfTest) -> Json:
    """One test for people and programs. `state` is running, putting_back or over; `doing` the trial under way."""
    run = test.run
    counted = [each.outcome for each in run.results]
    return {
        "charger": test.charger,
        "connector": int(run.connector),
        "name": test.name,
        "site": test.site,
        "vendor": test.vendor,
        "model": test.model,
        "serial": test.serial,
        "firmware": test.firmware,
        "version": test.version,
        "by": test.by,
        "began_at": run.began.isoformat(timespec="seconds"),
        "ended_at": None if test.ended is None else test.ended.isoformat(timespec="seconds"),
        "state": _STATES.get(run.stage, "running"),
        "doing": _doing(test),
        "trials": [_trial(each) for each in run.results],
        "to_come": list(NAMES[len(run.results) :]) if run.stage not in _STATES else [],
        "passed": counted.count(Outcome.PASSED),
        "not_seen": counted.count(Outcome.NOT_SEEN),
        "failed": counted.count(Outcome.FAILED),
        "not_tried": counted.count(Outcome.NOT_TRIED),
        "transaction": None if run.transaction is None else int(run.transaction),
        "left": list(run.left),
    }


_STATES: Final = {Stage.PUTTING_BACK: "putting_back", Stage.OVER: "over"}


def _doing(test: SelfTest) -> str:
    place = test.run.place
    return TRIALS[place].name if test.run.stage not in _STATES and place < len(TRIALS) else ""


def _trial(result: Result) -> Json:
    return {
        "trial": result.trial,
        "outcome": result.outcome.value,
        "reason": result.reason,
        "answer": result.answer,
        "seconds": result.seconds,
        "findings": list(result.findings),
    }


async def _begin(desk: Desk, order: Order) -> Managed:
    charger_id = found(desk.roster, order.charger)
    connector = ConnectorId(order.options["connector"])
    by = f"{order.origin.value} {order.who}".rstrip()
    return await desk.workshop.selftests.begin(charger_id, connector, by, order.origin)


async def _end(desk: Desk, order: Order) -> Managed:
    charger_id = found(desk.roster, order.charger)
    return desk.workshop.selftests.end(charger_id, f"{order.origin.value} {order.who}".rstrip())


TOPICS: Final[Mapping[str, Topic]] = {
    "selftest": Topic(_selftest, {"connector": Option(int, 0, 0, 255)}, charger=True),
}
VERBS: Final[Mapping[str, Verb]] = {
    "selftest": Verb(_begin, {"connector": Option(int, 1, 1, 255)}),
    "selftest_end": Verb(_end, {}),
}
