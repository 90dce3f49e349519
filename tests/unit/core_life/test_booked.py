"""One person, one card, several readings: its sessions are booked on the card's own id."""

from dataclasses import replace
from datetime import timedelta

from knx_ocpp_bridge.core.commands import RemoteStop
from knx_ocpp_bridge.core.events import CardForgotten, TagBookChanged
from knx_ocpp_bridge.core.settings import Tag, TagBook
from knx_ocpp_bridge.core.status import ConnectorStatus
from knx_ocpp_bridge.core.step import AuthorizationStatus
from knx_ocpp_bridge.core.values import IdTag
from tests.kit.life import ONE, Life, garage, outlet

BOOK = TagBook(tags={"04a1b2c3": Tag(IdTag("04A1B2C3"), aliases=(IdTag("C3B2A104"),))})


def life(**flags) -> Life:
    present = Life(garage(outlet(), tag_book=BOOK, flags=flags))
    present.arrives()
    return present


def test_a_card_that_is_read_by_an_alias_is_booked_on_its_own_id():
    charger = life()
    charger.starts(IdTag("C3B2A104"))
    assert charger.info.status is AuthorizationStatus.ACCEPTED
    (transaction,) = charger.memory.transactions.values()
    assert transaction.id_tag == "04A1B2C3"


def test_a_start_by_an_alias_that_is_sent_again_is_the_same_transaction():
    charger = life()
    first = charger.start_request(IdTag("C3B2A104"), 1000, ONE, charger.utc)
    charger.happens(first)
    charger.happens(first)
    assert len(charger.memory.transactions) == 1


def test_a_reader_that_cuts_off_aliases_books_on_the_card_as_well():
    charger = life(tag_prefix=6)
    charger.starts(IdTag("C3B2A1"))
    (transaction,) = charger.memory.transactions.values()
    assert transaction.id_tag == "04A1B2C3"


def test_a_reader_that_swaps_bytes_books_on_the_card():
    book = TagBook(tags={"04a1b2c4": Tag(IdTag("04A1B2C4"))})
    charger = Life(garage(outlet(), tag_book=book, flags={"tag_swapped": True}))
    charger.arrives()
    charger.starts(IdTag("C4B2A104"))
    (transaction,) = charger.memory.transactions.values()
    assert transaction.id_tag == "04A1B2C4"


def test_a_start_that_is_delivered_late_is_not_refused_for_a_limit_of_today():
    charger = life()
    used_up = replace(BOOK, exhausted=frozenset({"04a1b2c3"}))
    charger.happens(TagBookChanged(used_up))
    charger.starts(IdTag("04A1B2C3"), ago=timedelta(hours=3))
    assert charger.info.status is AuthorizationStatus.ACCEPTED
    charger.stops(charger.number, 3000, ago=timedelta(hours=1))
    charger.starts(IdTag("04A1B2C3"), 3000)
    assert charger.info.status is AuthorizationStatus.BLOCKED


def test_a_charge_goes_on_when_its_card_has_used_up_its_month():
    charger = life()
    number = charger.starts(IdTag("04A1B2C3"))
    charger.happens(TagBookChanged(replace(BOOK, exhausted=frozenset({"04a1b2c3"}))))
    charger.passes(120)
    assert charger.memory.transactions[number].stopped_at is None
    assert charger.told(RemoteStop) == []


def test_a_card_that_is_erased_is_not_written_again_when_its_last_charge_is_corrected():
    charger = life()
    number = charger.starts(IdTag("04A1B2C3"))
    charger.reports(ConnectorStatus.CHARGING)
    charger.reports(ConnectorStatus.AVAILABLE)
    charger.passes(61)
    assert charger.memory.transactions[number].assumed
    charger.happens(CardForgotten((IdTag("04A1B2C3"), IdTag("C3B2A104"))))
    charger.stops(number, 3000)
    assert (charger.memory.transactions[number].id_tag, charger.memory.transactions[number].energy_wh) == ("", 2000)
