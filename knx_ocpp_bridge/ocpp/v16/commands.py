"""The core's command -> an OCPP call, checked against the official schema before it leaves."""

import json
from dataclasses import asdict, dataclass
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Final, assert_never

from ocpp.messages import MessageType, get_validator
from ocpp.v16 import call
from ocpp.v16.datatypes import (
    AuthorizationData,
    ChargingProfile,
    ChargingSchedule,
    ChargingSchedulePeriod,
    IdTagInfo,
)
from ocpp.v16.enums import (
    AuthorizationStatus,
    AvailabilityType,
    CertificateUse,
    ChargingProfileKindType,
    ChargingProfilePurposeType,
    ChargingRateUnitType,
    MessageTrigger,
    ResetType,
    UpdateType,
)

from knx_ocpp_bridge.core.commands import (
    AskForCertificateRequest,
    Call,
    CancelReservation,
    CertificateSigned,
    ChangeAvailability,
    ChangeConfiguration,
    ClearCache,
    ClearProfile,
    Command,
    DataTransfer,
    GetConfiguration,
    GetLocalListVersion,
    InstallCertificate,
    LocalListEntry,
    ProfilePurpose,
    RemoteStart,
    RemoteStop,
    ReserveNow,
    Reset,
    SendLocalList,
    SetProfile,
    TriggerMessage,
    UnlockConnector,
)
from knx_ocpp_bridge.ocpp.v16 import times

_PROFILE_IDS: Final = {ProfilePurpose.TX_DEFAULT: 1, ProfilePurpose.TX: 2, ProfilePurpose.CHARGE_POINT_MAX: 3}
"""The same id replaces the profile of before (row S14), whatever its connector: each connector has its own ids."""

_MAX_LIMIT: Final = 1e7
"""A or W: beyond any charge point."""


@dataclass(frozen=True, slots=True)
class Sendable:
    """A call that the standard allows."""

    action: str
    payload: str
    """JSON text, compact, without nulls."""


@dataclass(frozen=True, slots=True)
class Refused:
    """What was asked for cannot be said in OCPP 1.6."""

    reason: str


ACTIONS: Final = frozenset(
    {
        "CancelReservation",
        "CertificateSigned",
        "ChangeAvailability",
        "ChangeConfiguration",
        "ClearCache",
        "ClearChargingProfile",
        "DataTransfer",
        "DeleteCertificate",
        "ExtendedTriggerMessage",
        "GetCompositeSchedule",
        "GetConfiguration",
        "GetDiagnostics",
        "GetInstalledCertificateIds",
        "GetLocalListVersion",
        "GetLog",
        "InstallCertificate",
        "RemoteStartTransaction",
        "RemoteStopTransaction",
        "ReserveNow",
        "Reset",
        "SendLocalList",
        "SetChargingProfile",
        "SignedUpdateFirmware",
        "TriggerMessage",
        "UnlockConnector",
        "UpdateFirmware",
    }
)
"""Every operation that a Central System may initiate: OCPP 1.6 ed. 2 section 5, and its security white paper."""


def encode(command: Command) -> Sendable | Refused:
    """Give the call for a command; one that the official schema refuses is never sent."""
    if isinstance(command, Call):
        return _as_written(command)
    try:
        request = _request(command)
    except ValueError as error:
        return Refused(str(error))
    text = json.dumps(_camel_case(asdict(request)), separators=(",", ":"))
    return _checked(type(request).__name__, text)


def _as_written(command: Call) -> Sendable | Refused:
    if command.action not in ACTIONS:
        close = get_close_matches(command.action, ACTIONS, n=1, cutoff=0.5)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(sorted(ACTIONS))}"
        return Refused(f"{command.action[:64]} is no operation of a Central System; {hint}")
    try:
        text = json.dumps(json.loads(command.payload), separators=(",", ":"))
    except (ValueError, RecursionError):
        return Refused("the payload is no JSON")
    return _checked(command.action, text)


def _checked(action: str, text: str) -> Sendable | Refused:
    # Decimals, because a multiple of 0.1 is none in binary.
    validator = get_validator(MessageType.Call, action, "1.6", parse_float=Decimal)
    violation = next(validator.iter_errors(json.loads(text, parse_float=Decimal)), None)
    if violation is None:
        return Sendable(action, text)
    where = ".".join((action, *map(str, violation.absolute_path)))
    # The value stays out of it: it may be a card or a password.
    return Refused(f"{where} breaks {violation.validator} {str(violation.validator_value)[:80]}")


