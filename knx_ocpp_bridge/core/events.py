"""What can happen to a charger: a closed union of frozen values.

An event that came by a WebSocket carries the number of its link, so that an older link changes nothing.
A request (an event that must be answered) carries `request`, the token by which the edge finds the way back.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import Enum

from knx_ocpp_bridge.core.caps import Cap
from knx_ocpp_bridge.core.commands import Call, Command
from knx_ocpp_bridge.core.security import NO_PROOF, PasswordDigest, Proof, Security, SecurityProfile
from knx_ocpp_bridge.core.settings import ChargerSettings, TagBook
from knx_ocpp_bridge.core.status import ConnectorStatus, ErrorCode, StopReason
from knx_ocpp_bridge.core.values import ConnectorId, IdTag, LinkNumber, TransactionId


class Origin(Enum):
    """Where a wish came from; it changes nothing but the words in the log and how a transaction is said to begin."""

    KNX = "KNX"
    CLI = "CLI"
    PAGE = "page"
    API = "API"
    BRIDGE = "bridge"


@dataclass(frozen=True, slots=True)
class InputHeard:
    """The building has told what it measures or decides: the value of an input object, or the time of day."""

    connector: ConnectorId
    key: str
    value: float | bool | datetime | date | time
    """In the unit of the object (A, W, a count, a switch). `bus_time` and `bus_date` tell wall-clock time of the site:
    a naive datetime (19.001), a time (10.001), a date (11.001).
    """
    source: str
    """Individual address of the sender."""


class Outcome(Enum):
    """How a call of ours ended."""

    ANSWERED = "answered"
    """The charger sent a CALLRESULT; `Replied.status` is what it says."""
    NOT_SUPPORTED = "not supported"
    """CALLERROR NotImplemented or NotSupported."""
    FAILED = "failed"
    """Any other CALLERROR, or an answer that says nothing."""
    TIMED_OUT = "timed out"
    """No answer in time, or one that nobody can read: what the charger did is not known."""
    LOST = "lost"
    """The link closed before the answer, or before the call left."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One sampled value with a number in it, units resolved: A, V, W, Wh, percent."""

    measurand: str
    """OCPP's name, e.g. `Energy.Active.Import.Register` (its default), `Current.Import`."""
    value: float
    phase: str | None = None
    """`L1`, `L2`, `L3` (also for `L1-N`), `L1-L2` and the like, `N`; None: the whole connector."""
    context: str = "Sample.Periodic"
    location: str = "Outlet"


@dataclass(frozen=True, slots=True)
class SignedValue:
    """A signed meter value as the charger sent it (OCPP 1.6 ed. 2 section 7, ValueFormat SignedData)."""

    at: datetime | None
    context: str
    text: str
    """Untouched: what is signed must not change by a byte."""


@dataclass(frozen=True, slots=True)
class MeterReading:
    """The samples of one instant. `at` is UTC by the charger's clock; None: it gave none, or nonsense."""

    at: datetime | None
    samples: tuple[Sample, ...]
    signed: tuple[SignedValue, ...] = ()


@dataclass(frozen=True, slots=True)
class Identity:
    """What a charger says of itself at boot, kept for ever. Strings are cut at 255 characters."""

    vendor: str = ""
    model: str = ""
    serial: str = ""
    charge_box_serial: str = ""
    firmware: str = ""
    iccid: str = ""
    imsi: str = ""
    meter_serial: str = ""
    meter_type: str = ""


# The link


@dataclass(frozen=True, slots=True)
class LinkOpened:
    """A WebSocket of this charger was accepted; the newest link is the charger."""

    link: LinkNumber
    peer: str
    proof: Proof = NO_PROOF
    """Judged before the link was opened (`core.admission`)."""


@dataclass(frozen=True, slots=True)
class LinkClosed:
    """That WebSocket is gone, for whatever reason."""

    link: LinkNumber
    reason: str


# Requests


@dataclass(frozen=True, slots=True)
class BootNotified:
    """BootNotification.req"""

    link: LinkNumber
    request: str
    identity: Identity


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Heartbeat.req"""

    link: LinkNumber
    request: str


@dataclass(frozen=True, slots=True)
class StatusNotified:
    """StatusNotification.req. `status` None: the charger said a word that is no status; only `error_code` counts."""

    link: LinkNumber
    request: str
    connector: ConnectorId
    status: ConnectorStatus | None
    error_code: ErrorCode
    info: str = ""
    vendor_error_code: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Metered:
    """MeterValues.req; readings in the order received."""

    link: LinkNumber
    request: str
    connector: ConnectorId
    transaction: TransactionId | None
    readings: tuple[MeterReading, ...]


@dataclass(frozen=True, slots=True)
class TransactionStarted:
    """StartTransaction.req. `fresh` is an unused number of the bridge's counter, taken only if this is a new one."""

    link: LinkNumber
    request: str
    connector: ConnectorId
    id_tag: IdTag
    meter_start_wh: int | None
    at: datetime | None
    fresh: TransactionId
    reservation: int | None = None


