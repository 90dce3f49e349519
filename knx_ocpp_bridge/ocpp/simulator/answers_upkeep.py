"""How the simulated charger answers about its local list, its firmware, and its logs."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from ocpp.v16.enums import Log, LogStatus, UpdateFirmwareStatus, UpdateStatus

from knx_ocpp_bridge.ocpp.simulator import certificates, maintenance
from knx_ocpp_bridge.ocpp.simulator.charge_point import ChargePoint
from knx_ocpp_bridge.ocpp.simulator.maintenance import Kind, Stage, firmware_of, usable
from knx_ocpp_bridge.ocpp.simulator.wire import Json, instant, object_of, text_of, whole_of

_DIAGNOSTICS_FILE: Final = "diagnostics.log"
_LOG_FILES: Final = {Log.diagnostics_log.value: _DIAGNOSTICS_FILE, Log.security_log.value: "security.log"}
_NOT_SUPPORTED: Final = -1


def _get_local_list_version(charger: ChargePoint, _: Json, __: datetime) -> Json:
    on = charger.configuration.on("LocalAuthListEnabled")
    return {"listVersion": charger.local_list.version if on else _NOT_SUPPORTED}


def _send_local_list(charger: ChargePoint, payload: Json, _: datetime) -> Json:
    if not charger.configuration.on("LocalAuthListEnabled"):
        return {"status": UpdateStatus.not_supported.value}
    return {"status": charger.local_list.update(payload).value}


def _get_diagnostics(charger: ChargePoint, payload: Json, now: datetime) -> Json:
    stages = maintenance.UPLOAD if usable(text_of(payload, "location")) else maintenance.UPLOAD_FAILED
    charger.maintenance.start(Kind.DIAGNOSTICS, stages, now, None, "")
    return {"fileName": _DIAGNOSTICS_FILE}


def _get_log(charger: ChargePoint, payload: Json, now: datetime) -> Json:
    request, name = whole_of(payload, "requestId"), _LOG_FILES.get(text_of(payload, "logType"))
    if request is None or name is None:
        return {"status": LogStatus.rejected.value}
    where = text_of(object_of(payload, "log"), "remoteLocation")
    stages = maintenance.UPLOAD if usable(where) else maintenance.UPLOAD_FAILED
    replaced = charger.maintenance.start(Kind.LOG, stages, now, request, "")
    return {"status": (LogStatus.accepted_canceled if replaced else LogStatus.accepted).value, "filename": name}


def _update_firmware(charger: ChargePoint, payload: Json, now: datetime) -> Json:
    where = text_of(payload, "location")
    due = instant(text_of(payload, "retrieveDate")) or now
    charger.maintenance.start(Kind.FIRMWARE, _download(where, maintenance.FIRMWARE), due, None, firmware_of(where))
    return {}


def _signed_update_firmware(charger: ChargePoint, payload: Json, now: datetime) -> Json:
    firmware, request = object_of(payload, "firmware"), whole_of(payload, "requestId")
    if request is None:
        return {"status": UpdateFirmwareStatus.rejected.value}
    if not certificates.readable(text_of(firmware, "signingCertificate")):
        charger.security_event("InvalidFirmwareSigningCertificate", "", now)
        return {"status": UpdateFirmwareStatus.invalid_certificate.value}
    where = text_of(firmware, "location")
    signed = certificates.is_base64(text_of(firmware, "signature"))
    stages = _download(where, maintenance.SIGNED_FIRMWARE if signed else maintenance.BAD_SIGNATURE)
    due = instant(text_of(firmware, "retrieveDateTime")) or now
    replaced = charger.maintenance.start(Kind.SIGNED_FIRMWARE, stages, due, request, firmware_of(where))
    status = UpdateFirmwareStatus.accepted_canceled if replaced else UpdateFirmwareStatus.accepted
    return {"status": status.value}


def _download(location: str, stages: Iterable[Stage]) -> Iterable[Stage]:
    return stages if usable(location) else maintenance.DOWNLOAD_FAILED


HANDLERS: Final[dict[str, Callable[[ChargePoint, Json, datetime], Json]]] = {
    "GetDiagnostics": _get_diagnostics,
    "GetLocalListVersion": _get_local_list_version,
    "GetLog": _get_log,
    "SendLocalList": _send_local_list,
    "SignedUpdateFirmware": _signed_update_firmware,
    "UpdateFirmware": _update_firmware,
}
