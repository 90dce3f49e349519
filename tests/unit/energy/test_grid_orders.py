"""The signals of the grid operator, and the orders that they make."""

import pytest

from knx_ocpp_bridge.core.energy.grid_orders import Orders, heard, restored
from knx_ocpp_bridge.core.energy.ruling import EvidenceRow
from knx_ocpp_bridge.core.energy.scene import Evidence
from knx_ocpp_bridge.core.energy.terms import GridLimitTerms
from knx_ocpp_bridge.core.inputs import InputState
from knx_ocpp_bridge.core.step import Level
from knx_ocpp_bridge.core.values import ChargerId
from tests.kit.scenes import key, outlet, reading, readings, scene, terms, view

A, B = ChargerId("A"), ChargerId("B")
SITE = terms(outlet("A"), outlet("B"), grid_limit=GridLimitTerms(contacts_w={1: 4200.0, 2: 0.0, 3: 8000.0}))
UNHEARD = [Evidence.UNKNOWN]


def course(*moments, before=None):
    """What was written down after each set of readings, and the orders at the end."""
    orders, rows = before or Orders(), []
    for number, told in enumerate(moments):
        found = heard(orders, scene(number, view(key("A")), told=readings(*told)), SITE)
        orders = found.orders
        rows.append([row.what for row in found.evidence])
    return orders, rows


def limits(orders):
    return {scope: order.limit_w for scope, order in orders.by_scope.items()}


def test_a_contact_orders_until_it_opens_and_each_is_written_down_once():
    closed, opened = [reading("grid_limit", True)], [reading("grid_limit", False)]
    orders, rows = course(opened, closed, closed, opened, opened)
    assert rows == [[], [Evidence.ORDERED], [], [Evidence.RELEASED], []]
    assert not orders.by_scope


@pytest.mark.parametrize(
    ("told", "limit_w"),
    [
        ([reading("grid_limit", True)], 4200.0),
        ([reading("grid_limit_power", 3000.0)], 3000.0),
        ([reading("grid_limit_power", -5.0)], 0.0),
        ([reading("grid_limit_contact_3", True)], 8000.0),
        ([reading("grid_limit_contact_1", True), reading("grid_limit_contact_3", True)], 4200.0),
        ([reading("grid_limit_contact_2", True), reading("grid_limit_contact_3", True)], 0.0),
        ([reading("grid_limit", True), reading("grid_limit_power", 3000.0)], 3000.0),
        ([reading("grid_limit", True), reading("grid_limit_power", 9000.0)], 4200.0),
        ([reading("grid_limit_contact_4", True)], 4200.0),
    ],
)
def test_of_several_signals_the_lowest_counts(told, limit_w):
    assert limits(course(told)[0]) == {None: limit_w}


def test_a_power_that_the_chargers_could_not_take_anyway_is_no_order():
    assert not course([reading("grid_limit_power", 22_080.0)])[0].by_scope


def test_a_charge_point_can_have_an_order_of_its_own():
    orders, _ = course([reading("grid_limit", True, charger="A"), reading("grid_limit_power", 9000.0)])
    assert limits(orders) == {None: 9000.0, A: 4200.0}


def test_another_power_is_another_order():
    orders, rows = course([reading("grid_limit_power", 8000.0)], [reading("grid_limit_power", 5000.0)])
    assert rows == [[Evidence.ORDERED], [Evidence.ORDERED]]
    assert orders.by_scope[None].number == 2


def test_an_order_whose_signal_falls_silent_counts_on_and_that_is_told():
    orders, rows = course(
        [reading("grid_limit", True)],
        [reading("grid_limit", True, state=InputState.STALE)],
        [reading("grid_limit", True, state=InputState.STALE)],
        [reading("grid_limit", True)],
    )
    assert rows == [[Evidence.ORDERED], UNHEARD, [], [Evidence.ORDERED]]
    assert limits(orders) == {None: 4200.0}


def test_a_fallback_takes_no_order_away():
    orders, _ = course(
        [reading("grid_limit", True)], [reading("grid_limit", True, state=InputState.STALE, fallback=0.0)]
    )
    assert limits(orders) == {None: 4200.0}


def test_a_fallback_can_order():
    orders, rows = course([reading("grid_limit", False, state=InputState.STALE, fallback=1.0)])
    assert limits(orders) == {None: 4200.0}
    assert rows == [[Evidence.ORDERED, Evidence.UNKNOWN]]


def test_a_signal_that_was_0_and_falls_silent_orders_nothing():
    assert not course([reading("grid_limit", False, state=InputState.STALE)])[0].by_scope


def test_without_any_input_of_an_order_it_is_over_and_people_are_warned():
    orders, _ = course([reading("grid_limit", True)])
    found = heard(orders, scene(1, view(key("A"))), SITE)
    assert [row.what for row in found.evidence] == [Evidence.RELEASED]
    assert [note.level for note in found.notes] == [Level.WARNING, Level.INFO]
    assert "grid_limit ordered 4200 W" in found.notes[0].text
    assert not heard(found.orders, scene(2, view(key("A"))), SITE).notes