def _camel_case(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Names as the standard spells them; what is None is left out."""
    if isinstance(value, list):
        return [_camel_case(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    return {_camel(name): _camel_case(entry) for name, entry in value.items() if entry is not None}


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


def _request(command: Command) -> Any:  # noqa: ANN401, C901, PLR0911, PLR0912 - one case for each
    match command:
        case RemoteStart(connector, id_tag):
            return call.RemoteStartTransaction(id_tag=id_tag, connector_id=connector)
        case RemoteStop(transaction):
            return call.RemoteStopTransaction(transaction_id=transaction)
        case SetProfile(connector):
            return call.SetChargingProfile(connector_id=connector, cs_charging_profiles=_profile(command))
        case ClearProfile(connector, purpose):
            return call.ClearChargingProfile(
                connector_id=connector, charging_profile_purpose=ChargingProfilePurposeType(purpose.value)
            )
        case ReserveNow(connector, id_tag, expiry, reservation):
            return call.ReserveNow(
                connector_id=connector, expiry_date=times.stamp(expiry), id_tag=id_tag, reservation_id=reservation
            )
        case CancelReservation(reservation):
            return call.CancelReservation(reservation_id=reservation)
        case ChangeAvailability(connector, operative):
            kind = AvailabilityType.operative if operative else AvailabilityType.inoperative
            return call.ChangeAvailability(connector_id=connector, type=kind)
        case UnlockConnector(connector):
            return call.UnlockConnector(connector_id=connector)
        case Reset(hard):
            return call.Reset(type=ResetType.hard if hard else ResetType.soft)
        case ClearCache():
            return call.ClearCache()
        case TriggerMessage(requested, connector):
            return call.TriggerMessage(requested_message=MessageTrigger(requested), connector_id=connector)
        case GetConfiguration(keys):
            return call.GetConfiguration(key=list(keys) or None)
        case ChangeConfiguration(key, value):
            return call.ChangeConfiguration(key=key, value=value)
        case InstallCertificate(kind, pem):
            return call.InstallCertificate(certificate_type=CertificateUse(kind), certificate=pem)
        case AskForCertificateRequest():
            return call.ExtendedTriggerMessage(requested_message=MessageTrigger.sign_charge_point_certificate)
        case CertificateSigned(chain):
            return call.CertificateSigned(certificate_chain=chain)
        case GetLocalListVersion():
            return call.GetLocalListVersion()
        case SendLocalList(version, full, entries):
            update = UpdateType.full if full else UpdateType.differential
            listed = [_listed(entry) for entry in entries]
            return call.SendLocalList(list_version=version, update_type=update, local_authorization_list=listed)
        case Call():
            raise ValueError("a call is checked as it was written")
        case DataTransfer(vendor_id, message_id, data):
            return call.DataTransfer(vendor_id=vendor_id, message_id=message_id or None, data=data or None)
        case _:
            assert_never(command)


def _profile(command: SetProfile) -> ChargingProfile:
    """One period and no validity, no recurrency (rows S16, S20); `numberPhases` only where it is needed (row S8)."""
    start = None if command.start is None else times.stamp(command.start)
    return ChargingProfile(
        charging_profile_id=_PROFILE_IDS[command.purpose] + 10 * max(command.connector - 1, 0),
        transaction_id=command.transaction,
        stack_level=command.stack_level,
        charging_profile_purpose=ChargingProfilePurposeType(command.purpose.value),
        charging_profile_kind=ChargingProfileKindType.absolute if start else ChargingProfileKindType.relative,
        charging_schedule=ChargingSchedule(
            charging_rate_unit=ChargingRateUnitType(command.unit.value),
            start_schedule=start,
            duration=command.duration_s,
            charging_schedule_period=[
                ChargingSchedulePeriod(
                    start_period=0, limit=_limit(command.limit), number_phases=command.number_phases or None
                )
            ],
        ),
    )


def _limit(limit: float) -> float:
    """Give 16 and 6.5, never 16.0 or 6.499999 (row S9); raise ValueError for what is no current and no power."""
    if not 0 <= limit <= _MAX_LIMIT:
        raise ValueError(f"a limit of {limit:g} cannot be meant")
    rounded = round(limit, 1)
    return int(rounded) if rounded.is_integer() else rounded


def _listed(entry: LocalListEntry) -> AuthorizationData:
    if entry.status is None:
        return AuthorizationData(id_tag=entry.id_tag)
    expires = None if entry.expires is None else times.stamp(entry.expires)
    info = IdTagInfo(status=AuthorizationStatus(entry.status), parent_id_tag=entry.parent, expiry_date=expires)
    return AuthorizationData(id_tag=entry.id_tag, id_tag_info=info)
