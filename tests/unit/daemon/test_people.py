"""Who may charge where: cards of files and database together, and what they have used up."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from knx_ocpp_bridge.config.load import load
from knx_ocpp_bridge.core.charger import begin
from knx_ocpp_bridge.core.connector import Connector
from knx_ocpp_bridge.core.facts import Remembered, TransactionRecorded
from knx_ocpp_bridge.core.metering import Reading
from knx_ocpp_bridge.core.settings import ChargerSettings, ConnectorSettings, Tag
from knx_ocpp_bridge.core.values import ChargerId, Clock, ConnectorId, IdTag, Moment
from knx_ocpp_bridge.daemon.cards.people import Means, People
from knx_ocpp_bridge.store.people import PeopleBook
from tests.kit.charges import CARD, begun, ended
from tests.kit.shelf import Shelf

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
CONFIG = """\
site: {timezone: Europe/Amsterdam}
ocpp: {unknown_chargers: accepted}
authorization: {tags_file: tags.yaml}
chargers:
  - {id: GARAGE, connectors: [{id: 1}]}
  - {id: YARD, connectors: [{id: 1}], authorization: {tags_file: staff.yaml}}
"""


class Logged:
    """A history of these transactions."""

    def __init__(self, *transactions):
        self.all = [(number, ChargerId("GARAGE"), one) for number, one in enumerate(transactions, 1)]
        self.since = None

    def transactions(self, wanted, after=0):
        self.since = wanted.since
        return [
            type("Row", (), {"number": number, "charger": charger, "transaction": one})
            for number, charger, one in self.all
            if number > after
        ][:2]


class Building:
    """A configuration, a database, and what the chargers are given."""

    def __init__(self, folder, *logged, now=datetime(2026, 11, 21, 12, tzinfo=UTC)):
        self.folder, self.now, self.clock = folder, now, Clock.SANE
        (folder / "bridge.yaml").write_text(CONFIG)
        self.files()
        self.shelf, self.history = Shelf(), Logged(*logged)
        self.told, self.present = [], []
        self.people = People(self.loaded(), self.means())
        self.merged = self.people.merged(self.loaded())

    def files(self, site="", staff=""):
        (self.folder / "tags.yaml").write_text(site)
        (self.folder / "staff.yaml").write_text(staff)

    def loaded(self):
        return load(self.folder / "bridge.yaml", {})

    def means(self):
        return Means(PeopleBook(self.shelf), self.history, self.moment, lambda: self.present, self.changed)

    def moment(self):
        return Moment(0.0, self.now, self.clock)

    def changed(self, loaded):
        self.told.append(loaded)
        self.merged = loaded

    def reads_again(self):
        self.merged = self.people.merged(self.loaded())

    def ids(self, charger="GARAGE"):
        return [tag.id for tag in self.merged.chargers[charger].tag_book.tags.values()]

    def exhausted(self):
        return set(self.merged.chargers["GARAGE"].tag_book.exhausted)


def charger_with(connector):
    charger = begin(ChargerSettings(ChargerId("GARAGE")), Remembered(), IdTag("OWN"), Moment(0.0, NOV, Clock.SANE))
    return replace(charger, connectors={connector.id: connector})


def tag(id_tag, name="", **more):
    return Tag(IdTag(id_tag), name, **more)


def used(building, card=CARD):
    return building.people.used_wh().get(card.casefold(), 0)


@pytest.fixture
def building(tmp_path):
    return Building(tmp_path)


async def test_a_card_of_the_database_counts_at_every_charger_and_at_strangers(building):
    building.files(site='- {id: "SITE"}\n', staff='- {id: "STAFF"}\n')
    building.reads_again()
    await building.people.put(tag("DB", "Red card"))
    assert (building.ids("GARAGE"), building.ids("YARD")) == (["SITE", "DB"], ["STAFF", "DB"])
    assert "db" in building.merged.unknown(ChargerId("STRANGER")).tag_book.tags
    assert building.people.name("db") == "Red card"


async def test_cards_of_files_and_database_are_known_by_all_their_readings(building):
    building.files(site='- {id: "SITE"}\n')
    building.reads_again()
    await building.people.put(tag("DB", "Red card", aliases=(IdTag("BD"),)))
    assert [building.people.knows(one) for one in ("site", "DB", "bd", "NOBODY")] == [True, True, True, False]


async def test_a_card_is_on_disk_before_it_counts_and_is_known_after_a_restart(building):
    await building.people.put(
        tag("DB", "Red card", limit_wh=5000, chargers=frozenset({"yard"}), aliases=(IdTag("BD"),))
    )
    again = PeopleBook(building.shelf).cards()
    assert again == {"db": building.people.card("DB")}
    assert again["db"].aliases == ("BD",)


async def test_a_card_that_comes_into_a_file_is_the_files_everywhere_until_it_is_taken_out(building):
    await building.people.put(tag("DB", "of the database"))
    building.files(staff='- {id: "db", name: of the file}\n')
    building.reads_again()
    assert (building.ids("GARAGE"), building.people.name("DB")) == ([], "of the file")
    assert building.people.place(tag("DB")).endswith("staff.yaml:1")
    assert ("of the database", False) in [(one.name, counts) for one, counts in building.people.all()]
    building.files()
    building.reads_again()
    assert building.people.name("DB") == "of the database"


async def test_a_card_that_is_removed_charges_no_more(building):
    await building.people.put(tag("DB"))
    await building.people.remove(IdTag("DB"))
    assert (building.ids(), building.people.name("DB"), PeopleBook(building.shelf).cards()) == ([], "", {})


def charge(number, begin, end, wh, id_tag=CARD, **more):
    one = begun(number, begin, id_tag=id_tag, **more)
    return ended(one, end, (end.astimezone(AMSTERDAM).date(), wh))


NOV = datetime(2026, 11, 3, 12, tzinfo=UTC)


async def test_what_was_charged_this_month_is_read_at_the_start_and_added_up(tmp_path):
    log = [charge(number, NOV, NOV + timedelta(hours=1), 400) for number in range(1, 6)]
    building = Building(tmp_path, *log)
    await building.people.put(tag(CARD, limit_wh=2000), tag("OTHER", limit_wh=10))
    building.people.tick()
    assert building.history.since == datetime(2026, 10, 31, 23, tzinfo=UTC)
    assert used(building) == 2000
    assert building.exhausted() == {CARD.casefold()}


async def test_only_the_days_of_the_month_count_of_a_charge_across_its_beginning(tmp_path):
    begin, end = datetime(2026, 10, 31, 20, tzinfo=UTC), datetime(2026, 11, 1, 2, tzinfo=UTC)
    both = ended(begun(1, begin), end, (date(2026, 10, 31), 3000), (date(2026, 11, 1), 500))
    building = Building(tmp_path, both)
    building.people.tick()
    assert used(building) == 500


async def test_a_limit_is_used_up_by_the_record_that_reaches_it_and_told_once(building):
    await building.people.put(tag(CARD, limit_wh=1000))
    building.people.tick()
    building.told.clear()
    for number in (1, 2, 3):
        record = TransactionRecorded(charge(number, NOV, NOV + timedelta(hours=1), 500))
        building.people.recorded(ChargerId("GARAGE"), (record,))
    assert building.exhausted() == {CARD.casefold()}
    assert len(building.told) == 1


async def test_a_record_that_is_corrected_counts_once(building):
    building.people.tick()
    first = charge(1, NOV, NOV + timedelta(hours=1), 900)
    for one in (first, replace(first, energy_wh=100, days=(replace(first.days[0], energy_wh=100),))):
        building.people.recorded(ChargerId("GARAGE"), (TransactionRecorded(one),))
    assert used(building) == 100


async def test_what_flows_counts_before_it_is_in_the_log_and_at_the_next_start_only(building):
    await building.people.put(tag(CARD, limit_wh=1000))
    building.people.tick()
    connector = Connector(
        ConnectorSettings(ConnectorId(1)),
        transaction=replace(begun(1, NOV), base_wh=1000),
        reading=Reading(energy_wh=1900),
    )
    building.present = [charger_with(connector)]
    building.people.tick()
    assert (used(building), building.exhausted()) == (900, set())
    building.present = [charger_with(replace(connector, reading=Reading(energy_wh=2000)))]
    building.people.tick()
    assert building.exhausted() == {CARD.casefold()}


async def test_a_new_month_of_the_site_begins_anew(building):
    await building.people.put(tag(CARD, limit_wh=1000))
    building.people.tick()
    record = TransactionRecorded(charge(1, NOV, NOV + timedelta(hours=1), 1500))
    building.people.recorded(ChargerId("GARAGE"), (record,))
    building.now = datetime(2026, 11, 30, 22, 59, tzinfo=UTC)
    building.people.tick()
    assert building.exhausted() == {CARD.casefold()}
    building.now = datetime(2026, 11, 30, 23, 0, tzinfo=UTC)
    building.people.tick()
    assert (building.exhausted(), used(building)) == (set(), 0)


async def test_while_the_clock_is_doubtful_nobody_has_used_up_anything(tmp_path):
    building = Building(tmp_path, charge(1, NOV, NOV + timedelta(hours=1), 5000))
    building.clock = Clock.UNKNOWN
    await building.people.put(tag(CARD, limit_wh=1000))
    building.people.tick()
    assert building.exhausted() == set()
    building.clock = Clock.SANE
    building.people.tick()
    assert building.exhausted() == {CARD.casefold()}


async def test_what_was_booked_on_an_alias_before_it_was_one_counts_for_the_card(building):
    building.people.tick()
    record = TransactionRecorded(charge(1, NOV, NOV + timedelta(hours=1), 1500, id_tag=IdTag("OLD")))
    building.people.recorded(ChargerId("GARAGE"), (record,))
    await building.people.put(tag("NEW", limit_wh=1000, aliases=(IdTag("OLD"),)))
    assert building.exhausted() == {"new"}
    assert used(building, "new") == 1500


async def test_a_reload_keeps_cards_and_limits(building):
    await building.people.put(tag(CARD, limit_wh=1000))
    building.people.tick()
    record = TransactionRecorded(charge(1, NOV, NOV + timedelta(hours=1), 1500))
    building.people.recorded(ChargerId("GARAGE"), (record,))
    building.reads_again()
    assert (building.ids(), building.exhausted()) == ([CARD], {CARD.casefold()})
