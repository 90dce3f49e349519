"""How a charger deviates from the standard: one flag for each deviation, one row for each brand that has any.

For each flag the installer's word counts first, then what this firmware was found to do, then the row of its brand,
then the default. Defaults are the behaviour that the standard describes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Literal, get_args, get_origin

from knx_ocpp_bridge.core.replacing import replace

Flag = bool | int | float | str


@dataclass(frozen=True, slots=True)
class Flags:
    """What acts for one charger. The sentences name the rows of the catalogue (docs/catalogue.md)."""

    # limits
    stack_level: int = 0
    """Stack level of the bridge's charging profiles, 0 to 99 (S1, S2)."""
    limit_by: Literal["auto", "tx_default", "charge_point_max", "tx_default_0", "none"] = "auto"
    """Which profile is tried first; the others follow if it is refused; `none`: it is sent no profiles (S2, S4, S6)."""
    tx_profile: bool = True
    """An open transaction is sent a TxProfile of its own (S4, S5)."""
    leases: bool = True
    """A TxProfile may end by itself after a while (`duration`); then the TxDefaultProfile holds (S23)."""
    relative_schedule: bool = False
    """Schedules are Relative and have no start (S3, S4)."""
    number_phases: Literal[0, 1, 2, 3] = 0
    """`numberPhases` of each period; 0: the field is left out (S8)."""
    rate_unit: Literal["auto", "A", "W"] = "auto"
    """Unit of limits; `auto`: A, until the charger refuses it and says that it takes W alone (S7)."""
    limit_key: str = ""
    """The limit is written into this configuration key instead of a profile (S15)."""
    limit_key_factor: float = 1.0
    """What is written into `limit_key` is A times this, in whole numbers: 10 for dA, 1000 for mA (S15)."""
    limit_step_a: float = 0.1
    """Limits are multiples of this, rounded down; 0.1 to 16 A (S9)."""
    limits_a: str = ""
    """The only currents it takes, in A, such as `6 8 10 13 16`; empty: all (S9)."""
    zero_by_inoperative: bool = False
    """0 A is ChangeAvailability Inoperative, and a transaction that goes on is stopped (S10)."""
    # at the door, and what it is asked
    any_username: bool = False
    """Basic authentication may name any user (C15)."""
    settle_s: float = 2.0
    """For so long after it has come it is left alone, 2 to 120 s (B3, C31, K10)."""
    ask_boot: bool = True
    """Asked for a BootNotification if its make is unknown (B2)."""
    ask_status: bool = True
    """Asked for states that it does not report by itself (B9)."""
    ask_meter_s: float = 300.0
    """Asked for MeterValues when it charges and has said nothing new for so long; 0: never; else 30 or more (M10)."""
    # starts and cards
    start_without_connector: bool = False
    """RemoteStartTransaction names no connector (T18)."""
    sets_authorize_remote: bool = False
    """When it refuses a start, AuthorizeRemoteTxRequests is set to false, if it is true and can be written (T17)."""
    tag_prefix: int = 0
    """A card fits if one tag begins with the other and so many characters agree; 0: all must; 4 to 20 (F16, T28)."""
    tag_swapped: bool = False
    """A card fits with its bytes in reverse order as well (T28)."""
    # meter values and states
    power_factor: float = 1.0
    """Power samples are multiplied by this: 1000 for kW that is called W (M3)."""
    energy_factor: float = 1.0
    """Energy samples are multiplied by this: 1000 for kWh that is called Wh (M3)."""
    export_is_import: bool = False
    """Export samples stand for import where no import is sent (M9)."""
    meter_on_0: bool = False
    """Meter values of connector 0 are those of the only connector (T15)."""
    trust_available: bool = True
    """Available means that no cable is plugged in and no transaction goes on (B14)."""


NO_FLAGS: Final = Flags()
_FIELDS: Final = {field.name: field for field in fields(Flags)}
_RANGES: Final[Mapping[str, tuple[float, float]]] = {
    "stack_level": (0, 99),
    "limit_key_factor": (0.001, 100_000),
    "limit_step_a": (0.1, 16),
    "settle_s": (2, 120),
    "ask_meter_s": (30, 86_400),
    "tag_prefix": (4, 20),
    "power_factor": (1e-6, 1e6),
    "energy_factor": (1e-6, 1e6),
}
_OR_ZERO: Final = frozenset({"ask_meter_s", "tag_prefix"})
_LONGEST_KEY: Final = 50
"""OCPP 1.6 ed. 2 section 6.7, ChangeConfiguration.req: key is a CiString50Type."""


@dataclass(frozen=True, slots=True)
class Brand:
    """One row: what its chargers call themselves in BootNotification, and what they need."""

    vendor: str
    """Begins chargePointVendor, without regard to case."""
    model: str
    """Begins chargePointModel; empty: every model."""
    flags: Mapping[str, Flag]
    reason: str
    """Why, in words for `chargers show`."""


