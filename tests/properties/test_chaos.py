"""A charger that may do anything of the catalogue, at random: left in peace, everything is as it should be."""

import logging
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from ocpp.v16.enums import ChargePointErrorCode

from knx_ocpp_bridge.core.commands import Call
from knx_ocpp_bridge.core.events import CallAsked, Origin, Wished
from knx_ocpp_bridge.core.values import ConnectorId
from knx_ocpp_bridge.ocpp.simulator.connector import Appetite
from tests.kit.chaos import ChaosCharger
from tests.kit.chaos_bridge import ChaosBridge
from tests.kit.chaos_truth import check, leave_in_peace
from tests.kit.life import CARD, STRANGER, garage, outlet
from tests.kit.quirks import Quirk

CONNECTORS = st.sampled_from([1, 2])
QUIRKS = st.lists(st.sampled_from(Quirk), min_size=2, max_size=8)
SOME = st.sets(st.integers(0, 7), max_size=3)
"""Some of the quirks of this charger."""
PEACE_AFTER = 12
SWITCHES = ["charging", "charging", "charging", "reservation", "availability", "unlock", "fast_charging", "reset"]
OPERATIONS = [
    ("ClearCache", "{}"),
    ("GetConfiguration", "{}"),
    ("GetLocalListVersion", "{}"),
    ("ChangeConfiguration", '{"key":"MeterValueSampleInterval","value":"30"}'),
    ("TriggerMessage", '{"requestedMessage":"BootNotification"}'),
    ("TriggerMessage", '{"requestedMessage":"MeterValues","connectorId":1}'),
    ("GetCompositeSchedule", '{"connectorId":1,"duration":60}'),
    ("Reset", '{"type":"Hard"}'),
    ("Nonsense", "{}"),
]
CALLS = st.sampled_from(OPERATIONS)


