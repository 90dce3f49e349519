"""Which group addresses of the ETS an installer may give to a charger."""

import pytest

from knx_ocpp_bridge.core.group_objects import CATALOGUE
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId
from knx_ocpp_bridge.ets.export import Wish, group_addresses
from knx_ocpp_bridge.ets.naming import possible_names
from knx_ocpp_bridge.ets.occupied import occupied
from knx_ocpp_bridge.ets.project import GroupAddress, Link, Origin, Project
from tests.kit.knx_objects import bound

SWITCH = Link("1.1.5", "Switch A", read=False, write=False, transmit=True, update=False, sends=True)
BRIDGE = Link("1.1.240", "Object 1", read=False, write=True, transmit=False, update=False, sends=False)
OURS = ("Garage 1 charging command",)


def told(name: str, dpt: str | None, *links: Link, known: bool = True) -> str:
    """What is said of 9/7/2 for the switch of a charger (1.010)."""
    address = GroupAddress(20226, name, dpt)
    project = Project(Origin.PROJECT, "villa", {20226: address}, links={20226: links} if known else None)
    return occupied(20226, "1.010", OURS, project, "1.1.240")


@pytest.mark.parametrize(
    ("name", "dpt", "links"),
    [
        ("Garage 1 charging command", "1.010", (SWITCH,)),
        ("garage 1 Charging command", "1.001", (SWITCH,)),
        ("Laden", "1.010", ()),
        ("Laden", "1", ()),
        ("Laden", None, ()),
        ("Laden", "1.010", (BRIDGE,)),
    ],
)
def test_what_was_made_for_the_charger_is_not_in_its_way(name, dpt, links):
    assert told(name, dpt, *links) == ""


@pytest.mark.parametrize(
    ("name", "dpt", "links", "words"),
    [
        ("Hall light", "1.001", (), "is 1.001 there, another meaning"),
        ("Hall light", "1.010", (SWITCH,), "is linked to Switch A of 1.1.5"),
        ("Hall light", None, (SWITCH,) * 4, "is linked to Switch A of 1.1.5 and Switch A of 1.1.5 and 2 more"),
        ("Dimmer", "5.001", (), "is 5.001 there (1 byte), another size"),
        ("Garage 1 charging command", "14.019", (), "is 14.019 there (4 bytes), another size"),
    ],
)
def test_what_is_somebody_elses_is_taken_and_it_is_said_why(name, dpt, links, words):
    assert told(name, dpt, *links) == words


def test_a_file_without_devices_is_judged_by_names_and_types():
    assert told("Laden", "1.010", known=False) == ""
    assert told("Hall light", "1.001", known=False) == "is 1.001 there, another meaning"


@pytest.mark.parametrize("language", ["en", "de"])
def test_what_was_exported_before_is_known_by_its_name(language):
    wish = Wish(names={"GARAGE": "Garage"}, language=language)
    for each in group_addresses((bound("charging", "9/7/1", "9/7/2", "9/7/3"),), wish):
        names = possible_names(
            CATALOGUE["charging"], ChargerId("GARAGE"), ConnectorId(1), sends=each.address == 20225,
            names={"GARAGE": "Garage"},
        )  # fmt: skip
        assert each.name in names
