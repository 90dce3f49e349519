"""What every page says in red: the bridge itself is in trouble."""

from typing import Final

from knx_ocpp_bridge.control.health import FINDINGS, Check, Level
from knx_ocpp_bridge.web.live import Part, Parts, Rows, Sight

_LOOKED_AT_EVERY_S: Final = 5.0
_OF_ALL: Final = frozenset({Check.BUS.value, Check.DISK.value, Check.CONFIGURATION.value})
"""What is about single chargers stands at their cards."""


async def parts(sight: Sight, _about: str) -> Parts:
    """`#trouble`: a banner for each finding that concerns the whole building."""

    async def findings() -> Rows:
        return tuple(
            {"finding": row["finding"], "facts": dict(row["facts"])}
            for row in await sight.look("health")
            if row["check"] in _OF_ALL and FINDINGS[row["finding"]].level is Level.TROUBLE
        )

    found = await sight.rarely(_LOOKED_AT_EVERY_S, "trouble", findings)
    return {"trouble": Part("trouble.html", {"troubles": [_shown(**row) for row in found]})}


def _shown(finding: str, facts: dict[str, str]) -> dict[str, object]:
    return {"text": FINDINGS[finding].text, "remedy": FINDINGS[finding].remedy, "facts": facts}
