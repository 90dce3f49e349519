"""One connector as people see it: in words, and what can be done there. Plain values; what differs is shown anew."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final

from knx_ocpp_bridge.core.status import ConnectorStatus, ErrorCode, LimitReason
from knx_ocpp_bridge.web import wording
from knx_ocpp_bridge.web.outcomes import Outcome

Json = Mapping[str, Any]

ONLINE: Final = "online"
AWAY: Final = "offline"
_TONES: Final = {
    ConnectorStatus.AVAILABLE: "",
    ConnectorStatus.PREPARING: "info",
    ConnectorStatus.CHARGING: "good",
    ConnectorStatus.SUSPENDED_EV: "info",
    ConnectorStatus.SUSPENDED_EVSE: "warn",
    ConnectorStatus.FINISHING: "info",
    ConnectorStatus.RESERVED: "info",
    ConnectorStatus.UNAVAILABLE: "warn",
    ConnectorStatus.FAULTED: "bad",
}
_STARTABLE: Final = frozenset({ConnectorStatus.AVAILABLE, ConnectorStatus.PREPARING, ConnectorStatus.FINISHING})
_FLOWING: Final = frozenset({ConnectorStatus.CHARGING, ConnectorStatus.SUSPENDED_EV, ConnectorStatus.SUSPENDED_EVSE})


@dataclass(frozen=True, slots=True)
class Moment:
    """What is known besides the state itself."""

    utc: datetime
    zone: tzinfo
    away_since: str | None
    """ISO 8601; None: it is not missed."""
    outcome: Outcome | None
    energy: Json | None = None
    """How the current of the site stands; None: nothing decides about it."""


def of(charger: Json) -> list[Json]:
    """Its connectors, as far as they stand in the configuration."""
    return [one for one in charger["connectors"] if one["can"]["start"]]


def element(charger: str, connector: int) -> str:
    """The id of its card on a page."""
    return f"outlet-{charger}-{connector}"


def shown(charger: Json, connector: Json, now: Moment) -> Mapping[str, Json]:
    """The three elements of a card, each with what its template `outlet_….html` is filled in with.

    `state`: what it does, in words; `flow`: what flows; `do`: the buttons. They change at different times.
    """
    status = _status(connector)
    facts = _facts(connector, now)
    here = charger["online"] == ONLINE
    words = _state(connector, status, facts) if here else _absent(charger, now.away_since)
    name = element(charger["id"], connector["id"])
    place = {"element": name, "charger": charger["id"], "connector": connector["id"]}
    return {
        "state": {
            **place,
            "name": charger["name"] or charger["id"],
            "alone": len(of(charger)) == 1,
            **dict(zip(("tone", "word", "sentence"), words, strict=True)),
            "facts": facts,
            "goal": connector["energy"]["goal"],
            "session_limits": connector["energy"]["session_limits"],
            "who": _who(connector),
            "outcome": None if now.outcome is None else _ended(now.outcome),
        },
        "flow": {"element": name, "now": _measured(connector) if here else None},
        "do": {
            **place,
            "can": _possible(connector, status, managed=now.energy is not None) if here else (),
            "fast": connector["values"].get("fast_charging") is True,
            "modes": _modes(connector, now.energy),
            "mode": connector["energy"]["mode"],
            "goal": connector["energy"]["goal"],
            "session_limits": connector["energy"]["session_limits"],
            "limited": connector["limit"]["kind"] == "received_limit",
            "currents": connector["currents"],
            "limit_a": connector["limit"]["value_a"],
        },
    }


def is_busy(connector: Json) -> bool:
    """A car charges there, or would if it wanted to."""
    return connector["transaction"] is not None or connector["values"].get("charging") is True


def _status(connector: Json) -> ConnectorStatus | None:
    number = connector["values"].get("status")
    return None if number is None else ConnectorStatus(number)


def _absent(charger: Json, away_since: str | None) -> tuple[str, str, str]:
    if charger["online"] != AWAY:
        return "", wording.UNHEARD, wording.UNHEARD_SENTENCE
    return "bad", wording.OFFLINE, wording.OFFLINE_SENTENCE if away_since is None else wording.OFFLINE_SINCE


def _state(connector: Json, status: ConnectorStatus | None, facts: Json) -> tuple[str, str, str]:
    if facts["left_s"] is not None:
        return "info", wording.ARMED, wording.ARMED_SENTENCE
    if status is None:
        return "", wording.UNTOLD, wording.UNTOLD_SENTENCE
    sentence = wording.SENTENCES[status]
    reason = connector["values"].get("limit_reason")
    if connector["armed"] and status not in _FLOWING:
        sentence = wording.STARTING_SENTENCE
    elif status in _FLOWING and reason is not None:
        held = not connector["values"].get("max_current") and status is not ConnectorStatus.CHARGING
        words = wording.HELD if held else wording.LIMITED
        if held or status is ConnectorStatus.CHARGING:
            sentence = words.get(LimitReason(reason), sentence)
        if held and LimitReason(reason) in wording.HELD_IN_A_WORD:
            return (*wording.HELD_IN_A_WORD[LimitReason(reason)], sentence)
    if status is ConnectorStatus.CHARGING and connector["transaction"] and not connector["transaction"]["accepted"]:
        return "warn", wording.STATUS[status], wording.NOT_ACCEPTED
    return _TONES[status], wording.STATUS[status], sentence


def _facts(connector: Json, now: Moment) -> Json:
    values = connector["values"]
    until = connector["armed_until"]
    left = None if until is None else max(0, int((datetime.fromisoformat(until) - now.utc).total_seconds()))
    fault = values.get("status") == ConnectorStatus.FAULTED
    away = None if now.away_since is None else datetime.fromisoformat(now.away_since).astimezone(now.zone)
    return {
        "limit_a": values.get("max_current"),
        "error": wording.ERRORS[ErrorCode(values.get("error_code", 0))],
        "error_text": values.get("error_text", "") if fault else "",
        "left_s": left,
        "away_since": now.away_since,
        "away_today": away is not None and away.date() == now.utc.astimezone(now.zone).date(),
    }


def _measured(connector: Json) -> Json | None:
    """Rounded as it is shown: a change that nobody sees is none."""
    values = connector["values"]
    if not is_busy(connector) and not values.get("power"):
        return None
    phases = [values.get(f"current_l{number}") for number in (1, 2, 3)][: connector["currents"]["phases"]]
    seconds = values.get("session_duration")
    energy_wh = values.get("session_energy")
    return {
        "power_w": _rounded(values.get("power"), 10),
        "current_a": _rounded(values.get("current"), 0.1),
        "limit_a": values.get("max_current"),
        "phases_a": [_rounded(each, 0.1) for each in phases] if any(each is not None for each in phases) else [],
        "energy_wh": None if energy_wh is None else energy_wh // 10 * 10,
        "minutes": None if seconds is None else int(seconds) // 60,
        "soc": values.get("soc"),
    }


def _rounded(value: float | None, step: float) -> float | None:
    return None if value is None else round(round(value / step) * step, 1)


def _who(connector: Json) -> str:
    """For operators: the card's name, or the end of its idTag."""
    if connector["transaction"] is None:
        return ""
    return str(connector["values"].get("user") or connector["transaction"]["id_tag"])


