"""The energy of the site as plain JSON values."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from knx_ocpp_bridge.core.caps import Cap
from knx_ocpp_bridge.core.energy.ruling import CircuitReport
from knx_ocpp_bridge.core.energy.scene import NO_GOAL, Goal, OutletView, Scene
from knx_ocpp_bridge.core.energy.terms import NO_LIMITS, CircuitTerms, OutletKey, SessionLimits
from knx_ocpp_bridge.core.energy.why import binding, sentence
from knx_ocpp_bridge.core.status import LimitReason, ocpp_word
from knx_ocpp_bridge.core.values import CHARGE_POINT
from knx_ocpp_bridge.daemon.energy.energy import Energy
from knx_ocpp_bridge.daemon.energy.objects import next_start
from knx_ocpp_bridge.store.grid_evidence import Kept

Json = dict[str, Any]

_MEASURED: Final = ("grid_power", "pv_power", "battery_power", "battery_soc")


def circuits(energy: Energy) -> list[Json]:
    """One row for each circuit, parents first, with what hangs directly in it; without a name: what hangs in none."""
    reports = {report.name: report for report in energy.report.circuits}
    rows = [
        {**_circuit(circuit, reports.get(name)), "outlets": _outlets(energy, name)}
        for name, circuit in energy.terms.circuits.items()
    ]
    others = _outlets(energy, "")
    if others:
        rows.append({"name": "", "parent": "", "outlets": others})
    return [{**row, "settling": energy.report.settling} for row in rows]


def _circuit(circuit: CircuitTerms, report: CircuitReport | None) -> Json:
    return {
        "name": circuit.name,
        "parent": circuit.parent,
        "max_current_a": list(circuit.max_current_a),
        "max_power_w": circuit.max_power_w,
        "peak_power_w": circuit.peak_power_w,
        "unbalanced_current_a": circuit.unbalanced_current_a,
        "metered": circuit.metered,
        "strategy": circuit.strategy.value,
        "limit_a": None if report is None else _amperes(report.limit_a),
        "house_a": None if report is None or report.house_a is None else _amperes(report.house_a),
        "granted_a": None if report is None else _amperes(report.granted_a),
        "drawn_a": None if report is None else _amperes(report.drawn_a),
        "free_a": None if report is None else _amperes(report.free_a),
        "words": "" if report is None else report.words,
    }


def _outlets(energy: Energy, circuit: str) -> list[Json]:
    scene = energy.scene
    return [
        outlet(energy, key, scene.outlets[key])
        for key, terms in energy.terms.outlets.items()
        if terms.circuit == circuit and key in scene.outlets
    ]


def outlet(energy: Energy, key: OutletKey, view: OutletView) -> Json:
    """What one outlet has, wants and waits for, and what binds it."""
    terms, grant = energy.terms.outlets[key], energy.grants.get(key)
    report = energy.report.outlets.get(key)
    binds = None if grant is None else binding(terms, view, grant.caps)
    return {
        **_place(key),
        "online": view.online,
        "status": None if view.status is None else ocpp_word(view.status),
        "charging": view.charging,
        "mode": view.mode.name.lower(),
        "priority": terms.priority,
        "phases": list(report.phases) if report is not None else [],
        "wants_a": _number(view.base_a),
        "granted_a": None if report is None else _number(report.granted_a),
        "in_force_a": _number(view.in_force_a),
        "promised_a": _number(view.promised_a),
        "fail_safe_a": _number(terms.fail_safe_current_a),
        "leases": view.leases,
        "disobeys": view.disobeys,
        "current_a": _number(view.current_a),
        "currents_a": None if view.currents_a is None else [_number(each) for each in view.currents_a],
        "power_w": _number(view.power_w),
        "waiting": report is not None and report.waiting,
        "full": report is not None and report.full,
        "words": "" if report is None else report.words,
        "binds": None if binds is None else binds.kind.name.lower(),
        "why": sentence(view, report, None if binds is None else binds.kind),
        "caps": [] if grant is None else [_cap(cap) for cap in grant.caps],
    }


def _cap(cap: Cap) -> Json:
    return {
        "kind": cap.kind.name.lower(),
        "current_a": _number(cap.current_a),
        "since": _stamp(cap.since),
        "until": _stamp(cap.until),
        "words": cap.words,
        "lasting": cap.lasting,
    }


def plans(energy: Energy) -> list[Json]:
    """One row for each outlet of which something is planned, or wanted of its session."""
    scene = energy.scene
    return [
        _plan(energy, key, view, scene)
        for key, view in scene.outlets.items()
        if key in energy.report.plans
        or view.goal != NO_GOAL
        or view.limits != NO_LIMITS
        or energy.terms.outlets[key].plans
    ]


def _plan(energy: Energy, key: OutletKey, view: OutletView, scene: Scene) -> Json:
    plan, terms = energy.report.plans.get(key), energy.terms.outlets[key]
    report = energy.report.outlets.get(key)
    return {
        **_place(key),
        "mode": view.mode.name.lower(),
        "plugged": view.plugged,
        "session_wh": view.session_wh,
        "soc": _number(view.soc),
        "goal": goal(view.goal),
        "limits": limits(view.limits),
        "weekly": [
            {
                "days": sorted(each.days),
                "ready_by": each.ready_by.isoformat("minutes"),
                "energy_wh": each.energy_wh,
                "soc": each.soc,
            }
            for each in terms.plans
        ],
        "full": report is not None and report.full,
        "ready_by": None if plan is None else plan.ready_by,
        "energy_wh": None if plan is None else plan.energy_wh,
        "reachable": None if plan is None else plan.reachable,
        "cost": None if plan is None or plan.cost is None else round(plan.cost, 4),
        "words": "" if plan is None else plan.words,
        "next_start": _stamp(next_start(plan, scene.now.utc)),
        "slots": []
        if plan is None
        else [{"begins": begins, "ends": ends, "current_a": _number(a)} for begins, ends, a in plan.slots],
    }


def goal(one: Goal) -> Json | None:
    """What is wanted of the session; None: nothing."""
    if one == NO_GOAL:
        return None
    minute = one.ready_minute
    by = None if minute is None else f"{minute // 60:02}:{minute % 60:02}"
    return {"energy_wh": one.energy_wh, "soc": _number(one.soc), "ready_by": by}


def limits(one: SessionLimits) -> Json | None:
    """When the session has had enough; None: nobody has said."""
    return None if one == NO_LIMITS else asdict(one)


def grid_limit(energy: Energy) -> Json:
    """The order that is in force, and how each outlet keeps to it."""
    report, terms, scene = energy.report, energy.terms.grid_limit, energy.scene
    return {
        "active": report.grid_limit_w is not None,
        "limit_w": _number(report.grid_limit_w),
        "confirmed": report.grid_limit_confirmed,
        "power_w": terms.power_w,
        "per": terms.per.value,
        "contacts_w": {str(number): power_w for number, power_w in terms.contacts_w.items()},
        "confirmed_within_s": terms.confirmed_within_s,
        "orders": [_order(row) for row in energy.means.evidence.orders()],
        "outlets": list(_limited(energy, scene)),
    }


def _limited(energy: Energy, scene: Scene) -> Iterator[Json]:
    for key, grant in energy.grants.items():
        cap = next((each for each in grant.caps if each.kind is LimitReason.GRID_OPERATOR), None)
        if cap is not None and key in scene.outlets:
            view = scene.outlets[key]
            yield {
                **_place(key),
                "limit_a": _number(cap.current_a),
                "in_force_a": _number(view.in_force_a),
                "promised_a": _number(view.promised_a),
                "current_a": _number(view.current_a),
                "online": view.online,
                "since": _stamp(cap.since),
                "words": cap.words,
            }


def _order(row: Kept) -> Json:
    return {"at": row.at, "charger": row.charger, "limit_w": _number(row.limit_w), "detail": row.detail}


def evidence(row: Kept) -> Json:
    """One line of the grid operator's log."""
    return {
        "number": row.number,
        "at": row.at,
        "clock": "sane" if row.sane else "doubtful",
        "what": row.what.value,
        "charger": row.charger,
        "connector": None if row.connector == CHARGE_POINT else row.connector,
        "limit_w": _number(row.limit_w),
        "detail": row.detail,
    }


