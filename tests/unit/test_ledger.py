"""What an outlet, a charger and the site have charged, as the building is told."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from knx_ocpp_bridge.core.book import Book, Count, Opening, Tally
from knx_ocpp_bridge.core.counters import of_connector
from knx_ocpp_bridge.core.facts import DayEnergy
from knx_ocpp_bridge.core.ledger import Ledger
from knx_ocpp_bridge.core.status import StopReason
from tests.kit.charges import begun, ended

ZONE = ZoneInfo("Europe/Amsterdam")
DAY = date(2026, 11, 21)
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=ZONE).astimezone(UTC)
HOUR = timedelta(hours=1)
A_DAY = timedelta(days=1)
NONE = Count()


def book(*transactions, **opening) -> Book:
    kept = Book(ZONE, Opening(**opening))
    for one in transactions:
        kept.record(one)
    return kept


def charge(number: int, begin=NOON, hours: float = 1, energy_wh: int = 7000, **more):
    stop = begin + hours * HOUR
    return ended(begun(number, begin, **more), stop, (stop.astimezone(ZONE).date(), energy_wh))


def test_a_new_outlet_has_charged_nothing():
    assert book().tally(NOON) == Tally(NONE, NONE, NONE)
    assert book().last is None
    assert "last_duration" not in of_connector(book(), NOON)


def test_a_charge_counts_today_and_tomorrow_it_was_yesterday():
    kept = book(charge(1))
    once = Count(1, 7000, 3600)
    assert kept.tally(NOON + 2 * HOUR) == Tally(once, NONE, once)
    assert kept.tally(NOON + A_DAY) == Tally(NONE, once, once)
    assert kept.tally(NOON + 2 * A_DAY) == Tally(NONE, NONE, once)


def test_a_running_charge_counts_but_its_session_does_only_when_it_ends():
    kept = book(begun(1, NOON))
    kept.run(begun(1, NOON), 2500, NOON + HOUR)
    assert kept.tally(NOON + HOUR).today == Count(0, 2500, 3600)
    kept.record(charge(1, hours=2))
    assert kept.tally(NOON + 3 * HOUR).today == Count(1, 7000, 7200)


def test_what_a_running_charge_has_taken_is_not_taken_back_by_a_restart():
    kept = book(begun(1, NOON))
    kept.run(begun(1, NOON), 2500, NOON)
    kept.run(begun(1, NOON), 0, NOON + HOUR)
    assert kept.everything(NOON).energy_wh == 2500


def test_a_charge_over_midnight_is_split_by_its_record_and_its_session_counts_when_it_ends():
    evening = datetime(2026, 12, 31, 22, 0, tzinfo=ZONE).astimezone(UTC)
    old, new = date(2026, 12, 31), date(2027, 1, 1)
    open_one = begun(1, evening)
    kept = book(open_one)
    kept.run(open_one, 6800, evening + 1.9 * HOUR)
    just_after = kept.tally(evening + 2.1 * HOUR)
    assert just_after.today == Count(0, 0, 360)
    assert just_after.yesterday == Count(0, 6800, 7200), "no register has told of the new day yet"
    closed = replace(open_one, days=(DayEnergy(old, 7000),))
    kept.record(closed)
    kept.run(closed, 7700, evening + 2.2 * HOUR)
    assert kept.tally(evening + 3 * HOUR).yesterday == Count(0, 7000, 7200)
    assert kept.tally(evening + 3 * HOUR).today == Count(0, 700, 3600)
    kept.record(ended(closed, evening + 4 * HOUR, (old, 7000), (new, 900)))
    assert kept.tally(evening + 5 * HOUR) == Tally(Count(1, 900, 7200), Count(0, 7000, 7200), Count(1, 7900, 14400))


def test_charges_of_one_plug_in_are_one_session_on_the_day_of_the_last():
    evening = datetime(2026, 11, 21, 20, 0, tzinfo=ZONE).astimezone(UTC)
    first = charge(1, evening)
    second = charge(2, evening + 2 * HOUR, session=1)
    kept = book(first, second)
    assert kept.tally(evening + 3.5 * HOUR).today == Count(1, 14000, 7200)
    kept.record(charge(3, evening + 4 * HOUR, session=1))
    morning = kept.tally(evening + 6 * HOUR)
    assert morning == Tally(Count(1, 7000, 3600), Count(0, 14000, 7200), Count(1, 21000, 10800))


def test_a_session_that_is_long_out_of_sight_stays_one_session():
    charges = [charge(number, NOON + number * HOUR / 60, 0.01, session=1 if number > 1 else None)
               for number in range(1, 60)]  # fmt: skip
    assert book(*charges).tally(NOON + HOUR).total.sessions == 1


def test_a_long_log_is_counted_in_a_bounded_memory():
    kept = book(*(charge(number, NOON - 100 * A_DAY + number * HOUR) for number in range(1, 2401)))
    assert kept.everything(NOON) == Count(2400, 2400 * 7000, 2400 * 3600)
    assert kept.charges == 2400
    kept.tally(NOON)
    held = (kept._entries, kept._sessions, kept._days)
    assert sum(map(len, held)) < 50


def test_a_corrected_end_replaces_the_assumed_one():
    assumed = replace(charge(1), assumed=True)
    kept = book(assumed)
    kept.record(charge(1, hours=3, energy_wh=9000))
    assert kept.tally(NOON + 4 * HOUR).today == Count(1, 9000, 10800)


def test_a_number_that_comes_again_for_another_car_changes_nothing_as_in_the_log():
    kept = book(charge(1))
    kept.record(begun(1, NOON + 5 * HOUR))
    assert kept.everything(NOON) == Count(1, 7000, 3600)


def test_a_refused_charge_counts_only_if_it_took_energy():
    refused = charge(1, energy_wh=0, accepted=False)
    assert book(refused).everything(NOON) == NONE
    assert book(refused).charges == 0
    assert book(refused).last is None
    assert book(charge(1, energy_wh=20, accepted=False)).everything(NOON) == Count(1, 20, 3600)


def test_a_charge_by_a_doubtful_clock_is_in_the_total_alone():
    kept = book(charge(1, clock_sane=False))
    assert kept.tally(NOON + HOUR) == Tally(NONE, NONE, Count(1, 7000, 0))
    assert of_connector(kept, NOON + HOUR)["last_duration"] is None


def test_nobody_knows_what_today_is_while_the_clock_is_not_set():
    tally = book(charge(1)).tally(None)
    assert tally == Tally(None, None, Count(1, 7000, 3600))
    seen = of_connector(book(charge(1)), None)
    assert seen["energy_today"] is None
    assert seen["energy_total"] == 7000


def test_a_reset_begins_the_total_anew_and_leaves_the_days_alone():
    kept = book(charge(1))
    kept.reset = kept.everything(NOON)
    kept.record(charge(2, NOON + 2 * HOUR, energy_wh=500))
    tally = kept.tally(NOON + 4 * HOUR)
    assert tally.total == Count(1, 500, 3600)
    assert tally.today == Count(2, 7500, 7200)


def test_a_total_does_not_fall_below_nothing_if_what_was_reset_proves_wrong():
    assumed = replace(charge(1), assumed=True)
    kept = book(assumed)
    kept.reset = kept.everything(NOON)
    kept.record(charge(1, energy_wh=100))
    assert kept.tally(NOON).total == NONE


def test_the_last_charge_is_the_one_that_was_told_last_though_it_ended_yesterday():
    late = replace(charge(2, NOON - A_DAY, hours=2, late=True), reason=StopReason.POWER_LOSS)
    kept = book(charge(1, NOON), late)
    seen = of_connector(kept, NOON + 2 * HOUR)
    assert kept.last == late
    assert seen["last_charge_counter"] == 2
    assert seen["stop_reason"] == StopReason.POWER_LOSS
    assert seen["last_duration"] == 7200
    assert list(seen)[-1] == "last_charge_counter", "it announces the others"


def test_a_correction_makes_no_charge_the_last_one():
    kept = book(replace(charge(1), assumed=True), charge(2, NOON + 2 * HOUR))
    kept.record(charge(1, hours=1.5))
    assert kept.last == charge(2, NOON + 2 * HOUR)
    assert kept.charges == 2


def test_the_last_charge_is_found_among_the_sums_if_only_refused_ones_came_after_it():
    refused = (charge(number, NOON, energy_wh=0, accepted=False) for number in range(2, 60))
    assert book(charge(1), *refused).last == charge(1)


def test_the_charge_counter_begins_anew_after_65535():
    assert of_connector(book(charge(1), older_charges=65534), NOON)["last_charge_counter"] == 65535
    assert of_connector(book(charge(1), older_charges=65535), NOON)["last_charge_counter"] == 0


def test_the_session_lasts_since_its_first_charge_began():
    kept = book(charge(1, NOON), begun(2, NOON + 2 * HOUR, session=1))
    assert kept.session_seconds(NOON + HOUR) == 0, "nothing charges"
    kept.run(begun(2, NOON + 2 * HOUR, session=1), 0, NOON + 2 * HOUR)
    assert kept.session_seconds(NOON + 3 * HOUR) == 3 * 3600
    doubtful = begun(3, NOON, clock_sane=False)
    kept.run(doubtful, 0, NOON)
    assert kept.session_seconds(NOON + 3 * HOUR) is None


def test_the_site_is_the_sum_of_its_chargers():
    ledger = Ledger(ZONE)
    ledger.open("GARAGE", {1: Opening((charge(1),)), 2: Opening((charge(2, connector=2),))})
    ledger.open("YARD", {1: Opening((charge(3, energy_wh=100),))})
    assert ledger.of_charger("GARAGE", NOON + 2 * HOUR).today == Count(2, 14000, 7200)
    assert ledger.of_site(NOON + 2 * HOUR).total == Count(3, 14100, 10800)
    ledger.close("YARD")
    assert ledger.of_site(NOON + 2 * HOUR).total == Count(2, 14000, 7200)
    assert ledger.record("YARD", charge(4)), "it does not count any more"


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (charge(3, energy_wh=1), "it may correct one that is a sum already"),
        (begun(3, NOON + A_DAY), "its number may have been there before"),
        (begun(60, NOON + A_DAY, session=5), "its session may be among the sums"),
        (charge(60, NOON + A_DAY), "it ends without a beginning: it may be a correction"),
        (begun(50, NOON + A_DAY, connector=2), "the number is known at another outlet"),
    ],
)
def test_only_the_log_can_tell_what_a_record_means_that_may_be_about_a_sum(record, why):
    ledger = Ledger(ZONE)
    ledger.open("GARAGE", {1: Opening(tuple(charge(number, NOON) for number in range(1, 51))), 2: Opening()})
    before = ledger.of_site(NOON)
    assert not ledger.record("GARAGE", record), why
    assert ledger.of_site(NOON) == before
    assert ledger.record("GARAGE", begun(60, NOON + A_DAY))
    assert ledger.record("GARAGE", charge(60, NOON + A_DAY))
    assert ledger.of_site(NOON).total.sessions == 51
