"""One connector as the bridge knows it: reported, wanted, confirmed. Values only; the rules stand beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from math import inf
from typing import Final

from knx_ocpp_bridge.core.caps import Cap
from knx_ocpp_bridge.core.commands import ChangeAvailability, ChangeConfiguration, GetConfiguration, SetProfile
from knx_ocpp_bridge.core.curve import Curve
from knx_ocpp_bridge.core.events import Origin
from knx_ocpp_bridge.core.facts import Meter, Transaction, Wishes
from knx_ocpp_bridge.core.metering import Reading
from knx_ocpp_bridge.core.settings import ConnectorSettings, StopMode
from knx_ocpp_bridge.core.status import MEANING, ConnectorStatus, ErrorCode
from knx_ocpp_bridge.core.values import ConnectorId, IdTag, LinkNumber, TransactionId, Value
from knx_ocpp_bridge.core.watch import AS_WIRED, AWAKE, UNPRESSED, UNWATCHED, PhaseChange, Pressure, Waking, Watch


class Reminder(Enum):
    """What a connector waits for. One time each; when it passes, the rule of the same name acts."""

    START_ENDS = "the start window is over"
    STOP_ENDS = "an accepted stop should have happened"
    ASSUME_END = "no StopTransaction came although the car is gone"
    ENFORCE = "a refused transaction should have ended"
    OBEY = "the limit should be obeyed by now"
    RESUME = "the car should charge again after a pause"
    LIMIT_ENDS = "a wished limit should be in force by now"
    RENEW = "the reservation wants to be renewed"
    LATE = "a late transaction that was not stopped is running"
    PROFILE = "a charging profile may be sent again"
    NOTE_METER = "the meter is worth a line on disk again"
    METER = "it charges: has it said anything new of its meter?"
    WAKE = "a car that was woken by a pause may charge again"
    PHASES = "nothing should flow by now, so that the phases can be switched"
    SHUT = "the charger may be asked again to be Inoperative, or Operative"
    LEASE = "a limit that ends by itself has ended, unless it was renewed"
    HEED = "what it is to have should be confirmed by now"


class StartStage(Enum):
    """How far a wished start has come."""

    ARMED = "waits for the cable"
    ASKED = "RemoteStartTransaction is on its way"
    PROMISED = "the charger accepted, StartTransaction is awaited"
    UNSURE = "nobody knows whether the charger has heard it; StartTransaction is possible"


@dataclass(frozen=True, slots=True)
class StartWish:
    """Somebody wants this connector to charge and it does not yet."""

    number: int
    id_tag: IdTag
    stage: StartStage
    origin: Origin
    """`BRIDGE`: the cable itself, by `start_on_plug`."""
    without_connector: bool = False
    """The charger refused a start that named the connector; the second try leaves it out."""
    told: bool = False
    """Its failure was told already (no answer in time); what it may still start is welcome."""
    cancelled: bool = False
    """Taken back after the charger was asked: what it starts is stopped."""


@dataclass(frozen=True, slots=True)
class StopWish:
    """A RemoteStopTransaction whose StopTransaction has not come yet."""

    number: int
    transaction: TransactionId
    asked: bool = False
    """The charger has been asked on this connection."""
    answered: bool = False
    """The charger has accepted it, and whoever wished for it knows."""


LimitCommand = SetProfile | ChangeConfiguration | GetConfiguration | ChangeAvailability
"""What can carry a limit: a profile, or for chargers that want it so a configuration key or being Inoperative."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One limit in the charger: the default for the next transaction, or the profile of the open one."""

    confirmed_a: float | None = None
    doubtful: bool = False
    """Confirmed once, but the charger has rebooted or not answered since."""
    sent: LimitCommand | None = None
    """The last one that left, at `sent_at_s`: the same does not follow within a minute."""
    sent_a: float = 0.0
    sent_at_s: float = 0.0
    written_at_s: float = -inf
    """When a configuration key was written: that goes to flash memory."""
    rests_until_s: float = 0.0
    """The same value is not tried again before, because it was refused or not answered; a wish ends this."""
    tries: int = 0
    """How often in a row it was refused or not answered."""
    inoperative: bool = False
    """The connector was made Inoperative to hold 0 A."""
    awaited: bool = False
    """The answer to `sent` is still awaited; nothing more is sent meanwhile."""
    booted: bool = False
    """The charger has booted since `sent` left: what it may have lost follows at once."""
    transaction: TransactionId | None = None
    refused: bool = False
    """The charger takes no profile for this transaction: the default holds. Doubtful as well: it gave no answer."""
    answer: str = ""
    """What came back on the last one that was answered, or why nothing did."""
    ends_at_s: float = inf
    """When what is confirmed ends by itself; infinite: it does not."""
    phases: int = 0
    """The `numberPhases` that is confirmed; 0: it was left out."""
    plain: bool = False
    """The charger has refused a profile that ends by itself; one that does not is tried."""
    feared_a: float = 0.0
    """The most that it may hold instead: what was not answered, or infinite where nobody knows what it kept."""
    feared_until_s: float = -inf
    no_zero: str = ""
    """It refused 0 A in this form (`core.ways.form`): its least current stands for it, until the form is another."""