def surplus(energy: Energy) -> Json:
    """What the sun gives, and who charges by it."""
    scene = energy.scene
    measured = {key: scene.readings.get((None, CHARGE_POINT, key)) for key in _MEASURED}
    return {
        "surplus_w": _number(energy.report.surplus_w),
        **{key: None if reading is None else reading.counts for key, reading in measured.items()},
        **asdict(energy.terms.surplus),
        "outlets": [
            outlet(energy, key, view)
            for key, view in scene.outlets.items()
            if view.mode.name in {"SURPLUS", "MINIMUM_AND_SURPLUS"}
        ],
    }


def site(energy: Energy) -> Json | None:
    """What everybody sees who looks at the whole site; None: nothing is decided here."""
    if energy.driver is None:
        return None
    report = energy.report
    return {
        "settling": report.settling,
        "waiting": sum(each.waiting for each in report.outlets.values()),
        "surplus_w": _number(report.surplus_w),
        "price": report.price,
        "grid_limit_w": _number(report.grid_limit_w),
        "grid_limit_confirmed": report.grid_limit_confirmed,
        "circuits": [
            {
                "name": each.name,
                "limit_a": _amperes(each.limit_a),
                "house_a": None if each.house_a is None else _amperes(each.house_a),
                "granted_a": _amperes(each.granted_a),
                "drawn_a": _amperes(each.drawn_a),
                "free_a": _amperes(each.free_a),
                "words": each.words,
            }
            for each in report.circuits
        ],
    }


def _place(key: OutletKey) -> Json:
    return {"charger": key[0], "connector": int(key[1])}


def _amperes(values: tuple[float, float, float]) -> list[float]:
    return [round(each, 1) for each in values]


def _number(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _stamp(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds").replace("+00:00", "Z")
