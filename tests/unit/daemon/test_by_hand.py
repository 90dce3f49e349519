"""Reading and writing by hand: what is sent, what is refused and why, and what the bridge does with it itself."""

import asyncio
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from xknx.dpt.payload import DPTArray, DPTBinary

from knx_ocpp_bridge.config.addresses import parse_group_address
from knx_ocpp_bridge.config.load import load
from knx_ocpp_bridge.control.options import MisuseError
from knx_ocpp_bridge.core.events import Origin
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.daemon.building.by_hand import ByHand, Patience
from knx_ocpp_bridge.daemon.building.monitor import Monitor
from knx_ocpp_bridge.knx.bindings import BindingTable
from knx_ocpp_bridge.knx.link.confirmation import Delivery
from knx_ocpp_bridge.knx.monitor.address_book import ProjectNames
from knx_ocpp_bridge.knx.monitor.telegrams import Passed, Service

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HALL = parse_group_address("3/1/1")
NAMELESS = parse_group_address("3/1/3")
STATUS, CHARGING, COMMAND, MODE, METER = (parse_group_address(f"9/7/{sub}") for sub in (0, 1, 2, 3, 50))
CONFIGURATION = """
chargers:
  - id: BOX
    name: Garage
    connectors: [{id: 1, group_objects: {
      status: {state_address: 9/7/0}, charging: {address: 9/7/2, state_address: 9/7/1},
      charge_mode: {address: 9/7/3}}}]
group_objects:
  grid_power: {address: 9/7/50}
"""
WARM = DPTArray((0x0C, 0x33))


@dataclass
class State:
    connected: bool = True
    trouble: str = ""
    own_address: str = "1.1.240"


@dataclass
class Line:
    """A bus that sends at once, with one failure for all, and devices that answer."""

    state: State = field(default_factory=State)
    failure: str = ""
    answers: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """Who answers for which group address."""
    known: dict[int, object] = field(default_factory=dict)
    before: list[Passed] = field(default_factory=list)
    """What passes before a telegram is confirmed."""
    after: list[Passed] = field(default_factory=list)
    full: bool = False
    deaf: bool = False
    """Nothing is sent."""
    sent: list[tuple[int, object]] = field(default_factory=list)
    obeyed: list[tuple[int, object]] = field(default_factory=list)
    hand: ByHand | None = None

    def order(self, address, payload):
        if self.full:
            return False
        self.sent.append((address, payload))
        if not self.deaf:
            service = Service.READ if payload is None else Service.WRITE
            for passed in self.before:
                self.hand.passed(passed)
            self.hand.passed(Passed(NOON, "1.1.240", address, service, payload, ours=True, failure=self.failure))
            for source in self.answers.get(address, ()):
                self.hand.passed(Passed(NOON, source, address, Service.RESPONSE, WARM))
            for passed in self.after:
                self.hand.passed(passed)
        return True

    def obey(self, address, payload, origin):
        assert origin is Origin.CLI
        self.obeyed.append((address, payload))

    def answer(self, address):
        return self.known.get(address)


@pytest.fixture
def line():
    return Line()


@pytest.fixture
def notes():
    return []


@pytest.fixture
async def hand(tmp_path, line, notes):
    path = tmp_path / "bridge.yaml"
    path.write_text(CONFIGURATION)
    loaded = load(path, {})
    monitor = Monitor(loaded, BindingTable(loaded.objects), lambda: NOON)
    monitor.know(ProjectNames({HALL: "Hall"}, {HALL: "9.001"}))
    line.hand = ByHand(line, monitor, lambda _charger, note: notes.append(note), Patience(0, 0, 0))
    return line.hand


async def test_the_answer_is_told_with_its_sender_and_value(hand, line):
    line.answers = {HALL: ("1.1.20",)}
    managed = await hand.read(HALL, "")
    assert managed.done
    assert managed.messages == ("1.1.20 answers for 3/1/1 (Hall): 0C 33, 21.5 °C (9.001)",)
    assert line.sent == [(HALL, None)]
    assert managed.row is not None
    assert (managed.row["source"], managed.row["type"]) == ("1.1.20", "GroupValueResponse")


async def test_the_answer_may_be_on_the_line_before_the_question_is_confirmed(hand, line):
    line.before = [Passed(NOON, "1.1.20", HALL, Service.RESPONSE, WARM)]
    assert (await hand.read(HALL, "")).done


