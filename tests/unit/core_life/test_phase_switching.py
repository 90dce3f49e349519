"""Between one phase and all nothing may flow, and what a charger cannot it is not asked again."""

import json

from knx_ocpp_bridge.core.commands import GetConfiguration, SetProfile
from knx_ocpp_bridge.core.connector import Connector
from knx_ocpp_bridge.core.energy.view import view
from knx_ocpp_bridge.core.events import Capped
from knx_ocpp_bridge.core.status import ConnectorStatus, LimitReason
from tests.kit.laws import Laws
from tests.kit.life import ONE, Life, garage, outlet

S = ConnectorStatus
KEY = "ConnectorSwitch3to1PhaseSupported"


def charging(**changes: object) -> Life:
    life = Life(garage(outlet(can_switch_phases=True, **changes)))
    life.observers.append(Laws())
    life.arrives()
    life.charges()
    life.meters(1000, 9.8)
    life.passes(60)
    life.commands.clear()
    return life


def one(life: Life) -> Connector:
    return life.charger.connectors[ONE]


def wanted(life: Life, phases: int | None) -> None:
    """The site wants it to charge on so many."""
    life.happens(Capped(ONE, (), phases))


def told(life: Life) -> list[tuple[float, int]]:
    """Limit and `numberPhases` of each profile of the transaction."""
    profiles = [it for it in life.told(SetProfile) if isinstance(it, SetProfile)]
    return [(it.limit, it.number_phases) for it in profiles if it.transaction is not None]


def in_force(life: Life) -> int | None:
    return view(life.charger, one(life), life.moment).phases_in_force


def test_nothing_flows_while_the_phases_are_switched():
    life = charging()
    wanted(life, 1)
    assert told(life) == [(0.0, 0)]
    assert life.state("limit_reason") == LimitReason.SWITCHING_PHASES
    life.passes(8)
    assert told(life) == [(0.0, 0)]
    life.reports(S.SUSPENDED_EVSE)
    life.passes(6)
    assert told(life) == [(0.0, 0), (10.0, 1)]
    assert in_force(life) == 1


def test_a_measurement_of_nothing_is_enough():
    life = charging()
    wanted(life, 1)
    life.passes(6)
    life.meters(1001, 0.0)
    assert told(life) == [(0.0, 0), (10.0, 1)]


def test_after_half_a_minute_of_zero_it_is_switched_whatever_is_measured():
    life = charging()
    wanted(life, 1)
    life.passes(29)
    assert told(life) == [(0.0, 0)]
    life.passes(2)
    assert told(life) == [(0.0, 0), (10.0, 1)]


def test_back_to_all_phases_leaves_the_number_out():
    life = charging()
    wanted(life, 1)
    life.reports(S.SUSPENDED_EVSE)
    life.passes(6)
    life.reports(S.CHARGING)
    life.meters(1001, 9.8)
    life.commands.clear()
    wanted(life, None)
    life.reports(S.SUSPENDED_EVSE)
    life.passes(6)
    assert told(life) == [(0.0, 1), (10.0, 0)]
    assert in_force(life) is None


def test_where_nothing_flows_it_is_switched_at_once():
    life = charging()
    life.presses(1, "pause")
    life.reports(S.SUSPENDED_EVSE)
    life.passes(60)
    life.commands.clear()
    wanted(life, 1)
    life.passes(6)
    life.presses(0, "pause")
    assert told(life)[-1] == (10.0, 1)
    assert all(limit == 0 for limit, _ in told(life)[:-1])


def test_a_change_of_mind_in_the_middle_ends_the_pause():
    life = charging()
    wanted(life, 1)
    life.passes(2)
    wanted(life, None)
    life.passes(6)
    assert told(life) == [(0.0, 0), (10.0, 0)]


def test_an_outlet_that_is_not_said_to_switch_never_does():
    life = Life(garage(outlet()))
    life.arrives()
    life.charges()
    life.commands.clear()
    wanted(life, 1)
    life.passes(60)
    assert told(life) == []


def test_a_refusal_is_remembered_and_the_charger_stays_as_it_is_wired():
    life = charging()
    life.silent.add(SetProfile)
    wanted(life, 1)
    life.replies()
    life.unanswered.clear()
    life.reports(S.SUSPENDED_EVSE)
    life.passes(6)
    while life.unanswered:
        asked = life.unanswered[0]
        refuses = isinstance(asked, SetProfile) and asked.number_phases == 1
        life.replies("Rejected" if refuses else "Accepted")
        life.passes(1)
    life.silent.clear()
    life.passes(70)
    assert told(life)[-1] == (10.0, 0)
    assert life.memory.remembered().abilities["phase_switching"] == "no"
    assert in_force(life) is None
    life.commands.clear()
    wanted(life, None)
    wanted(life, 1)
    life.passes(60)
    assert told(life) == []


def test_a_charger_that_says_that_it_cannot_is_believed():
    life = charging()
    life.silent.add(GetConfiguration)
    wanted(life, 1)
    assert GetConfiguration((KEY,)) in life.commands
    row = {"key": KEY, "readonly": True, "value": "false"}
    life.replies("", json.dumps({"configurationKey": [row], "unknownKey": []}))
    life.passes(6)
    assert told(life) == [(0.0, 0), (10.0, 0)]
    assert life.memory.remembered().abilities["phase_switching"] == "no"


def test_it_is_asked_once_whether_it_can():
    life = charging()
    for phases in (1, None, 1):
        wanted(life, phases)
        life.passes(60)
    assert life.told(GetConfiguration) == [GetConfiguration((KEY,))]


def test_a_charger_that_does_not_confirm_zero_is_not_switched():
    life = charging()
    life.answers[SetProfile] = "Rejected"
    wanted(life, 1)
    life.passes(150)
    assert one(life).phase_change.phases is None
    assert any("not confirmed 0 A" in words for words in life.words)
    life.answers.clear()
    life.passes(120)
    assert (10.0, 1) not in told(life)
