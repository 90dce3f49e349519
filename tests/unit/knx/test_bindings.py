from zoneinfo import ZoneInfo

from xknx.dpt.payload import DPTArray, DPTBinary

from knx_ocpp_bridge.config.addresses import parse_group_address as ga
from knx_ocpp_bridge.core.events import InputHeard, Origin, Wished
from knx_ocpp_bridge.knx.bindings import BindingTable, Heard
from knx_ocpp_bridge.knx.datapoints import Calendar, WrongTelegram
from tests.kit.knx_objects import bound

ON, OFF = DPTBinary(1), DPTBinary(0)
CALENDAR = Calendar(ZoneInfo("Europe/Amsterdam"), lambda: True)


def heard(table, address, payload):
    return table.heard(ga(address), payload, "1.1.5")


def test_a_wall_switch_is_a_wish_with_its_sender():
    table = BindingTable((bound("charging", "9/7/1", "9/7/2"),))
    assert heard(table, "9/7/2", ON) == Heard(True, (("GARAGE", Wished(1, "charging", True, Origin.KNX, 0, "1.1.5")),))


def test_a_second_command_address_does_the_same():
    table = BindingTable((bound("charging", None, "9/7/2", "0/0/9"),))
    assert heard(table, "0/0/9", ON) == heard(table, "9/7/2", ON)


def test_a_central_off_reaches_every_charger_in_the_order_of_the_table():
    table = BindingTable(
        (
            bound("charging", None, "0/0/1", connector=1),
            bound("charging", None, "0/0/1", connector=2),
            bound("charging", None, "0/0/1", charger="STREET"),
        )
    )
    wishes = heard(table, "0/0/1", OFF).wishes
    assert [(charger, wish.connector, wish.value) for charger, wish in wishes] == [
        ("GARAGE", 1, False),
        ("GARAGE", 2, False),
        ("STREET", 1, False),
    ]


def test_a_reset_that_two_connectors_share_restarts_the_charger_once():
    table = BindingTable(
        (
            bound("reset", None, "9/7/101", connector=1),
            bound("reset", None, "9/7/101", connector=2),
            bound("reset", None, "9/7/101", charger="STREET"),
        )
    )
    assert [charger for charger, _ in heard(table, "9/7/101", ON).wishes] == ["GARAGE", "STREET"]


def test_releasing_the_unlock_button_does_nothing():
    table = BindingTable((bound("unlock", None, "9/7/6"),))
    assert heard(table, "9/7/6", OFF) == Heard(False, ())
    assert len(heard(table, "9/7/6", ON).wishes) == 1


def test_a_limit_in_milliamperes_is_a_wish_in_amperes():
    table = BindingTable((bound("max_current", None, "9/7/42", dpt="9.021"),))
    ((_, wish),) = heard(table, "9/7/42", DPTArray((0x56, 0x1A))).wishes
    assert round(wish.value, 1) == 16.0


def test_a_telegram_of_the_wrong_length_is_no_wish():
    table = BindingTable((bound("max_current", None, "9/7/42"),))
    assert isinstance(heard(table, "9/7/42", DPTArray((0x56, 0x1A))), WrongTelegram)


def test_states_are_found_by_address_and_by_object():
    table = BindingTable((bound("status", "9/7/0"), bound("heartbeat", "9/7/250", charger=None, connector=0)))
    assert table.states[ga("9/7/0")] is table.by_key["GARAGE", 1, "status"]
    assert table.by_key[None, 0, "heartbeat"].address == ga("9/7/250")
    assert table.commands == {}


def test_a_reset_of_the_counters_reaches_the_bridge_itself_and_only_a_one_acts():
    table = BindingTable(
        (
            bound("reset_counters", None, "9/1/2", charger=None, connector=0),
            bound("reset_counters", None, "9/1/2", connector=1),
        )
    )
    wishes = heard(table, "9/1/2", ON).wishes
    assert [(charger, wish.connector) for charger, wish in wishes] == [(None, 0), ("GARAGE", 1)]
    assert heard(table, "9/1/2", OFF).wishes == ()


