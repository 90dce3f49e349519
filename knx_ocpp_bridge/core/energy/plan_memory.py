"""What the rule of the plans says, and what it wants to be given next time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from knx_ocpp_bridge.core.energy.goals import AS_IT_COMES, Target
from knx_ocpp_bridge.core.energy.pace import Pace
from knx_ocpp_bridge.core.energy.planner import NO_PLAN, Plan
from knx_ocpp_bridge.core.energy.prices import Market
from knx_ocpp_bridge.core.energy.ruling import PlanReport, Ruling
from knx_ocpp_bridge.core.energy.scene import Goal
from knx_ocpp_bridge.core.energy.terms import OutletKey, WeekPlan
from knx_ocpp_bridge.core.status import ChargeMode
from knx_ocpp_bridge.core.values import TransactionId


class Trouble(Enum):
    """Why a plan is not what it should be."""

    UNREACHABLE = "unreachable"
    """Even charging at once is too late."""
    LATE = "late"
    """The time is over, and what was asked for is not in the car."""


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants of one outlet. Another order begins anew; the same one goes on."""

    mode: ChargeMode
    goal: Goal
    plans: tuple[WeekPlan, ...]
    present: bool
    """A car is there."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """One outlet, as it was decided last."""

    order: Order
    session: TransactionId | None
    asked_at: datetime
    """When the order was seen first, UTC."""
    seen: tuple[int, float | None] | None = None
    """Energy and percent of the car when `target` was reckoned."""
    target: Target = AS_IT_COMES
    plan: Plan = NO_PLAN
    planned_at_s: float | None = None
    pace_w: float = 0.0
    """With which the plan was made."""
    share_a: float = 0.0
    """A per phase that were expected then."""
    is_known: bool = False
    """The charger is there, and its cars have shown what they take."""
    flows: bool = False
    """It may charge; in mode 3 and 4: it must."""
    changed_at_s: float = 0.0
    """Monotonic, when `flows` last became what it is."""
    changed_at: datetime | None = None
    """The same moment in UTC."""
    price: float | None = None
    """Of a kWh, when the plan was made."""
    takes_nothing: bool = False
    """The car says that it wants no more now."""
    told: frozenset[Trouble] = frozenset()
    """Of this order."""
    report: PlanReport | None = None
    """As it is shown."""


@dataclass(frozen=True, slots=True)
class PlansMemory:
    """Of the rule of the plans. It begins empty, also after a restart: what it says can all be reckoned again."""

    outlets: Mapping[OutletKey, Outlet] = field(default_factory=dict)
    paces: Mapping[OutletKey, Pace] = field(default_factory=dict)
    market: Market | None = None
    """By which the plans were made."""
    told_clock: bool = False
    """That nobody knows what time it is."""


@dataclass(frozen=True, slots=True)
class PlansRuling:
    """What the rule of the plans says."""

    ruling: Ruling[PlansMemory]
    reports: Mapping[OutletKey, PlanReport] = field(default_factory=dict)
    """Of outlets with a car that are charged by a plan."""
    must: Mapping[OutletKey, float] = field(default_factory=dict)
    """A per phase that an outlet in mode 3 or 4 is to have now whatever the sun does: the last safe moment for its
    goal has come. It lifts the caps of the rule of the surplus, and no others."""
    price: float | None = None
    """Of a kWh now; None: nobody knows."""