def test_an_input_that_is_taken_out_while_the_bridge_is_down_is_warned_of_as_well():
    found = heard(restored(OPEN), scene(0, view(key("A"))), SITE)
    assert [row.what for row in found.evidence] == [Evidence.RELEASED]
    assert found.notes[0].level is Level.WARNING


def test_an_input_that_orders_nothing_is_taken_out_without_a_word():
    orders, _ = course([reading("grid_limit", False)])
    assert heard(orders, scene(1, view(key("A"))), SITE).notes == ()


OPEN = (
    EvidenceRow(Evidence.ORDERED, None, 8000.0, "grid_limit_contact_3"),
    EvidenceRow(Evidence.ORDERED, None, 4200.0, "grid_limit"),
    EvidenceRow(Evidence.SENT, key("A"), 4200.0, "6.0 A"),
    EvidenceRow(Evidence.CONFIRMED, None, 4200.0, "2 outlets"),
    EvidenceRow(Evidence.ORDERED, (B, 0), 0.0, "grid_limit_contact_2"),
    EvidenceRow(Evidence.RELEASED, (B, 0), None, "grid_limit_contact_2"),
)


def test_after_a_start_the_order_that_was_left_open_counts_on_until_its_signal_is_heard():
    never, closed, opened = (
        [reading("grid_limit", value, state=state)]
        for value, state in ((None, InputState.UNKNOWN), (True, InputState.FRESH), (False, InputState.FRESH))
    )
    orders, rows = course(never, never, closed, opened, before=restored(OPEN))
    assert rows == [UNHEARD, [], [Evidence.ORDERED], [Evidence.RELEASED]]
    assert not orders.by_scope


def test_an_order_that_was_released_is_not_restored():
    assert limits(restored(OPEN)) == {None: 4200.0}


def test_an_order_that_ended_while_the_bridge_was_away_is_released_at_once():
    _, rows = course([reading("grid_limit", False)], before=restored(OPEN))
    assert rows == [[Evidence.RELEASED]]


def test_other_signals_do_not_end_an_order_that_was_restored():
    told = [reading("grid_limit", None, state=InputState.UNKNOWN), reading("grid_limit_contact_2", False)]
    assert limits(course(told, before=restored(OPEN))[0]) == {None: 4200.0}


ONE, TWO, SWITCH = "grid_limit_contact_1", "grid_limit_contact_2", "grid_limit"


def restarted(*told):
    """What a log of these readings leaves to a bridge that starts anew."""
    rows, orders = [], Orders()
    for number, each in enumerate(told):
        found = heard(orders, scene(number, view(key("A")), told=readings(*each)), SITE)
        orders, rows = found.orders, [*rows, *found.evidence]
    (last,) = [row for row in rows if row.what is Evidence.ORDERED][-1:]
    return restored([last])


def unheard(*names):
    return [reading(name, None, state=InputState.UNKNOWN) for name in names]


def test_after_a_start_each_of_two_orders_counts_on_until_its_own_signal_is_heard():
    before = restarted([reading(ONE, True)], [reading(ONE, True), reading(TWO, True)])
    two_opens = [*unheard(ONE), reading(TWO, False)]
    orders, rows = course(unheard(ONE, TWO), two_opens, [reading(ONE, False), reading(TWO, False)], before=before)
    assert rows == [UNHEARD, [Evidence.ORDERED, Evidence.UNKNOWN], [Evidence.RELEASED]]
    assert not orders.by_scope
    assert limits(course(unheard(ONE, TWO), two_opens, before=before)[0]) == {None: 4200.0}


def test_a_higher_order_that_comes_or_goes_below_the_lowest_one_is_written_down_and_restored():
    both, lowest = [reading(TWO, True), reading(SWITCH, True)], [reading(TWO, True), reading(SWITCH, False)]
    _, rows = course([reading(TWO, True)], both, both, lowest)
    assert rows == [[Evidence.ORDERED], [Evidence.ORDERED], [], [Evidence.ORDERED]]
    two_opens = [reading(TWO, False), *unheard(SWITCH)]
    assert limits(course(two_opens, before=restarted([reading(TWO, True)], both))[0]) == {None: 4200.0}
    assert not course(two_opens, before=restarted(both, lowest))[0].by_scope


def test_an_order_that_another_one_joins_stays_the_same_order():
    orders, _ = course([reading(TWO, True)], [reading(TWO, True), reading(SWITCH, True)])
    assert orders.by_scope[None].number == 1


def test_a_power_that_is_higher_than_a_contact_is_restored_with_its_figure():
    before = restarted([reading("grid_limit_power", 3000.0), reading(TWO, True)])
    assert limits(course([*unheard("grid_limit_power"), reading(TWO, False)], before=before)[0]) == {None: 3000.0}
