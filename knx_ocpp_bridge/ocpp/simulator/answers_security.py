"""How the simulated charger answers about certificates, and what it can be triggered to say of its security."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from ocpp.v16.enums import (
    CertificateSignedStatus,
    GenericStatus,
    GetInstalledCertificateStatus,
    MessageTrigger,
    TriggerMessageStatus,
)

from knx_ocpp_bridge.ocpp.simulator import certificates
from knx_ocpp_bridge.ocpp.simulator.charge_point import ChargePoint
from knx_ocpp_bridge.ocpp.simulator.maintenance import Kind
from knx_ocpp_bridge.ocpp.simulator.outbox import Letter
from knx_ocpp_bridge.ocpp.simulator.triggers import trigger
from knx_ocpp_bridge.ocpp.simulator.wire import Json, object_of, text_of, whole_of

_TOLD_BY: Final = {
    Kind.LOG.value: Kind.LOG,
    MessageTrigger.firmware_status_notification.value: Kind.SIGNED_FIRMWARE,
}


def sign_certificate(charger: ChargePoint) -> None:
    """Ask for a certificate: SignCertificate with a new key."""
    csr = charger.security.request(charger.plan.serial, charger.configuration.values["CpoName"])
    charger.outbox.put(Letter("SignCertificate", {"csr": csr}, lambda payload, _: _heard(charger, payload)))


def _heard(charger: ChargePoint, payload: Json) -> None:
    if text_of(payload, "status") != GenericStatus.accepted:
        charger.news.append("the Central System signs no certificate")


def _install(charger: ChargePoint, payload: Json, _: datetime) -> Json:
    status = charger.security.install(text_of(payload, "certificateType"), text_of(payload, "certificate"))
    return {"status": status.value}


def _delete(charger: ChargePoint, payload: Json, _: datetime) -> Json:
    return {"status": charger.security.delete(object_of(payload, "certificateHashData")).value}


def _installed(charger: ChargePoint, payload: Json, _: datetime) -> Json:
    found = charger.security.roots.get(text_of(payload, "certificateType"), [])
    if not found:
        return {"status": GetInstalledCertificateStatus.not_found.value}
    rows = [certificates.hash_data(pem) for pem in found]
    return {"status": GetInstalledCertificateStatus.accepted.value, "certificateHashData": rows}


def _certificate_signed(charger: ChargePoint, payload: Json, now: datetime) -> Json:
    if charger.security.signed(text_of(payload, "certificateChain")):
        charger.news.append("it has a certificate of its own")
        return {"status": CertificateSignedStatus.accepted.value}
    charger.security_event("InvalidChargePointCertificate", "", now)
    return {"status": CertificateSignedStatus.rejected.value}


def _extended_trigger(charger: ChargePoint, payload: Json, now: datetime) -> Json:
    asked, connector = text_of(payload, "requestedMessage"), whole_of(payload, "connectorId")
    if asked == "SignChargePointCertificate":
        sign_certificate(charger)
    elif asked in _TOLD_BY:
        kind = _TOLD_BY[asked]
        charger.outbox.put(Letter(kind.value, charger.maintenance.payload(kind)))
    else:
        return {"status": trigger(charger, asked, connector, now).value}
    return {"status": TriggerMessageStatus.accepted.value}


HANDLERS: Final[dict[str, Callable[[ChargePoint, Json, datetime], Json]]] = {
    "CertificateSigned": _certificate_signed,
    "DeleteCertificate": _delete,
    "ExtendedTriggerMessage": _extended_trigger,
    "GetInstalledCertificateIds": _installed,
    "InstallCertificate": _install,
}
