"""The inputs of a building that runs: asked for, missed, told as alarms, and heard again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from knx_ocpp_bridge.config.addresses import AddressStyle
from knx_ocpp_bridge.config.addresses import parse_group_address as ga
from knx_ocpp_bridge.core.events import InputHeard
from knx_ocpp_bridge.core.values import ConnectorId, Moment
from knx_ocpp_bridge.daemon.building.inputs import InputMeans, Inputs, Manner
from tests.kit.knx_objects import bound
from tests.kit.later import Later

NOON = datetime(2027, 6, 1, 10, tzinfo=UTC)
MANNER = Manner(AddressStyle.THREE_LEVEL, ZoneInfo("Europe/Amsterdam"))


def own(key, *addresses, **more):
    return bound(key, None, *addresses, charger=None, connector=0, **more)


GRID = own("grid_power", "1/7/1", "1/7/2", read_on_init=True, timeout_s=60.0, fallback=4000.0)
SUN = own("pv_power", "1/7/3", timeout_s=90.0)
TARIFF = own("tariff", "1/7/4", read_on_init=True)
RELEASE = bound("release", None, "1/7/5", timeout_s=60.0, read_on_init=True)


class Building:
    """Inputs with a bus that takes notes."""

    def __init__(self, *objects):
        self.later = Later()
        self.wall = NOON - timedelta(seconds=self.later.now_s)
        self.asked, self.notes, self.alarms = [], [], {}
        self.begun = 0
        means = InputMeans(self.moment, self.asked.append, self._note, self._alarm, self.later.call_later)
        self.inputs = Inputs(objects, MANNER, means)
        self.inputs.start()

    def moment(self):
        return Moment(self.later.now_s, self.wall + timedelta(seconds=self.later.now_s))

    def _note(self, charger, note):
        self.notes.append((charger, note.text))

    def _alarm(self, charger, note):
        place = (charger, note.connector)
        if note.over:
            self.alarms.pop(place, None)
        else:
            self.begun += place not in self.alarms
            self.alarms[place] = note.text

    def hears(self, key, value, charger=None, connector=0):
        self.inputs.heard(charger, InputHeard(ConnectorId(connector), key, value, "1.1.20"))

    def hears_in_time(self, *keys, charger=None, connector=0):
        """As of a sender that is well again."""
        for _ in range(4):
            for key in keys:
                self.hears(key, 1.0, charger, connector)
            self.later.passes(31)

    def asks_within(self, seconds):
        self.asked.clear()
        self.later.passes(seconds)
        return list(self.asked)


def test_when_the_bus_is_there_each_input_is_asked_for_on_its_first_address():
    house = Building(GRID, SUN, TARIFF, RELEASE)
    assert house.asks_within(100) == []
    house.inputs.link("")
    assert house.asks_within(0) == [ga("1/7/1"), ga("1/7/4"), ga("1/7/5")]


def test_two_inputs_on_one_address_are_asked_for_once():
    house = Building(RELEASE, replace(RELEASE, connector=ConnectorId(2)))
    house.inputs.link("")
    assert house.asks_within(0) == [ga("1/7/5")]


def test_what_nobody_answers_is_asked_for_after_10_60_and_300_seconds_and_then_given_up_with_a_word():
    house = Building(TARIFF)
    house.inputs.link("")
    times = []
    for second in range(1000):
        times += [second] * len(house.asks_within(0 if second == 0 else 1))
    assert times == [0, 10, 70, 370]
    (text,) = [text for _, text in house.notes]
    assert text.startswith("input tariff (1/7/4): nobody answers when it is read")


def test_an_answer_ends_the_questions():
    house = Building(TARIFF)
    house.inputs.link("")
    house.later.passes(5)
    house.hears("tariff", 2.0)
    assert house.asks_within(10_000) == []
    assert house.notes == []


def test_a_bus_that_is_lost_is_asked_nothing_and_everything_once_it_is_back():
    house = Building(TARIFF)
    house.inputs.link("")
    house.hears("tariff", 2.0)
    house.inputs.link("gone")
    assert house.asks_within(1000) == []
    (row,) = house.inputs.rows()
    assert (row["value"], row["age_s"]) == (2.0, 1000.0)
    house.inputs.link("")
    assert house.asks_within(0) == [ga("1/7/4")]


def test_a_stale_input_is_an_alarm_with_its_addresses_and_since_when():
    house = Building(GRID)
    house.hears("grid_power", 2300.0)
    house.later.passes(60)
    assert house.alarms == {(None, None): "grid_power (1/7/1, 1/7/2): silent since 2027-06-01 12:00 CEST"}
    assert house.notes == [
        (
            None,
            ("input grid_power (1/7/1, 1/7/2) is stale: silent since 2027-06-01 12:00 CEST; its fallback counts, 4000"),
        )
    ]
    house.hears("grid_power", 2300.0)
    assert house.alarms == {(None, None): "grid_power (1/7/1, 1/7/2): silent since 2027-06-01 12:00 CEST"}
    house.hears_in_time("grid_power")
    assert house.alarms == {}
    assert house.notes[-1] == (None, "input grid_power (1/7/1, 1/7/2) is told again")


def test_each_input_that_becomes_stale_is_told_though_an_alarm_stands_already():
    house = Building(GRID, SUN)
    house.later.passes(60)
    assert house.begun == 1
    house.later.passes(30)
    assert house.begun == 2
    assert house.alarms[None, None] == (
        "grid_power (1/7/1, 1/7/2): never heard since 2027-06-01 12:00 CEST; pv_power (1/7/3): never heard since "
        "2027-06-01 12:00 CEST"
    )
    house.hears_in_time("grid_power")
    assert house.alarms == {(None, None): "pv_power (1/7/3): never heard since 2027-06-01 12:00 CEST"}
    assert house.begun == 2
    house.hears_in_time("pv_power", "grid_power")
    assert house.alarms == {}


def test_a_sender_that_is_a_little_too_slow_is_one_alarm_that_stands_and_says_what_to_do():
    house = Building(GRID)
    texts = set()
    for _ in range(100):
        house.hears("grid_power", 1.0)
        house.later.passes(61)
        texts.add(house.alarms[None, None])
    assert texts == {
        f"grid_power (1/7/1, 1/7/2): {what} since 2027-06-01 12:00 CEST"
        for what in ("silent", "too late again and again")
    }
    assert [text.partition(") ")[2] for _, text in house.notes] == [
        "is stale: silent since 2027-06-01 12:00 CEST; its fallback counts, 4000",
        "comes later than its timeout of 60 s, again and again: have it sent more often, or set a longer timeout",
    ]
    assert house.begun == 1


def test_inputs_of_a_charger_alarm_at_that_charger():
    house = Building(GRID, RELEASE)
    house.later.passes(60)
    assert set(house.alarms) == {(None, None), ("GARAGE", 1)}
    house.hears_in_time("release", charger="GARAGE", connector=1)
    assert set(house.alarms) == {(None, None)}


def test_an_alarm_of_before_the_start_stands_until_all_have_spoken():
    ended = []
    later = Later()
    means = InputMeans(
        lambda: Moment(later.now_s, NOON), lambda _: None, lambda *_: None,
        lambda _, note: ended.append(note.over), later.call_later,
    )  # fmt: skip
    inputs = Inputs((GRID, SUN), MANNER, means)
    inputs.start()
    assert ended == []
    inputs.heard(None, InputHeard(ConnectorId(0), "grid_power", 1.0, "1.1.20"))
    assert ended == []
    inputs.heard(None, InputHeard(ConnectorId(0), "pv_power", 1.0, "1.1.20"))
    assert ended == [True]


def test_a_building_without_inputs_ends_what_stood_before():
    ended = []
    means = InputMeans(
        lambda: Moment(0.0, NOON), lambda _: None, lambda *_: None,
        lambda _, note: ended.append(note.over), Later().call_later,
    )  # fmt: skip
    Inputs((), MANNER, means).start()
    assert ended == [True]


def test_an_alarm_of_an_outlet_whose_input_is_bound_no_more_ends_at_the_start():
    ended = []
    later = Later()
    means = InputMeans(
        lambda: Moment(later.now_s, NOON), lambda _: None, lambda *_: None,
        lambda charger, note: ended.append((charger, note.connector, note.over)), later.call_later,
    )  # fmt: skip
    manner = replace(MANNER, outlets=frozenset({("GARAGE", ConnectorId(1)), ("GARAGE", ConnectorId(2))}))
    inputs = Inputs((RELEASE, GRID), manner, means)
    inputs.start()
    assert ended == [("GARAGE", 2, True)]
    inputs.configure((GRID,), manner)
    assert ended[1:] == [("GARAGE", 1, True)]


def test_a_shorter_timeout_is_told_as_silence_is():
    house = Building(GRID)
    house.hears("grid_power", 1.0)
    house.later.passes(50)
    house.inputs.configure((replace(GRID, timeout_s=30.0),), MANNER)
    assert house.alarms == {(None, None): "grid_power (1/7/1, 1/7/2): silent since 2027-06-01 12:00 CEST"}
    assert len(house.notes) == 1


def test_a_clock_that_is_set_moves_the_times_of_alarms():
    house = Building(GRID)
    house.wall -= timedelta(days=20_000)
    house.later.passes(60)
    house.wall += timedelta(days=20_000)
    house.inputs.leapt()
    assert house.alarms == {(None, None): "grid_power (1/7/1, 1/7/2): never heard since 2027-06-01 12:00 CEST"}


def test_nonsense_is_told_once_in_a_while():
    house = Building(GRID)
    for _ in range(5):
        house.hears("grid_power", float("nan"))
    ((_, text),) = house.notes
    assert text.startswith("input grid_power (1/7/1, 1/7/2): a value from 1.1.20 does not count: its sender marks")
    house.later.passes(700)
    house.hears("grid_power", 1e12)
    assert house.notes[-1][1].endswith("1e+12 W is not between -10000000 and 10000000 W")


def test_a_reload_asks_for_what_is_new_and_ends_the_alarm_of_what_is_gone():
    house = Building(GRID, TARIFF)
    house.inputs.link("")
    house.hears("tariff", 2.0)
    house.later.passes(60)
    assert house.alarms
    house.inputs.configure((TARIFF, SUN, RELEASE), MANNER)
    assert house.alarms == {}
    assert house.asks_within(0) == [ga("1/7/5")]
    assert [(row["object"], row["state"], row["value"]) for row in house.inputs.rows()] == [
        ("tariff", "fresh", 2.0),
        ("pv_power", "unknown", None),
        ("release", "unknown", None),
    ]


def test_after_the_end_nothing_waits():
    house = Building(GRID, TARIFF)
    house.inputs.link("")
    house.inputs.stop()
    assert house.later.waiting == []


@pytest.mark.parametrize(
    ("stale", "summary"), [(0, {"bound": 2, "stale": 0, "unknown": 2}), (60, {"bound": 2, "stale": 1, "unknown": 1})]
)
def test_the_status_says_how_many_there_are(stale, summary):
    house = Building(GRID, TARIFF)
    house.later.passes(stale)
    assert house.inputs.summary() == summary
    assert Building().inputs.summary() == {}