@dataclass(frozen=True, slots=True)
class TransactionStopped:
    """StopTransaction.req. `fresh` is used only if nothing is known of this transaction and a record must be made."""

    link: LinkNumber
    request: str
    transaction: TransactionId | None
    id_tag: IdTag | None
    meter_stop_wh: int | None
    at: datetime | None
    reason: StopReason
    readings: tuple[MeterReading, ...]
    fresh: TransactionId


@dataclass(frozen=True, slots=True)
class AuthorizeAsked:
    """Authorize.req"""

    link: LinkNumber
    request: str
    id_tag: IdTag


@dataclass(frozen=True, slots=True)
class CertificateAsked:
    """SignCertificate.req of the security extension; `csr` is its PEM text, not looked into yet."""

    link: LinkNumber
    request: str
    csr: str


@dataclass(frozen=True, slots=True)
class Notified:
    """Any other request of 1.6 and its security extension, already answered by the edge; kept for the log.

    DataTransfer, DiagnosticsStatusNotification, FirmwareStatusNotification, SecurityEventNotification, ...
    """

    link: LinkNumber
    action: str
    summary: str


# Replies to our calls, wishes, time, settings


@dataclass(frozen=True, slots=True)
class Replied:
    """The end of a call of ours. `status` is OCPP's own word where the answer has one, else empty."""

    link: LinkNumber
    command: Command
    outcome: Outcome
    status: str = ""
    detail: str = ""
    """For a `Call` the JSON text of the whole answer; else what the answer says beyond its status."""


@dataclass(frozen=True, slots=True)
class Wished:
    """Somebody wants something of a connector (or, at connector 0, of the charge point).

    `key` is a receiving group object of the catalogue; `value` a bool for switches, A for `max_current`
    (as it came: NaN, infinity and nonsense are the core's to refuse). `number` is echoed in the Verdict;
    0: nobody waits for one. `id_tag` only with `charging`: start in this card's name.
    """

    connector: ConnectorId
    key: str
    value: bool | float
    origin: Origin
    number: int = 0
    source: str = ""
    """Individual address of the sender, or the like: for the log."""
    id_tag: IdTag | None = None


@dataclass(frozen=True, slots=True)
class Capped:
    """What the site sets for this connector from now on, in place of all that it has set before."""

    connector: ConnectorId
    caps: tuple[Cap, ...]
    phases: int | None = None
    """`numberPhases` of its profiles; None: as wired."""
    urgent: bool = False
    """It goes at once, however short ago the last one went."""


@dataclass(frozen=True, slots=True)
class CallAsked:
    """Somebody wants this very operation carried out; what the charger answers goes into the Verdict."""

    command: Call
    origin: Origin
    number: int = 0


@dataclass(frozen=True, slots=True)
class ListAsked:
    """Somebody wants the charger's local list of cards to be sent anew, as a whole."""

    origin: Origin
    number: int = 0


@dataclass(frozen=True, slots=True)
class SecureAsked:
    """Bring the charger to this security profile: root certificate, password, profile, in this order.

    `key` is the new AuthorizationKey in hex, known to nobody else; `digests` are of it. `root` is the PEM text of
    the certificate to install, empty where the profile needs no TLS or the charger has it already.
    """

    profile: SecurityProfile
    key: str
    digests: tuple[PasswordDigest, ...]
    root: str
    origin: Origin
    number: int = 0


@dataclass(frozen=True, slots=True)
class SecuritySet:
    """Somebody has set what this charger has to show, without telling the charger."""

    security: Security
    origin: Origin


@dataclass(frozen=True, slots=True)
class CertificateIssued:
    """The certificate request of `Step.sign` was signed; or, where `chain` is empty, not, for this reason."""

    chain: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Woken:
    """The deadline of the charger has passed."""


@dataclass(frozen=True, slots=True)
class Reconfigured:
    """The configuration was read again; running sessions go on."""

    settings: ChargerSettings


@dataclass(frozen=True, slots=True)
class TagBookChanged:
    """Other cards may charge here from now on; whoever charges already goes on."""

    book: TagBook


@dataclass(frozen=True, slots=True)
class CardForgotten:
    """The card that is read as these idTags is erased: what is remembered of it is nobody's from now on."""

    id_tags: tuple[IdTag, ...]


Request = (
    BootNotified
    | Heartbeat
    | StatusNotified
    | Metered
    | TransactionStarted
    | TransactionStopped
    | AuthorizeAsked
    | CertificateAsked
)
ByOthers = (
    Wished
    | Capped
    | CallAsked
    | ListAsked
    | SecureAsked
    | SecuritySet
    | CertificateIssued
    | Woken
    | Reconfigured
    | TagBookChanged
    | CardForgotten
)
Event = LinkOpened | LinkClosed | Request | Notified | Replied | ByOthers
