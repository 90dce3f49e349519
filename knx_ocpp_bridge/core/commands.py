"""What a charger can be asked: a closed union. One is one OCPP call; the reply comes back with it."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from knx_ocpp_bridge.core.values import ConnectorId, IdTag, TransactionId


class ProfilePurpose(Enum):
    """ChargingProfilePurposeType of OCPP 1.6 ed. 2 section 7."""

    TX_DEFAULT = "TxDefaultProfile"
    TX = "TxProfile"
    CHARGE_POINT_MAX = "ChargePointMaxProfile"


class RateUnit(Enum):
    """ChargingRateUnitType of OCPP 1.6 ed. 2 section 7."""

    AMPERE = "A"
    WATT = "W"


@dataclass(frozen=True, slots=True)
class RemoteStart:
    """RemoteStartTransaction; `connector` None leaves the choice to the charger."""

    connector: ConnectorId | None
    id_tag: IdTag


@dataclass(frozen=True, slots=True)
class RemoteStop:
    """RemoteStopTransaction"""

    transaction: TransactionId


@dataclass(frozen=True, slots=True)
class SetProfile:
    """SetChargingProfile with one period. `limit` is a multiple of 0.1 in `unit`, never between 0 and 6 A.

    The edge sends it with a fixed profile id per purpose and one period from `start` on (Absolute), or Relative
    where `start` is None; `number_phases` 0 leaves that field out.
    """

    connector: ConnectorId
    purpose: ProfilePurpose
    limit: float
    unit: RateUnit
    transaction: TransactionId | None = None
    start: datetime | None = None
    stack_level: int = 0
    number_phases: int = 0
    duration_s: int | None = None
    """The schedule ends so long after `start` (or after it is received, where that is None); None: it does not end."""


@dataclass(frozen=True, slots=True)
class ClearProfile:
    """ClearChargingProfile by connector and purpose."""

    connector: ConnectorId
    purpose: ProfilePurpose


@dataclass(frozen=True, slots=True)
class ReserveNow:
    """ReserveNow; the same `reservation` again replaces it."""

    connector: ConnectorId
    id_tag: IdTag
    expiry: datetime
    reservation: int


@dataclass(frozen=True, slots=True)
class CancelReservation:
    """CancelReservation"""

    reservation: int
    connector: ConnectorId


@dataclass(frozen=True, slots=True)
class ChangeAvailability:
    """ChangeAvailability; connector 0 is the charge point and all its connectors."""

    connector: ConnectorId
    operative: bool


@dataclass(frozen=True, slots=True)
class UnlockConnector:
    """UnlockConnector"""

    connector: ConnectorId


@dataclass(frozen=True, slots=True)
class Reset:
    """Reset"""

    hard: bool


@dataclass(frozen=True, slots=True)
class ClearCache:
    """ClearCache"""


@dataclass(frozen=True, slots=True)
class TriggerMessage:
    """TriggerMessage; `requested` is a MessageTrigger, e.g. `StatusNotification`."""

    requested: str
    connector: ConnectorId | None = None


@dataclass(frozen=True, slots=True)
class GetConfiguration:
    """GetConfiguration; no keys asks for all."""

    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeConfiguration:
    """ChangeConfiguration"""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class DataTransfer:
    """DataTransfer"""

    vendor_id: str
    message_id: str = ""
    data: str = ""


@dataclass(frozen=True, slots=True)
class InstallCertificate:
    """InstallCertificate; `kind` is `CentralSystemRootCertificate` or `ManufacturerRootCertificate`."""

    kind: str
    pem: str


@dataclass(frozen=True, slots=True)
class AskForCertificateRequest:
    """ExtendedTriggerMessage SignChargePointCertificate: the charger answers by SignCertificate."""


@dataclass(frozen=True, slots=True)
class CertificateSigned:
    """CertificateSigned; `chain` is PEM text, the charger's certificate first."""

    chain: str


@dataclass(frozen=True, slots=True)
class GetLocalListVersion:
    """GetLocalListVersion"""


@dataclass(frozen=True, slots=True)
class LocalListEntry:
    """One AuthorizationData of SendLocalList; `status` None takes the tag out of the list."""

    id_tag: IdTag
    status: str | None = "Accepted"
    parent: IdTag | None = None
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class SendLocalList:
    """SendLocalList"""

    version: int
    full: bool
    entries: tuple[LocalListEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """Any operation as somebody wrote it: `payload` is the JSON text of its request, checked before it leaves."""

    action: str
    payload: str = "{}"


Command = (
    RemoteStart
    | RemoteStop
    | SetProfile
    | ClearProfile
    | ReserveNow
    | CancelReservation
    | ChangeAvailability
    | UnlockConnector
    | Reset
    | ClearCache
    | TriggerMessage
    | GetConfiguration
    | ChangeConfiguration
    | DataTransfer
    | InstallCertificate
    | AskForCertificateRequest
    | CertificateSigned
    | GetLocalListVersion
    | SendLocalList
    | Call
)
