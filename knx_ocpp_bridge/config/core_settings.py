"""The configuration in the core's own words: the settings of each charger."""

from collections.abc import Mapping
from dataclasses import replace

from knx_ocpp_bridge.config import checks
from knx_ocpp_bridge.config.models import Bridge, Charger, Connector
from knx_ocpp_bridge.config.site_models import Load
from knx_ocpp_bridge.config.tag_books import rules_of, zone_of
from knx_ocpp_bridge.core.energy.terms import OutletKey
from knx_ocpp_bridge.core.security import SecurityProfile
from knx_ocpp_bridge.core.settings import ChargerSettings, ConnectorSettings, Registration, TagBook
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, IdTag


def of_charger(
    bridge: Bridge, charger: Charger, book: TagBook, fail_safes: Mapping[OutletKey, float | None]
) -> ChargerSettings:
    """The settings of a charger that stands in the file; `fail_safes` as `circuit_tree` reckons them."""
    settings = of_anybody(bridge, ChargerId(charger.id), charger.registration, book)
    remote = charger.remote_id_tag
    return replace(
        settings,
        name=charger.name,
        configured=True,
        connectors={
            ConnectorId(each.id): _connector(each, bridge.load, fail_safes[ChargerId(charger.id), ConnectorId(each.id)])
            for each in charger.connectors
        },
        remote_id_tag=None if remote is None else IdTag(remote),
        security_profile=max(settings.security_profile, SecurityProfile(charger.security_profile)),
        password=charger.password,
        client_certificate=charger.client_certificate,
        flags=charger.flags.model_dump(exclude_unset=True),
        aliases=charger.aliases,
        local_list=rules_of(bridge.authorization, charger).local_list,
    )


def of_anybody(bridge: Bridge, charger_id: ChargerId, registration: Registration, book: TagBook) -> ChargerSettings:
    """What the site says of every charger, whether somebody configured it or not."""
    return ChargerSettings(
        id=charger_id,
        configured=False,
        registration=registration,
        tag_book=book,
        enforce_authorization=bridge.site.enforce_authorization,
        offline_after_s=bridge.site.offline_after,
        heartbeat_interval_s=bridge.ocpp.heartbeat_interval,
        pending_retry_interval_s=bridge.ocpp.pending_retry_interval,
        security_profile=SecurityProfile(bridge.ocpp.security_profile),
        quiet=bridge.ocpp.quiet,
        offline_is_fault=bridge.ocpp.offline_is_fault,
        zone=zone_of(bridge),
    )


def _connector(connector: Connector, load: Load, fail_safe_a: float | None) -> ConnectorSettings:
    lowest, normal, fast, highest = checks.currents(connector)
    return ConnectorSettings(
        id=ConnectorId(connector.id),
        min_current_a=lowest,
        normal_current_a=normal,
        fast_current_a=fast,
        max_current_a=highest,
        below_minimum=connector.below_minimum,
        phases=connector.phases,
        phase_rotation=connector.phase_rotation,
        start_window_s=connector.start_window,
        start_requires_cable=connector.start_requires_cable,
        start_on_plug=connector.start_on_plug,
        remote_start_when=connector.remote_start_when,
        stop_mode=connector.stop_mode,
        unlock_in_transaction=connector.unlock_in_transaction == "allow",
        mode=connector.mode,
        circuit=connector.circuit or "",
        fail_safe_a=fail_safe_a,
        lease_s=load.lease,
        disobeyed_s=load.disobeyed_after,
        escalates=_escalates(connector),
        wakes=connector.wake_up,
        can_switch_phases=connector.phase_switching,
    )


def _escalates(connector: Connector) -> bool:
    if connector.disobedience is None:
        return connector.circuit is not None
    return connector.disobedience == "escalate"
