"""What the ETS is given of the object table: each group address once, and nothing of its own is overwritten."""

import pytest

from knx_ocpp_bridge.config.addresses import AddressStyle
from knx_ocpp_bridge.core.group_objects import CATALOGUE, Scope
from knx_ocpp_bridge.ets.export import Wish, group_addresses, grouped, left_to_the_building
from knx_ocpp_bridge.ets.naming import TemplateError
from knx_ocpp_bridge.ets.project import GroupAddress, Origin, Project
from tests.kit.knx_objects import bound

NAMES = {"GARAGE": "Garage", "CARPORT": ""}
CHARGING = bound("charging", "9/7/1", "9/7/2")
CENTRAL = (CHARGING, bound("charging", "9/6/1", "9/7/2", charger="CARPORT"), bound("pause", None, "9/7/3"))
GROUPS = ("EV charging", "Garage")


def wish(**more: object) -> Wish:
    return Wish(names=NAMES, **more)


def project(*addresses: GroupAddress, style: AddressStyle = AddressStyle.THREE_LEVEL) -> Project:
    return Project(Origin.GROUP_ADDRESS_XML, "villa.xml", {each.address: each for each in addresses}, style)


def names(objects, **more: object) -> list[str]:
    return [each.name for each in group_addresses(objects, wish(**more))]


def test_a_state_and_its_command_are_two_addresses_with_direction_and_flags():
    state, command = group_addresses((CHARGING,), wish())
    assert state == GroupAddress(
        20225,
        "Garage 1 charging state",
        "1.010",
        "Start (1) or stop (0) charging, and whether it charges (sent by the bridge: C R T); Garage 1",
        ranges=GROUPS,
    )
    assert (command.address, command.name) == (20226, "Garage 1 charging command")
    assert "(received by the bridge: C W); Garage 1" in command.description


def test_what_the_building_measures_is_an_input_with_its_flags():
    grid = bound("grid_power", None, "1/7/1", charger=None, connector=0, read_on_init=True)
    (found,) = group_addresses((grid,), wish(inputs=True))
    assert (found.name, found.dpt) == ("building grid power", "14.056")
    assert found.description.endswith("(received by the bridge: C W U I); building")


def test_what_the_building_tells_of_itself_is_left_to_the_building_unless_it_is_asked_for():
    objects = (
        CHARGING,
        bound("grid_power", None, "1/7/1", charger=None, connector=0),
        bound("bus_time", None, "0/0/2", charger=None, connector=0),
        bound("release", None, "9/7/2"),
    )
    assert [each.address for each in group_addresses(objects, wish())] == [20225, 20226]
    assert [each.address for each in group_addresses(objects, wish(inputs=True))] == [2, 3841, 20225, 20226]
    assert left_to_the_building(objects) == 2


def test_a_bridge_that_sends_the_time_gives_its_address():
    assert names((bound("bus_time", "0/0/2", charger=None, connector=0),)) == ["Bridge time state"]


def test_an_inverted_object_says_so_in_its_description():
    (found,) = group_addresses((bound("charging", None, "9/7/2", invert=True),), wish())
    assert " (inverted: 0 on the bus means 1) (received" in found.description


def test_an_object_that_does_not_answer_has_no_read_flag():
    (found,) = group_addresses((bound("status", "9/7/0", respond_to_read=False),), wish())
    assert "(sent by the bridge: C T)" in found.description


def test_an_address_that_serves_many_stands_there_once_and_says_how_many():
    found = {each.address: each for each in group_addresses(CENTRAL, wish())}
    assert found[20226].name == "charging command of 2 connectors"
    assert found[20226].description.endswith("; Garage 1, CARPORT 1")
    assert list(found) == sorted(found)


def test_an_address_of_different_objects_has_the_names_of_the_first_two():
    objects = tuple(bound(key, None, "9/7/9") for key in ("charging", "pause", "fast_charging", "unlock"))
    assert names(objects) == ["Garage 1 charging command + Garage 1 pause command + 2 more"]


def test_one_command_on_several_addresses_has_a_name_for_each():
    objects = (bound("charging", "9/7/1", "9/7/2", "0/0/9", "0/0/8"),)
    assert names(objects) == [
        "Garage 1 charging command 3",
        "Garage 1 charging command 2",
        "Garage 1 charging state",
        "Garage 1 charging command",
    ]


