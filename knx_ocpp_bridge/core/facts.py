"""What must outlive a power cut, and what a charger's life is rebuilt from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum

from knx_ocpp_bridge.core.events import Identity, SignedValue
from knx_ocpp_bridge.core.security import NOTHING_AGREED, Security
from knx_ocpp_bridge.core.status import ChargeMode, StopReason
from knx_ocpp_bridge.core.values import ConnectorId, IdTag, TransactionId


class StartedBy(Enum):
    """How a transaction came about."""

    CARD = "card"
    WALL_SWITCH = "wall switch"
    PAGE = "page"
    API = "API"
    COMMAND_LINE = "command line"
    PLUG = "plug"
    UNKNOWN = "unknown"
    """Begun elsewhere, or its beginning was never told."""


@dataclass(frozen=True, slots=True)
class DayEnergy:
    """What a transaction took on one day of the site's calendar, in Wh."""

    day: date
    energy_wh: int


@dataclass(frozen=True, slots=True)
class Transaction:
    """One OCPP transaction, open while `stopped_at` is None. Times are UTC, energy is Wh.

    `started_at` is the charger's time where it is plausible, else the bridge's; `clock_sane` tells whether
    either could be believed. `charger_time` and `meter_start_wh` are as received: with `connector` and
    `id_tag` they recognise a StartTransaction that is sent again.
    """

    id: TransactionId
    connector: ConnectorId
    id_tag: IdTag
    meter_start_wh: int
    started_at: datetime
    charger_time: datetime | None = None
    accepted: bool = True
    late: bool = False
    """Delivered long after it began (the charger was offline)."""
    clock_sane: bool = True
    base_wh: int | None = None
    """The register at which it really began: meterStart, or where that is 0 what the first meter value shows; it may
    be below 0 after the meter was replaced. None: no register was told yet."""
    session_base_wh: int = 0
    """Energy of the earlier transactions since the cable was plugged in."""
    stopped_at: datetime | None = None
    meter_stop_wh: int | None = None
    energy_wh: int | None = None
    reason: StopReason | None = None
    assumed: bool = False
    """The end was concluded, not told by the charger."""
    implausible: bool = False
    """The register of its end does not fit its beginning: the energy is that of the samples, or 0."""
    adopted: bool = False
    """It was running when it was first heard of, by a meter value: the beginning was concluded."""
    orphaned: bool = False
    """Only its end was ever told."""
    session: TransactionId | None = None
    """The first transaction since the cable was plugged in; None: it is the first."""
    started_by: StartedBy = StartedBy.UNKNOWN
    meter_serial: str = ""
    """Of the meter that measured it, as the charger had said by then."""
    days: tuple[DayEnergy, ...] = ()
    """The energy by local day, in order: of the days that are over, and once it has ended of all; then the sum is
    `energy_wh`. Empty where `clock_sane` is False."""


@dataclass(frozen=True, slots=True)
class TransactionRecorded:
    """The transaction as it now stands: opened, closed or corrected; the newest record of an id is the truth."""

    transaction: Transaction


@dataclass(frozen=True, slots=True)
class SignedKept:
    """Signed values of this transaction, in addition to those that are kept already."""

    transaction: TransactionId
    values: tuple[SignedValue, ...]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the building wants of one connector, beyond the moment."""

    limit_a: float | None = None
    """Overrides normal and fast current; None: it does not."""
    fast: bool = False
    paused: bool = False
    reserved: bool = False
    mode: ChargeMode | None = None
    """The one that was chosen; NORMAL: `fast` and `paused` say more; None: that of the configuration."""
    session_mode: ChargeMode | None = None
    """By the card of this session; it ends when the cable is pulled, or when somebody chooses another one."""
    session_limit_wh: int | None = None
    """This and the five that follow are of the running session, or of the next one; they end with it."""
    session_limit_s: int | None = None
    session_limit_soc: float | None = None
    session_limit_cost: float | None = None
    goal_wh: int | None = None
    goal_soc: float | None = None
    goal_minute: int | None = None
    """Minute of the local day by which the goal is to be reached."""
    shut: bool = False
    """It did not obey and was made Inoperative, which is to be undone."""


@dataclass(frozen=True, slots=True)
class WishesKept:
    """The wishes of one connector, replacing what was kept before."""

    connector: ConnectorId
    wishes: Wishes


@dataclass(frozen=True, slots=True)
class Meter:
    """Energy registers of one connector in Wh: `offset_wh + register_wh` never falls."""

    register_wh: int
    offset_wh: int = 0


@dataclass(frozen=True, slots=True)
class MeterNoted:
    """The meter of one connector, noted seldom (SD card) and at each end of a transaction."""

    connector: ConnectorId
    meter: Meter


@dataclass(frozen=True, slots=True)
class IdentityLearned:
    """What the charger said of itself."""

    identity: Identity


@dataclass(frozen=True, slots=True)
class AbilityLearned:
    """Something this firmware was found to do or refuse, e.g. `limit_by` -> `tx_default`; an empty value forgets it."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class TagIssued:
    """The bridge's own idTag for this charger."""

    id_tag: IdTag


@dataclass(frozen=True, slots=True)
class SecurityKept:
    """What this charger has to show from now on."""

    security: Security


Fact = (
    TransactionRecorded
    | WishesKept
    | MeterNoted
    | IdentityLearned
    | AbilityLearned
    | TagIssued
    | SecurityKept
    | SignedKept
)


@dataclass(frozen=True, slots=True)
class Point:
    """The energy of a transaction by a time."""

    at: datetime
    energy_wh: int


@dataclass(frozen=True, slots=True)
class Remembered:
    """All that is known of a charger before it speaks: what the journal gives back after a start.

    `open` and `ended` are ordered by id; `ended` holds the newest eight, to recognise what is sent again.
    """

    own_tag: IdTag | None = None
    identity: Identity | None = None
    open: tuple[Transaction, ...] = ()
    ended: tuple[Transaction, ...] = ()
    points: Mapping[TransactionId, Point] = field(default_factory=dict)
    """Of open transactions the newest point of the curve."""
    wishes: Mapping[ConnectorId, Wishes] = field(default_factory=dict)
    meters: Mapping[ConnectorId, Meter] = field(default_factory=dict)
    abilities: Mapping[str, str] = field(default_factory=dict)
    security: Security = NOTHING_AGREED
