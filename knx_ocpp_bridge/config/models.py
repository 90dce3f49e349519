"""The configuration as it is written: one frozen model per section, unknown keys refused.

What stands between sections (addresses used twice, currents out of order) is judged by `checks`.
"""

from dataclasses import fields
from functools import partial
from typing import TYPE_CHECKING, Annotated, Final, Literal, get_type_hints

from pydantic import AfterValidator, BeforeValidator, Field, create_model

from knx_ocpp_bridge.config.bus_models import Bindings, GroupObjectsFrom, Knx, Scheme
from knx_ocpp_bridge.config.fields import (
    Amperes,
    ChargerName,
    FilePath,
    HostName,
    HostPort,
    IdTagText,
    LongerThanZero,
    NotEmpty,
    Number,
    OcppListen,
    Origin,
    Password,
    Pings,
    Profile,
    Text,
    Tls,
    WebListen,
    sound_flag,
)
from knx_ocpp_bridge.config.outlet_models import KilowattHours, Mode, PhaseRotation, SessionLimits, WeeklyPlan
from knx_ocpp_bridge.config.prices import ByYear, Currency, KilowattHourPrice, priced
from knx_ocpp_bridge.config.section import Section
from knx_ocpp_bridge.config.site_models import Circuit, CircuitName, GridLimit, Load, Surplus
from knx_ocpp_bridge.config.tariff_models import Tariff
from knx_ocpp_bridge.core import flags
from knx_ocpp_bridge.core.settings import AuthorizationMode, BelowMinimum, Registration, RemoteStartWhen, StopMode
from knx_ocpp_bridge.core.status import ChargeMode

__all__ = ["Bridge", "HostPort"]

ENVIRONMENT_PREFIX: Final = "KNX_OCPP_BRIDGE__"
"""Begins the name of every variable that overrides a key; `__` stands between section and key."""

LogLevel = Literal["debug", "info", "warning", "error"]


class Price(Section):
    """What energy cost in one year."""

    price: KilowattHourPrice
    """Of one kWh, in `currency`."""
    basis: Text = ""
    """Where the price is from: printed in every report."""


class Site(Section):
    """The building."""

    name: Text = ""
    """Shown by `status` and `systemctl status`."""
    timezone: Text = "UTC"
    """Name of the IANA time zone, like Europe/Amsterdam: what `start_time` and `end_time` are told in."""
    offline_after: LongerThanZero = 60.0
    """s without a connection until the building is told that a charger is offline."""
    enforce_authorization: bool = True
    """Stop a charger that goes on charging after its transaction was refused."""
    currency: Currency = "EUR"
    """Of the prices; three capital letters."""
    prices: Annotated[
        dict[str, Annotated[Price, BeforeValidator(priced, json_schema_input_type=Price | float)]],
        ByYear,
        Field(json_schema_extra={"propertyNames": {"pattern": "^2[0-9]{3}$"}}),
    ] = Field(default_factory=dict)
    """What one kWh costs, by the year in which a transaction ends: a number, or `price` and `basis`."""


class Ocpp(Section):
    """The Central System that the chargers dial."""

    listen: OcppListen = HostPort("0.0.0.0", 8016)  # noqa: S104 - chargers come from the whole LAN
    """Address and port."""
    tls: Tls = "both"
    """`off`: ws:// only; `on`: wss:// only; `both` on the one port. true and false mean on and off."""
    tls_compat: bool = False
    """Offer the RSA key exchange as well, which some chargers need and which is weaker."""
    security_profile: Profile = 0
    """Lowest security profile that any charger is let in with: 1 password, 2 TLS and password, 3 client certificate."""
    unknown_chargers: Registration = Registration.PENDING
    """What a charger that is not listed under `chargers` is told."""
    heartbeat_interval: Annotated[int, Number, Field(ge=10, le=86400)] = 300
    """s between heartbeats, told to every charger."""
    response_timeout: Annotated[float, Number, Field(ge=1, le=600, allow_inf_nan=False)] = 30.0
    """s that a charger has for its answer."""
    graceful_close: bool = False
    """Close WebSockets with a Close frame; several brands never dial again after one."""
    pending_retry_interval: Annotated[int, Number, Field(ge=1, le=86400)] = 60
    """s after which a charger that is pending or rejected asks again."""
    max_frame: Annotated[int, Number, Field(ge=4096, le=16 * 1024 * 1024)] = 1024 * 1024
    """Bytes of the largest message that is read."""
    pings: Pings = 30.0
    """s between the WebSocket pings that the bridge sends, from 5; 0: none."""
    quiet: bool = False
    """Send chargers nothing of the bridge's own accord: only answers, and what somebody asks for."""
    offline_is_fault: bool = True
    """A charger that is offline is a fault as well: its `fault` is 1."""