def test_an_inverted_switch_charges_at_a_zero_and_says_a_zero_while_it_charges():
    table = BindingTable((bound("charging", "9/7/1", "9/7/2", invert=True),))
    ((_, wish),) = heard(table, "9/7/2", OFF).wishes
    assert wish.value is True
    assert table.by_key["GARAGE", 1, "charging"].codec.encode(True, CALENDAR) == OFF
    assert table.by_key["GARAGE", 1, "charging"].codec.encode(False, CALENDAR) == ON


def test_pressing_an_inverted_unlock_button_is_a_zero_and_releasing_it_does_nothing():
    table = BindingTable((bound("unlock", None, "9/7/6", invert=True),))
    assert len(heard(table, "9/7/6", OFF).wishes) == 1
    assert heard(table, "9/7/6", ON) == Heard(False, ())


def test_one_button_may_be_inverted_for_one_charger_alone():
    table = BindingTable((bound("pause", None, "0/0/1", invert=True), bound("pause", None, "0/0/1", charger="STREET")))
    assert [wish.value for _, wish in heard(table, "0/0/1", ON).wishes] == [False, True]


def test_an_inverted_release_is_held_by_a_one():
    table = BindingTable((bound("release", None, "0/0/7", charger=None, connector=0, invert=True),))
    (release,) = table.inputs[ga("0/0/7")]
    assert release.heard(ON, "1.1.9") == InputHeard(0, "release", False, "1.1.9")


def test_a_tariff_of_one_bit_is_the_number_0_or_1():
    table = BindingTable((bound("tariff", None, "0/0/8", charger=None, connector=0, dpt="1.001"),))
    (tariff,) = table.inputs[ga("0/0/8")]
    values = [tariff.heard(payload, "1.1.9").value for payload in (OFF, ON)]
    assert values == [0.0, 1.0]
    assert not any(isinstance(value, bool) for value in values)


def test_an_input_is_heard_on_each_of_its_addresses():
    table = BindingTable((bound("grid_power", None, "0/1/1", "0/1/2", charger=None, connector=0),))
    payload = DPTArray(bytes.fromhex("461C4000"))
    told = [one.heard(payload, "1.1.9") for address in ("0/1/1", "0/1/2") for one in table.inputs[ga(address)]]
    assert told == [InputHeard(0, "grid_power", 10_000.0, "1.1.9")] * 2


def test_a_mode_is_a_wish_in_numbers():
    table = BindingTable((bound("charge_mode", None, "9/7/50"),))
    ((_, wish),) = heard(table, "9/7/50", DPTArray((2,))).wishes
    assert wish.value == 2.0


def test_a_time_of_day_for_a_goal_is_minutes_after_midnight_whatever_the_weekday():
    table = BindingTable((bound("goal_time", "9/7/1", "9/7/2"),))
    for first in (7, 5 << 5 | 7):
        wish = heard(table, "9/7/2", DPTArray((first, 30, 59))).wishes[0][1]
        assert (wish.key, wish.value) == ("goal_time", 450.0)


def test_a_goal_by_midnight_is_minute_zero():
    table = BindingTable((bound("goal_time", None, "9/7/2"),))
    assert heard(table, "9/7/2", DPTArray((0, 0, 0))).value == 0.0


def test_what_is_no_time_of_day_is_no_goal():
    table = BindingTable((bound("goal_time", None, "9/7/2"),))
    for payload in (DPTArray((24, 0, 0)), DPTArray((7, 60, 0)), DPTArray((7, 30)), DPTBinary(1)):
        assert isinstance(heard(table, "9/7/2", payload), WrongTelegram)


def test_a_goal_that_was_heard_is_said_again_as_the_same_time_without_a_weekday():
    table = BindingTable((bound("goal_time", "9/7/1", "9/7/2"),))
    told = heard(table, "9/7/2", DPTArray((2 << 5 | 6, 45, 0))).value
    assert table.states[ga("9/7/1")].codec.encode(told, CALENDAR) == DPTArray((6, 45, 0))
