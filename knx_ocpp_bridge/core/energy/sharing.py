"""Divides what a tree of circuits can carry among the outlets that hang in it.

Fast down, slow up: whatever must be taken away is taken at once, and current is given only when nobody may draw it any
more by what he was told. So the sum of what chargers may take never exceeds a fuse less what the house takes there,
however long messages take or if they are lost. It knows no OCPP, and its time is `scene.now`.
"""

from collections.abc import Mapping, Sequence
from math import inf
from typing import Final

from knx_ocpp_bridge.core.energy import peak, unbalance
from knx_ocpp_bridge.core.energy.bottlenecks import Bottlenecks, bottlenecks
from knx_ocpp_bridge.core.energy.circuits import Tree, tree
from knx_ocpp_bridge.core.energy.dividing import divide, party
from knx_ocpp_bridge.core.energy.giving import give
from knx_ocpp_bridge.core.energy.guests import Guest, Question, guest
from knx_ocpp_bridge.core.energy.house import House, house
from knx_ocpp_bridge.core.energy.meter import TOTAL, Flows, flows
from knx_ocpp_bridge.core.energy.overload import overload
from knx_ocpp_bridge.core.energy.remembering import remembered, wakes
from knx_ocpp_bridge.core.energy.restraints import Settling, demands, settling
from knx_ocpp_bridge.core.energy.ruling import Ruling
from knx_ocpp_bridge.core.energy.scene import Scene
from knx_ocpp_bridge.core.energy.sharing_state import SharingMemory, SharingRuling
from knx_ocpp_bridge.core.energy.signs import doubted
from knx_ocpp_bridge.core.energy.silence import silence
from knx_ocpp_bridge.core.energy.telling import Told, caps, circuit_reports, outlet_reports
from knx_ocpp_bridge.core.energy.terms import OutletKey, OutletTerms, SiteTerms
from knx_ocpp_bridge.core.limits import NOMINAL_VOLTAGE_V
from knx_ocpp_bridge.core.replacing import replace

_NOTHING: Final[Mapping[OutletKey, int]] = {}


def share(
    memory: SharingMemory,
    scene: Scene,
    terms: SiteTerms,
    ceilings: Mapping[OutletKey, float],
    phases: Mapping[OutletKey, int] = _NOTHING,
) -> SharingRuling:
    """One cap for each outlet in a circuit, so that no fuse carries more than it may; total.

    `ceilings`: the lowest of what the other rules allow, A per phase; an outlet that is missing there is not limited
    by them. `phases`: on how many an outlet is to charge by the other rules, where it can switch.
    """
    whole = tree(terms)
    if not whole.outlets:
        return SharingRuling(Ruling(memory))
    guests = [_guest(key, outlet, memory, scene, terms, (ceilings, phases)) for key, outlet in whole.outlets.items()]
    measures, narrow, known = _measured(memory, guests, whole, scene, terms)
    heard = memory.heard | {each.key for each in guests if each.is_known}
    unsettled = settling(guests, heard, whole, scene.now.monotonic_s - scene.started_at_s, terms.load.lease_s)
    wants, restraints = demands(guests, whole, unsettled)
    everybody = party(guests, wants, whole, narrow, terms.load, scene.now.monotonic_s)
    shares = divide(everybody)
    given = give(everybody, shares)
    told = Told(everybody, shares, given, restraints)
    said = caps(told, scene.now)
    now_s = scene.now.monotonic_s
    housed, notes = overload(measures.house, known, whole, now_s)
    after = replace(
        measures,
        house=housed,
        heard=heard,
        outlets={
            each.key: remembered(each, wants[each.key], given[each.key], said[each.key], terms.load, now_s)
            for each in guests
        },
    )
    seen = {key: cap for key, cap in said.items() if key in scene.outlets}
    return SharingRuling(
        Ruling(
            after,
            seen,
            notes=notes,
            wake_at_s=wakes(told, after, terms.load, scene.now, _settled_at(unsettled, scene, terms)),
        ),
        circuit_reports(told, known),
        {key: report for key, report in outlet_reports(told, said).items() if key in seen},
        settling=bool(unsettled),
    )


def _guest(
    key: OutletKey,
    outlet: OutletTerms,
    memory: SharingMemory,
    scene: Scene,
    terms: SiteTerms,
    others: tuple[Mapping[OutletKey, float], Mapping[OutletKey, int]],
) -> Guest:
    ceilings, phases = others
    return guest(
        Question(
            key,
            outlet,
            scene.outlets.get(key),
            memory.outlets.get(key),
            ceilings.get(key, inf),
            phases.get(key),
            scene.now.monotonic_s,
            terms.load.disobeyed_s,
        )
    )


def _measured(
    memory: SharingMemory, guests: Sequence[Guest], whole: Tree, scene: Scene, terms: SiteTerms
) -> tuple[SharingMemory, Bottlenecks, House]:
    """What is remembered of all that is measured, and what follows for the circuits."""
    now_s, load = scene.now.monotonic_s, terms.load
    measured = flows(scene, doubted(memory.house.signs, now_s))
    housed, known = house(memory.house, guests, measured, whole, (now_s, load.raise_after_s))
    known = replace(known, silence=silence(scene, terms.zone))
    peaked = _peak(memory, whole, measured, scene)
    balance = {}
    budgets = {}
    for name, circuit in whole.circuits.items():
        if circuit.unbalanced_current_a is not None:
            inside = [each for each in guests if name in whole.chain(each.key)]
            balance[name] = unbalance.watch(memory.balance.get(name), inside, now_s, load.raise_after_s)
            budgets[name] = unbalance.budgets(balance[name], circuit.unbalanced_current_a)
    narrow = bottlenecks(whole, known, None if peaked is None else peaked.kept_w, budgets)
    return SharingMemory({}, housed, peaked, balance), narrow, known


def _settled_at(unsettled: Settling, scene: Scene, terms: SiteTerms) -> float | None:
    return scene.started_at_s + terms.load.lease_s if unsettled else None


def _peak(memory: SharingMemory, whole: Tree, measured: Flows, scene: Scene) -> peak.PeakMemory | None:
    peak_w = None if whole.metered is None else whole.circuits[whole.metered].peak_power_w
    if peak_w is None:
        return None
    total = measured[TOTAL]
    import_w = None if total is None or total.is_house else total.current_a * NOMINAL_VOLTAGE_V
    return peak.watch(memory.peak, import_w, peak_w, scene.now)
