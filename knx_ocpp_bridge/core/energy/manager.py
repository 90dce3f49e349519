"""The energy of one site: every rule is asked in its order, and what they say together is what the outlets are told.

The daemon builds a `Scene` whenever something has changed, asks `advance`, and posts what follows. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from knx_ocpp_bridge.core.energy import released
from knx_ocpp_bridge.core.energy.granting import gathered, news
from knx_ocpp_bridge.core.energy.released import release
from knx_ocpp_bridge.core.energy.ruling import Decision, Grant, Ruling, SiteReport
from knx_ocpp_bridge.core.energy.scene import Scene
from knx_ocpp_bridge.core.energy.tag_limits import limit_by_tag
from knx_ocpp_bridge.core.energy.terms import OutletKey, SiteTerms
from knx_ocpp_bridge.core.replacing import replace


@dataclass(frozen=True, slots=True)
class Site:
    """What the installer decided, what each rule remembers, and what every outlet was told last."""

    terms: SiteTerms
    released: released.Memory = field(default_factory=released.Memory)
    given: Mapping[OutletKey, Grant] = field(default_factory=dict)


def new(terms: SiteTerms) -> Site:
    """A site of which nothing is known yet."""
    return Site(terms)


def reterm(site: Site, terms: SiteTerms) -> Site:
    """The configuration was read again: what was told and remembered of outlets that there still are is kept."""
    return replace(site, terms=terms, given={key: grant for key, grant in site.given.items() if key in terms.outlets})


def advance(site: Site, scene: Scene) -> tuple[Site, Decision]:
    """What follows from the site as it is now. Total: whatever is seen, every outlet of the terms has an answer."""
    terms = site.terms
    held = release(site.released, scene, terms)
    cards = limit_by_tag(None, scene, terms)
    rulings: tuple[Ruling[Any], ...] = (held, cards)
    outlets = [key for key in terms.outlets if key in scene.outlets]
    grants = gathered(rulings, outlets, site.given, scene.now)
    decision = Decision(
        grants=news(grants, site.given),
        notes=tuple(note for ruling in rulings for note in ruling.notes),
        evidence=tuple(row for ruling in rulings for row in ruling.evidence),
        report=SiteReport(),
        wake_at_s=min((each.wake_at_s for each in rulings if each.wake_at_s is not None), default=None),
    )
    return replace(site, released=held.memory, given=grants), decision