class Web(Section):
    """The pages and the API."""

    listen: WebListen = HostPort("0.0.0.0", 8018)  # noqa: S104 - panels come from the whole LAN
    """Address and port."""
    tls: Tls = "both"
    """`off`: http:// only; `on`: https:// only; `both` on the one port. true and false mean on and off."""
    anonymous: Literal["none", "view", "operate"] = "none"
    """What somebody who has not logged in may do: for tablets on a wall."""
    frames: tuple[Origin, ...] = ()
    """Origins (`https://panel.local`) whose pages may show the card of a connector in a frame."""
    names: tuple[HostName, ...] = ()
    """Further names by which the pages are opened, such as one of a public domain; they stand in the certificate."""
    mdns: bool = True
    """Tell the local network where the pages are (Bonjour): http://knx-ocpp.local and the port."""


class Authorization(Section):
    """Who may charge, besides the wall switch."""

    mode: AuthorizationMode = AuthorizationMode.ALLOW_LIST
    """Everybody, nobody, the listed cards, or everybody but the listed cards."""
    tags_file: FilePath | None = None
    """The list of cards, relative to this file."""
    own_tag_group: IdTagText | None = None
    """Group of the bridge's own idTag: cards of this group may stop what the switch started."""
    local_list: bool = False
    """Keep the list of cards in the chargers that can, so that they know them while the bridge is away."""


class ChargerAuthorization(Section):
    """Who may charge at this charger; what is left out is as in `authorization`."""

    mode: AuthorizationMode = AuthorizationMode.ALLOW_LIST
    """As in `authorization`."""
    tags_file: FilePath | None = None
    """As in `authorization`."""
    own_tag_group: IdTagText | None = None
    """As in `authorization`."""
    local_list: bool = False
    """As in `authorization`."""


class Connector(Section):
    """One outlet of a charger."""

    id: Annotated[int, Number, Field(le=255)]
    """1, 2, ... as the charger counts them."""
    min_current: Amperes = 6.0
    """A per phase; less is a pause."""
    normal_current: Amperes | None = None
    """A per phase while `fast_charging` is off; left out: `fast_current`."""
    fast_current: Amperes | None = None
    """A per phase while `fast_charging` is on; left out: `max_current`."""
    max_current: Amperes = 16.0
    """A per phase; no limit is ever above it."""
    below_minimum: BelowMinimum = BelowMinimum.PAUSE
    """What a limit below `min_current` becomes."""
    phases: Annotated[Literal[1, 2, 3], Number] = 3
    """How many phases the outlet is wired with."""
    phase_rotation: PhaseRotation = "RST"
    """Which phases of the building the outlet's L1, L2, L3 are, R, S, T being L1, L2, L3; of one phase a letter."""
    circuit: CircuitName | None = None
    """The circuit it hangs in, by its name; left out: none."""
    priority: Annotated[int, Number, Field(ge=1, le=10)] = 1
    """1 to 10, the greater the more important, where a circuit shares by `priority` or `strict`."""
    mode: Mode = ChargeMode.NORMAL
    """How it charges until somebody chooses otherwise."""
    fail_safe_current: Annotated[float, Number, Field(ge=0, le=80, allow_inf_nan=False)] | None = None
    """A per phase that it may take when nobody steers it; left out: its share of its circuit."""
    disobedience: Literal["escalate", "alarm"] | None = None
    """What becomes of a charger that takes more than its limit; left out: `escalate` in a circuit, else `alarm`."""
    wake_up: bool = True
    """Wake cars that have fallen asleep in a pause."""
    phase_switching: bool = False
    """The charger charges on one phase or on all, as it is told (`numberPhases`)."""
    battery_capacity: KilowattHours | None = None
    """kWh of the usual car, to make energy of percent."""
    session_limits: SessionLimits = SessionLimits()
    """When a session has had enough."""
    plans: tuple[WeeklyPlan, ...] = ()
    """Weekly: by when how much is to be charged; they count in the mode `scheduled`."""
    start_window: LongerThanZero = 120.0
    """s that a wished start waits for the cable."""
    start_requires_cable: bool = False
    """Refuse a start unless the connector is Preparing."""
    start_on_plug: bool = False
    """Start as soon as a cable is plugged in."""
    remote_start_when: RemoteStartWhen = RemoteStartWhen.CABLE
    """When a start without a cable is sent to the charger."""
    stop_mode: StopMode = StopMode.TRANSACTION
    """Stop ends the transaction, or holds 0 A."""
    unlock_in_transaction: Literal["allow", "refuse"] = "allow"
    """Whether `unlock` may end a transaction."""
    group_objects_from: GroupObjectsFrom | None = None
    """Group addresses by a scheme."""
    group_objects: Bindings = Field(default_factory=dict)
    """The objects by name; `null` removes one of the scheme's."""