async def test_two_devices_that_answer_are_pointed_out(hand, line):
    line.answers = {HALL: ("1.1.20", "1.1.21")}
    managed = await hand.read(HALL, "")
    assert len(managed.messages) == 3
    assert "only one of them should have the R flag" in managed.messages[-1]


async def test_one_that_answers_twice_is_one_device(hand, line):
    line.answers = {HALL: ("1.1.20", "1.1.20")}
    assert "R flag" not in " ".join((await hand.read(HALL, "")).messages)


async def test_a_type_that_is_named_goes_before_the_projects(hand, line):
    line.answers = {HALL: ("1.1.20",)}
    assert (await hand.read(HALL, "7.012")).messages[0].endswith("0C 33, 3123 mA (7.012)")
    assert (await hand.read(HALL, "5.010")).messages[0].endswith("0C 33, ! no value of 5.010")


async def test_an_address_without_type_is_told_by_its_payload(hand, line):
    line.answers = {NAMELESS: ("1.1.20",)}
    assert (await hand.read(NAMELESS, "")).messages == ("1.1.20 answers for 3/1/3: 0C 33",)


async def test_silence_is_told_after_the_time_for_an_answer(hand):
    managed = await hand.read(HALL, "")
    assert (managed.done, managed.because) == (False, CommandResult.TIMED_OUT)
    assert "nobody has answered for 3/1/1 (Hall)" in managed.messages[0]


async def test_what_others_write_is_no_answer(hand, line):
    line.after = [
        Passed(NOON, "1.1.20", HALL, Service.WRITE, WARM),
        Passed(NOON, "1.1.20", HALL, Service.READ, None),
        Passed(NOON, "1.1.20", NAMELESS, Service.RESPONSE, WARM),
    ]
    managed = await hand.read(HALL, "")
    assert "nobody has answered" in managed.messages[0]


@pytest.mark.parametrize(
    ("failure", "because"),
    [
        (Delivery.REFUSED, CommandResult.TIMED_OUT),
        (Delivery.UNANSWERED, CommandResult.OFFLINE),
        (Delivery.HELD, CommandResult.REJECTED),
    ],
)
async def test_a_question_that_did_not_get_out_says_why(hand, line, failure, because):
    line.failure = failure.value
    managed = await hand.read(HALL, "")
    assert (managed.done, managed.because) == (False, because)
    assert failure.value in managed.messages[0]


async def test_of_its_own_object_the_bridge_tells_its_answer_and_sends_nothing(hand, line):
    line.known = {STATUS: DPTArray((2,))}
    managed = await hand.read(STATUS, "")
    assert managed.done
    assert managed.messages[0].startswith("9/7/0 (Garage/1 status) is sent by the bridge itself, which would answer 02")
    assert managed.row is not None
    assert (managed.row["value"], managed.row["source"]) == ("2 (charging)", "1.1.240")
    assert line.sent == []


async def test_an_object_of_its_own_that_is_not_known_is_not_answered(hand, line):
    managed = await hand.read(STATUS, "")
    assert (managed.done, managed.because) == (False, CommandResult.NOT_ALLOWED_NOW)
    assert line.sent == []


async def test_a_value_is_written_once_and_noted_with_who_did_it(hand, line, notes):
    managed = await hand.write(HALL, "21.5", "", Origin.CLI)
    assert managed.done
    assert managed.messages == ("sent to 3/1/1 (Hall): 0C 33, 21.5 °C (9.001)",)
    assert line.sent == [(HALL, WARM)]
    assert line.obeyed == []
    (note,) = notes
    assert note.text == "3/1/1 (Hall) was written by hand (CLI): 0C 33, 21.5 °C (9.001)"


@pytest.mark.parametrize("failure", ["", Delivery.REFUSED.value])
async def test_a_command_is_obeyed_once_it_is_on_the_line_even_if_no_other_device_listens(hand, line, failure):
    line.failure = failure
    managed = await hand.write(COMMAND, "on", "", Origin.CLI)
    assert managed.done
    assert line.obeyed == [(COMMAND, DPTBinary(1))]
    assert "takes it as if a device had written it" in managed.messages[-1]


async def test_an_input_is_taken_as_well(hand, line):
    assert (await hand.write(METER, "1500 W", "", Origin.CLI)).done
    assert [address for address, _ in line.obeyed] == [METER]


@pytest.mark.parametrize("failure", [Delivery.UNANSWERED, Delivery.HELD])
async def test_a_command_that_did_not_get_out_is_not_obeyed(hand, line, failure):
    line.failure = failure.value
    assert not (await hand.write(COMMAND, "on", "", Origin.CLI)).done
    assert line.obeyed == []


