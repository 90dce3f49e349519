"""Circuits, zones and plans as a page or a program changes them: one key at a time, or a whole list."""

import pytest

from knx_ocpp_bridge.config.change import Drop, Put, changed
from knx_ocpp_bridge.config.document import parse
from knx_ocpp_bridge.config.edit import EditError
from knx_ocpp_bridge.config.key_path import Entry, NoKeyError, located, parse_path, spelled
from knx_ocpp_bridge.config.masking import Openness, openness, without_secrets
from knx_ocpp_bridge.config.typed import typed

FILE = """\
circuits:
  - name: house
    max_current: 63       # the fuse in the cellar
    metered: true
  - {name: garage, parent: house, max_current: 32}

grid_limit:
  contacts: {1: 4200}

tariff:
  price: 0.34             # of the contract
  zones:                  # the nights
    - {from: "22:00", to: "06:00", price: 0.24}

chargers:
  - id: A
    connectors:
      - id: 1
        circuit: garage
        plans:
          - {ready_by: "07:00"}
"""


def put(name: str, text: str) -> str:
    """The file after somebody has typed this into the field of that key."""
    path = located(parse_path(name), parse(FILE, "f")[0].data)
    return changed(FILE, [Put(path, typed(path, text))])


@pytest.mark.parametrize(
    ("name", "text", "before", "after"),
    [
        ("circuits[house].max_current", "50", "max_current: 63 ", "max_current: 50 "),
        ("circuits[house].max_current", "[50, 50, 25]", "max_current: 63 ", "max_current: [50, 50, 25] "),
        ("circuits[Garage].strategy", "strict", "max_current: 32}", "max_current: 32, strategy: strict}"),
        ("circuits[house].metered", "false", "metered: true", "metered: false"),
        ("tariff.price", "0.31", "price: 0.34 ", "price: 0.31 "),
        ("grid_limit.contacts.1", "0", "{1: 4200}", "{1: 0}"),
        ("grid_limit.contacts[2]", "3000", "{1: 4200}", '{1: 4200, "2": 3000}'),
        (
            "chargers[A].connectors[1].session_limits.energy",
            "20",
            '          - {ready_by: "07:00"}\n',
            '          - {ready_by: "07:00"}\n        session_limits:\n          energy: 20\n',
        ),
        (
            "chargers[A].connectors[1].plans",
            '[{"days": ["mon"], "ready_by": "08:00", "energy": 20}]',
            '\n          - {ready_by: "07:00"}\n',
            ' [{days: [mon], ready_by: "08:00", energy: 20}]\n',
        ),
    ],
)
def test_one_key_is_changed_and_every_remark_stays(name, text, before, after):
    assert put(name, text) == FILE.replace(before, after)


def test_the_zones_of_a_tariff_are_changed_as_a_whole():
    after = put("tariff.zones", '[{"from": "00:00", "to": "24:00", "price": 0.1}]')
    assert parse(after, "f")[0].data["tariff"] == {
        "price": 0.34,
        "zones": [{"from": "00:00", "to": "24:00", "price": 0.1}],
    }


def test_a_circuit_that_there_is_not_is_told_by_its_name():
    with pytest.raises(NoKeyError, match="circuits has no entry with the name 'cellar'"):
        put("circuits[cellar].max_current", "20")


def test_the_name_of_a_circuit_is_a_key_as_any_other():
    path = ("circuits", Entry('the "big" one]'), "max_current")
    assert parse_path(spelled(path)) == path


def test_a_key_of_a_circuit_can_be_taken_out():
    path = located(parse_path("circuits[house].metered"), parse(FILE, "f")[0].data)
    assert changed(FILE, [Drop(path)]) == FILE.replace("    metered: true\n", "")


def test_what_a_file_with_an_alias_would_not_mean_any_more_is_refused():
    text = FILE.replace("max_current: 63 ", "max_current: &fuse 63 ").replace("max_current: 32", "max_current: *fuse")
    with pytest.raises(EditError):
        changed(text, [Put(("circuits", 0, "max_current"), 50)])


def test_nothing_of_energy_is_a_secret_but_what_nobody_knows():
    names = ("circuits[house].max_current", "load.lease", "tariff.price", "grid_limit.power", "surplus.start_power")
    assert {openness(parse_path(name)) for name in names} == {Openness.OPEN}
    assert openness(parse_path("circuits[house].pasword")) is Openness.HIDDEN


def test_the_masked_configuration_shows_circuits_zones_and_plans():
    assert without_secrets(parse(FILE, "f")[0]) == parse(FILE, "f")[0].data
