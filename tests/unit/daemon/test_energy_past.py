"""The last day of the site: a point a minute, and a gap where nothing was decided for long."""

from datetime import UTC, datetime, timedelta

from knx_ocpp_bridge.core.energy.ruling import SiteReport
from knx_ocpp_bridge.core.energy.scene import Scene
from knx_ocpp_bridge.core.energy.terms import SiteTerms
from knx_ocpp_bridge.core.values import Clock, Moment
from knx_ocpp_bridge.daemon.energy.past import KEPT_POINTS, Past

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def scene(after_s: float) -> Scene:
    return Scene(Moment(1000.0 + after_s, NOON + timedelta(seconds=after_s), Clock.SANE), {})


def looked(*after_s: float) -> Past:
    past = Past()
    for each in after_s:
        past.look(scene(each), SiteReport(price=0.25), SiteTerms())
    return past


def test_there_is_a_point_a_minute_however_often_something_is_decided():
    rows = looked(0, 1, 30, 60, 61, 119, 121).rows(scene(125))
    assert [row["at"] - int(NOON.timestamp()) for row in rows] == [0, 60, 121]
    assert {row["price"] for row in rows} == {0.25}


def test_where_nothing_was_decided_for_a_quarter_of_an_hour_there_is_a_gap():
    rows = looked(0, 2000).rows(scene(2000))
    assert [sorted(row) == ["at"] for row in rows] == [False, True, False]


def test_a_clock_that_is_set_moves_all_points_alike():
    past = looked(0, 60)
    later = Scene(Moment(1060.0, NOON + timedelta(hours=5), Clock.SANE), {})
    assert [row["at"] for row in past.rows(later)] == [
        int((NOON + timedelta(hours=5, seconds=-60)).timestamp()),
        int((NOON + timedelta(hours=5)).timestamp()),
    ]


def test_no_more_than_a_day_is_kept():
    past = looked(*(60 * number for number in range(KEPT_POINTS + 50)))
    assert len(past.rows(scene(0))) == KEPT_POINTS
