"""The building is told what was charged: when it is on disk, while it runs, at midnight, and after a reset."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from knx_ocpp_bridge.core.events import Origin, Wished
from knx_ocpp_bridge.core.facts import StartedBy
from knx_ocpp_bridge.core.replacing import replace as changed
from knx_ocpp_bridge.core.state import Presence
from knx_ocpp_bridge.core.status import StopReason
from knx_ocpp_bridge.core.step import AuthorizationStatus, CardShown, Sampled
from knx_ocpp_bridge.core.values import Clock
from knx_ocpp_bridge.daemon.accounts.announcing import Announcer
from knx_ocpp_bridge.store.errors import StoreError
from tests.kit.accounts import GARAGE, TWO, Accounts
from tests.kit.charges import begun, ended
from tests.kit.journals import running

ZONE = ZoneInfo("Europe/Amsterdam")
DAY = date(2026, 11, 21)
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=ZONE).astimezone(UTC)
HOUR = timedelta(hours=1)
PERIODS = ("today", "yesterday", "total")


@pytest.fixture
async def journal(tmp_path: Path):
    async with running(tmp_path / "bridge.db") as journal:
        yield journal


@pytest.fixture
def site(tmp_path: Path, journal) -> Accounts:
    return Accounts(tmp_path, journal, NOON)


def charge(number: int, begin=NOON, energy_wh: int = 7000, **more):
    stop = begin + HOUR
    return ended(begun(number, begin, **more), stop, (stop.astimezone(ZONE).date(), energy_wh))


async def test_a_site_that_has_charged_nothing_says_so(site):
    for place in (("GARAGE", 1), ("GARAGE", 0), (None, 0)):
        told = {key: value for charger, connector, key, value in site.told if (charger, connector) == place}
        assert {told[f"energy_{period}"] for period in PERIODS} == {0}
    assert site.value("last_charge_counter") == 0
    assert site.value("last_user") is None


async def test_a_charge_that_ended_is_told_of_the_outlet_the_charger_and_the_site(site):
    await site.record(begun(1, NOON))
    site.passes(hours=1)
    await site.record(charge(1))
    for charger, connector in (("GARAGE", 1), ("GARAGE", 0), (None, 0)):
        told = [site.value(f"{what}_today", connector, charger) for what in ("energy", "sessions", "minutes")]
        assert told == [7000, 1, 3600]
    assert site.value("energy_total", 2) == 0
    assert (site.value("last_charge_counter"), site.value("stop_reason"), site.value("last_duration")) == (1, 4, 3600)


async def test_only_news_is_told(site):
    await site.record(charge(1))
    before = list(site.told)
    site.accounting.tell()
    site.passes(minutes=30)
    assert site.told == before


async def test_while_it_charges_counters_are_told_once_a_minute_and_the_duration_more_often(site):
    await site.record(begun(1, NOON))
    site.told.clear()
    for tick in range(1, 31):
        site.meters(100 * tick)
        site.passes(seconds=10)
    energies = [
        value for charger, number, key, value in site.told if (charger, number, key) == (GARAGE, 1, "energy_today")
    ]
    durations = [value for charger, number, key, value in site.told if key == "session_duration" and number == 1]
    assert 4 <= len(energies) <= 6
    assert durations[-1] == 300
    assert len(durations) >= 28


async def test_yesterday_begins_at_local_midnight(site):
    site.passes(seconds=17)
    await site.record(charge(1))
    site.passes(hours=11, minutes=59, seconds=42)
    assert site.value("energy_yesterday") == 0
    site.passes(seconds=2)
    assert (site.value("energy_today"), site.value("energy_yesterday"), site.value("sessions_yesterday")) == (
        0,
        7000,
        1,
    )
    assert (site.value("energy_today", 0, None), site.value("energy_yesterday", 0, None)) == (0, 7000)


async def test_a_clock_that_jumps_over_midnight_and_back_is_followed(site):
    for number in range(1, 41):
        await site.record(charge(number, NOON - 11 * HOUR + number * HOUR / 10))
    site.now += timedelta(days=2)
    site.passes(seconds=61)
    assert (site.value("energy_today"), site.value("energy_yesterday")) == (0, 0)
    site.now -= timedelta(days=2)
    site.passes(seconds=61)
    assert (site.value("energy_today"), site.value("energy_yesterday")) == (40 * 7000, 0)


async def test_days_are_not_told_before_the_clock_is_set(tmp_path, journal):
    site = Accounts(tmp_path, journal, NOON - timedelta(days=300), clock=Clock.WAITING)
    await site.record(charge(1))
    assert site.value("energy_today") is None
    assert site.value("energy_total") == 7000
    site.now, site.clock = NOON + 2 * HOUR, Clock.SANE
    site.passes(seconds=61)
    assert site.value("energy_today") == 7000


async def test_after_a_restart_everything_is_as_before(tmp_path):
    async with running(tmp_path / "bridge.db") as journal:
        site = Accounts(tmp_path, journal, NOON)
        await site.record(charge(1))
        await site.record(charge(2, NOON + 2 * HOUR, connector=2))
        open_one = begun(3, NOON + 4 * HOUR)
        await site.record(open_one)
        journal.sample(GARAGE, Sampled(open_one.id, NOON + 5 * HOUR, 3000, None, None))
        await site.record(charge(4, NOON - 30 * HOUR, connector=2, late=True))
    async with running(tmp_path / "bridge.db") as journal:
        again = Accounts(tmp_path, journal, NOON + 6 * HOUR)
        assert again.value("energy_today") == 10_000, "the open one goes on from its last point"
        assert again.value("energy_total", 0, None) == 24_000
        assert again.value("energy_yesterday", 2) == 7000
        again.meters(3200)
        again.passes(minutes=1)
        assert again.value("energy_today") == 10_200


async def test_a_record_that_only_the_log_explains_has_it_read_again(site):
    for number in range(1, 40):
        await site.record(charge(number, NOON - timedelta(days=50) + number * HOUR))
    corrected = replace(charge(2, NOON - timedelta(days=50) + 2 * HOUR), energy_wh=9000)
    await site.record(corrected)
    assert site.value("energy_total") == 39 * 7000 + 2000
    assert site.value("sessions_total") == 39


async def wished(site: Accounts, charger, connector: int) -> None:
    site.accounting.heard(charger, Wished(connector, "reset_counters", True, Origin.KNX, source="1.1.5"))
    await settled(site)


async def settled(site: Accounts) -> None:
    done = asyncio.get_running_loop().create_future()
    site.journal.write(done=lambda: done.set_result(None))
    await done
    await asyncio.sleep(0)


async def test_a_reset_of_an_outlet_clears_its_total_alone(tmp_path, journal, site):
    await site.record(charge(1))
    await site.record(charge(2, connector=2))
    await wished(site, GARAGE, 1)
    assert [site.value(f"energy_{period}") for period in PERIODS] == [7000, 0, 0]
    assert site.value("energy_total", 2) == 7000
    assert site.value("energy_total", 0, None) == 7000
    assert site.value("command_result") == 0
    again = Accounts(tmp_path, journal, NOON + 2 * HOUR)
    assert again.value("energy_total") == 0


@pytest.mark.parametrize(("charger", "left"), [(GARAGE, 7000), (None, 0)])
async def test_a_reset_of_a_charger_clears_all_its_outlets_and_one_of_the_bridge_everything(site, charger, left):
    await site.record(charge(1))
    await site.record(charge(2, connector=2))
    await site.record(charge(3), "YARD")
    await wished(site, charger, 0)
    assert (site.value("energy_total"), site.value("energy_total", 2)) == (0, 0)
    assert site.value("energy_total", 1, "YARD") == left
    assert site.value("energy_total", 0, None) == left


async def test_a_reset_is_told_only_once_it_is_on_disk(site):
    await site.record(charge(1))
    site.accounting.heard(GARAGE, Wished(1, "reset_counters", True, Origin.KNX))
    assert site.value("energy_total") == 7000
    await settled(site)
    assert site.value("energy_total") == 0
    assert site.journal.read("SELECT energy_wh FROM counter_resets WHERE charger = 'garage' AND connector = 1") == [
        (7000,)
    ]


async def test_a_reset_in_the_middle_of_a_charge_counts_what_comes_after_it(site):
    await site.record(begun(1, NOON))
    site.meters(3000)
    site.passes(minutes=30)
    await wished(site, GARAGE, 1)
    assert (site.value("energy_total"), site.value("minutes_total")) == (0, 0)
    site.passes(minutes=30)
    await site.record(charge(1))
    assert (site.value("energy_total"), site.value("minutes_total"), site.value("sessions_total")) == (4000, 1800, 1)


async def test_a_card_that_is_held_to_the_reader_is_seen_for_a_minute_even_if_refused(site):
    site.accounting.card(GARAGE, CardShown("04a1b2c3", 0, AuthorizationStatus.BLOCKED))
    assert site.value("user", 0) == "Blue card"
    assert site.value("user", 1) == ""
    site.accounting.card(GARAGE, CardShown("DEADBEEF", 2, AuthorizationStatus.INVALID))
    assert (site.value("user", 0), site.value("user", 2)) == ("..BEEF", "..BEEF")
    site.passes(seconds=59)
    assert site.value("user", 2) == "..BEEF"
    site.passes(seconds=2)
    assert (site.value("user", 0), site.value("user", 2)) == ("", "")


async def test_who_charges_is_seen_as_long_as_it_charges_and_a_minute_more(site):
    await site.record(begun(1, NOON))
    assert (site.value("user"), site.value("user", 0)) == ("Blue card", "Blue card")
    site.accounting.card(GARAGE, CardShown("DEADBEEF", 1, AuthorizationStatus.INVALID))
    assert site.value("user") == "..BEEF"
    site.passes(seconds=61)
    assert site.value("user") == "Blue card"
    site.passes(hours=1)
    await site.record(charge(1))
    site.passes(seconds=59)
    assert site.value("user") == "Blue card"
    site.passes(seconds=2)
    assert (site.value("user"), site.value("user", 0), site.value("last_user")) == ("", "", "Blue card")


async def test_a_card_that_is_erased_is_told_nowhere_any_more_and_still_counts(site):
    for number in range(1, 20):
        await site.record(charge(number, NOON - number * 2 * HOUR))
    assert site.value("last_user") == "Blue card"
    site.accounting.card(GARAGE, CardShown("04A1B2C3", 1, AuthorizationStatus.ACCEPTED))
    site.accounting.forget(("04a1b2c3",))
    assert (site.value("last_user"), site.value("user"), site.value("user", 0)) == ("", "", "")
    assert (site.value("energy_total"), site.value("last_charge_counter")) == (19 * 7000, 19)


async def test_a_new_name_is_told_at_once(site):
    await site.record(charge(1))
    charger = site.chargers[GARAGE]
    card = replace(charger.settings.tag_book.tags["04a1b2c3"], name="Red card")
    book = replace(charger.settings.tag_book, tags={"04a1b2c3": card})
    site.chargers[GARAGE] = changed(charger, settings=changed(charger.settings, tag_book=book))
    site.accounting.tell()
    assert site.value("last_user") == "Red card"


async def test_what_the_bridge_started_itself_says_how(site):
    await site.record(begun(1, NOON, id_tag="BRIDGE0000001", started_by=StartedBy.WALL_SWITCH))
    assert site.value("user") == "wall switch"


async def test_a_late_charge_is_the_last_one_and_the_counter_goes_out_after_what_it_announces(site):
    """A building that writes a line at each change of the counter reads the others then."""
    await site.record(charge(1, id_tag="04A1B2C3"))
    site.told.clear()
    yesterday = charge(2, NOON - 30 * HOUR, id_tag="04D4E5F6", late=True)
    await site.record(changed(yesterday, stopped_at=yesterday.stopped_at + HOUR, reason=StopReason.EV_DISCONNECTED))
    told = [(key, value) for charger, connector, key, value in site.told if (charger, connector) == (GARAGE, 1)]
    of_the_last = {"last_user": "..E5F6", "stop_reason": 2, "last_duration": 7200}
    assert dict(told).items() >= of_the_last.items()
    assert told[-1] == ("last_charge_counter", 2)


async def test_a_late_delivery_does_not_run(site):
    late = begun(1, NOON - 30 * HOUR, late=True)
    site.put(late)
    charger = site.chargers[GARAGE]
    hidden = changed(charger.connectors[1], hidden=True)
    site.chargers[GARAGE] = changed(charger, connectors={**charger.connectors, 1: hidden})
    await site.record(late)
    site.passes(minutes=2)
    assert site.value("minutes_total") == 0
    await site.record(charge(1, NOON - 30 * HOUR, late=True))
    assert (site.value("energy_today"), site.value("energy_yesterday")) == (0, 7000)


async def test_nobody_knows_how_long_a_session_lasts_while_the_charger_is_away(site):
    await site.record(begun(1, NOON))
    site.passes(minutes=1)
    assert site.value("session_duration") == 60
    site.chargers[GARAGE] = changed(site.chargers[GARAGE], presence=Presence.OFFLINE)
    site.accounting.moved(GARAGE)
    assert site.value("session_duration") is None
    assert site.value("minutes_today") is not None, "a counter is never withdrawn"


async def test_a_charger_that_leaves_the_configuration_does_not_count_and_comes_back_with_its_past(site):
    await site.record(charge(1))
    site.reload(TWO.replace("  - {id: GARAGE, connectors: [{id: 1}, {id: 2}]}\n", ""))
    assert site.value("energy_total", 0, None) == 0
    assert site.accounting.values(GARAGE, 1) == {}
    site.told.clear()
    site.reload(TWO)
    assert site.value("energy_total", 1) == 7000
    assert site.value("energy_total", 0, None) == 7000


async def test_another_time_zone_has_other_days(site):
    await site.record(charge(1, NOON + 2 * HOUR))
    site.passes(hours=3)
    site.reload(TWO.replace("Europe/Amsterdam", "Australia/Lord_Howe"))
    # There it is past midnight: the time falls on the new day, while the energy is where its record says.
    assert (site.value("energy_today"), site.value("energy_yesterday")) == (0, 7000)
    assert (site.value("minutes_today"), site.value("minutes_yesterday")) == (3600, 0)


async def test_of_a_log_that_cannot_be_read_nothing_is_told_until_it_can(tmp_path, journal, monkeypatch):
    def broken(*_):
        raise StoreError("cannot be read", tmp_path, "look at the disk")

    real = journal.read
    monkeypatch.setattr(journal, "read", broken)
    site = Accounts(tmp_path, journal, NOON)
    assert site.told == []
    site.accounting.heard(GARAGE, Wished(1, "reset_counters", True, Origin.KNX))
    assert site.value("command_result") == 1
    monkeypatch.setattr(journal, "read", real)
    site.passes(seconds=61)
    assert site.value("energy_total") == 0


async def test_one_charger_whose_log_cannot_be_read_keeps_no_other_from_being_told(tmp_path, journal, monkeypatch):
    real = journal.read

    def partly_broken(sql, cells=()):
        if "GARAGE" in cells:
            raise StoreError("cannot be read", tmp_path, "look at the disk")
        return real(sql, cells)

    monkeypatch.setattr(journal, "read", partly_broken)
    site = Accounts(tmp_path, journal, NOON)
    assert {charger for charger, *_ in site.told} == {"YARD"}
    assert site.accounting.unknown == {"GARAGE"}
    monkeypatch.undo()
    site.passes(seconds=61)
    assert site.accounting.unknown == frozenset()
    assert {charger for charger, *_ in site.told} == {"GARAGE", "YARD", None}


async def test_while_the_disk_takes_nothing_the_log_is_not_asked_what_it_cannot_know(site, journal, monkeypatch):
    for number in range(1, 40):
        await site.record(charge(number, NOON - timedelta(days=50) + number * HOUR))
    monkeypatch.setattr(type(journal), "trouble", property(lambda _: "the disk is full"))
    await site.record(replace(charge(2, NOON - timedelta(days=50) + 2 * HOUR), energy_wh=9000))
    await site.record(begun(40, NOON))
    await site.record(charge(40, NOON))
    assert site.value("energy_total") == 40 * 7000
    monkeypatch.undo()
    site.passes(seconds=61)
    assert site.value("energy_total") == 40 * 7000 + 2000


async def test_a_reader_that_is_tried_without_end_is_summed_up_a_few_times_a_second(site, monkeypatch):
    asked = []
    real = Announcer.sight
    monkeypatch.setattr(Announcer, "sight", lambda self, *each: (asked.append(each[0]), real(self, *each))[1])
    for number in range(100):
        site.accounting.card(GARAGE, CardShown(f"UNKNOWN{number}", 1, AuthorizationStatus.INVALID))
    site.accounting.card(GARAGE, CardShown("04A1B2C3", 1, AuthorizationStatus.ACCEPTED))
    assert len(asked) <= 5 * len(set(asked))
    site.passes(seconds=2)
    assert site.value("user") == "Blue card"


async def test_a_long_log_is_not_read_all_the_time_but_before_a_reset(site, monkeypatch):
    for number in range(1, 40):
        await site.record(charge(number, NOON - timedelta(days=50) + number * HOUR))
    asked = []
    real = site.journal.read

    def slow(sql, cells=()):
        asked.append(sql)
        site.now_s += 1
        return real(sql, cells)

    monkeypatch.setattr(site.journal, "read", slow)
    for energy_wh in (8000, 9000, 9500):
        await site.record(replace(charge(2, NOON - timedelta(days=50) + 2 * HOUR), energy_wh=energy_wh))
    once = len(asked)
    assert site.value("energy_total") == 39 * 7000 + 1000
    site.passes(minutes=5)
    assert len(asked) == 2 * once
    assert site.value("energy_total") == 39 * 7000 + 2500
    for energy_wh in (9900, 9950):
        await site.record(replace(charge(2, NOON - timedelta(days=50) + 2 * HOUR), energy_wh=energy_wh))
    assert len(asked) == 3 * once
    site.accounting.heard(GARAGE, Wished(1, "reset_counters", True, Origin.KNX))
    assert len(asked) == 4 * once