_FLAG_TYPES: Final[dict[type, object]] = {
    int: Annotated[int, Number],
    float: Annotated[float, Number, Field(allow_inf_nan=False)],
    str: Text,
}
"""Numbers are no switches, and a text is quoted."""

if TYPE_CHECKING:
    Flags = Section
else:
    _KINDS: Final = get_type_hints(flags.Flags)
    Flags = create_model(
        "Flags",
        __base__=Section,
        __doc__="How one charger deviates from the standard; what is left out follows its brand.",
        **{
            each.name: (
                Annotated[
                    _FLAG_TYPES.get(_KINDS[each.name], _KINDS[each.name]),
                    AfterValidator(partial(sound_flag, each.name)),
                ],
                each.default,
            )
            for each in fields(flags.Flags)
        },
    )


class Charger(Section):
    """One charge point."""

    id: ChargerName
    """Its identity: the last part of the URL it dials; "" is the one that dials without any."""
    name: Text = ""
    """What people call it."""
    registration: Registration = Registration.ACCEPTED
    """What it is told when it boots."""
    authorization: ChargerAuthorization = ChargerAuthorization()
    """Who may charge here, where it differs from the site."""
    remote_id_tag: IdTagText | None = None
    """The idTag the bridge starts with, where a charger insists on one."""
    aliases: tuple[ChargerName, ...] = ()
    """Other identities that it dials with."""
    security_profile: Profile = 0
    """Lowest security profile it is let in with; that of `ocpp` counts if it is higher."""
    password: Password = ""
    """Its password, as typed into the charger (AuthorizationKey): 8 to 40 characters, hex or not."""
    client_certificate: Text = ""
    """Common name that its client certificate must have; left out: its id."""
    flags: Annotated[Flags, Field(json_schema_extra={"default": {}})] = Flags()
    """How it deviates from the standard, where its brand is not known or is known wrongly."""
    connectors: Annotated[tuple[Connector, ...], NotEmpty, Field(json_schema_extra={"minItems": 1})]
    """Its outlets."""
    group_objects: Bindings = Field(default_factory=dict)
    """The objects of the charge point itself (connector 0)."""


class Retention(Section):
    """For how many months what was charged is kept whole; 0: for ever."""

    personal_data: int = Field(default=24, ge=0, le=1200)
    """Then a transaction loses its idTag and signed values; its time, energy and place stay."""
    samples: int = Field(default=24, ge=0, le=1200)
    """Then a transaction loses its curve."""


class Storage(Section):
    """Where the bridge remembers, and for how long."""

    path: FilePath | None = None
    """Directory, relative to this file; left out: the service's state directory."""
    retention: Retention = Retention()
    """For how long."""


class Log(Section):
    """How much is logged."""

    level: LogLevel = "info"
    """For everything that `levels` does not name."""
    levels: dict[str, LogLevel] = Field(default_factory=dict)
    """By concern, e.g. `ocpp: debug`, or by logger of a library, e.g. `xknx.log: debug`."""


class Bridge(Section):
    """The configuration file of knx-ocpp-bridge."""

    site: Site = Site()
    """The building."""
    knx: Knx = Knx()
    """The way to the bus."""
    ocpp: Ocpp = Ocpp()
    """The Central System that the chargers dial."""
    web: Web | None = None
    """The pages and the API; left out: none are served."""
    authorization: Authorization = Authorization()
    """Who may charge, besides the wall switch."""
    circuits: tuple[Circuit, ...] = ()
    """Fuses that chargers share, in any order."""
    load: Load = Load()
    """How quickly current is taken and given."""
    surplus: Surplus = Surplus()
    """When the sun is enough."""
    grid_limit: GridLimit = GridLimit()
    """What the grid operator's signals mean."""
    tariff: Tariff = Tariff()
    """What energy costs when."""
    schemes: dict[str, Scheme] = Field(default_factory=dict)
    """Own schemes for `group_objects_from`, by name: the offsets of objects in a block of group addresses."""
    chargers: tuple[Charger, ...] = ()
    """The charge points."""
    group_objects: Bindings = Field(default_factory=dict)
    """The objects of the bridge itself."""
    storage: Storage = Storage()
    """Where the bridge remembers."""
    log: Log = Log()
    """How much is logged."""
