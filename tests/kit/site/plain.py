"""The plainest way to steer a site: everybody the same share of the smallest fuse, for ever. To try the plant by."""

from collections.abc import Callable, Sequence
from math import floor

from knx_ocpp_bridge.core.caps import Cap
from knx_ocpp_bridge.core.charger import Charger
from knx_ocpp_bridge.core.connector import Connector
from knx_ocpp_bridge.core.energy.ruling import Decision, EvidenceRow, Grant, OutletReport, SiteReport
from knx_ocpp_bridge.core.energy.scene import OutletView, Scene
from knx_ocpp_bridge.core.energy.terms import SiteTerms
from knx_ocpp_bridge.core.status import ChargeMode, LimitReason
from knx_ocpp_bridge.core.values import Moment


def look(charger: Charger, connector: Connector, now: Moment) -> OutletView:
    """Hardly anything is seen."""
    settings = connector.settings
    return OutletView(
        key=(charger.settings.id, connector.id),
        online=charger.link is not None and charger.registered,
        status=connector.status,
        plugged=connector.plugged is True,
        charging=connector.transaction is not None,
        mode=connector.wishes.mode or ChargeMode.FAST,
        base_a=settings.max_current_a,
        in_force_a=connector.in_force_a,
        promised_a=settings.max_current_a,
        resting_a=None,
        leases=True,
        can_limit=True,
        disobeys=False,
        measured_at_s=now.monotonic_s,
    )


def steering(terms: SiteTerms, _evidence: Sequence[EvidenceRow]) -> Callable[[Scene], Decision]:
    """Says its one word to everybody once."""
    said: list[bool] = []

    def decide(_: Scene) -> Decision:
        share_a = min(min(one.max_current_a) for one in terms.circuits.values()) / len(terms.outlets)
        share_a = floor(share_a * 10) / 10 if share_a >= 6.0 else 0.0
        grants = tuple(Grant(key, (Cap(LimitReason.CIRCUIT, share_a),)) for key in terms.outlets)
        report = SiteReport(outlets={key: OutletReport(key, share_a, share_a == 0.0) for key in terms.outlets})
        decision = Decision(() if said else grants, report=report)
        said.append(True)
        return decision

    return decide