async def test_nobody_acknowledging_a_foreign_address_is_a_failure(hand, line):
    line.failure = Delivery.REFUSED.value
    managed = await hand.write(HALL, "21.5", "", Origin.CLI)
    assert (managed.done, managed.because) == (False, CommandResult.REJECTED)


@pytest.mark.parametrize("failure", [Delivery.UNANSWERED, Delivery.REFUSED])
async def test_what_may_be_on_the_line_is_noted_even_if_it_failed(hand, line, notes, failure):
    line.failure = failure.value
    await hand.write(HALL, "21.5", "", Origin.CLI)
    ((note),) = notes
    assert note.text.endswith(f"written by hand (CLI): 0C 33, 21.5 °C (9.001); {failure.value}")


async def test_what_was_not_sent_is_not_noted(hand, line, notes):
    line.failure = Delivery.HELD.value
    await hand.write(HALL, "21.5", "", Origin.CLI)
    assert notes == []


@pytest.mark.parametrize(
    ("address", "value", "dpt", "why"),
    [
        (NAMELESS, "1", "", "name it, e.g. DPT 9.001"),
        (HALL, "warm", "", "is no number"),
        (COMMAND, "7", "5.010", "has the wrong length for 1.010"),
        (METER, "1", "1.001", "is an object of the bridge, which cannot read that"),
        (
            MODE,
            "quick",
            "",
            "'quick' is no number; 5.010 wants one, with a point before the decimals; charge_mode has 0 o",
        ),
        (MODE, "fast", "5.010", "'fast' is no number"),
    ],
)
async def test_what_makes_no_sense_is_a_mistake_of_usage_and_is_not_sent(hand, line, address, value, dpt, why):
    with pytest.raises(MisuseError, match=re.escape(why)):
        await hand.write(address, value, dpt, Origin.CLI)
    assert line.sent == []


async def test_nobody_writes_where_the_bridge_itself_sends(hand, line):
    managed = await hand.write(CHARGING, "on", "", Origin.CLI)
    assert (managed.done, managed.because) == (False, CommandResult.REJECTED)
    assert "write on the command address of the object" in managed.messages[0]
    assert line.sent == []


@pytest.mark.parametrize("word", ["fast", "Fast", "2"])
async def test_an_object_whose_numbers_have_words_can_be_written_by_its_word(hand, line, word):
    managed = await hand.write(MODE, word, "", Origin.CLI)
    assert line.sent == [(MODE, DPTArray((2,)))]
    assert managed.messages[0] == "sent to 9/7/3 (Garage/1 charge_mode): 02, 2 (fast) (5.010)"


async def test_without_a_bus_the_reason_is_told(hand, line):
    line.state = State(connected=False, trouble="10.0.0.5:3671 does not answer")
    line.known = {STATUS: DPTArray((2,))}
    for managed in (
        await hand.read(HALL, ""),
        await hand.read(STATUS, ""),
        await hand.write(HALL, "1", "", Origin.CLI),
    ):
        assert (managed.done, managed.because) == (False, CommandResult.OFFLINE)
        assert managed.messages == ("there is no connection to the bus: 10.0.0.5:3671 does not answer",)


async def test_a_bus_that_is_lost_before_the_telegram_left_is_told(hand, line):
    line.deaf = True
    asked = asyncio.create_task(hand.write(HALL, "1", "", Origin.CLI))
    await asyncio.sleep(0)
    line.state = State(connected=False, trouble="gone")
    assert (await asked).because is CommandResult.OFFLINE


async def test_a_line_that_is_too_full_is_told(hand, line):
    line.deaf = True
    assert (await hand.write(HALL, "1", "", Origin.CLI)).because is CommandResult.TIMED_OUT
    line.full = True
    assert (await hand.write(HALL, "1", "", Origin.CLI)).because is CommandResult.NOT_ALLOWED_NOW


async def test_two_cannot_use_one_address_at_once(hand, line):
    line.deaf = True
    first = asyncio.create_task(hand.read(HALL, ""))
    await asyncio.sleep(0)
    assert "somebody else" in (await hand.read(HALL, "")).messages[0]
    await first


async def test_whoever_writes_in_a_loop_is_slowed_down(hand, line):
    done = [await hand.write(HALL, str(number), "", Origin.CLI) for number in range(25)]
    assert len(line.sent) == 20
    assert done[-1].because is CommandResult.NOT_ALLOWED_NOW
    assert "2 a second at most" in done[-1].messages[0]
