"""A charger that may do anything of the catalogue, at random: left in peace, everything is as it should be."""

import logging
from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
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
QUIRKS = st.lists(st.sampled_from(Quirk), max_size=4).map(set)
SWITCHES = ["charging", "charging", "charging", "reservation", "availability", "unlock", "fast_charging", "reset"]
ERRORS = st.sampled_from([ChargePointErrorCode.no_error, ChargePointErrorCode.ground_failure])
CALLS = st.sampled_from(
    [
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
)


class Chaos(RuleBasedStateMachine):
    """One charger, one bridge, one building."""

    def __init__(self) -> None:
        super().__init__()
        logging.disable(logging.ERROR)
        self.waiting: set[int] = set()
        self.number = 0

    @initialize(quirks=QUIRKS)
    def begins(self, quirks: set[Quirk]) -> None:
        self.bridge = ChaosBridge(garage(outlet(1), outlet(2)))
        self.charger = ChaosCharger(self.bridge)
        self.charger.on |= quirks
        self.charger.dial()
        self.charger.passes(5)

    # the switches

    @rule(quirks=QUIRKS)
    def behaves_oddly(self, quirks: set[Quirk]) -> None:
        self.charger.on ^= quirks

    @rule()
    def behaves(self) -> None:
        self.charger.on.clear()

    # cars and cards

    @rule(connector=CONNECTORS, quirks=QUIRKS, seconds=st.sampled_from([5, 65, 200]))
    def somebody_charges(self, connector: int, quirks: set[Quirk], seconds: int) -> None:
        """From the cable to the current, with some more switches on."""
        self.charger.on |= quirks
        machine, now = self.charger.machine, self.charger.now
        if not machine.connectors[connector].plugged:
            machine.plug(connector, now)
        if machine.connectors[connector].transaction is None:
            machine.card(connector, CARD, now)
        self.charger.passes(seconds)

    @rule(connector=CONNECTORS, quirks=QUIRKS, drives_away=st.booleans())
    def somebody_has_enough(self, connector: int, quirks: set[Quirk], drives_away: bool) -> None:
        """From the card to the empty parking space, with some more switches on."""
        self.charger.on |= quirks
        machine = self.charger.machine
        if machine.connectors[connector].transaction is not None:
            machine.card(connector, machine.connectors[connector].transaction.id_tag, self.charger.now)
        self.charger.passes(5)
        if drives_away and machine.connectors[connector].plugged:
            machine.unplug(connector, self.charger.now)
            self.charger.passes(5)

    @rule(connector=CONNECTORS)
    def a_car_comes_or_goes(self, connector: int) -> None:
        machine = self.charger.machine
        (machine.unplug if machine.connectors[connector].plugged else machine.plug)(connector, self.charger.now)
        self.charger.pump()

    @rule(connector=CONNECTORS, card=st.sampled_from([CARD, CARD, CARD, STRANGER]))
    def a_card_is_held_to_the_reader(self, connector: int, card: str) -> None:
        self.charger.machine.card(connector, card, self.charger.now)
        self.charger.passes(2)

    @rule(connector=CONNECTORS, hungry=st.booleans())
    def a_car_is_full_or_hungry(self, connector: int, hungry: bool) -> None:
        appetite = Appetite.CHARGES if hungry else Appetite.WAITS
        self.charger.machine.car(connector, appetite, None, self.charger.now)
        self.charger.pump()

    @rule(connector=st.sampled_from([0, 1, 2]), error=ERRORS)
    def something_breaks_or_is_mended(self, connector: int, error: ChargePointErrorCode) -> None:
        self.charger.machine.fault(connector, error, "", "", self.charger.now)
        self.charger.pump()

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

    @rule()
    def the_line_breaks(self) -> None:
        self.charger.hang_up()

    @rule(away=st.booleans())
    def the_network_is_away_or_back(self, away: bool) -> None:
        self.charger.cut = away
        if away:
            self.charger.hang_up()

    @precondition(lambda self: self.charger.line is not None)
    @rule()
    def it_dials_again(self) -> None:
        self.charger.dial()

    @rule()
    def its_power_goes_and_comes_back(self) -> None:
        self.charger.power_cycle()

    @rule()
    def it_sends_a_compressed_frame(self) -> None:
        self.charger.send_compressed()

    @rule()
    def the_bridge_is_killed_and_started(self) -> None:
        self.bridge.kill()
        self.charger.bridge_is_gone()
        self.waiting.clear()

    # time

    @rule(seconds=st.sampled_from([1, 5, 20, 31, 65, 130, 400]))
    def time_passes(self, seconds: int) -> None:
        self.charger.passes(seconds)

    @precondition(lambda self: self.charger.cut)
    @rule(time=st.sampled_from([timedelta(minutes=20), timedelta(hours=2)]))
    def much_time_passes(self, time: timedelta) -> None:
        self.charger.passes(time.total_seconds())

    # peace

    @rule()
    def it_is_left_in_peace(self) -> None:
        leave_in_peace(self.charger)
        check(self.charger)
        late = self.waiting - self.bridge.verdicts.keys()
        assert not late, f"nobody was told what became of {late}"
        self.waiting.clear()

    def teardown(self) -> None:
        if hasattr(self, "charger"):
            self.it_is_left_in_peace()
        logging.disable(logging.NOTSET)


TestChaos = Chaos.TestCase
TestChaos.settings = settings(
    max_examples=120, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
