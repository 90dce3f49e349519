"""The energy of one site: every rule is asked in its order, and what they say together is what the outlets are told.

The daemon builds a `Scene` whenever something has changed, asks `advance`, and posts what follows. Pure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from knx_ocpp_bridge.core.energy.full import FullMemory, watch
from knx_ocpp_bridge.core.energy.granting import both, ceilings, fewest_phases, gathered, news, of_kind
from knx_ocpp_bridge.core.energy.grid_limit import GridMemory, limit_by_grid, restore
from knx_ocpp_bridge.core.energy.plan_memory import PlansMemory
from knx_ocpp_bridge.core.energy.plans import plan
from knx_ocpp_bridge.core.energy.released import ReleaseMemory, release
from knx_ocpp_bridge.core.energy.reporting import reported
from knx_ocpp_bridge.core.energy.ruling import Decision, EvidenceRow, Grant, Ruling, SiteReport
from knx_ocpp_bridge.core.energy.scene import Scene
from knx_ocpp_bridge.core.energy.session_limits import SessionMemory, limit_sessions
from knx_ocpp_bridge.core.energy.sharing import share
from knx_ocpp_bridge.core.energy.sharing_state import SharingMemory
from knx_ocpp_bridge.core.energy.surplus import SurplusMemory, charge_by_sun
from knx_ocpp_bridge.core.energy.tag_limits import allowed_by_cards
from knx_ocpp_bridge.core.energy.terms import OutletKey, SiteTerms
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.status import LimitReason


@dataclass(frozen=True, slots=True)
class Site:
    """What the installer decided, what each rule remembers, and what every outlet was told last."""

    terms: SiteTerms
    released: ReleaseMemory = field(default_factory=ReleaseMemory)
    full: FullMemory = field(default_factory=FullMemory)
    sessions: SessionMemory = field(default_factory=SessionMemory)
    grid: GridMemory = field(default_factory=GridMemory)
    surplus: SurplusMemory = field(default_factory=SurplusMemory)
    plans: PlansMemory = field(default_factory=PlansMemory)
    sharing: SharingMemory = field(default_factory=SharingMemory)
    given: Mapping[OutletKey, Grant] = field(default_factory=dict)


def new(terms: SiteTerms, evidence: Iterable[EvidenceRow] = ()) -> Site:
    """A site of which nothing is known yet but the log of the grid operator's orders, in order of time."""
    return Site(terms, grid=restore(evidence))


def reterm(site: Site, terms: SiteTerms) -> Site:
    """The configuration was read again: what was told and remembered of outlets that there still are is kept.

    Each rule forgets by itself what is gone. The sharing begins anew where circuits have changed.
    """
    same = (terms.circuits, terms.outlets, terms.load) == (site.terms.circuits, site.terms.outlets, site.terms.load)
    given = {key: grant for key, grant in site.given.items() if key in terms.outlets}
    return replace(site, terms=terms, given=given, sharing=site.sharing if same else SharingMemory())


def advance(site: Site, scene: Scene) -> tuple[Site, Decision]:
    """What follows from the site as it is now. Total: every outlet that is seen and configured has an answer."""
    terms = site.terms
    cars = watch(site.full, scene, terms)
    held = release(site.released, scene, terms)
    planned = plan(site.plans, scene, terms)
    enough = limit_sessions(site.sessions, scene, terms, planned.price)
    cards = allowed_by_cards(scene, terms)
    first: tuple[Ruling[Any], ...] = (held, enough, planned.ruling)
    # Who charges by the sun decides among whom an order is divided; for the sun the order of a moment ago is enough.
    allowed = both(ceilings(cards, first), of_kind(site.given, LimitReason.GRID_OPERATOR))
    sun = charge_by_sun(site.surplus, scene, terms, allowed, cars.memory.full, planned.must)
    grid = limit_by_grid(site.grid, scene, terms, ceilings(cards, (*first, sun)), cars.memory.full)
    above = (*first, sun, grid)
    shared = share(site.sharing, scene, terms, ceilings(cards, above), fewest_phases(above))
    rulings = (*above, shared.ruling)
    outlets = [key for key in terms.outlets if key in scene.outlets]
    grants = gathered(rulings, outlets, site.given, scene.now)
    after = replace(
        site,
        released=held.memory,
        full=cars.memory,
        sessions=enough.memory,
        surplus=sun.memory,
        grid=grid.memory,
        plans=planned.ruling.memory,
        sharing=shared.ruling.memory,
        given=grants,
    )
    report = SiteReport(
        circuits=shared.circuits,
        outlets=reported(scene, terms, grants, shared.outlets, cars.memory.full, grid.memory.waiting),
        plans=planned.reports,
        surplus_w=sun.memory.power_w,
        price=planned.price,
        grid_limit_w=grid.memory.limit_w,
        grid_limit_confirmed=grid.memory.is_confirmed,
        settling=shared.settling,
    )
    return after, _decision(news(grants, site.given), (cars, *rulings), report)


def _decision(grants: tuple[Grant, ...], rulings: tuple[Ruling[Any], ...], report: SiteReport) -> Decision:
    return Decision(
        grants=grants,
        notes=tuple(note for ruling in rulings for note in ruling.notes),
        evidence=tuple(row for ruling in rulings for row in ruling.evidence),
        report=report,
        wake_at_s=min((each.wake_at_s for each in rulings if each.wake_at_s is not None), default=None),
    )
