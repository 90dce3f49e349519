"""What follows from an event, in the order in which it must happen."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

from knx_ocpp_bridge.core.commands import Command
from knx_ocpp_bridge.core.facts import Fact
from knx_ocpp_bridge.core.settings import Registration
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.values import ConnectorId, IdTag, LinkNumber, TransactionId, Value


class AuthorizationStatus(Enum):
    """AuthorizationStatus of OCPP 1.6 ed. 2 section 7."""

    ACCEPTED = "Accepted"
    BLOCKED = "Blocked"
    EXPIRED = "Expired"
    INVALID = "Invalid"


@dataclass(frozen=True, slots=True)
class IdTagInfo:
    """IdTagInfo of OCPP 1.6 ed. 2 section 7."""

    status: AuthorizationStatus
    parent: IdTag | None = None
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class BootAnswer:
    """BootNotification.conf; `interval_s` is the heartbeat's, or the wait before the next boot."""

    registration: Registration
    interval_s: int
    now: datetime


@dataclass(frozen=True, slots=True)
class HeartbeatAnswer:
    """Heartbeat.conf"""

    now: datetime


@dataclass(frozen=True, slots=True)
class EmptyAnswer:
    """StatusNotification.conf and MeterValues.conf: nothing but the acknowledgement."""


ACKNOWLEDGED: Final = EmptyAnswer()


@dataclass(frozen=True, slots=True)
class AuthorizeAnswer:
    """Authorize.conf"""

    info: IdTagInfo


@dataclass(frozen=True, slots=True)
class StartAnswer:
    """StartTransaction.conf; the number is on disk before this is sent."""

    transaction: TransactionId
    info: IdTagInfo


@dataclass(frozen=True, slots=True)
class StopAnswer:
    """StopTransaction.conf"""

    info: IdTagInfo | None


@dataclass(frozen=True, slots=True)
class SignAnswer:
    """SignCertificate.conf; the certificate itself follows by CertificateSigned."""

    accepted: bool


Payload = BootAnswer | HeartbeatAnswer | EmptyAnswer | AuthorizeAnswer | StartAnswer | StopAnswer | SignAnswer


@dataclass(frozen=True, slots=True)
class Answer:
    """The one answer to the request with this token, by the link it came on."""

    link: LinkNumber
    request: str
    payload: Payload


@dataclass(frozen=True, slots=True)
class Update:
    """A value for the building.

    `value` None withdraws it: it is unknown from now on, nothing is sent and reads are not answered.
    `again`: send it even if it was said before (the answer to a command, the end of a transaction).
    """

    connector: ConnectorId
    key: str
    value: Value | None
    again: bool = False


class Level(Enum):
    """How loud a note is."""

    DEBUG = 10
    INFO = 20
    WARNING = 30


class AlarmKind(Enum):
    """What people are told of even if nobody looks at the log."""

    CHARGING_STARTED = "charging_started"
    CHARGING_STOPPED = "charging_stopped"
    FAULT = "fault"
    OFFLINE = "offline"
    LIMIT_DISOBEYED = "limit_disobeyed"
    CLOCK = "clock"
    STORAGE = "storage"
    BUS = "bus"
    """The bridge has lost the KNX bus."""
    INPUT = "input"
    """A value that the building measures is stale."""
    LOAD = "load"
    """A circuit is overloaded or cannot be watched, or an order of the grid operator is not obeyed."""
    PAGES = "pages"
    """The pages are not served, or not by https."""


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence for log and page: what happened, why, and what to do about it."""

    level: Level
    connector: ConnectorId | None
    text: str
    about: str = ""
    """What it is about: OCPP's name of the message, or `connection`, `wish`, `time`, `configuration`."""
    alarm: AlarmKind | None = None
    """It is an alarm of this kind, or with `over` the end of one."""
    over: bool = False
    transaction: TransactionId | None = None
    """It is an alarm about this transaction, to be kept together with its record, which is a fact of the same step."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """One point of a transaction's curve: at most one a minute, lost without harm."""

    transaction: TransactionId
    at: datetime
    """UTC, by the charger's clock where it is plausible."""
    energy_wh: int
    """Of the transaction until then."""
    power_w: float | None
    current_a: float | None


@dataclass(frozen=True, slots=True)
class CardShown:
    """A card was held to this charger; `connector` is 0 where nobody can tell at which outlet."""

    id_tag: IdTag
    connector: ConnectorId
    status: AuthorizationStatus


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a wish with a number ended; said exactly once for each number that is not 0."""

    number: int
    result: CommandResult
    reason: str
    answer: str = ""
    """JSON text of the charger's answer, where a `Call` was asked for."""


@dataclass(frozen=True, slots=True)
class Step:
    """The order of doing: facts (await the disk), answer (await the socket), updates, commands, then the words."""

    facts: tuple[Fact, ...] = ()
    answer: Answer | None = None
    updates: tuple[Update, ...] = ()
    commands: tuple[Command, ...] = ()
    notes: tuple[Note, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    samples: tuple[Sampled, ...] = ()
    cards: tuple[CardShown, ...] = ()
    sign: str = ""
    """PEM text of a certificate request of this charger that may be signed; empty: there is none."""
