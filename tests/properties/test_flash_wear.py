"""Flash memory wears out: what a charger keeps there is not written without a reason (row S15)."""

from dataclasses import fields

from hypothesis import given, settings
from hypothesis import strategies as st

from knx_ocpp_bridge.core.commands import ChangeConfiguration, Command, ProfilePurpose, SetProfile
from knx_ocpp_bridge.core.events import Outcome
from knx_ocpp_bridge.core.flags import Flag, Flags
from knx_ocpp_bridge.core.status import ConnectorStatus
from tests.kit.any_flags import EVERY_FLAG, FLAGS
from tests.kit.life import Life, Reply, garage, outlet

DAY_S = 86_400
STATES = st.sampled_from([ConnectorStatus.AVAILABLE, ConnectorStatus.CHARGING, ConnectorStatus.SUSPENDED_EV])
REFUSALS: st.SearchStrategy[Reply] = st.sampled_from(
    ["Rejected", "NotSupported", "RebootRequired", Outcome.TIMED_OUT, Outcome.FAILED, Outcome.NOT_SUPPORTED]
)


def settled(flags: dict[str, Flag], outlets: int, state: ConnectorStatus, quiet: bool = False) -> Life:
    """A charger that has come, taken what it was sent, and has charged for an hour if that is its state."""
    life = Life(garage(*(outlet(number + 1) for number in range(outlets)), flags=flags, quiet=quiet))
    life.arrives()
    if state is not ConnectorStatus.AVAILABLE:
        life.charges()
        life.reports(state)
    a_while(life, state, 3600)
    life.commands.clear()
    return life


def a_while(life: Life, state: ConnectorStatus, seconds: int, reconnects: bool = False) -> None:
    """Nothing new: heartbeats, the same state, the meter while it charges, and lines that drop and come back."""
    for minute in range(seconds // 60):
        life.beats()
        if minute % 7 == 0:
            life.reports(state)
        if state is ConnectorStatus.CHARGING:
            life.meters(life.now_s, 5.9)
        if reconnects and minute % 200 == 199:
            life.disconnects()
            life.connects()
        life.passes(60)


def wearing(commands: list[Command]) -> list[Command]:
    """Those that go to flash memory in some chargers."""
    return [
        one
        for one in commands
        if isinstance(one, ChangeConfiguration)
        or (isinstance(one, SetProfile) and one.purpose is ProfilePurpose.CHARGE_POINT_MAX)
    ]


@settings(max_examples=15, deadline=None)
@given(FLAGS, st.sampled_from([1, 2]), STATES, st.booleans())
def test_in_a_day_without_news_nothing_is_sent(
    flags: dict[str, Flag], outlets: int, state: ConnectorStatus, reconnects: bool
) -> None:
    life = settled(flags, outlets, state)
    a_while(life, state, DAY_S, reconnects)
    assert life.commands == []


@settings(max_examples=15, deadline=None)
@given(FLAGS, REFUSALS, st.sampled_from([6.0, 0.0, 13.0]))
def test_what_is_refused_or_not_answered_is_not_written_over_and_over(
    flags: dict[str, Flag], answer: Reply, amperes: float
) -> None:
    life = settled({"limit_by": "charge_point_max", **flags}, 1, ConnectorStatus.AVAILABLE)
    life.answers |= {SetProfile: answer, ChangeConfiguration: answer}
    life.presses(amperes, "max_current")
    life.boots()
    life.passes(DAY_S)
    assert len(wearing(life.commands)) <= 8
    assert len(life.commands) <= 130, "and the rest ever more seldom"


@settings(max_examples=15, deadline=None)
@given(FLAGS, st.sampled_from([1, 2]), STATES)
def test_a_quiet_bridge_says_nothing_from_the_first_moment_on(
    flags: dict[str, Flag], outlets: int, state: ConnectorStatus
) -> None:
    life = Life(garage(*(outlet(number + 1, start_on_plug=True) for number in range(outlets)), flags=flags, quiet=True))
    life.connects()
    life.boots()
    life.passes(100)
    life.reports(ConnectorStatus.PREPARING)
    life.starts()
    life.reports(state)
    a_while(life, state, 4 * 3600, reconnects=True)
    assert life.commands == []


def test_every_flag_is_turned_by_chance() -> None:
    assert {field.name for field in fields(Flags)} - {"any_username"} == EVERY_FLAG, "which acts at the door"
