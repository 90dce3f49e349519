"""Random lives of a charger: whatever happens, in whatever order, the laws hold."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from knx_ocpp_bridge.core import leases, limits, modes, session_wishes
from knx_ocpp_bridge.core.caps import Cap
from knx_ocpp_bridge.core.commands import GetConfiguration, ProfilePurpose, RemoteStop, SetProfile
from knx_ocpp_bridge.core.events import (
    BootNotified,
    Heartbeat,
    Identity,
    LinkClosed,
    Metered,
    MeterReading,
    Notified,
    Origin,
    Outcome,
    Reconfigured,
    Replied,
    Sample,
    StatusNotified,
    TransactionStarted,
    Wished,
    Woken,
)
from knx_ocpp_bridge.core.flags import BRANDS
from knx_ocpp_bridge.core.settings import ChargerSettings, Registration
from knx_ocpp_bridge.core.status import ChargeMode, ConnectorStatus, ErrorCode, StopReason
from knx_ocpp_bridge.core.values import Clock, ConnectorId, IdTag, LinkNumber, TransactionId
from knx_ocpp_bridge.core.ways import can_limit
from tests.kit.any_charger import CAPS, charger_settings
from tests.kit.laws import Laws
from tests.kit.life import BOX, CARD, ONE, OWN_TAG, STRANGER, Life

MAKES = [Identity(vendor=brand.vendor, model=brand.model, firmware="3") for brand in BRANDS]
TX = ProfilePurpose.TX
CONNECTORS = st.sampled_from([1, 1, 1, 2, 0, 3, -1, 99]).map(ConnectorId)
TAGS = st.sampled_from([CARD, STRANGER, OWN_TAG, IdTag("R0B1B2B3B4B5B6"), IdTag(""), IdTag("*"), IdTag("ß" * 300)])
STATUSES = st.none() | st.sampled_from(ConnectorStatus)
NUMBERS = st.none() | st.sampled_from([0, -1, 2**31 + 7])
WH = st.none() | st.sampled_from([0, 1, 999, 1000, 1500, 60_000, -5, 10**30]) | st.integers(0, 100_000)
AMPERES = st.sampled_from([0, 3, 6, 5.9955, 6.05, 10, 16, 40, -1, 1e300, float("nan"), float("inf"), 10**400])
MODES = st.sampled_from([0.0, 1.0, 2.0, 3.0, 6.0, 1.5, -1.0, float("nan"), float("inf"), 10**400])
VALUES = st.sampled_from([0.0, -1.0, 6.0, 15.9, 230.0, 3600.0, 1e300, float("nan"), float("inf"), float("-inf")])
SAMPLES = st.builds(
    Sample,
    measurand=st.sampled_from(
        ["Energy.Active.Import.Register", "Current.Import", "Power.Active.Import", "Voltage", "SoC"]
    ),
    value=VALUES | st.floats(0, 100_000),
    phase=st.sampled_from([None, "L1", "L2", "L3", "N", "L1-L2", "L3-L1", ""]),
    location=st.sampled_from(["Outlet", "Outlet", "Inlet"]),
)
AGES = st.sampled_from([0, 1, 30, 299, 301, 7200, -600, 10**9]) | st.integers(-400, 4000)
SWITCHES = ["charging", "charging", "reservation", "availability", "unlock", "fast_charging", "pause"]
KEYS = st.sampled_from([*SWITCHES, "max_current", "reset", "hard_reset", "clear_cache", "status", "nonsense"])
REPLIES = st.sampled_from(
    ["Accepted"] * 4
    + ["Rejected", "NotSupported", "NotImplemented", "RebootRequired", "Scheduled", "Unlocked", "", "Occupied"]
)
KEYS_HELD = [
    ("ChargingScheduleAllowedChargingRateUnit", "Power"),
    ("ChargingScheduleAllowedChargingRateUnit", "Current,Power"),
    ("MaxCurrent", "10"),
    ("maxcurrent", "nonsense"),
    ("AuthorizeRemoteTxRequests", "true"),
]
CONFIGURATIONS = st.sampled_from(
    [""]
    + [
        json.dumps({"configurationKey": [{"key": key, "readonly": readonly, "value": value}], "unknownKey": []})
        for key, value in KEYS_HELD
        for readonly in (False, True)
    ]
)
OUTCOMES = st.sampled_from([Outcome.ANSWERED] * 4 + list(Outcome))
SESSION_WISHES = st.sampled_from(sorted(session_wishes.ROWS))
AMOUNTS = st.sampled_from([0.0, -1.0, 1.0, 80.0, 420.0, 1439.0, 20_000.0, 1e12, float("nan"), float("inf"), 10**400])


class ChargerLife(RuleBasedStateMachine):
    """A charger that may do anything, a building that may want anything, and a bridge that is watched."""

    def __init__(self) -> None:
        super().__init__()
        self.laws = Laws()
        self.numbers = 0

    @initialize(settings=charger_settings(), clock=st.sampled_from(Clock), silent=st.booleans())
    def begins(self, settings: ChargerSettings, clock: Clock, silent: bool) -> None:
        self.life = Life(settings, clock=clock, observers=[self.laws])
        if silent:
            self.life.silent = set(COMMANDS)

    # the link

    @rule(boots=st.booleans())
    def connects(self, boots: bool) -> None:
        self.life.connects()
        if boots:
            self.life.boots()

    @precondition(lambda self: self.life.link is not None)
    @rule()
    def disconnects(self) -> None:
        self.life.disconnects()

    @precondition(lambda self: self.life.links > 0)
    @rule(kind=st.sampled_from(["closed", "status", "boot", "start", "reply"]), back=st.integers(1, 3))
    def an_old_link_speaks(self, kind: str, back: int) -> None:
        link = LinkNumber(self.life.links - back)
        fresh = TransactionId(max(self.life.memory.transactions, default=0) + 1)
        match kind:
            case "closed":
                self.life.happens(LinkClosed(link, "late"))
            case "status":
                self.life.happens(StatusNotified(link, "old", ONE, ConnectorStatus.FAULTED, ErrorCode.GROUND_FAILURE))
            case "boot":
                self.life.happens(BootNotified(link, "old", BOX))
            case "start":
                self.life.happens(TransactionStarted(link, "old", ONE, CARD, 0, None, fresh))
            case _:
                self.life.happens(Replied(link, RemoteStop(TransactionId(1)), Outcome.ANSWERED, "Accepted"))

    @rule()
    def the_bridge_is_killed_and_started(self) -> None:
        self.laws.restarted()
        self.life.restarts()

    # the charger

    @precondition(lambda self: self.life.link is not None)
    @rule(identity=st.sampled_from([BOX, replace(BOX, firmware="2.0"), Identity(), *MAKES]))
    def boots(self, identity: Identity) -> None:
        self.life.boots(identity)

    @precondition(lambda self: self.life.link is not None)
    @rule(kind=st.sampled_from(["heartbeat", "notified"]))
    def is_alive(self, kind: str) -> None:
        link = self.life.link
        assert link is not None
        if kind == "heartbeat":
            self.life.happens(Heartbeat(link, "beat"))
        else:
            self.life.happens(Notified(link, "FirmwareStatusNotification", "Idle"))

    @precondition(lambda self: self.life.link is not None)
    @rule(connector=CONNECTORS, status=STATUSES, error=st.sampled_from(ErrorCode), info=st.sampled_from(["", "hot"]))
    def reports(self, connector: ConnectorId, status: ConnectorStatus | None, error: ErrorCode, info: str) -> None:
        self.life.reports(status, connector, error, info)

    @precondition(lambda self: self.life.link is not None)
    @rule(tag=TAGS)
    def presents_a_card(self, tag: IdTag) -> None:
        self.life.presents(tag)

    @precondition(lambda self: self.life.link is not None)
    @rule(connector=CONNECTORS, tag=TAGS, wh=WH, age=AGES, timeless=st.booleans(), twice=st.booleans())
    def starts(self, connector: ConnectorId, tag: IdTag, wh: int | None, age: int, timeless: bool, twice: bool) -> None:
        at = None if timeless else self.life.utc - timedelta(seconds=age)
        event = self.life.start_request(tag, wh, connector, at)
        self.life.happens(event)
        if twice:
            number = self.life.number
            again = replace(event, request="again", fresh=TransactionId(max(self.life.memory.transactions) + 1))
            self.life.happens(again)
            if 0 < connector < 3:
                assert self.life.number == number, "sent again is the same transaction"

    @precondition(lambda self: self.life.link is not None)
    @rule(
        which=st.integers(0, 4),
        nonsense=NUMBERS,
        wh=WH,
        age=AGES,
        tag=st.none() | TAGS,
        reason=st.sampled_from(StopReason),
    )
    def stops(
        self, which: int, nonsense: int | None, wh: int | None, age: int, tag: IdTag | None, reason: StopReason
    ) -> None:
        recent = sorted(self.life.memory.transactions)[-4:]
        number = recent[which] if which < len(recent) else nonsense
        self.life.stops(number, wh, reason, timedelta(seconds=age), tag)

    @precondition(lambda self: self.life.link is not None)
    @rule(
        connector=CONNECTORS,
        which=st.integers(0, 3),
        nonsense=NUMBERS,
        readings=st.lists(st.tuples(st.none() | AGES, st.lists(SAMPLES, max_size=6)), max_size=3),
    )
    def meters(
        self, connector: ConnectorId, which: int, nonsense: int | None, readings: list[tuple[int | None, list[Sample]]]
    ) -> None:
        recent = sorted(self.life.memory.transactions)[-3:]
        number = recent[which] if which < len(recent) else nonsense
        transaction = None if number is None else TransactionId(number)
        meter_readings = tuple(
            MeterReading(None if age is None else self.life.utc - timedelta(seconds=age), tuple(samples))
            for age, samples in readings
        )
        link = self.life.link
        assert link is not None
        self.life.happens(Metered(link, "values", connector, transaction, meter_readings))

    @precondition(lambda self: self.life.link is not None and self.life.unanswered)
    @rule(status=REPLIES, outcome=OUTCOMES, detail=CONFIGURATIONS)
    def replies(self, status: str, outcome: Outcome, detail: str) -> None:
        command = self.life.unanswered.popleft()
        link = self.life.link
        assert link is not None
        self.life.happens(Replied(link, command, outcome, status if outcome is Outcome.ANSWERED else "", detail))

    # the building

    @rule(key=KEYS, connector=CONNECTORS, on=st.booleans(), waits=st.booleans(), card=st.none() | TAGS)
    def a_switch_is_pressed(self, key: str, connector: ConnectorId, on: bool, waits: bool, card: IdTag | None) -> None:
        self.life.happens(Wished(connector, key, on, Origin.KNX, self._number(waits), "1.1.7", card))

    @rule(connector=CONNECTORS, value=AMPERES, waits=st.booleans())
    def a_limit_is_sent(self, connector: ConnectorId, value: float, waits: bool) -> None:
        self.life.happens(Wished(connector, "max_current", value, Origin.CLI, self._number(waits)))

    @rule(connector=CONNECTORS, value=MODES, waits=st.booleans())
    def a_mode_is_sent(self, connector: ConnectorId, value: float, waits: bool) -> None:
        self.life.happens(Wished(connector, "charge_mode", value, Origin.CLI, self._number(waits)))

    @rule(key=st.sampled_from(sorted(modes.BY_KEY)), connector=CONNECTORS, on=st.booleans(), waits=st.booleans())
    def one_mode_is_chosen_or_left(self, key: str, connector: ConnectorId, on: bool, waits: bool) -> None:
        self.life.happens(Wished(connector, key, on, Origin.PAGE, self._number(waits)))

    @rule(key=SESSION_WISHES, connector=CONNECTORS, value=AMOUNTS, waits=st.booleans())
    def a_session_has_a_goal_or_a_limit(self, key: str, connector: ConnectorId, value: float, waits: bool) -> None:
        self.life.happens(Wished(connector, key, value, Origin.API, self._number(waits)))

    @rule(
        connector=CONNECTORS,
        caps=st.lists(CAPS, max_size=3),
        phases=st.sampled_from([None, None, 1, 3]),
        urgent=st.booleans(),
    )
    def the_site_decides(self, connector: ConnectorId, caps: list[Cap], phases: int | None, urgent: bool) -> None:
        self.life.caps(*caps, connector=connector, phases=phases, urgent=urgent)

    @rule(settings=charger_settings())
    def the_configuration_is_read_again(self, settings: ChargerSettings) -> None:
        self.life.reconfigured(settings)

    # time

    @rule(seconds=st.sampled_from([0.1, 1, 2.5, 6, 31, 61, 130, 1801, 4000]))
    def time_passes(self, seconds: float) -> None:
        self.life.passes(seconds)

    @rule(clock=st.sampled_from(Clock))
    def the_clock_is_believed_or_not(self, clock: Clock) -> None:
        self.life.clock = clock

    @rule(
        utc=st.sampled_from(
            [datetime(1970, 1, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC), datetime(2090, 1, 1, tzinfo=UTC)]
        )
    )
    def the_clock_jumps(self, utc: datetime) -> None:
        self.life.utc = utc

    @rule()
    def is_woken_for_nothing(self) -> None:
        self.life.happens(Woken())

    @rule(
        fail_safe_a=st.sampled_from([0.0, 6.0, 7.5]),
        caps=st.lists(CAPS, max_size=2),
        deaf=st.sampled_from(["", "first", "then"]),
    )
    def a_car_charges_in_a_circuit(self, fail_safe_a: float, caps: list[Cap], deaf: str) -> None:
        """And then the charger answers what it likes, or nothing."""
        life = self.life
        outlets = {
            number: replace(one, circuit="garage", fail_safe_a=fail_safe_a, mode=ChargeMode.NORMAL)
            for number, one in life.settings.connectors.items()
        }
        flags = {"limit_step_a": 1.0}
        settings = replace(life.settings, connectors=outlets, flags=flags, registration=Registration.ACCEPTED)
        silent, life.silent = life.silent, set()
        life.clock, life.utc = Clock.SANE, max(life.utc, datetime(2026, 11, 21, tzinfo=UTC))
        life.reconfigured(settings)
        life.connects()
        life.boots(replace(BOX, firmware=f"{life.links}"))
        life.passes(70)
        life.reports(ConnectorStatus.PREPARING)
        life.silent = {SetProfile} if deaf == "first" else set()
        life.starts(CARD, 1000)
        life.reports(ConnectorStatus.CHARGING)
        life.caps(*caps)
        life.passes(70)
        life.silent = {SetProfile} if deaf else silent

    # what a willing charger comes to

    @rule(amperes=st.sampled_from([0.0, 6.0, 12.0]), pressed=st.booleans())
    def a_willing_charger_does_what_is_wanted(self, amperes: float, pressed: bool) -> None:
        life = self.life
        life.silent.clear()
        life.answers.clear()
        life.clock, life.utc = Clock.SANE, max(life.utc, datetime(2026, 11, 21, tzinfo=UTC))
        # A charger whose Available means nothing has no end that could be assumed.
        flags = {name: value for name, value in life.settings.flags.items() if name != "trust_available"}
        settings = replace(life.settings, registration=Registration.ACCEPTED, flags=flags)
        life.happens(Reconfigured(settings))
        life.settings = settings
        life.connects()
        life.boots()
        life.boots(replace(BOX, firmware=f"{life.links}"))
        life.reports(ConnectorStatus.AVAILABLE)
        life.reports(ConnectorStatus.AVAILABLE, ConnectorId(2))
        life.passes(200)
        assert life.charger.connectors[ONE].transaction is None, "nothing is open when the car is gone"
        life.caps()
        life.caps(connector=ConnectorId(2))
        life.presses(False, "reservation")
        life.presses(False, "pause")
        life.presses(amperes, "max_current")
        life.passes(200)
        connector = life.charger.connectors[ONE]
        wanted_a = limits.wanted(settings.connectors[ONE], connector.wishes, life.charger.flags).current_a
        if can_limit(life.charger):
            rests = leases.leases(life.charger, connector)
            assert life.state("max_current") == (leases.resting_a(life.charger, connector) if rests else wanted_a)
        else:
            assert flags.get("limit_by") == "none" or flags.get("limit_key"), "a willing charger can be limited"
        life.reports(ConnectorStatus.PREPARING)
        life.passes(3)
        life.commands.clear()
        life.presses(pressed)
        life.passes(3)
        self._obeys(pressed, wanted_a)

    def _obeys(self, pressed: bool, wanted_a: float) -> None:
        life = self.life
        started = [command for command in life.commands if type(command).__name__ == "RemoteStart"]
        if pressed:
            assert life.charger.connectors[ONE].start is not None or started
            tag = life.charger.tag
            number = life.starts(tag, 5000)
            life.reports(ConnectorStatus.CHARGING)
            life.passes(130)
            assert life.state("charging") is True
            acting = life.charger.flags
            if can_limit(life.charger) and not (acting.limit_key or life.settings.quiet) and acting.tx_profile:
                phases = acting.number_phases or life.settings.connectors[ONE].phases
                limit = limits.in_watts(wanted_a, phases) if acting.rate_unit == "W" else wanted_a
                told = [one for one in life.commands if isinstance(one, SetProfile)]
                by_profile = (TX, number, limit) in [(one.purpose, one.transaction, one.limit) for one in told]
                assert by_profile or (acting.zero_by_inoperative and wanted_a == 0)
            life.stops(number, 6000)
            assert life.state("transaction_energy") == 1000
        assert life.state("charging") is False

    def _number(self, waits: bool) -> int:
        if not waits:
            return 0
        self.numbers += 1
        return self.numbers


COMMANDS = {SetProfile, RemoteStop, GetConfiguration}

TestChargerLife = ChargerLife.TestCase
TestChargerLife.settings = settings(
    max_examples=200, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