def test_no_two_addresses_have_one_name():
    central = tuple(bound("charging", None, "0/0/9", "0/0/10", charger=each) for each in NAMES)
    assert names(central) == ["charging command of 2 connectors", "charging command of 2 connectors 0/0/10"]
    assert names((CHARGING,), template="{object}") == ["charging", "charging 9/7/2"]
    elsewhere = project(GroupAddress(1, "garage 1 charging STATE"))
    assert names((CHARGING,), project=elsewhere)[0] == "Garage 1 charging state 9/7/1"


def test_a_long_name_keeps_what_makes_it_its_own():
    found = names((CHARGING,), template="{object}" + "x" * 300)
    assert [len(name) for name in found] == [255, 255]
    assert found[1].endswith("x… 9/7/2")


def test_a_central_command_of_charge_points_says_so():
    objects = tuple(bound("reset", None, "9/7/9", charger=each, connector=0) for each in NAMES)
    assert names(objects) == ["restart command of 2 chargers"]


def test_a_direction_is_told_where_it_tells_two_addresses_apart_and_of_commands():
    objects = (
        bound("status", "9/7/0"),
        bound("fault", "9/7/1"),
        bound("current_l1", "9/7/3"),
        bound("unlock", None, "9/7/4"),
        bound("energy_today", "9/7/5", charger=None, connector=0),
        bound("online", "9/7/6", connector=0),
    )
    assert names(objects) == [
        "Garage 1 status",
        "Garage 1 fault",
        "Garage 1 current L1",
        "Garage 1 unlock command",
        "Bridge energy today",
        "Garage online",
    ]


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_whole_charger_and_the_bridge_have_names_that_are_all_different(language):
    objects = []
    for number, row in enumerate(CATALOGUE.values()):
        for place, (scope, charger, connector) in enumerate(
            ((Scope.CONNECTOR, "GARAGE", 1), (Scope.CHARGE_POINT, "GARAGE", 0), (Scope.BRIDGE, None, 0))
        ):
            if scope in row.scope:
                state = f"{8 + place}/0/{number}" if row.sends else None
                commands = (f"{8 + place}/1/{number}",) if row.receives else ()
                objects.append(bound(row.key, state, *commands, charger=charger, connector=connector))
    found = names(objects, inputs=True, language=language)
    assert len(found) > 100
    assert len(set(found)) == len(found)
    assert not [name for name in found if name.endswith(tuple("0123456789")) and "/" in name]


def test_the_export_speaks_german_where_that_is_asked():
    state, command = group_addresses((CHARGING,), wish(language="de"))
    assert (state.name, command.name) == ("Garage 1 Laden Status", "Garage 1 Laden Befehl")
    assert state.ranges == ("E-Mobilität", "Garage")
    assert command.description == (
        "Laden starten (1) oder beenden (0), und ob geladen wird (empfängt die Bridge: K S); Garage 1"
    )
    central = tuple(bound("charging", None, "0/0/9", charger=each) for each in NAMES)
    assert names(central, language="de") == ["Laden Befehl von 2 Anschlüssen"]


def test_a_hundred_owners_do_not_make_an_endless_description():
    objects = tuple(bound("charging", None, "9/7/2", charger=f"CHARGER-{number}") for number in range(100))
    (found,) = group_addresses(objects, wish())
    assert found.description.endswith("CHARGER-0 1, CHARGER-1 1, CHARGER-2 1 and 97 more")


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{id}/{connector} {object}", "GARAGE/1 charging"),
        ("{function}", "Start (1) or stop (0) charging, and whether it charges"),
        ("EV - {charger} - {way}", "EV - Garage - state"),
        ("{{{object}}}", "{charging}"),
    ],
)
def test_names_are_made_as_the_installer_asks(template, name):
    assert names((bound("charging", "9/7/1"),), template=template) == [name]


