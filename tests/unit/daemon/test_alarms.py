"""What the building and its people are told: each trouble once, until it is over, whatever the charger does."""

import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from knx_ocpp_bridge.core.facts import Transaction, TransactionRecorded
from knx_ocpp_bridge.core.settings import ChargerSettings, ConnectorSettings
from knx_ocpp_bridge.core.step import AlarmKind, Level, Note, Update
from knx_ocpp_bridge.core.values import CHARGE_POINT, ChargerId, ConnectorId, IdTag, Moment, TransactionId
from knx_ocpp_bridge.daemon.alarms import Alarms, Sources
from knx_ocpp_bridge.store.alarms import AlarmBook
from knx_ocpp_bridge.store.journal import Journal
from tests.kit.journals import on_disk, running

GARAGE, STREET = ChargerId("GARAGE"), ChargerId("STREET-CHARGER-1")
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
ONE, TWO = ConnectorId(1), ConnectorId(2)
RUNNING = Transaction(TransactionId(7), ONE, IdTag("04A1B2C3D4"), 0, NOON)


def settings(charger_id: ChargerId, name: str = "", connectors: int = 1) -> ChargerSettings:
    return ChargerSettings(
        charger_id,
        name,
        connectors={ConnectorId(n): ConnectorSettings(ConnectorId(n)) for n in range(1, connectors + 1)},
    )


class House:
    """A building with two chargers, its alarms on a real journal, and what its bridge objects show."""

    def __init__(self, journal: Journal) -> None:
        self.chargers = {GARAGE: settings(GARAGE), STREET: settings(STREET, "Street at the gate", 2)}
        self.journal = journal
        self.now_s = 0.0
        self.shown: dict[str, object] = {}
        self.names: dict[str, str] = {}
        book = AlarmBook(journal, lambda _seconds, _call: None)
        sources = Sources(lambda: self.chargers, lambda card: self.names.get(card, ""))
        self.alarms = Alarms(book, self.moment, self._offer, sources)

    def moment(self) -> Moment:
        return Moment(self.now_s, NOON + timedelta(seconds=self.now_s))

    def _offer(self, update: Update) -> None:
        assert update.connector == CHARGE_POINT
        self.shown[update.key] = update.value

    def hear(
        self,
        kind: AlarmKind | None,
        charger: ChargerId = GARAGE,
        connector: ConnectorId | None = ONE,
        text: str = "what happened",
        *,
        over: bool = False,
    ) -> None:
        self.now_s += 1
        self.alarms.hear(charger, Note(Level.WARNING, connector, text, "", kind, over))

    def charge(self, kind: AlarmKind, text: str = "what happened", charger: ChargerId = GARAGE) -> None:
        self.now_s += 1
        note = Note(Level.INFO, ONE, text, "", kind, transaction=RUNNING.id)
        self.alarms.charge(charger, note)
        self.alarms.hear(charger, note)

    def rows(self) -> list[dict]:
        return self.alarms.rows(0, 100, newest=False, standing=False)


@pytest.fixture
async def house(tmp_path) -> AsyncIterator[House]:
    async with running(tmp_path / "j.db") as journal:
        house = House(journal)
        await on_disk(journal, GARAGE, (TransactionRecorded(RUNNING),))
        yield house


async def test_the_building_sees_one_fault_while_anything_stands_and_the_newest_text(house):
    house.alarms.say()
    assert house.shown == {"fault": False, "error_text": ""}
    house.hear(AlarmKind.OFFLINE, connector=None)
    assert house.shown == {"fault": True, "error_text": "GARAGE offline"}
    house.hear(AlarmKind.FAULT, STREET, TWO)
    assert house.shown == {"fault": True, "error_text": "Street 2 fault"}
    house.hear(AlarmKind.FAULT, STREET, TWO, over=True)
    assert house.shown == {"fault": True, "error_text": "GARAGE offline"}
    house.hear(AlarmKind.OFFLINE, connector=None, over=True)
    assert house.shown == {"fault": False, "error_text": ""}


@pytest.mark.parametrize("name", ["", "G", "Garage", "Tiefgarage Süd links", "東京の充電器がここにあります"])
@pytest.mark.parametrize("connectors", [1, 2, 31])
async def test_a_text_for_the_building_has_at_most_fourteen_characters(house, name, connectors):
    house.chargers[GARAGE] = settings(GARAGE, name, connectors)
    for kind in set(AlarmKind) - {AlarmKind.CHARGING_STARTED, AlarmKind.CHARGING_STOPPED}:
        house.hear(kind, connector=ConnectorId(connectors))
        assert len(str(house.shown.get("error_text", ""))) <= 14


