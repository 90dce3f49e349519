"""The log of the grid operator's orders: written at once, read in order, kept for years whatever the clock does."""

from datetime import UTC, datetime, timedelta

import pytest

from knx_ocpp_bridge.core.energy.ruling import EvidenceRow
from knx_ocpp_bridge.core.energy.scene import Evidence
from knx_ocpp_bridge.core.values import CHARGE_POINT, ChargerId, Clock, ConnectorId, Moment
from knx_ocpp_bridge.store.grid_evidence import GridEvidence, Sought, erasing
from tests.kit.shelf import Shelf
from tests.kit.tending import Caretaker

NOON = datetime(2027, 1, 10, 12, tzinfo=UTC)
OUTLET = (ChargerId("GARAGE"), ConnectorId(1))
ORDER = EvidenceRow(Evidence.ORDERED, None, 4200.0, "contact 1")
SENT = EvidenceRow(Evidence.SENT, OUTLET, 4200.0)
CONFIRMED = EvidenceRow(Evidence.CONFIRMED, OUTLET, 4200.0)
LOWER = EvidenceRow(Evidence.ORDERED, None, 0.0, "contact 2")
OF_ONE = EvidenceRow(Evidence.ORDERED, (ChargerId("YARD"), CHARGE_POINT), 3000.0, "grid_limit_power")
RELEASED = EvidenceRow(Evidence.RELEASED, None, None)


def at(seconds=0.0, clock=Clock.SANE):
    return Moment(seconds, NOON + timedelta(seconds=seconds), clock)


class SlowDisk(Shelf):
    """Takes everything at once, and says so later."""

    def __init__(self):
        super().__init__()
        self.held = []

    def write(self, *statements, done=None, tidy=False):
        self.held.append((statements, done))

    def catches_up(self):
        for statements, done in self.held:
            super().write(*statements, done=done)
        self.held.clear()


def test_an_order_and_what_became_of_it_are_told_in_order():
    book = GridEvidence(Shelf())
    book.add([ORDER], at(0))
    book.add([SENT, CONFIRMED], at(2))
    rows = book.rows(Sought())
    assert [(row.number, row.what, row.charger, row.connector, row.limit_w) for row in rows] == [
        (1, Evidence.ORDERED, "", 0, 4200.0),
        (2, Evidence.SENT, "GARAGE", 1, 4200.0),
        (3, Evidence.CONFIRMED, "GARAGE", 1, 4200.0),
    ]
    assert (rows[0].at, rows[0].detail, rows[0].sane) == ("2027-01-10T12:00:00+00:00", "contact 1", True)


def test_what_is_still_on_its_way_to_the_disk_is_told_once_all_the_same():
    disk = SlowDisk()
    book = GridEvidence(disk)
    book.add([ORDER], at())
    assert [row.number for row in book.rows(Sought())] == [1]
    disk.catches_up()
    assert [row.number for row in book.rows(Sought())] == [1]


def test_numbers_go_on_after_a_restart():
    shelf = Shelf()
    GridEvidence(shelf).add([ORDER, SENT], at())
    again = GridEvidence(shelf)
    again.add([RELEASED], at(60))
    assert [row.number for row in again.rows(Sought())] == [1, 2, 3]


@pytest.mark.parametrize(
    ("rows", "left"),
    [
        ((), []),
        ((ORDER, SENT), [ORDER]),
        ((ORDER, SENT, RELEASED), []),
        ((RELEASED, ORDER, CONFIRMED), [ORDER]),
        ((ORDER, OF_ONE, RELEASED), [OF_ONE]),
        ((OF_ONE, ORDER, LOWER), [OF_ONE, LOWER]),
    ],
)
def test_orders_that_nobody_has_released_outlive_the_bridge(rows, left):
    shelf = Shelf()
    GridEvidence(shelf).add(rows, at())
    assert [kept.row for kept in GridEvidence(shelf).orders()] == left


def test_a_span_of_time_and_a_number_choose_rows():
    book = GridEvidence(Shelf())
    for hour in range(5):
        book.add([ORDER], at(hour * 3600))
    since, until = at(3600).utc.isoformat(), at(3 * 3600).utc.isoformat()
    assert [row.number for row in book.rows(Sought(since=since, until=until))] == [2, 3]
    assert [row.number for row in book.rows(Sought(after=3))] == [4, 5]
    assert [row.number for row in book.rows(Sought(limit=2))] == [1, 2]
    assert [row.number for row in book.rows(Sought(limit=2, newest=True))] == [4, 5]


def test_what_a_clock_said_that_nobody_could_believe_is_marked_and_goes_with_the_rows_round_it():
    shelf = Shelf()
    book = GridEvidence(shelf)
    book.add([ORDER], at())
    book.add([SENT], Moment(9.0, datetime(2026, 11, 21, tzinfo=UTC), Clock.UNKNOWN))
    book.add([RELEASED], at(86400))
    shelf.write(erasing(at(3600).utc.isoformat()))
    assert [(row.number, row.sane) for row in book.rows(Sought())] == [(2, False), (3, True)]
    shelf.write(erasing(at(90000).utc.isoformat()))
    assert book.rows(Sought()) == []


async def test_the_daily_upkeep_keeps_two_years_and_lets_go_of_what_is_older_than_three():
    shelf = Shelf()
    book = GridEvidence(shelf)
    for day in (datetime(2027, 6, 14, tzinfo=UTC), datetime(2027, 6, 16, tzinfo=UTC), datetime(2028, 6, 1, tzinfo=UTC)):
        book.add([ORDER], Moment(0.0, day))
    keeper = Caretaker(shelf, now=datetime(2030, 6, 15, 12, tzinfo=UTC))
    assert await keeper.tend()
    assert [row.at[:10] for row in book.rows(Sought())] == ["2027-06-16", "2028-06-01"]
