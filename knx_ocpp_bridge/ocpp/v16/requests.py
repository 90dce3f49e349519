"""A charge point's request -> the core's event, or the answer that needs no core."""

from collections.abc import Callable
from typing import Final

import msgspec

from knx_ocpp_bridge.core.events import (
    AuthorizeAsked,
    BootNotified,
    CertificateAsked,
    Heartbeat,
    Identity,
    Metered,
    Request,
    StatusNotified,
    TransactionStarted,
    TransactionStopped,
)
from knx_ocpp_bridge.core.status import ConnectorStatus, ErrorCode, StopReason
from knx_ocpp_bridge.core.values import ConnectorId, IdTag, LinkNumber, TransactionId
from knx_ocpp_bridge.ocpp.v16 import coerce, messages, samples, times

REPEATABLE: Final = frozenset({"StartTransaction", "StopTransaction", "DataTransfer"})
"""Sent again with the same id when the answer was lost, and then to be answered with the same words (row F10)."""

STATUS: Final[dict[messages.Status, ConnectorStatus]] = {
    "Available": ConnectorStatus.AVAILABLE,
    "Preparing": ConnectorStatus.PREPARING,
    "Charging": ConnectorStatus.CHARGING,
    "SuspendedEV": ConnectorStatus.SUSPENDED_EV,
    "SuspendedEVSE": ConnectorStatus.SUSPENDED_EVSE,
    "Finishing": ConnectorStatus.FINISHING,
    "Reserved": ConnectorStatus.RESERVED,
    "Unavailable": ConnectorStatus.UNAVAILABLE,
    "Faulted": ConnectorStatus.FAULTED,
}
ERROR_CODE: Final[dict[messages.ChargePointErrorCode, ErrorCode]] = {
    "NoError": ErrorCode.NO_ERROR,
    "ConnectorLockFailure": ErrorCode.CONNECTOR_LOCK_FAILURE,
    "EVCommunicationError": ErrorCode.EV_COMMUNICATION_ERROR,
    "GroundFailure": ErrorCode.GROUND_FAILURE,
    "HighTemperature": ErrorCode.HIGH_TEMPERATURE,
    "InternalError": ErrorCode.INTERNAL_ERROR,
    "LocalListConflict": ErrorCode.LOCAL_LIST_CONFLICT,
    "OtherError": ErrorCode.OTHER_ERROR,
    "OverCurrentFailure": ErrorCode.OVER_CURRENT_FAILURE,
    "OverVoltage": ErrorCode.OVER_VOLTAGE,
    "PowerMeterFailure": ErrorCode.POWER_METER_FAILURE,
    "PowerSwitchFailure": ErrorCode.POWER_SWITCH_FAILURE,
    "ReaderFailure": ErrorCode.READER_FAILURE,
    "ResetFailure": ErrorCode.RESET_FAILURE,
    "UnderVoltage": ErrorCode.UNDER_VOLTAGE,
    "WeakSignal": ErrorCode.WEAK_SIGNAL,
}
REASON: Final[dict[messages.Reason, StopReason]] = {
    "DeAuthorized": StopReason.DE_AUTHORIZED,
    "EmergencyStop": StopReason.EMERGENCY_STOP,
    "EVDisconnected": StopReason.EV_DISCONNECTED,
    "HardReset": StopReason.HARD_RESET,
    "Local": StopReason.LOCAL,
    "Other": StopReason.OTHER,
    "PowerLoss": StopReason.POWER_LOSS,
    "Reboot": StopReason.REBOOT,
    "Remote": StopReason.REMOTE,
    "SoftReset": StopReason.SOFT_RESET,
    "UnlockCommand": StopReason.UNLOCK_COMMAND,
}

Fresh = Callable[[], TransactionId]
Translator = Callable[[bytes, LinkNumber, str, Fresh, coerce.Report], Request]

_BOOT: Final = msgspec.json.Decoder(messages.BootNotification, strict=False)
_STATUS: Final = msgspec.json.Decoder(messages.StatusNotification, strict=False)
_METER: Final = msgspec.json.Decoder(messages.MeterValues, strict=False)
_START: Final = msgspec.json.Decoder(messages.StartTransaction, strict=False)
_STOP: Final = msgspec.json.Decoder(messages.StopTransaction, strict=False)
_SIGN: Final = msgspec.json.Decoder(messages.SignCertificate, strict=False)
_AUTHORIZE: Final = msgspec.json.Decoder(messages.Authorize, strict=False)