async def test_the_bridge_itself_has_words_of_its_own(house):
    house.alarms.own(AlarmKind.CLOCK, "the clock shows 1970")
    assert house.shown["error_text"] == "clock not set"
    house.alarms.own(AlarmKind.STORAGE, "no space left on device")
    assert house.shown["error_text"] == "disk trouble"
    house.alarms.own(AlarmKind.STORAGE, over=True)
    house.alarms.own(AlarmKind.CLOCK, over=True)
    assert house.shown == {"fault": False, "error_text": ""}
    assert [(row["charger"], row["connector"]) for row in house.rows()] == [("", None), ("", None)]


async def test_a_charge_is_no_fault_and_nobody_has_to_acknowledge_it(house):
    house.charge(AlarmKind.CHARGING_STARTED)
    house.charge(AlarmKind.CHARGING_STOPPED, text="transaction 7 ends: 3.2 kWh")
    assert house.shown == {}
    assert [(row["to_acknowledge"], row["over_at"] is not None) for row in house.rows()] == [(False, True)] * 2
    assert house.alarms.acknowledge_all("CLI") == 0


async def test_a_note_that_is_no_alarm_leaves_nothing(house):
    house.hear(None)
    assert house.rows() == []


async def test_of_a_charger_that_nobody_configured_nothing_is_kept(house):
    house.hear(AlarmKind.FAULT, ChargerId("STRANGER"))
    house.charge(AlarmKind.CHARGING_STARTED, charger=ChargerId("STRANGER"))
    assert house.rows() == []
    assert house.shown == {}


async def test_who_charged_is_looked_up_and_neither_stored_nor_logged(house, caplog):
    caplog.set_level(logging.DEBUG)
    house.names["04A1B2C3D4"] = "Blue card"
    house.charge(AlarmKind.CHARGING_STARTED, text="transaction 7 begins, card …C3D4")
    (row,) = house.rows()
    assert (row["transaction"], row["name"]) == (7, "Blue card")
    assert "04A1B2" not in str(row)
    assert row["id_tag"].endswith("C3D4")
    house.names.clear()
    assert house.rows()[0]["name"] == ""
    await on_disk(house.journal, GARAGE, (TransactionRecorded(replace(RUNNING, id_tag=IdTag(""))),))
    assert house.rows()[0]["id_tag"] == ""
    assert "Blue card" not in caplog.text


@pytest.mark.parametrize(
    ("kind", "connector", "update"),
    [
        (AlarmKind.OFFLINE, None, Update(CHARGE_POINT, "online", value=True)),
        (AlarmKind.FAULT, ONE, Update(ONE, "fault", value=False)),
        (AlarmKind.FAULT, CHARGE_POINT, Update(CHARGE_POINT, "fault", value=False)),
        (AlarmKind.LIMIT_DISOBEYED, ONE, Update(ONE, "charging", value=False)),
    ],
)
async def test_after_a_restart_the_first_word_of_the_charger_ends_what_stood(house, kind, connector, update):
    house.hear(kind, connector=connector)
    for other in (Update(TWO, update.key, update.value), Update(update.connector, update.key, not update.value)):
        house.alarms.see(GARAGE, other)
        assert house.alarms.standing() == 1
    house.alarms.see(STREET, update)
    assert house.alarms.standing() == 1
    house.alarms.see(GARAGE, update)
    assert house.alarms.standing() == 0
    assert house.shown["fault"] is False


async def test_a_charger_that_left_the_configuration_leaves_no_fault_behind(house):
    house.hear(AlarmKind.OFFLINE, connector=None)
    house.alarms.own(AlarmKind.CLOCK, "the clock shows 1970")
    del house.chargers[GARAGE]
    house.alarms.configured()
    assert [row["over_at"] is None for row in house.rows()] == [False, True]
    assert house.shown["error_text"] == "clock not set"


async def test_a_leap_of_the_clock_is_told_and_does_not_stand(house):
    house.alarms.told(AlarmKind.CLOCK, "the clock was set forward by 2 h 0 min")
    assert house.shown == {}
    (row,) = house.rows()
    assert (row["over_at"], row["to_acknowledge"]) == (row["at"], True)
