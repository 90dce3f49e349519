"""What the installer says of circuits, of sharing, of the sun and of the grid operator."""

from typing import Annotated, Final

from pydantic import BeforeValidator, Field, WithJsonSchema

from knx_ocpp_bridge.config.fields import Number, refusal
from knx_ocpp_bridge.config.section import Section
from knx_ocpp_bridge.core.energy.terms import LimitPer, Strategy
from knx_ocpp_bridge.core.energy_objects import CONTACTS

_MOST_AMPERES: Final = 10_000.0
_MOST_WATTS: Final = 10e6
_PHASES: Final = 3


def _per_phase(written: object) -> tuple[float, ...]:
    remedy = "write the amperes of the fuse, like 32, or a list of those of L1, L2 and L3"
    listed = tuple(written) if isinstance(written, list | tuple) else (written,) * _PHASES
    if len(listed) != _PHASES:
        raise refusal(f"the list has {len(listed)} currents", remedy)
    for each in listed:
        if isinstance(each, bool) or not isinstance(each, int | float):
            raise refusal("this is no current", remedy)
        if not 0 <= each <= _MOST_AMPERES:
            raise refusal(f"{each:g} is out of range", remedy)
    if not any(listed):
        raise refusal("a circuit of 0 A feeds nothing", remedy)
    return tuple(map(float, listed))


def _circuit_name(written: object) -> object:
    if not isinstance(written, str):
        raise refusal("the name of a circuit is a text", 'put quotes round it: "1"')
    if not written or written != written.strip() or not written.isprintable() or len(written) > 40:
        raise refusal("this is no name of a circuit", "write 1 to 40 characters without blanks at the ends")
    return written


def _contacts(written: object) -> object:
    if isinstance(written, dict):
        for key in written:
            if str(key) not in map(str, CONTACTS):
                raise refusal(f"{key} is no contact", "number the contacts from 1 to 4, like {1: 4200, 2: 0}")
    return written


PerPhase = Annotated[
    tuple[float, float, float],
    BeforeValidator(_per_phase),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0},
                {"type": "array", "items": {"type": "number", "minimum": 0}, "minItems": 3, "maxItems": 3},
            ],
            "examples": [32, [32, 32, 25]],
        }
    ),
]
"""A of L1, L2 and L3; one number is the same for all."""
CircuitName = Annotated[str, BeforeValidator(_circuit_name), WithJsonSchema({"type": "string"})]
FromZeroAmperes = Annotated[float, Number, Field(ge=0, le=_MOST_AMPERES, allow_inf_nan=False)]
SomeAmperes = Annotated[float, Number, Field(gt=0, le=_MOST_AMPERES, allow_inf_nan=False)]
FromZeroWatts = Annotated[float, Number, Field(ge=0, le=_MOST_WATTS, allow_inf_nan=False)]
SomeWatts = Annotated[float, Number, Field(gt=0, le=_MOST_WATTS, allow_inf_nan=False)]
Watts = Annotated[float, Number, Field(ge=-_MOST_WATTS, le=_MOST_WATTS, allow_inf_nan=False)]
Percent = Annotated[float, Number, Field(ge=0, le=100, allow_inf_nan=False)]
UpToAnHour = Annotated[float, Number, Field(ge=0, le=3600, allow_inf_nan=False)]
Minutely = Annotated[float, Number, Field(ge=60, le=86400, allow_inf_nan=False)]
Patience = Annotated[float, Number, Field(ge=5, le=3600, allow_inf_nan=False)]


class Circuit(Section):
    """A fuse, or any other bottleneck, with what hangs behind it."""

    name: CircuitName
    """Of its own; connectors and circuits behind it refer to it."""
    parent: CircuitName | None = None
    """The circuit it hangs in; left out: none."""
    max_current: PerPhase
    """A per phase of its fuse: one number, or a list of those of L1, L2 and L3."""
    max_power: SomeWatts | None = None
    """W of all phases together; left out: no such limit."""
    metered: bool = False
    """The inputs `grid_...` measure what flows here, chargers included; one circuit of the site at most."""
    fallback_current: FromZeroAmperes = 0.0
    """A per phase for all chargers together while it is `metered` and nothing is measured, or the bridge is away."""
    unbalanced_current: SomeAmperes | None = None
    """A by which phases may differ at most because of the chargers; left out: no matter."""
    peak_power: SomeWatts | None = None
    """W on average of 15 minutes at most, where it is `metered`; left out: no matter."""
    strategy: Strategy = Strategy.EQUAL
    """Who gets the current when it is too small for all."""
    overload_time: UpToAnHour = 60.0
    """s for which more than `max_current` may flow by what nobody could foresee."""


class Load(Section):
    """How quickly current is taken and given."""

    raise_after: UpToAnHour = 30.0
    """s for which there must have been more before more is given."""
    hold: UpToAnHour = 300.0
    """s for which a charge that was let begin is not held back, unless a fuse needs it; one that a fuse has held back
    begins anew after `raise_after`, and each time later, up to this."""
    rotate_after: Minutely = 900.0
    """s after which who charges makes room for who waits, where not all can charge at once."""
    lease: Annotated[float, Number, Field(ge=120, le=3600, allow_inf_nan=False)] = 180.0
    """s for which a charger keeps a limit above its fail-safe current that is not renewed."""
    disobeyed_after: Patience = 30.0
    """s of more than the limit after which a charger counts as one that does not obey."""


class Surplus(Section):
    """When the sun is enough."""

    start_power: FromZeroWatts | None = None
    """W of feed-in from which a charge begins; left out: what the least current of the outlet takes."""
    start_after: UpToAnHour = 60.0
    """s for which there must have been so much."""
    stop_power: Watts = 0.0
    """W from the grid above which it counts as too little."""
    stop_after: UpToAnHour = 180.0
    """s of too little after which the charge pauses."""
    grid_tolerance: FromZeroWatts = 0.0
    """W from the grid that a charge by surplus may use all the same."""
    battery_first_soc: Percent | None = None
    """Percent below which the battery of the house is filled first; left out: what goes into it is never taken."""
    switch_phases_after: Minutely = 600.0
    """s between two changes from one phase to three or back, at least."""


class GridLimit(Section):
    """What the grid operator's signals mean."""

    power: FromZeroWatts = 4200.0
    """W while `grid_limit` is 1."""
    per: LimitPer = LimitPer.CHARGER
    """Whether a power is for each charger, or for the sum of all."""
    contacts: Annotated[
        dict[str, FromZeroWatts],
        BeforeValidator(_contacts),
        Field(json_schema_extra={"propertyNames": {"pattern": "^[1-4]$"}}),
    ] = Field(default_factory=dict)
    """W while `grid_limit_contact_1` to `_4` is 1, by the number of the contact."""
    confirmed_within: Patience = 60.0
    """s in which every charger must have confirmed an order; then stronger means are used."""
