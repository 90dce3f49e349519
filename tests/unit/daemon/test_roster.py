"""Who is there: chargers that the configuration names, gains, loses and respells, and strangers."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from knx_ocpp_bridge.actor import Ports
from knx_ocpp_bridge.config.fields import ANONYMOUS
from knx_ocpp_bridge.config.load import Loaded, load
from knx_ocpp_bridge.core.events import (
    BootNotified,
    Identity,
    LinkClosed,
    LinkOpened,
    TransactionStarted,
    TransactionStopped,
)
from knx_ocpp_bridge.core.facts import IdentityLearned, Remembered, TagIssued, TransactionRecorded
from knx_ocpp_bridge.core.settings import Registration, Tag, TagBook
from knx_ocpp_bridge.core.status import StopReason
from knx_ocpp_bridge.core.values import ConnectorId, IdTag, LinkNumber, Moment, TransactionId
from knx_ocpp_bridge.daemon.adoption.strangers import MOST_KEPT
from knx_ocpp_bridge.daemon.roster import MOST_UNKNOWN, Roster
from tests.kit.caller import Caller

NOON = Moment(1000.0, datetime(2026, 11, 21, 12, 0, tzinfo=UTC))
BOX = Identity(vendor="ACME", model="Box", firmware="1")


@dataclass
class Papers:
    """A journal in memory."""

    kept: list = field(default_factory=list)
    last: int = 6

    def remembered(self, _charger):
        return Remembered()

    def append(self, charger, facts, _done=None):
        self.kept += [(charger, fact) for fact in facts]

    def last_transaction_id(self):
        return self.last


class Reminder:
    def cancel(self):
        pass


@dataclass
class Building:
    """A roster, and what it did."""

    folder: Path
    journal: Papers = field(default_factory=Papers)
    hung_up: list = field(default_factory=list)
    offered: list = field(default_factory=list)
    waiting: list = field(default_factory=list)

    def __post_init__(self):
        ports = Ports(
            moment=lambda: NOON,
            record=self.record,
            answer=lambda *_: None,
            call=lambda *_: None,
            hang_up=self.hung_up.append,
            offer=lambda charger, update: self.offered.append((charger, update.key, update.value)),
            note=lambda *_: None,
            charge=lambda *_: None,
            verdict=lambda *_: None,
            sample=lambda *_: None,
            card=lambda *_: None,
            sign=lambda *_: None,
            call_at=lambda *_: Reminder(),
        )
        self.roster = Roster(self.configuration("GARAGE"), self.journal, ports)

    def record(self, charger, facts, done):
        self.journal.append(charger, facts)
        self.waiting.append(done)

    def boots(self, charger, link: int = 1):
        """Boot, and the disk has answered."""
        self.roster.post(charger, BootNotified(LinkNumber(link), "1", BOX))
        self.writes()

    def writes(self):
        """The disk has answered."""
        while self.waiting:
            self.waiting.pop(0)()

    def configuration(self, *ids: str, aliases: tuple[str, ...] = ()) -> Loaded:
        chargers = "".join(f"  - {{id: {one}, connectors: [{{id: 1}}]}}\n" for one in ids)
        path = self.folder / "bridge.yaml"
        path.write_text("chargers:\n" + chargers if ids else "site: {name: Empty}\n")
        loaded = load(path, {})
        if aliases:
            first = next(iter(loaded.chargers))
            changed = dict(loaded.chargers) | {first: replace(loaded.chargers[first], aliases=aliases)}
            return replace(loaded, chargers=changed)
        return loaded

    def arrives(self, identity: str, link: int = 1):
        charger = self.roster.admit(Caller(identity, "10.0.0.5", "box/1"))
        self.roster.post(charger, LinkOpened(LinkNumber(link), "10.0.0.5"))
        return charger


@pytest.fixture
def building(tmp_path: Path) -> Building:
    return Building(tmp_path)


def test_a_charger_is_known_however_it_spells_its_id(building):
    assert building.roster.admit(Caller("garage", "10.0.0.5")) == "GARAGE"
    assert building.roster.find("gArAgE") == "GARAGE"


def test_every_configured_charger_has_a_tag_of_its_own_from_the_first_day(building):
    ((charger, fact),) = building.journal.kept
    assert charger == "GARAGE"
    assert isinstance(fact, TagIssued)
    assert len(fact.id_tag) <= 16
    assert fact.id_tag.isalnum()


def test_a_stranger_is_met_but_leaves_nothing_on_disk(building):
    assert building.arrives("NEWCOMER") == "NEWCOMER"
    assert building.roster.actors["NEWCOMER"].charger.settings.registration is Registration.PENDING
    assert not building.roster.keeps("NEWCOMER")
    assert building.roster.keeps("GARAGE")
    assert all(charger == "GARAGE" for charger, _ in building.journal.kept)


def test_strangers_that_are_gone_make_room_and_those_that_are_there_do_not(building):
    for number in range(MOST_UNKNOWN):
        building.arrives(f"S{number}", number)
    assert building.roster.admit(Caller("ONE-MORE", "10.0.0.5")) is None
    assert building.roster.admit(Caller("GARAGE", "10.0.0.5")) == "GARAGE"


def test_strangers_that_hung_up_are_forgotten_first(building):
    for number in range(MOST_UNKNOWN + 5):
        assert building.roster.admit(Caller(f"S{number}", "10.0.0.5")) == f"S{number}"
    assert len(building.roster.actors) == MOST_UNKNOWN + 1


def test_a_stranger_that_is_configured_is_kept_from_then_on(building):
    building.arrives("NEWCOMER")
    building.boots("NEWCOMER")
    building.journal.kept.clear()
    building.roster.configure(building.configuration("GARAGE", "NEWCOMER"))
    facts = [fact for charger, fact in building.journal.kept if charger == "NEWCOMER"]
    assert [type(fact) for fact in facts] == [TagIssued, IdentityLearned]
    assert building.roster.actors["NEWCOMER"].charger.settings.configured


def test_a_charger_that_leaves_the_configuration_is_a_stranger(building):
    building.roster.configure(building.configuration())
    settings = building.roster.actors["GARAGE"].charger.settings
    assert not settings.configured
    assert settings.registration is Registration.PENDING


def test_a_charger_that_is_respelled_keeps_what_is_known_and_dials_in_anew(building):
    building.arrives("garage")
    building.boots("GARAGE")
    before = building.roster.actors["GARAGE"].charger
    building.roster.configure(building.configuration("Garage"))
    after = building.roster.actors["Garage"].charger
    assert building.hung_up == ["GARAGE"]
    assert (after.identity, after.own_tag, after.link) == (BOX, before.own_tag, None)
    assert "GARAGE" not in building.roster.actors
    assert building.roster.admit(Caller("GARAGE", "10.0.0.5")) == "Garage"


def test_numbers_go_on_after_the_highest_on_disk_and_never_repeat(building):
    assert [building.roster.fresh() for _ in range(3)] == [7, 8, 9]
    building.journal.last = 20
    assert building.roster.fresh() == TransactionId(21)


def starts(building: Building, charger: str = "GARAGE", at: datetime = NOON.utc) -> TransactionId:
    """The number that was given to it."""
    fresh = building.roster.fresh()
    event = TransactionStarted(LinkNumber(1), "1", ConnectorId(1), IdTag("04A1B2C3"), 0, at, fresh)
    building.roster.post(charger, event)
    return fresh


def stops(building: Building, number: int, charger: str = "GARAGE") -> TransactionId:
    """The number that it would have taken if nobody had known of the transaction."""
    fresh = building.roster.fresh()
    reason = StopReason.LOCAL
    event = TransactionStopped(LinkNumber(1), "2", TransactionId(number), None, number, NOON.utc, reason, (), fresh)
    building.roster.post(charger, event)
    return fresh


def test_a_stop_and_a_start_that_is_sent_again_use_up_no_number(building):
    building.boots(building.arrives("GARAGE"))
    numbers = []
    for hours in range(3):
        at = NOON.utc + timedelta(hours=hours)
        numbers.append(starts(building, at=at))
        building.writes()
        starts(building, at=at)
        building.writes()
        stops(building, numbers[-1])
        building.writes()
    assert numbers == [7, 8, 9]


def test_a_stop_without_a_start_keeps_its_number(building):
    building.boots(building.arrives("GARAGE"))
    assert stops(building, 4711) == 7
    building.writes()
    assert starts(building) == 8


def test_two_that_are_under_way_never_have_the_same_number(building):
    """One charger waits for the disk, and what the other one leaves alone was given after what waits."""
    building.roster.configure(building.configuration("GARAGE", "YARD"))
    for charger in ("GARAGE", "YARD"):
        building.boots(building.arrives(charger))
    opened = starts(building, "YARD")
    building.writes()
    stops(building, 4711)
    waiting = stops(building, 4712)
    left_alone = stops(building, opened, "YARD")
    assert left_alone > waiting
    taken = starts(building, "YARD", NOON.utc + timedelta(hours=1))
    assert taken == left_alone, "it was left alone, and nobody has a higher one"
    building.writes()
    recorded = [fact.transaction.id for _, fact in building.journal.kept if isinstance(fact, TransactionRecorded)]
    assert waiting in recorded, "the stop without a start came to its turn"
    assert len(set(recorded)) == 4


def test_a_charger_is_known_by_its_aliases_too(building):
    building.roster.configure(building.configuration("GARAGE", aliases=("SERIAL-1", ANONYMOUS)))
    assert building.roster.admit(Caller("serial-1", "10.0.0.5")) == "GARAGE"
    assert building.roster.admit(Caller("", "10.0.0.5")) == "GARAGE"


def test_a_stranger_whose_id_becomes_an_alias_dials_in_anew(building):
    building.arrives("SERIAL-1")
    building.roster.configure(building.configuration("GARAGE", aliases=("SERIAL-1",)))
    assert building.hung_up == ["SERIAL-1"]
    assert list(building.roster.actors) == ["GARAGE"]


def test_whoever_dials_without_an_identity_is_one_stranger(building):
    """Row C10; with the id or alias `anonymous` it is a configured charger."""
    assert building.arrives("") == ANONYMOUS
    assert building.roster.strangers.find(ANONYMOUS).peer == "10.0.0.5"


def test_a_rejected_stranger_is_answered_rejected_until_somebody_thinks_better_of_it(building):
    building.arrives("NEWCOMER")
    building.roster.reject("newcomer", rejected=True)
    assert building.roster.charger("NEWCOMER").settings.registration is Registration.REJECTED
    building.roster.forget("NEWCOMER")
    building.roster.reject("NEWCOMER", rejected=True)
    building.arrives("NEWCOMER")
    assert building.roster.charger("NEWCOMER").settings.registration is Registration.REJECTED
    building.roster.reject("NEWCOMER", rejected=False)
    assert building.roster.charger("NEWCOMER").settings.registration is Registration.PENDING


def test_who_was_rejected_before_a_restart_is_rejected_after_it(building):
    again = Roster(building.configuration("GARAGE"), building.journal, building.roster._ports, ["NEWCOMER"])
    assert again.unknown("newcomer").registration is Registration.REJECTED


def test_tries_and_the_last_reason_of_a_stranger_are_kept(building):
    for number in range(3):
        building.arrives("NEWCOMER", number + 1)
    building.roster.post("NEWCOMER", LinkClosed(LinkNumber(3), "it hung up"))
    stranger = building.roster.strangers.find("newcomer")
    assert (stranger.tries, stranger.last_reason, stranger.user_agent) == (3, "it hung up", "box/1")
    building.roster.turned_away(Caller("NEWCOMER", "10.0.0.6"), "its password is wrong")
    assert (stranger.tries, stranger.peer, stranger.refused) == (4, "10.0.0.6", True)


def test_the_list_of_who_was_turned_away_is_bounded_and_loses_the_oldest(building):
    for number in range(MOST_KEPT + 10):
        building.roster.turned_away(Caller(f"S{number}", "10.0.0.6"), "it sends no user name and password")
    known = [one.id for one in building.roster.strangers.everybody()]
    assert known == [f"S{number}" for number in range(10, MOST_KEPT + 10)]


def test_a_configured_charger_that_is_let_in_again_is_no_longer_listed(building):
    building.roster.turned_away(Caller("GARAGE", "10.0.0.6"), "its password is wrong")
    building.arrives("GARAGE")
    assert building.roster.strangers.find("GARAGE") is None


def test_a_configured_charger_that_is_not_let_in_by_its_alias_is_shown_by_its_id(building):
    building.roster.configure(building.configuration("GARAGE", aliases=("SERIAL-1",)))
    building.roster.turned_away(Caller("SERIAL-1", "10.0.0.6"), "its password is wrong")
    assert building.roster.strangers.find("GARAGE").last_reason == "its password is wrong"
    building.arrives("SERIAL-1")
    assert building.roster.strangers.find("GARAGE") is None


def test_a_forgotten_stranger_is_hung_up_on_and_a_configured_charger_is_not(building):
    building.arrives("NEWCOMER")
    building.arrives("GARAGE", 2)
    building.roster.forget("NEWCOMER")
    building.roster.forget("GARAGE")
    assert building.hung_up == ["NEWCOMER"]
    assert list(building.roster.actors) == ["GARAGE"]


def test_each_boot_of_a_stranger_is_told(building):
    heard = []
    building.roster.booted = heard.append
    building.arrives("NEWCOMER")
    building.boots("NEWCOMER")
    building.arrives("GARAGE", 2)
    building.boots("GARAGE", 2)
    assert heard == ["NEWCOMER"]


@pytest.mark.parametrize(
    ("dialled", "argument"),
    [("NEW-1", "NEW-1"), ("x;reboot", "'x;reboot'"), ("`reboot`", "'`reboot`'"), ("--help", "-- --help")],
)
def test_the_line_that_adopts_a_stranger_does_nothing_else_in_a_shell(building, caplog, dialled, argument):
    building.roster.admit(Caller(dialled, "10.0.0.5"))
    assert caplog.messages[-1].endswith(f"knx-ocpp-bridge chargers adopt {argument}")


def with_cards(loaded: Loaded, charger: str, *ids: str) -> Loaded:
    """The configuration with these cards at this charger."""
    book = TagBook(tags={one.casefold(): Tag(IdTag(one)) for one in ids})
    return replace(loaded, chargers={**loaded.chargers, charger: replace(loaded.chargers[charger], tag_book=book)})


def cards_of(building, charger: str) -> list[str]:
    return list(building.roster.actors[charger].charger.settings.tag_book.tags)


def test_other_cards_are_told_to_the_chargers_alone_whose_cards_they_are(building):
    loaded = building.configuration("GARAGE", "YARD")
    building.roster.configure(loaded)
    turns = {charger: actor.turns for charger, actor in building.roster.actors.items()}
    building.roster.have_cards(with_cards(loaded, "YARD", "AA"))
    assert {charger: actor.turns - turns[charger] for charger, actor in building.roster.actors.items()} == {
        "GARAGE": 0,
        "YARD": 1,
    }
    assert (cards_of(building, "GARAGE"), cards_of(building, "YARD")) == ([], ["aa"])


def test_cards_that_change_and_change_back_while_the_disk_is_waited_for_end_as_they_should(building):
    loaded = building.configuration("GARAGE")
    building.roster.configure(loaded)
    building.arrives("GARAGE")
    building.roster.post("GARAGE", BootNotified(LinkNumber(1), "1", BOX))
    building.roster.have_cards(with_cards(loaded, "GARAGE", "AA"))
    building.roster.have_cards(loaded)
    while building.waiting:
        building.waiting.pop(0)()
    assert cards_of(building, "GARAGE") == []


def test_a_stranger_that_may_charge_has_the_cards_of_the_site(building):
    loaded = building.configuration("GARAGE")
    building.roster.configure(loaded)
    building.arrives("NEWCOMER")
    building.roster.have_cards(replace(loaded, tag_book=TagBook(tags={"aa": Tag(IdTag("AA"))})))
    assert cards_of(building, "NEWCOMER") == ["aa"]
    building.arrives("LATECOMER", 2)
    assert cards_of(building, "LATECOMER") == ["aa"]
