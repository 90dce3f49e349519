"""What the bridge counts on the bus, and how full the line is."""

import pytest
from xknx.dpt.payload import DPTArray, DPTBinary
from xknx.telegram import Telegram
from xknx.telegram.address import GroupAddress
from xknx.telegram.apci import GroupValueRead, GroupValueResponse, GroupValueWrite

from knx_ocpp_bridge.knx.link.confirmation import Delivery
from knx_ocpp_bridge.knx.statistics import WINDOW_S, Statistics, duration_s

ON = DPTBinary(1)


def write(address, payload=ON):
    return Telegram(GroupAddress(address), payload=GroupValueWrite(payload))


@pytest.mark.parametrize(
    ("octets", "ms"),
    [(1, 21.5), (2, 22.8), (4, 25.5), (8, 30.9), (14, 39.1)],
)
def test_a_telegram_takes_the_line_as_long_as_its_characters_do(octets, ms):
    assert duration_s(write("1/2/3", DPTArray((0,) * octets))) * 1000 == pytest.approx(ms, abs=0.05)


def test_a_switch_and_a_read_take_the_line_for_20_ms():
    assert duration_s(write("1/2/3")) * 1000 == pytest.approx(20.1, abs=0.05)
    assert duration_s(Telegram(GroupAddress("1/2/3"), payload=GroupValueRead())) * 1000 == pytest.approx(20.1, abs=0.05)


def test_data_secure_makes_a_telegram_longer():
    plain, secured = write("1/2/3"), write("1/2/3")
    secured.data_secure = True
    assert 37 < duration_s(secured) * 1000 < 39
    assert duration_s(plain) < duration_s(secured)


def test_each_outcome_has_its_number():
    statistics = Statistics()
    statistics.delivered(write("1/2/3"), Delivery.CONFIRMED, 0)
    statistics.delivered(write("1/2/4"), Delivery.REFUSED, 0)
    statistics.delivered(write("1/2/5"), Delivery.UNANSWERED, 0)
    statistics.heard(Telegram(GroupAddress("1/2/6"), payload=GroupValueResponse(DPTBinary(0))), 0)
    figures = statistics.figures(0)
    assert (figures.sent, figures.failed, figures.negative, figures.received) == (1, 2, 1, 1)


def test_what_is_said_again_after_a_failure_is_repeated_and_only_that():
    statistics = Statistics()
    for delivery in (Delivery.UNANSWERED, Delivery.REFUSED, Delivery.CONFIRMED, Delivery.CONFIRMED):
        statistics.delivered(write("1/2/3"), delivery, 0)
    statistics.delivered(write("1/2/4"), Delivery.CONFIRMED, 0)
    assert statistics.figures(0).repeated == 2


def test_the_load_is_that_of_the_last_minute_in_both_directions():
    statistics = Statistics()
    for second in range(60):
        for _ in range(10):
            statistics.delivered(write("1/2/3"), Delivery.CONFIRMED, second)
            statistics.heard(write("1/2/4"), second)
    assert statistics.figures(59).load_percent == pytest.approx(40.2, abs=0.1)
    assert statistics.figures(59 + WINDOW_S / 2).load_percent == pytest.approx(20.1, abs=0.7)
    assert statistics.figures(60 + WINDOW_S).load_percent == 0


def test_what_nobody_acknowledges_takes_the_line_four_times_and_what_is_not_confirmed_not_at_all():
    lonely, lost = Statistics(), Statistics()
    for _ in range(100):
        lonely.delivered(write("1/2/3"), Delivery.REFUSED, 0)
        lost.delivered(write("1/2/3"), Delivery.UNANSWERED, 0)
    assert lonely.figures(0).load_percent == pytest.approx(13.4, abs=0.1)
    assert lost.figures(0).load_percent == 0


def test_the_first_connection_is_no_reconnection():
    statistics = Statistics()
    statistics.connected()
    assert statistics.figures(0).reconnections == 0
    statistics.connected()
    assert statistics.figures(0).reconnections == 1


def test_kinds_of_which_nothing_was_refused_are_not_there():
    assert Statistics().figures(0, {"replay": 2, "plain": 0}).refused == {"replay": 2}


def test_a_long_run_keeps_one_minute_and_no_more():
    statistics = Statistics()
    for second in range(10_000):
        statistics.heard(write("1/2/3"), second)
    assert len(statistics._seconds) <= WINDOW_S + 1
