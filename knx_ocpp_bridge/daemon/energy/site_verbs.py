"""The verbs about the energy of one connector: several wishes of one thought, one after the other."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Final

from knx_ocpp_bridge.control.options import AskError, MisuseError, Option
from knx_ocpp_bridge.control.protocol import Managed
from knx_ocpp_bridge.core.connector import Connector
from knx_ocpp_bridge.core.events import Wished
from knx_ocpp_bridge.core.status import ChargeMode, CommandResult
from knx_ocpp_bridge.core.values import ConnectorId
from knx_ocpp_bridge.daemon.desk import Desk, Order, Verb
from knx_ocpp_bridge.daemon.sources import found

NO_TIME: Final = -1.0
"""As `goal_time`: the goal has no time of its own."""
_WITHIN_S: Final = 180.0
_TIME: Final = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_MOST_WH: Final = 1_000_000
_CONNECTOR: Final = Option(int, 1, 1, 255)

Wishes = list[tuple[str, float]]
"""Key and value of each."""


async def _plan(desk: Desk, order: Order) -> Managed:
    options = order.options
    given = {name: options[name] for name in ("energy_wh", "soc", "by") if options[name] is not None}
    if options["off"] is bool(given):
        raise AskError("say what is wanted (energy_wh or soc, and by when), or off")
    if "energy_wh" in given and "soc" in given:
        raise AskError("either energy_wh or soc")
    if options["off"]:
        nothing: Wishes = [("goal_energy", 0.0), ("goal_soc", 0.0), ("goal_time", NO_TIME)]
        return await _wished(desk, order, nothing, lambda _connector: "nothing is wanted any more")
    wishes: Wishes = []
    if "energy_wh" in given:
        wishes += [("goal_soc", 0.0), ("goal_energy", float(given["energy_wh"]))]
    if "soc" in given:
        wishes += [("goal_energy", 0.0), ("goal_soc", float(given["soc"]))]
    wishes.append(("goal_time", NO_TIME if "by" not in given else _minute(given["by"])))
    if options["scheduled"]:
        wishes.append(("charge_mode", float(ChargeMode.SCHEDULED)))
    return await _wished(desk, order, wishes, partial(_planned, desk, order, _goal(given)))


def _goal(given: Mapping[str, Any]) -> str:
    what = "as much as it takes"
    if "energy_wh" in given:
        what = f"{given['energy_wh'] / 1000:g} kWh"
    elif "soc" in given:
        what = f"{given['soc']} %"
    return what if "by" not in given else f"{what} by {given['by']:0>5}"


def _planned(desk: Desk, order: Order, goal: str, connector: Connector) -> str:
    """What was asked for; it is planned before that is said, or whoever asked is told when."""
    said = goal if connector.plugged else f"{goal}, for the next session"
    driver = desk.books.energy.driver
    if driver is None:
        return f"{said}; it is planned within a minute"
    charger_id = found(desk.roster, order.charger)
    driver.changed(charger_id)
    driver.look()
    plan = driver.report.plans.get((charger_id, connector.id))
    return said if plan is None or plan.reachable else f"{said}; {plan.words}"


async def _session_limit(desk: Desk, order: Order) -> Managed:
    options = order.options
    given = {key: options[name] for name, key in _LIMITS.items() if options[name] is not None}
    if options["off"] is bool(given):
        raise AskError("say a limit, or off")
    if options["off"]:
        return await _wished(desk, order, [(key, 0.0) for key in _LIMITS.values()], _enough)
    return await _wished(desk, order, [(key, _limit(key, value)) for key, value in given.items()], _enough)


def _enough(connector: Connector) -> str:
    """Every limit that the session has now."""
    wishes = connector.wishes
    told = []
    if wishes.session_limit_wh is not None:
        told.append(f"{wishes.session_limit_wh / 1000:g} kWh")
    if wishes.session_limit_s is not None:
        told.append(f"{wishes.session_limit_s / 60:g} min")
    if wishes.session_limit_soc is not None:
        told.append(f"{wishes.session_limit_soc:g} %")
    if wishes.session_limit_cost is not None:
        told.append(f"a cost of {wishes.session_limit_cost:.2f}")
    session = "until the cable is pulled" if connector.plugged else "in the next session"
    return f"pauses after {' or '.join(told)}, {session}" if told else "the session has no limit any more"


_LIMITS: Final[Mapping[str, str]] = {
    "energy_wh": "session_limit_energy",
    "minutes": "session_limit_duration",
    "soc": "session_limit_soc",
    "cost": "session_limit_cost",
}
"""Option of the verb, and what is wished."""


def _limit(key: str, value: int | str) -> float:
    if key == "session_limit_duration":
        return float(value) * 60
    if key != "session_limit_cost":
        return float(value)
    try:
        cost = float(str(value).replace(",", "."))
    except ValueError:
        cost = -1.0
    if not 0 <= cost < _MOST_WH:
        raise MisuseError(f"{value!r} is no amount of money: write it like 5 or 7.50")
    return cost


def _minute(text: str) -> float:
    found_time = _TIME.fullmatch(text)
    if found_time is None:
        raise MisuseError(f"{text[:20]!r} is no time of day: write it like 07:00")
    return float(int(found_time[1]) * 60 + int(found_time[2]))


async def _wished(
    desk: Desk, order: Order, wishes: Iterable[tuple[str, float]], words: Callable[[Connector], str]
) -> Managed:
    """All of them in turn, and one sentence about the whole; the first that is not accepted ends it."""
    charger_id = found(desk.roster, order.charger)
    connector = ConnectorId(order.options["connector"])
    for key, value in wishes:
        wish = Wished(connector, key, value, order.origin, source=order.who)
        verdict = await desk.asking.ask(charger_id, partial(_numbered, wish), _WITHIN_S)
        if verdict.result is not CommandResult.ACCEPTED:
            return Managed(False, (f"{key}: {verdict.reason}",), verdict.result)
    known = desk.roster.charger(charger_id).connectors.get(connector)
    where = charger_id if connector == 1 else f"{charger_id}/{connector}"
    return Managed(True, (f"{where}: {'done' if known is None else words(known)}",))


def _numbered(wish: Wished, number: int) -> Wished:
    return Wished(wish.connector, wish.key, wish.value, wish.origin, number, wish.source)


VERBS: Final[Mapping[str, Verb]] = {
    "plan": Verb(
        _plan,
        {
            "connector": _CONNECTOR,
            "energy_wh": Option(int, None, 1, _MOST_WH),
            "soc": Option(int, None, 1, 100),
            "by": Option(str, None, longest=5),
            "scheduled": Option(bool, default=True),
            "off": Option(bool, default=False),
        },
    ),
    "session_limit": Verb(
        _session_limit,
        {
            "connector": _CONNECTOR,
            "energy_wh": Option(int, None, 0, _MOST_WH),
            "minutes": Option(int, None, 0, 7 * 24 * 60),
            "soc": Option(int, None, 0, 100),
            "cost": Option(str, None, longest=20),
            "off": Option(bool, default=False),
        },
    ),
}
"""`plan`: so much energy or percent by this time of day, for this session or the next one, in the mode scheduled;
`session_limit`: when the session has had enough; 0 is no limit."""
