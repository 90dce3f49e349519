"""How the energy of the site went on in the last day: a point a minute, in memory alone."""

from collections import deque
from datetime import datetime, timedelta
from typing import Any, Final

from knx_ocpp_bridge.core.energy.ruling import SiteReport
from knx_ocpp_bridge.core.energy.scene import Scene
from knx_ocpp_bridge.core.energy.terms import SiteTerms
from knx_ocpp_bridge.core.limits import NOMINAL_VOLTAGE_V
from knx_ocpp_bridge.core.values import CHARGE_POINT

STEP_S: Final = 60.0
KEPT_POINTS: Final = 24 * 60
_STANDS_FOR_S: Final = 900.0
"""Where nothing changes nothing is decided: a value stands until the next one, but not for longer."""

Json = dict[str, Any]


class Past:
    """The newest points, oldest first; by the monotonic clock, so that one that is set tears nothing."""

    def __init__(self) -> None:
        self._points = deque[tuple[float, Json]](maxlen=KEPT_POINTS)

    def look(self, scene: Scene, report: SiteReport, terms: SiteTerms) -> None:
        """One more point, if the last one is a minute old."""
        at_s = scene.now.monotonic_s
        if not self._points or at_s - self._points[-1][0] >= STEP_S:
            self._points.append((at_s, _point(scene, report, terms)))

    def rows(self, scene: Scene) -> list[Json]:
        """Each with `at` (UTC, seconds since 1970), W and price; a gap is a row of nothing but its time."""
        now = scene.now
        found: list[Json] = []
        before_s = None
        for at_s, point in self._points:
            if before_s is not None and at_s - before_s > _STANDS_FOR_S:
                found.append({"at": _stamp(now.utc, now.monotonic_s - before_s - STEP_S)})
            found.append({"at": _stamp(now.utc, now.monotonic_s - at_s), **point})
            before_s = at_s
        return found


def _stamp(utc: datetime, ago_s: float) -> int:
    return int((utc - timedelta(seconds=ago_s)).timestamp())


def _point(scene: Scene, report: SiteReport, terms: SiteTerms) -> Json:
    views = scene.outlets
    allowed = (
        each.granted_a * len(each.phases) * NOMINAL_VOLTAGE_V
        for key, each in report.outlets.items()
        if key in views and views[key].charging
    )
    grid = scene.readings.get((None, CHARGE_POINT, "grid_power"))
    return {
        "charging_w": round(sum(view.power_w or 0.0 for view in views.values())),
        "allowed_w": round(sum(allowed)) if terms.circuits else None,
        "grid_w": None if grid is None or grid.counts is None else round(grid.counts),
        "surplus_w": None if report.surplus_w is None else round(report.surplus_w),
        "price": report.price,
        "grid_limit_w": report.grid_limit_w,
    }