class Chaos(RuleBasedStateMachine):
    """One charger, one bridge, one building."""

    def __init__(self) -> None:
        super().__init__()
        logging.disable(logging.ERROR)
        self.waiting: set[int] = set()
        self.number = 0
        self.steps = 0

    @initialize(quirks=QUIRKS, local_list=st.booleans(), cars=st.sets(CONNECTORS))
    def begins(self, quirks: list[Quirk], local_list: bool, cars: set[int]) -> None:
        self.bridge = ChaosBridge(garage(outlet(1), outlet(2), local_list=local_list))
        self.charger = ChaosCharger(self.bridge)
        self.quirks = quirks
        self._switch(set(range(len(quirks) // 2)))
        self.charger.dial()
        self.charger.passes(5)
        for connector in sorted(cars):
            self.somebody_charges(connector=connector, some=set(), seconds=65)

    # the switches

    @rule(some=SOME)
    def behaves_otherwise(self, some: set[int]) -> None:
        self.charger.on ^= {self.quirks[one % len(self.quirks)] for one in some}

    def _switch(self, some: set[int]) -> None:
        self.charger.on |= {self.quirks[one % len(self.quirks)] for one in some}

    # cars and cards

    @rule(connector=CONNECTORS, some=SOME, seconds=st.sampled_from([5, 65, 200]))
    def somebody_charges(self, connector: int, some: set[int], seconds: int) -> None:
        """From the cable to the current, with some more switches on."""
        self._switch(some)
        machine, now = self.charger.machine, self.charger.now
        if not machine.connectors[connector].plugged:
            machine.plug(connector, now)
        if machine.connectors[connector].transaction is None:
            machine.card(connector, CARD, now)
        self.charger.passes(seconds)

    @rule(connector=CONNECTORS, some=SOME, drives_away=st.booleans())
    def somebody_has_enough(self, connector: int, some: set[int], drives_away: bool) -> None:
        """From the card to the empty parking space, with some more switches on."""
        self._switch(some)
        machine = self.charger.machine
        if machine.connectors[connector].transaction is not None:
            machine.card(connector, machine.connectors[connector].transaction.id_tag, self.charger.now)
        self.charger.passes(5)
        if drives_away and machine.connectors[connector].plugged:
            machine.unplug(connector, self.charger.now)
            self.charger.passes(5)

    @rule(connector=CONNECTORS, what=st.sampled_from(["plug", "card", "stranger", "full", "hungry", "break", "mend"]))
    def somebody_meddles(self, connector: int, what: str) -> None:
        machine, now = self.charger.machine, self.charger.now
        match what:
            case "plug":
                (machine.unplug if machine.connectors[connector].plugged else machine.plug)(connector, now)
            case "card" | "stranger":
                machine.card(connector, CARD if what == "card" else STRANGER, now)
            case "full" | "hungry":
                machine.car(connector, Appetite.CHARGES if what == "hungry" else Appetite.WAITS, None, now)
            case _:
                error = ChargePointErrorCode.ground_failure if what == "break" else ChargePointErrorCode.no_error
                machine.fault(connector, error, "", "", now)
        self.charger.passes(2)

    # the building

    @rule(key=st.sampled_from(SWITCHES), connector=CONNECTORS, on=st.booleans())
    def a_switch_is_pressed(self, key: str, connector: int, on: bool) -> None:
        self._wish(0 if key == "reset" else connector, key, on)

    @rule(connector=CONNECTORS, amperes=st.sampled_from([0.0, 4.0, 6.0, 9.9, 16.0]))
    def a_limit_is_sent(self, connector: int, amperes: float) -> None:
        self._wish(connector, "max_current", amperes)

    @rule(call=CALLS)
    def somebody_asks_for_an_operation(self, call: tuple[str, str]) -> None:
        self.number += 1
        self.waiting.add(self.number)
        self.bridge.happens(CallAsked(Call(*call), Origin.CLI, self.number))
        self.charger.pump()

    def _wish(self, connector: int, key: str, value: bool | float) -> None:
        self.number += 1
        self.waiting.add(self.number)
        self.bridge.happens(Wished(ConnectorId(connector), key, value, Origin.KNX, self.number))
        self.charger.pump()

    # trouble

    @rule(what=st.sampled_from(["line", "dial", "roam", "power", "compressed", "bridge"]))
    def there_is_trouble(self, what: str) -> None:
        match what:
            case "line":
                self.charger.hang_up()
            case "dial" | "roam" if self.charger.line is not None:
                self.charger.on |= {Quirk.C22} if what == "roam" else set()
                self.charger.dial()
            case "power":
                self.charger.power_cycle()
            case "compressed":
                self.charger.send_compressed()
            case _:
                self.bridge.kill()
                self.charger.bridge_is_gone()
                self.waiting.clear()

    @rule(away=st.booleans())
    def the_network_is_away_or_back(self, away: bool) -> None:
        self.charger.cut = away
        if away:
            self.charger.hang_up()

    # time

    @invariant()
    def one_thing_after_the_other(self) -> None:
        self.steps += 1

    @rule(seconds=st.sampled_from([1, 5, 20, 31, 65, 130, 400]))
    def time_passes(self, seconds: int) -> None:
        self.charger.passes(seconds)

    @precondition(lambda self: self.charger.cut)
    @rule(time=st.sampled_from([timedelta(minutes=20), timedelta(hours=2)]))
    def much_time_passes(self, time: timedelta) -> None:
        self.charger.passes(time.total_seconds())

    # peace

    @precondition(lambda self: self.steps >= PEACE_AFTER)
    @rule()
    def it_is_left_in_peace(self) -> None:
        self.steps = 0
        leave_in_peace(self.charger)
        check(self.charger)
        late = self.waiting - self.bridge.verdicts.keys()
        assert not late, f"nobody was told what became of {late}"
        self.waiting.clear()

    def teardown(self) -> None:
        if hasattr(self, "charger"):
            self.steps = PEACE_AFTER
            self.it_is_left_in_peace()
            for connector in self.charger.machine.connectors:
                self.somebody_has_enough(connector=connector, some=set(), drives_away=True)
            self.charger.passes(130)
            check(self.charger)
        logging.disable(logging.NOTSET)


TestChaos = Chaos.TestCase
TestChaos.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


Step = tuple[str, dict[str, Any]]
MEDDLING = ["plug", "card", "stranger", "full", "hungry", "break", "mend"]
TROUBLE = ["line", "dial", "roam", "power", "compressed", "bridge"]
EVERY_QUIRK = list(Quirk)


def some(draw: Random) -> set[int]:
    return set(draw.sample(range(len(EVERY_QUIRK)), draw.choice([0, 0, 1, 1, 2, 4])))


CHAPTERS: list[tuple[int, Callable[[Random, int], Step]]] = [
    (2, lambda draw, _: ("behaves_otherwise", {"some": some(draw)})),
    (
        5,
        lambda draw, c: (
            "somebody_charges",
            {"connector": c, "some": some(draw), "seconds": draw.choice([5, 65, 200])},
        ),
    ),
    (
        3,
        lambda draw, c: (
            "somebody_has_enough",
            {"connector": c, "some": some(draw), "drives_away": draw.random() < 0.6},
        ),
    ),
    (2, lambda draw, c: ("somebody_meddles", {"connector": c, "what": draw.choice(MEDDLING)})),
    (
        1,
        lambda draw, c: (
            "a_switch_is_pressed",
            {"key": draw.choice(SWITCHES), "connector": c, "on": draw.random() < 0.6},
        ),
    ),
    (1, lambda draw, c: ("a_limit_is_sent", {"connector": c, "amperes": draw.choice([0.0, 4.0, 6.0, 9.9, 16.0])})),
    (1, lambda draw, _: ("somebody_asks_for_an_operation", {"call": draw.choice(OPERATIONS)})),
    (2, lambda draw, _: ("there_is_trouble", {"what": draw.choice(TROUBLE)})),
    (1, lambda draw, _: ("the_network_is_away_or_back", {"away": draw.random() < 0.5})),
    (2, lambda draw, _: ("time_passes", {"seconds": draw.choice([1, 5, 20, 31, 65, 130, 400])})),
    (1, lambda _, __: ("it_is_left_in_peace", {})),
]


def live(seed: int, steps: int = 25) -> None:
    """A life of that many steps with any quirks at all; what it was is printed if it ends badly."""
    draw, chaos = Random(seed), Chaos()
    story: list[Step] = [
        ("begins", {"quirks": draw.sample(EVERY_QUIRK, 2), "local_list": seed % 2 == 0, "cars": set()})
    ]
    chapters = draw.choices([tell for _, tell in CHAPTERS], [weight for weight, _ in CHAPTERS], k=steps)
    story += [tell(draw, draw.choice([1, 1, 2])) for tell in chapters]
    told = 0
    try:
        for told, (name, arguments) in enumerate(story, 1):  # noqa: B007
            getattr(chaos, name)(**arguments)
            chaos.quirks = EVERY_QUIRK
        chaos.teardown()
    except BaseException:
        print(*story[:told], sep="\n")
        raise
    finally:
        logging.disable(logging.NOTSET)


@pytest.mark.parametrize("seeds", [range(start, start + 20) for start in range(0, 120, 20)], ids=str)
def test_left_in_peace_after_any_life_all_is_as_it_should_be(seeds: range):
    for seed in seeds:
        live(seed)
