"""What was taken before the bridge was started anew counts."""

import pytest

from knx_ocpp_bridge.core.status import ConnectorStatus
from tests.kit.life import Life


@pytest.mark.parametrize(("first", "last"), [(1_234_000, 1_254_000), (3_000, 60_000)])
def test_what_was_taken_before_a_start_of_the_bridge_counts_where_meter_start_is_no_register(first, last):
    """Row T13: a meterStart of 0, before a register of a lifetime or one that begins anew each session."""
    life = Life()
    life.arrives()
    number = life.charges(meter_wh=0)
    life.meters(first)
    life.meters(last)
    life.restarts()
    life.returns()
    life.meters(last + 1_000, transaction=number)
    life.stops(number, last + 2_000)
    before = first if first > 1_000_000 else 0
    assert life.heard("transaction_energy") == [("transaction_energy", last + 2_000 - before)]


def test_an_end_that_is_assumed_after_a_start_of_the_bridge_keeps_what_was_taken_before():
    life = Life()
    life.arrives()
    number = life.charges(meter_wh=1000)
    life.passes(600)
    life.meters(6000, transaction=number)
    life.restarts()
    life.arrives(ConnectorStatus.AVAILABLE)
    life.passes(61)
    assert life.heard("transaction_energy") == [("transaction_energy", 5000)]