_Refused: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def _tag(text: str) -> IdTag:
    """Blanks and NUL round a tag are the reader's, not the card's."""
    return IdTag(text.strip(" \t\r\n\0"))


def _boot(payload: bytes, link: LinkNumber, request: str, _fresh: Fresh, report: coerce.Report) -> BootNotified:
    try:
        message = _BOOT.decode(payload)
    except _Refused:
        message = coerce.fit(messages.BootNotification, payload, report)
    identity = Identity(
        vendor=message.charge_point_vendor,
        model=message.charge_point_model,
        serial=message.charge_point_serial_number or "",
        charge_box_serial=message.charge_box_serial_number or "",
        firmware=message.firmware_version or "",
        iccid=message.iccid or "",
        imsi=message.imsi or "",
        meter_serial=message.meter_serial_number or "",
        meter_type=message.meter_type or "",
    )
    return BootNotified(link, request, identity)


def _heartbeat(_payload: bytes, link: LinkNumber, request: str, _fresh: Fresh, _report: coerce.Report) -> Heartbeat:
    return Heartbeat(link, request)


def _status(payload: bytes, link: LinkNumber, request: str, _fresh: Fresh, report: coerce.Report) -> StatusNotified:
    try:
        message = _STATUS.decode(payload)
    except _Refused:
        message = coerce.fit(messages.StatusNotification, payload, report)
    return StatusNotified(
        link,
        request,
        ConnectorId(message.connector_id),
        None if message.status is None else STATUS[message.status],
        ERROR_CODE[message.error_code],
        message.info or "",
        message.vendor_error_code or "",
        times.parse(message.timestamp),
    )


def _meter_values(payload: bytes, link: LinkNumber, request: str, _fresh: Fresh, report: coerce.Report) -> Metered:
    try:
        message = _METER.decode(payload)
    except _Refused:
        message = coerce.fit(messages.MeterValues, payload, report)
    transaction = message.transaction_id
    return Metered(
        link,
        request,
        ConnectorId(message.connector_id),
        None if transaction is None else TransactionId(transaction),
        samples.readings(message.meter_value),
    )


def _start(payload: bytes, link: LinkNumber, request: str, fresh: Fresh, report: coerce.Report) -> TransactionStarted:
    try:
        message = _START.decode(payload)
    except _Refused:
        message = coerce.fit(messages.StartTransaction, payload, report)
    return TransactionStarted(
        link,
        request,
        ConnectorId(message.connector_id),
        _tag(message.id_tag),
        message.meter_start,
        times.parse(message.timestamp),
        fresh(),
        message.reservation_id,
    )


def _stop(payload: bytes, link: LinkNumber, request: str, fresh: Fresh, report: coerce.Report) -> TransactionStopped:
    try:
        message = _STOP.decode(payload)
    except _Refused:
        message = coerce.fit(messages.StopTransaction, payload, report)
    return TransactionStopped(
        link,
        request,
        None if message.transaction_id is None else TransactionId(message.transaction_id),
        None if message.id_tag is None else _tag(message.id_tag),
        message.meter_stop,
        times.parse(message.timestamp),
        # StopTransaction.req: the reason may only be left out where it is Local.
        StopReason.LOCAL if message.reason is None else REASON[message.reason],
        samples.readings(message.transaction_data or ()),
        fresh(),
    )


def _authorize(payload: bytes, link: LinkNumber, request: str, _fresh: Fresh, report: coerce.Report) -> AuthorizeAsked:
    try:
        message = _AUTHORIZE.decode(payload)
    except _Refused:
        message = coerce.fit(messages.Authorize, payload, report)
    return AuthorizeAsked(link, request, _tag(message.id_tag))


def _sign(payload: bytes, link: LinkNumber, request: str, _fresh: Fresh, report: coerce.Report) -> CertificateAsked:
    try:
        message = _SIGN.decode(payload)
    except _Refused:
        message = coerce.fit(messages.SignCertificate, payload, report)
    return CertificateAsked(link, request, message.csr or "")


TRANSLATORS: Final[dict[str, Translator]] = {
    "Heartbeat": _heartbeat,
    "MeterValues": _meter_values,
    "StatusNotification": _status,
    "BootNotification": _boot,
    "Authorize": _authorize,
    "StartTransaction": _start,
    "StopTransaction": _stop,
    "SignCertificate": _sign,
}
"""The requests that the core answers, each total: any JSON value becomes an event (row F24)."""