def _modes(connector: Json, energy: Json | None) -> tuple[str, ...]:
    """The charge modes that make sense here: by the sun only where it is measured."""
    mode = connector["energy"]["mode"]
    sunny = energy is not None and energy["surplus_w"] is not None
    offered = {
        "normal": True,
        "fast": connector["can"]["fast"],
        "surplus": sunny,
        "minimum_and_surplus": sunny,
        "scheduled": energy is not None,
    }
    return tuple(name for name, sense in offered.items() if sense or name == mode)


def _possible(connector: Json, status: ConnectorStatus | None, *, managed: bool) -> tuple[str, ...]:
    """What would make sense now, and the charger can: in the order of the buttons."""
    can, values = connector["can"], connector["values"]
    busy, armed = is_busy(connector), connector["armed"]
    paused = values.get("pause") is True
    startable = status is None or status in _STARTABLE
    offered = {
        "cancel": can["start"] and armed and not busy,
        "start": can["start"] and not busy and not armed and startable and not paused,
        "stop": can["start"] and busy,
        "go_on": can["pause"] and paused,
        "pause": can["pause"] and busy and not paused,
        "speed": can["fast"] and not managed,
        "mode": managed and can["limit"],
        "goal": managed and can["limit"],
        "limit": can["limit"],
        "reserve": can["reserve"] and status is ConnectorStatus.AVAILABLE and not connector["reserved"],
        "free": can["reserve"] and connector["reserved"],
        "unlock": can["unlock"],
    }
    return tuple(name for name, sense in offered.items() if sense)


def _ended(outcome: Outcome) -> Json:
    return {
        "command": wording.COMMANDS.get(outcome.key, outcome.key),
        "words": wording.RESULTS[outcome.result],
        "reason": outcome.reason,
    }
