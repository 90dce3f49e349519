"""What the installer decided, in the core's own words. Built by `config`; nothing here is read from a file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from enum import Enum

from knx_ocpp_bridge.core.flags import Flag
from knx_ocpp_bridge.core.security import SecurityProfile
from knx_ocpp_bridge.core.status import ChargeMode
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, IdTag


class Registration(Enum):
    """How a BootNotification is answered (OCPP 1.6 ed. 2 section 7)."""

    ACCEPTED = "accepted"
    PENDING = "pending"
    REJECTED = "rejected"


class AuthorizationMode(Enum):
    """Who may charge, besides the wall switch."""

    ALL = "all"
    NONE = "none"
    ALLOW_LIST = "allow_list"
    BLOCK_LIST = "block_list"


class BelowMinimum(Enum):
    """What a limit below the minimum current becomes."""

    PAUSE = "pause"
    MINIMUM = "minimum"


class RemoteStartWhen(Enum):
    """When a start that was wished without a cable is sent."""

    CABLE = "cable"
    AT_ONCE = "at_once"


class StopMode(Enum):
    """What `charging` = 0 does."""

    TRANSACTION = "transaction"
    PAUSE = "pause"


@dataclass(frozen=True, slots=True)
class Tag:
    """One card of the tags file."""

    id: IdTag
    name: str = ""
    expires: datetime | None = None
    """UTC; the card is refused as Expired from then on."""
    group: IdTag | None = None
    """Returned as parentIdTag: cards of one group may stop each other's transactions."""
    valid_from: datetime | None = None
    """UTC; before it the card is as unknown."""
    cost_centre: str = ""
    chargers: frozenset[str] = frozenset()
    """Case-folded ids of those at which it may charge; empty: at all."""
    limit_wh: int | None = None
    """Per month of the site's calendar; None: there is none."""
    note: str = ""
    mode: ChargeMode | None = None
    """How a session of this card is charged; None: as the connector is set."""
    max_current_a: float | None = None
    """A per phase, for its sessions; None: no limit of its own."""
    aliases: tuple[IdTag, ...] = ()
    """Other idTags that readers make of the same card; its sessions are booked on `id`."""


@dataclass(frozen=True, slots=True)
class TagBook:
    """Who may charge at one charger. `tags` is keyed by the case-folded id; the id `*` stands for every card."""

    mode: AuthorizationMode = AuthorizationMode.ALLOW_LIST
    tags: Mapping[str, Tag] = field(default_factory=dict)
    own_tag_group: IdTag | None = None
    exhausted: frozenset[str] = frozenset()
    """Case-folded ids of the cards that have used up their `limit_wh` of this month."""


@dataclass(frozen=True, slots=True)
class ConnectorSettings:
    """One outlet. Currents in A per phase: 0 < min <= normal <= fast <= max."""

    id: ConnectorId
    min_current_a: float = 6.0
    normal_current_a: float = 16.0
    fast_current_a: float = 16.0
    max_current_a: float = 16.0
    below_minimum: BelowMinimum = BelowMinimum.PAUSE
    phases: int = 3
    phase_rotation: str = "RST"
    start_window_s: float = 120.0
    start_requires_cable: bool = False
    start_on_plug: bool = False
    remote_start_when: RemoteStartWhen = RemoteStartWhen.CABLE
    stop_mode: StopMode = StopMode.TRANSACTION
    unlock_in_transaction: bool = True
    mode: ChargeMode = ChargeMode.NORMAL
    """Until somebody chooses another one."""
    circuit: str = ""
    """Empty: it stands in no circuit."""
    fail_safe_a: float | None = None
    """What the charger is left with when nobody steers it: its limit above that ends by itself after `lease_s`.
    None: what it was told last holds."""
    lease_s: float = 180.0
    disobeyed_s: float = 30.0
    """More than the limit for so long: it does not obey."""
    escalates: bool = False
    """A charger that does not obey is told by stronger and stronger means."""
    wakes: bool = True
    """A car that sleeps after a pause is woken."""
    can_switch_phases: bool = False
    """It charges on one phase or on all, as `numberPhases` of the profile says."""


@dataclass(frozen=True, slots=True)
class ChargerSettings:
    """One charge point. A charger that nobody configured has `configured` False and no connectors here."""

    id: ChargerId
    name: str = ""
    configured: bool = True
    registration: Registration = Registration.ACCEPTED
    connectors: Mapping[ConnectorId, ConnectorSettings] = field(default_factory=dict)
    tag_book: TagBook = field(default_factory=TagBook)
    remote_id_tag: IdTag | None = None
    """The idTag the bridge starts with, where a charger insists on one; None: the random one of this charger."""
    enforce_authorization: bool = True
    offline_after_s: float = 60.0
    heartbeat_interval_s: int = 300
    pending_retry_interval_s: int = 60
    security_profile: SecurityProfile = SecurityProfile.OPEN
    """The lowest that is let in, whatever was agreed over OCPP."""
    password: str = field(default="", repr=False)
    """The one of the configuration; empty: none is set there."""
    client_certificate: str = ""
    """Common name that a client certificate must have; empty: the charger's id."""
    flags: Mapping[str, Flag] = field(default_factory=dict)
    """Flags of `core.flags` that the installer has set for this charger, by name."""
    aliases: tuple[str, ...] = ()
    """Other identities under which this charger dials in."""
    local_list: bool = False
    """Keep the charger's local authorization list in step with the tag book."""
    quiet: bool = False
    """Send nothing of the bridge's own accord: only answers, and what somebody asks for."""
    offline_is_fault: bool = True
    zone: tzinfo = UTC
    """Of the site: its days are those of the counters."""
