"""What the page about the current of the site shows, as elements that change by themselves."""

from collections.abc import Mapping
from typing import Any, Final

from knx_ocpp_bridge.web import load_view
from knx_ocpp_bridge.web.live import Part, Parts, Sight

_STEP_W: Final = 10
_PLANS_LOOKED_AT_EVERY_S: Final = 5.0


async def load(sight: Sight, _about: str) -> Parts:
    """The figures, each circuit, who has what, and the plans."""
    called = load_view.names(sight.snapshot.chargers)
    circuits = load_view.tree(await sight.look("circuits"), called)

    async def planned() -> tuple[Mapping[str, Any], ...]:
        return await sight.look("plans")

    plans = await sight.rarely(_PLANS_LOOKED_AT_EVERY_S, "plans", planned)
    return {
        "load-now": Part("load_now.html", now(sight.snapshot.bridge.get("energy"))),
        **{
            f"circuit-{number}": Part("load_circuit.html", {"number": number, "circuit": each})
            for number, each in enumerate(circuits)
        },
        "load-plans": Part("load_plans.html", {"plans": [load_view.plan(row, called) for row in plans]}),
    }


def now(energy: Mapping[str, Any] | None) -> dict[str, Any]:
    """How the whole site stands; rounded as it is shown. Less than nothing is not to spare."""
    if energy is None:
        return {"known": False}
    surplus_w = energy["surplus_w"]
    return {
        "known": True,
        **{name: energy[name] for name in ("settling", "waiting", "price", "grid_limit_w", "grid_limit_confirmed")},
        "surplus_w": None if surplus_w is None else max(0, round(surplus_w / _STEP_W) * _STEP_W),
    }
