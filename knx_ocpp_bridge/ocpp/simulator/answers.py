"""How the simulated charger answers the Central System: one function per action, one table."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from ocpp.v16.enums import (
    AvailabilityStatus,
    AvailabilityType,
    CancelReservationStatus,
    ChargePointErrorCode,
    ChargePointStatus,
    ChargingProfilePurposeType,
    ChargingProfileStatus,
    ChargingRateUnitType,
    ClearCacheStatus,
    ClearChargingProfileStatus,
    ConfigurationStatus,
    DataTransferStatus,
    GetCompositeScheduleStatus,
    Reason,
    RemoteStartStopStatus,
    ReservationStatus,
    ResetStatus,
    ResetType,
    TriggerMessageStatus,
    UnlockStatus,
)

from knx_ocpp_bridge.ocpp.simulator import answers_security, answers_upkeep
from knx_ocpp_bridge.ocpp.simulator.charge_point import ChargePoint
from knx_ocpp_bridge.ocpp.simulator.composite import Outlet, composite
from knx_ocpp_bridge.ocpp.simulator.connector import Connector, Reservation
from knx_ocpp_bridge.ocpp.simulator.maintenance import Kind
from knx_ocpp_bridge.ocpp.simulator.outbox import Letter
from knx_ocpp_bridge.ocpp.simulator.profiles import read_profile
from knx_ocpp_bridge.ocpp.simulator.triggers import trigger
from knx_ocpp_bridge.ocpp.simulator.wire import Json, instant, object_of, text_of, whole_of

Handler = Callable[[ChargePoint, Json, datetime], Json]

_FREE: Final = frozenset({ChargePointStatus.available, ChargePointStatus.preparing, ChargePointStatus.finishing})
_TOLD_BY: Final = {kind.value: kind for kind in (Kind.DIAGNOSTICS, Kind.FIRMWARE)}
_NOT_RESERVABLE: Final = {
    ChargePointStatus.faulted: ReservationStatus.faulted,
    ChargePointStatus.unavailable: ReservationStatus.unavailable,
}


def answer(charger: ChargePoint, action: str, payload: Json, now: datetime) -> Json | None:
    """The payload of the CALLRESULT, and its effect; None: this charger does not implement the action."""
    handler = HANDLERS.get(action)
    if handler is None or action in charger.plan.without:
        return None
    charger.tick(now)
    return handler(charger, payload, now)


def _remote_start(charger: ChargePoint, payload: Json, now: datetime) -> Json:
    wanted = whole_of(payload, "connectorId")
    candidates = [c for c in charger.connectors.values() if wanted in {None, c.id} and _is_free(charger, c, now)]
    id_tag = text_of(payload, "idTag")
    if not candidates or not id_tag:
        return _status(RemoteStartStopStatus.rejected)
    where = max(candidates, key=lambda connector: connector.plugged)
    profile = read_profile(object_of(payload, "chargingProfile"))
    if profile is not None:
        charger.profiles.install(where.id, profile)
    if charger.configuration.on("AuthorizeRemoteTxRequests"):
        charger.authorize(where, id_tag)
    else:
        charger.allow(where, id_tag, "", now)
    return _status(RemoteStartStopStatus.accepted)


def _remote_stop(charger: ChargePoint, payload: Json, now: datetime) -> Json:
    wanted = whole_of(payload, "transactionId")
    for where in charger.connectors.values():
        if where.transaction is not None and where.transaction.id == wanted:
            charger.stop(where, Reason.remote, now)
            return _status(RemoteStartStopStatus.accepted)
    return _status(RemoteStartStopStatus.rejected)


def _set_charging_profile(charger: ChargePoint, payload: Json, _: datetime) -> Json:
    connector = whole_of(payload, "connectorId")
    profile = read_profile(object_of(payload, "csChargingProfiles"))
    if profile is None or connector is None or (connector and connector not in charger.connectors):
        return _status(ChargingProfileStatus.rejected)
    if profile.purpose is ChargingProfilePurposeType.charge_point_max_profile and connector:
        return _status(ChargingProfileStatus.rejected)
    if profile.purpose is ChargingProfilePurposeType.tx_profile:
        transaction = charger.connectors[connector].transaction if connector else None
        if transaction is None or profile.transaction not in {None, transaction.id}:
            return _status(ChargingProfileStatus.rejected)
    charger.profiles.install(connector, profile)
    return _status(ChargingProfileStatus.accepted)


def _clear_charging_profile(charger: ChargePoint, payload: Json, _: datetime) -> Json:
    gone = charger.profiles.clear(payload)
    return _status(ClearChargingProfileStatus.accepted if gone else ClearChargingProfileStatus.unknown)


def _reserve_now(charger: ChargePoint, payload: Json, now: datetime) -> Json:
    where = charger.connectors.get(whole_of(payload, "connectorId") or 0)
    number, expiry = whole_of(payload, "reservationId"), instant(text_of(payload, "expiryDate"))
    if where is None or number is None or expiry is None:
        return _status(ReservationStatus.rejected)
    status = where.status(charger.limit_a(where, now))
    if status in _NOT_RESERVABLE:
        return _status(_NOT_RESERVABLE[status])
    same = where.reservation is not None and where.reservation.id == number
    if status is not ChargePointStatus.available and not same:
        return _status(ReservationStatus.occupied)
    where.reservation = Reservation(number, text_of(payload, "idTag"), expiry, text_of(payload, "parentIdTag"))
    return _status(ReservationStatus.accepted)


def _cancel_reservation(charger: ChargePoint, payload: Json, _: datetime) -> Json:
    wanted = whole_of(payload, "reservationId")
    for where in charger.connectors.values():
        if where.reservation is not None and where.reservation.id == wanted:
            where.reservation = None
            return _status(CancelReservationStatus.accepted)
    return _status(CancelReservationStatus.rejected)


def _change_availability(charger: ChargePoint, payload: Json, _: datetime) -> Json:
    connector, wanted = whole_of(payload, "connectorId"), text_of(payload, "type")
    if connector is None or (connector and connector not in charger.connectors):
        return _status(AvailabilityStatus.rejected)
    operative = wanted == AvailabilityType.operative
    concerned = [charger.connectors[connector]] if connector else [charger.point, *charger.connectors.values()]
    for where in concerned:
        where.inoperative_next = not operative and where.transaction is not None
        where.operative = operative or where.inoperative_next
        where.reservation = where.reservation if where.operative else None
    scheduled = any(where.inoperative_next for where in concerned)
    return _status(AvailabilityStatus.scheduled if scheduled else AvailabilityStatus.accepted)


def _unlock_connector(charger: ChargePoint, payload: Json, now: datetime) -> Json:
    where = charger.connectors.get(whole_of(payload, "connectorId") or 0)
    if where is None:
        return _status(UnlockStatus.not_supported)
    charger.stop(where, Reason.unlock_command, now)
    return _status(UnlockStatus.unlocked)


def _reset(charger: ChargePoint, payload: Json, now: datetime) -> Json:
    soft = text_of(payload, "type") == ResetType.soft
    charger.restart(Reason.soft_reset if soft else Reason.hard_reset, now)
    return _status(ResetStatus.accepted)


def _clear_cache(charger: ChargePoint, _: Json, __: datetime) -> Json:
    charger.cache.clear()
    return _status(ClearCacheStatus.accepted)


def _trigger_message(charger: ChargePoint, payload: Json, now: datetime) -> Json:
    asked = text_of(payload, "requestedMessage")
    if asked in _TOLD_BY:
        charger.outbox.put(Letter(asked, charger.maintenance.payload(_TOLD_BY[asked])))
        return _status(TriggerMessageStatus.accepted)
    return _status(trigger(charger, asked, whole_of(payload, "connectorId"), now))


def _get_composite_schedule(charger: ChargePoint, payload: Json, now: datetime) -> Json:
    connector, duration_s = whole_of(payload, "connectorId"), whole_of(payload, "duration")
    where = charger.point if connector == 0 else charger.connectors.get(connector or 0)
    unit = text_of(payload, "chargingRateUnit") or ChargingRateUnitType.amps.value
    if where is None or duration_s is None or duration_s < 0 or unit not in set(ChargingRateUnitType):
        return _status(GetCompositeScheduleStatus.rejected)
    outlet = Outlet(where.id, where.began, charger.plan.hardware_max_a, charger.plan.phases)
    schedule = composite(charger.profiles, outlet, now, duration_s, ChargingRateUnitType(unit))
    return {"connectorId": where.id, "scheduleStart": charger.clock.says(now), "chargingSchedule": schedule} | _status(
        GetCompositeScheduleStatus.accepted
    )


def _get_configuration(charger: ChargePoint, payload: Json, _: datetime) -> Json:
    wanted = payload.get("key")
    keys = [key for key in wanted if isinstance(key, str)] if isinstance(wanted, list) else []
    return charger.configuration.answer(keys, charger.security.shown(), charger.plan.without)


def _change_configuration(charger: ChargePoint, payload: Json, now: datetime) -> Json:
    key, value = text_of(payload, "key"), text_of(payload, "value")
    if key in charger.plan.without:
        return _status(ConfigurationStatus.not_supported)
    if key not in charger.security.shown():
        return _status(charger.configuration.change(key, value))
    status = charger.security.change(key, value)
    if status is not ConfigurationStatus.rejected:
        charger.security_event("ReconfigurationOfSecurityParameters", key, now)
    return _status(status)


def _data_transfer(_: ChargePoint, __: Json, ___: datetime) -> Json:
    return _status(DataTransferStatus.unknown_vendor_id)


def _is_free(charger: ChargePoint, where: Connector, now: datetime) -> bool:
    out_of_order = charger.point.error is not ChargePointErrorCode.no_error
    return not out_of_order and where.status(charger.limit_a(where, now)) in _FREE


def _status(value: str) -> Json:
    return {"status": str(value)}


HANDLERS: Final[dict[str, Handler]] = {
    **answers_upkeep.HANDLERS,
    **answers_security.HANDLERS,
    "CancelReservation": _cancel_reservation,
    "ChangeAvailability": _change_availability,
    "ChangeConfiguration": _change_configuration,
    "ClearCache": _clear_cache,
    "ClearChargingProfile": _clear_charging_profile,
    "DataTransfer": _data_transfer,
    "GetCompositeSchedule": _get_composite_schedule,
    "GetConfiguration": _get_configuration,
    "RemoteStartTransaction": _remote_start,
    "RemoteStopTransaction": _remote_stop,
    "ReserveNow": _reserve_now,
    "Reset": _reset,
    "SetChargingProfile": _set_charging_profile,
    "TriggerMessage": _trigger_message,
    "UnlockConnector": _unlock_connector,
}
