"""What `ets check` finds wrong between the bridge and the project of the ETS."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from knx_ocpp_bridge.config.addresses import AddressStyle, parse_group_address
from knx_ocpp_bridge.ets.check import Ours, Weight, findings
from knx_ocpp_bridge.ets.project import GroupAddress, Link, Origin, Project
from tests.kit.knx_objects import bound

OBJECTS = (bound("charging", "9/7/1", "9/7/2"), bound("current", "9/7/40", dpt="9.021"))
OURS = Ours(OBJECTS, AddressStyle.THREE_LEVEL, keyring=False, names={"GARAGE": "Garage"}, individual_address="1.1.240")
DPTS = {"9/7/1": "1.010", "9/7/2": "1.010", "9/7/40": "9.021"}
SWITCH = Link("1.1.5", "Switch A", read=False, write=False, transmit=True, update=False, sends=True)
LED = Link("1.1.5", "LED A", read=False, write=True, transmit=False, update=True, sends=False)


def project(
    dpts: Mapping[str, str | None], links: Mapping[str, tuple[Link, ...]] | None = None, **more: bool
) -> Project:
    addresses = {
        (raw := parse_group_address(shown)): GroupAddress(raw, f"Garage {shown}", dpt, **more)
        for shown, dpt in dpts.items()
    }
    linked = None if links is None else {parse_group_address(shown): each for shown, each in links.items()}
    return Project(Origin.PROJECT, "villa.knxproj", addresses, links=linked)


def kinds(found):
    return [(each.weight, each.kind) for each in found]


def test_a_project_that_fits_has_nothing_wrong():
    linked = {"9/7/1": (LED,), "9/7/2": (SWITCH,), "9/7/40": (LED,)}
    assert findings(OURS, project(DPTS, linked)) == ()


def test_an_address_that_the_project_does_not_have_is_an_error_with_our_line():
    (found,) = findings(OURS, project({"9/7/1": "1.010", "9/7/2": "1.010"}))
    assert (found.weight, found.kind, found.where) == (Weight.ERROR, "unknown address", "bridge.yaml:1")
    assert found.text == "current of GARAGE/1 sends on 9/7/40, which is not in villa.knxproj"


@pytest.mark.parametrize(
    ("theirs", "weight", "kind"),
    [
        ("14.019", Weight.ERROR, "other size"),
        ("7.012", Weight.ERROR, "other DPT"),
        ("9.001", Weight.WARNING, "other DPT"),
        (None, Weight.HINT, "no DPT"),
    ],
)
def test_a_current_is_held_against_the_datapoint_type_of_the_project(theirs, weight, kind):
    assert kinds(findings(OURS, project(DPTS | {"9/7/40": theirs}))) == [(weight, kind)]


@pytest.mark.parametrize("theirs", ["9", "9.021"])
def test_a_main_number_alone_is_as_good_as_the_whole_type(theirs):
    assert findings(OURS, project(DPTS | {"9/7/40": theirs})) == ()


def test_a_datapoint_type_of_unknown_size_is_told_by_its_number_alone():
    assert kinds(findings(OURS, project(DPTS | {"9/7/40": "259.001"}))) == [(Weight.ERROR, "other DPT")]


def test_a_switch_that_is_called_1_001_is_a_hint_and_no_more():
    assert kinds(findings(OURS, project(DPTS | {"9/7/2": "1.001"}))) == [(Weight.HINT, "other DPT")]


def test_somebody_else_who_sends_on_our_state_is_an_error_that_names_him():
    linked = {"9/7/1": (LED, SWITCH), "9/7/2": (SWITCH,), "9/7/40": (LED,)}
    (found,) = findings(OURS, project(DPTS, linked))
    assert (found.kind, found.text) == (
        "other sender",
        "charging of GARAGE/1 sends on 9/7/1, and so does Switch A of 1.1.5",
    )


def test_the_bridge_itself_is_no_other_sender_and_no_receiver():
    ours = replace(SWITCH, device="1.1.240"), replace(LED, device="1.1.240")
    linked = {"9/7/1": (*ours, LED), "9/7/2": (SWITCH,), "9/7/40": ours}
    assert kinds(findings(OURS, project(DPTS, linked))) == [(Weight.WARNING, "no receiver")]


def test_an_object_that_transmits_on_another_address_does_not_send_here():
    linked = {"9/7/1": (LED, replace(SWITCH, sends=False)), "9/7/2": (SWITCH,), "9/7/40": (LED,)}
    assert findings(OURS, project(DPTS, linked)) == ()


def test_a_command_on_which_nobody_sends_is_a_warning():
    linked = {"9/7/1": (LED,), "9/7/2": (LED,), "9/7/40": (LED,)}
    assert kinds(findings(OURS, project(DPTS, linked))) == [(Weight.WARNING, "no sender")]


def test_a_file_without_devices_says_nothing_of_senders_and_receivers():
    assert findings(OURS, project(DPTS)) == ()


def test_a_secured_address_needs_a_keyring():
    secured = project(DPTS, secured=True)
    assert kinds(findings(OURS, secured)) == [(Weight.ERROR, "secured")] * 3
    assert findings(replace(OURS, keyring=True), secured) == ()


def test_an_address_that_is_named_after_a_charger_and_used_by_nobody_is_pointed_out():
    (found,) = findings(OURS, project(DPTS | {"9/7/99": "1.001"}))
    assert (found.weight, found.address) == (Weight.HINT, parse_group_address("9/7/99"))
    assert "'Garage 9/7/99'" in found.text


def test_hints_about_unused_addresses_are_not_endless():
    many = {f"9/6/{number}": "1.001" for number in range(200)}
    assert len(findings(OURS, project(DPTS | many))) == 20


def test_another_way_of_showing_addresses_is_told_once():
    shown = replace(project(DPTS), style=AddressStyle.TWO_LEVEL)
    (found,) = findings(OURS, shown)
    assert (found.kind, found.remedy) == (
        "style",
        "set knx.group_address_style: two_level; the addresses themselves stay the same",
    )


def test_a_link_whose_flags_nobody_knows_is_neither_missed_nor_blamed():
    unknown = Link("1.1.9", "?", read=False, write=False, transmit=False, update=False, sends=True, flags_known=False)
    linked = dict.fromkeys(DPTS, (unknown,))
    assert findings(OURS, project(DPTS, linked)) == ()