BRANDS: Final[tuple[Brand, ...]] = (
    Brand("Wall Box", "", {"ask_meter_s": 60.0}, "sends meter values only when it is asked (row M10)"),
    Brand("Wallbox", "", {"ask_meter_s": 60.0}, "sends meter values only when it is asked (row M10)"),
    Brand("SyncEV", "", {"ask_meter_s": 60.0}, "sends meter values only when it is asked (row M10)"),
    Brand(
        "United Chargers",
        "",
        {"ask_status": False, "ask_meter_s": 0.0, "export_is_import": True},
        "restarts when it is asked for what it does not know, and names its current Export (rows O4, M9)",
    ),
    Brand("EVBox", "Elvi", {"settle_s": 10.0}, "answers late after it has connected (rows C31, K10)"),
    Brand("EVBox", "", {"limit_key_factor": 10.0}, "its configuration keys take dA (row S15)"),
    Brand("KEBA", "", {"limit_key_factor": 1000.0}, "its configuration keys take mA (row S15)"),
    Brand("Huawei", "", {"rate_unit": "W"}, "takes limits in W alone (row S7)"),
    Brand("", "ACChargePoint", {"rate_unit": "W"}, "a Huawei charger, which takes limits in W alone (row S7)"),
    Brand("NEcharge", "", {"limits_a": "6 8 10 13 16"}, "knows these currents alone (row S9)"),
    Brand(
        "Timxon",
        "",
        {"limit_by": "tx_default", "relative_schedule": True, "tx_profile": False},
        "takes relative TxDefaultProfiles alone and leaves others unanswered (row S4)",
    ),
)
"""Brands that need a flag, the more particular rows first; where the defaults help already none is needed.

Whether a charger may be asked for its make (`ask_boot`) cannot stand here: it is asked while its make is unknown.
"""


def acting(vendor: str, model: str, written: Mapping[str, Flag], learned: Mapping[str, str] | None = None) -> Flags:
    """The flags of a charger of this make and these abilities, with what the installer wrote over them."""
    chosen: dict[str, Any] = {}
    for brand in brands_of(vendor, model):
        chosen = {**brand.flags, **chosen}
    for name, value in (learned or {}).items():
        found = from_ability(name, value)
        if found is not None:
            chosen[name] = found
    chosen |= {name: value for name, value in written.items() if not refusal(name, value)}
    return replace(NO_FLAGS, **chosen) if chosen else NO_FLAGS


def brands_of(vendor: str, model: str) -> Iterable[Brand]:
    """The rows for this make, in the order of the table: the first that names a flag counts."""
    if not vendor and not model:
        return ()
    known, kind = vendor.casefold(), model.casefold()
    return [one for one in BRANDS if known.startswith(one.vendor.casefold()) and kind.startswith(one.model.casefold())]


def from_ability(name: str, value: str) -> Flag | None:
    """The flag that an ability of this name stands for; None: it stands for none."""
    field = _FIELDS.get(name)
    if field is None or not value:
        return None
    if isinstance(field.default, bool):
        return {"yes": True, "no": False}.get(value)
    if isinstance(field.default, float):
        return 0.0 if value == "0" else None
    return value if isinstance(field.default, str) and not refusal(name, value) else None


def refusal(name: str, value: object) -> str:
    """Why this is no value for a flag of this name, in words; empty: it is one."""
    field = _FIELDS.get(name)
    if field is None:
        return f"there is no flag {name}; there are {', '.join(_FIELDS)}"
    if get_origin(field.type) is Literal:
        allowed = get_args(field.type)
        right = value in allowed and type(value) in {type(one) for one in allowed}
        return "" if right else f"{name} must be one of {', '.join(map(str, allowed))}"
    if isinstance(field.default, bool):
        return "" if isinstance(value, bool) else f"{name} must be true or false"
    if isinstance(field.default, str):
        return _refused_text(name, value)
    return _refused_number(name, value, whole=isinstance(field.default, int))


def listed(limits_a: str) -> tuple[float, ...]:
    """The currents of a `limits_a`, ascending; empty: there are none, or it is not readable."""
    try:
        found = sorted({round(float(word), 1) for word in limits_a.replace(",", " ").split()})
    except (ValueError, OverflowError):
        return ()
    return tuple(found) if all(6 <= one <= 1000 for one in found) else ()


def _refused_text(name: str, value: object) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_KEY:
        return f"{name} must be a text of at most {_LONGEST_KEY} characters"
    if name == "limits_a" and value and not listed(value):
        return "limits_a must be currents in A, 6 or more, such as 6 8 10 13 16"
    return ""


def _refused_number(name: str, value: object, *, whole: bool) -> str:
    least, most = _RANGES[name]
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        return f"{name} must be a {'whole ' if whole else ''}number"
    zero = name in _OR_ZERO
    if least <= value <= most or (zero and value == 0):
        return ""
    return f"{name} must be {'0, or ' if zero else ''}{least:g} to {most:g}"