@dataclass(frozen=True, slots=True)
class Wisher:
    """Who made a wish what it is, and when; `source` as in `core.events.Wished`."""

    origin: Origin
    source: str
    since: datetime | None
    """UTC; None: the bridge did not know what time it was."""


@dataclass(frozen=True, slots=True)
class Wishers:
    """Of the wishes about the current; None: nobody, or somebody before the bridge was started."""

    limit: Wisher | None = None
    fast: Wisher | None = None
    """Who chose between normal and fast current."""
    pause: Wisher | None = None


NOBODY: Final = Wishers()


@dataclass(frozen=True, slots=True)
class LimitWish:
    """A wish about the limit that nobody has confirmed yet; `before` is what holds again if it is refused."""

    number: int
    key: str
    before: Wishes
    before_by: Wishers = NOBODY


@dataclass(frozen=True, slots=True)
class Connector:
    """Everything about one connector. Connector 0 uses the reported part alone."""

    settings: ConnectorSettings
    # reported
    status: ConnectorStatus | None = None
    fresh: bool = False
    """`status` is of the present connection of the charger, not remembered from before it was away."""
    told_on: LinkNumber | None = None
    """The connection on which a state was told last."""
    free_at: datetime | None = None
    """The last time at which a state told that no car was there, by the charger's clock if that can be believed."""
    plugged: bool | None = None
    """The last state that tells about the cable told this."""
    was_active: bool = False
    """It has been Charging or Suspended since the open transaction began."""
    error_code: ErrorCode = ErrorCode.NO_ERROR
    error_text: str = ""
    reading: Reading = field(default_factory=Reading)
    meter: Meter | None = None
    noted_meter: Meter | None = None
    meter_seen: Reading | None = None
    """What had been said of the meter when it was looked at last (row M10)."""
    lower_registers: int = 0
    """How many registers in a row were below the last one; three make a new base."""
    # transactions
    transaction: Transaction | None = None
    session_closed_wh: int | None = None
    """Energy of the ended transactions since plug-in; None: no session known."""
    session: TransactionId | None = None
    """The first transaction since plug-in; None: there was none, or nobody knows."""
    curve: Curve | None = None
    """How far the open transaction has come; None: nobody knows when it began."""
    signed: int = 0
    """How many signed values of the newest transaction were kept."""
    opens_transactions: bool = False
    hidden: bool = False
    """The open transaction was delivered late and is not shown until it proves to be running."""
    last_start: datetime | None = None
    last_end: datetime | None = None
    last_energy_wh: int | None = None
    # wanted
    wishes: Wishes = field(default_factory=Wishes)
    wishers: Wishers = NOBODY
    start: StartWish | None = None
    stop: StopWish | None = None
    limit: LimitWish | None = None
    # confirmed
    default: Slot = field(default_factory=Slot)
    tx: Slot = field(default_factory=Slot)
    reserved: bool = False
    """The charger has accepted the reservation and not dropped it since."""
    disobeys: bool = False
    """More flows than the limit allows; people were told."""
    caps: tuple[Cap, ...] = ()
    """What the site sets; see `core.energy`."""
    urgent: bool = False
    """It goes at once, however short ago the last one went."""
    capped: bool = False
    """The site has set something since the start; before that a managed mode, or a circuit, has only its fail-safe."""
    phases_wanted: int | None = None
    """`numberPhases` that the site wants; None: as wired."""
    # looked after
    watch: Watch = UNWATCHED
    pressure: Pressure = UNPRESSED
    waking: Waking = AWAKE
    phase_change: PhaseChange = AS_WIRED
    # time
    reminders: Mapping[Reminder, float] = field(default_factory=dict)
    # the building
    said: Mapping[str, Value] = field(default_factory=dict)
    """The last value of each object that the building was told."""

    @property
    def id(self) -> ConnectorId:
        """Its number at the charge point."""
        return self.settings.id

    @property
    def active(self) -> bool:
        """The reported state is one in which energy flows, or would if car and charger allowed it."""
        return self.status is not None and MEANING[self.status].active

    @property
    def stops_by_pause(self) -> bool:
        """`charging` = 0 holds 0 A: by setting, or because RemoteStopTransaction would have nothing to name."""
        return self.settings.stop_mode is StopMode.PAUSE or not self.opens_transactions

    @property
    def charges_freely(self) -> bool:
        """It is charging, or paused, without ever having opened a transaction."""
        return self.fresh and self.active and not self.opens_transactions

    @property
    def in_force_a(self) -> float | None:
        """The limit that the charger has confirmed, in A; None: it has confirmed none."""
        if self.transaction is not None and self.tx.transaction == self.transaction.id:
            if self.tx.confirmed_a is None and self.tx.doubtful and self.tx.refused:
                return None  # an earlier one, whose answer was lost, may be held and override the default
            return self.default.confirmed_a if self.tx.confirmed_a is None else self.tx.confirmed_a
        return self.default.confirmed_a