@pytest.mark.parametrize(
    ("template", "charge_point", "bridge"),
    [
        ("{id}/{connector} {object}", "GARAGE online", "Bridge heartbeat"),
        ("{charger} - {connector} - {object} ({way})", "Garage - online", "Bridge - heartbeat"),
        ("{connector}: {object} {charger}", "online Garage", "heartbeat Bridge"),
        ("[{charger}] {way} {object}", "[Garage] online", "[Bridge] heartbeat"),
        ("EV {charger}.{connector}.{object}", "EV Garage.online", "EV Bridge.heartbeat"),
    ],
)
def test_what_has_no_connector_leaves_no_mark_of_it_in_its_name(template, charge_point, bridge):
    objects = bound("online", "9/7/1", connector=0), bound("heartbeat", "9/7/2", charger=None, connector=0)
    assert names(objects, template=template) == [charge_point, bridge]


@pytest.mark.parametrize("template", ["{nobody}", "{charger.__class__}", "{0}", "{}", "{charger", "charger}"])
def test_a_template_that_names_nothing_is_refused(template):
    with pytest.raises(TemplateError):
        group_addresses((CHARGING,), wish(template=template))


def test_what_the_project_names_keeps_its_names():
    there = GroupAddress(
        20226, "LS Garage", "1.001", "Wippe", central=True, unfiltered=True, ranges=("Zentral", "E-Mob")
    )
    state, command = group_addresses((CHARGING,), wish(project=project(there)))
    assert (command.name, command.description, command.dpt) == ("LS Garage", "Wippe", "1.010")
    assert (command.central, command.unfiltered) == (True, True)
    assert (state.name, state.unfiltered) == ("Garage 1 charging state", False)
    assert state.ranges == command.ranges == ("Zentral", "E-Mob")


def test_only_what_is_missing_is_given_where_that_is_asked():
    found = group_addresses((CHARGING,), wish(project=project(GroupAddress(20226, "LS")), missing=True))
    assert [each.address for each in found] == [20225]


@pytest.mark.parametrize(
    ("objects", "more", "groups"),
    [
        ((CHARGING,), {}, ("EV charging", "Garage")),
        ((CHARGING, bound("status", "9/7/0", charger="CARPORT")), {}, ("EV charging", "EV charging")),
        ((CHARGING,), {"group": "E-Mob", "middle_group": "Keller"}, ("E-Mob", "Keller")),
    ],
)
def test_a_middle_group_that_one_charger_has_for_itself_is_named_after_it(objects, more, groups):
    assert {each.ranges for each in group_addresses(objects, wish(**more))} == {groups}


def test_groups_of_a_project_of_another_style_name_nothing():
    there = GroupAddress(20226, "LS", ranges=("Zentral", "E-Mob"))
    found = group_addresses((CHARGING,), wish(project=project(there), style=AddressStyle.TWO_LEVEL))
    assert {each.ranges for each in found} == {("EV charging",)}


def test_security_is_spoken_of_where_it_is_asked_for_alone():
    assert [each.secured for each in group_addresses((CHARGING,), wish())] == [None, None]
    assert [each.secured for each in group_addresses((CHARGING,), wish(secured=frozenset({20225})))] == [True, None]


def test_every_address_passes_couplers_where_that_is_asked():
    assert all(each.unfiltered for each in group_addresses(CENTRAL, wish(unfiltered=True)))


@pytest.mark.parametrize(
    ("style", "raws", "bounds"),
    [
        (AddressStyle.THREE_LEVEL, (2050,), [(2048, 4095), (2048, 2303)]),
        (AddressStyle.THREE_LEVEL, (1,), [(1, 2047), (1, 255)]),
        (AddressStyle.THREE_LEVEL, (65535,), [(63488, 65535), (65280, 65535)]),
        (AddressStyle.TWO_LEVEL, (1, 2563), [(1, 2047), (2048, 4095)]),
        (AddressStyle.FREE, (1, 65535), [(1, 65535)]),
    ],
)
def test_groups_have_the_ranges_that_the_ets_gives_them(style, raws, bounds):
    depth = {AddressStyle.THREE_LEVEL: 2, AddressStyle.TWO_LEVEL: 1, AddressStyle.FREE: 1}[style]
    addresses = [GroupAddress(raw, "x", ranges=("EV",) * depth) for raw in raws]
    found = []
    for main in grouped(addresses, style):
        found.append((main.first, main.last))
        found += [(each.first, each.last) for each in main.inside if not isinstance(each, GroupAddress)]
    assert found == bounds
