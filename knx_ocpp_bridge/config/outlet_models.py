"""What the installer says of how the cars at one connector are charged."""

from difflib import get_close_matches
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from knx_ocpp_bridge.config.fields import Number, refusal
from knx_ocpp_bridge.config.section import Section
from knx_ocpp_bridge.config.week import DAYS, Days, TimeOfDay
from knx_ocpp_bridge.core.status import ChargeMode

MODES: Final = {mode.name.lower(): mode for mode in ChargeMode}
TAG_MODES: Final = tuple(word for word, mode in MODES.items() if mode is not ChargeMode.OFF)
"""Those that a card can have."""
ROTATIONS: Final = ("RST", "STR", "TRS", "RTS", "SRT", "TSR", "R", "S", "T")


def mode_word(mode: ChargeMode) -> str:
    """As it is written in files."""
    return mode.name.lower()


def _mode(written: object) -> ChargeMode:
    if isinstance(written, ChargeMode):
        return written
    word = "off" if written is False else str(written).lower()
    if word not in MODES:
        close = get_close_matches(word, MODES, n=1, cutoff=0.6)
        meant = f"did you mean {close[0]}? " if close else ""
        shown = "true" if written is True else repr(written)
        raise refusal(f"{shown} is no charge mode", f"{meant}Allowed: {' | '.join(MODES)}")
    return MODES[word]


def _rotation(written: object) -> str:
    if not isinstance(written, str) or written.upper() not in ROTATIONS:
        remedy = f"write which phases of the building its L1, L2, L3 are: {' | '.join(ROTATIONS)}"
        raise refusal(f"{written} is no phase rotation", remedy)
    return written.upper()


Mode = Annotated[
    ChargeMode,
    BeforeValidator(_mode),
    PlainSerializer(mode_word, return_type=str),
    WithJsonSchema({"enum": [*MODES, False]}),
]
"""`off` in a file is false to YAML."""
PhaseRotation = Annotated[str, BeforeValidator(_rotation), WithJsonSchema({"type": "string", "enum": list(ROTATIONS)})]
KilowattHours = Annotated[float, Number, Field(gt=0, le=1000, allow_inf_nan=False)]
SomePercent = Annotated[float, Number, Field(ge=1, le=100, allow_inf_nan=False)]


class SessionLimits(Section):
    """When a session has had enough; the first that is reached counts."""

    energy: KilowattHours | None = None
    """kWh since the cable was plugged in."""
    duration: Annotated[float, Number, Field(ge=1, le=7 * 24 * 60, allow_inf_nan=False)] | None = None
    """Minutes since the first charge of the session began."""
    soc: SomePercent | None = None
    """Percent, where the charger knows it."""
    cost: Annotated[float, Number, Field(gt=0, le=10_000, allow_inf_nan=False)] | None = None
    """In the currency of the site, by its tariff."""


class WeeklyPlan(Section):
    """So much energy by this time, each of these days."""

    days: Days = DAYS
    """On which it is to be ready: `mon` to `sun`; left out: every day."""
    ready_by: TimeOfDay
    """Time of day, in the site's time zone."""
    energy: KilowattHours | None = None
    """kWh since the cable was plugged in."""
    soc: SomePercent | None = None
    """Percent, where the charger knows it; without this and `energy` as much as the car takes."""
