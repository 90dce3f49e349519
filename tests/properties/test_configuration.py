"""Random configurations: the sound ones load, and a slip in any key is told with the key that was meant."""

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knx_ocpp_bridge.config.document import parse
from knx_ocpp_bridge.config.keys import objects_of
from knx_ocpp_bridge.config.load import load
from knx_ocpp_bridge.config.problems import ConfigError
from knx_ocpp_bridge.core.group_objects import Quantity, Scope

words = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-_.", min_size=1, max_size=20)
seconds = st.integers(1, 3600)


def load_json(data):
    """JSON is YAML: one key per line, so that lines mean something."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "bridge.yaml"
        path.write_text(json.dumps(data, indent=1), encoding="utf-8")
        return load(path, {})


def problems_of(data):
    try:
        load_json(data)
    except ConfigError as error:
        return error.problems
    return ()


@st.composite
def objects(draw, scope, addresses):
    """Group objects of one place; `addresses` gives each address once."""
    bound = {}
    for row in draw(st.lists(st.sampled_from(objects_of(scope)), unique=True, max_size=6)):
        entry = {"dpt": draw(st.sampled_from(row.dpts))}
        if row.sends:
            entry |= {"state_address": next(addresses), "cyclic": draw(seconds)}
        if row.receives and row.quantity is not Quantity.CLOCK:  # the time is sent or taken, never both
            entry["address"] = [next(addresses), next(addresses)]
        bound[row.key] = entry
    return bound


@st.composite
def connectors(draw, number, addresses):
    low, normal, fast, high = sorted(draw(st.lists(st.integers(6, 80), min_size=4, max_size=4)))
    return {
        "id": number,
        "min_current": low,
        "normal_current": normal,
        "fast_current": fast,
        "max_current": high,
        "phases": draw(st.sampled_from([1, 2, 3])),
        "below_minimum": draw(st.sampled_from(["pause", "minimum"])),
        "stop_mode": draw(st.sampled_from(["transaction", "pause"])),
        "start_window": draw(seconds),
        "group_objects": draw(objects(Scope.CONNECTOR, addresses)),
    }


@st.composite
def configurations(draw):
    addresses = (f"{raw >> 11}/{raw >> 8 & 7}/{raw & 0xFF}" for raw in range(1, 65536))
    ids = draw(st.lists(words, unique_by=str.casefold, min_size=1, max_size=3))
    return {
        "site": {"name": draw(words), "timezone": draw(st.sampled_from(["UTC", "Europe/Berlin", "Asia/Tokyo"]))},
        "knx": {"connection": "tunneling", "gateway": draw(st.ip_addresses(v=4).map(str)), "rate_limit": 10},
        "ocpp": {
            "listen": f"0.0.0.0:{draw(st.integers(1, 65535))}",
            "heartbeat_interval": 300,
            "tls": draw(st.sampled_from(["on", "both", True])),
            "security_profile": draw(st.integers(0, 3)),
            "pings": draw(st.just(0) | st.integers(5, 600)),
        },
        "authorization": {
            "mode": draw(st.sampled_from(["all", "none", "allow_list", "block_list"])),
            "local_list": draw(st.booleans()),
        },
        "group_objects": draw(objects(Scope.BRIDGE, addresses)),
        "chargers": [
            {
                "id": each,
                "name": draw(words),
                "aliases": [f"{each} {n}" for n in range(draw(st.integers(0, 2)))],
                "security_profile": draw(st.integers(0, 3)),
                "password": draw(st.text("abcdefABCDEF0123456789:", min_size=8, max_size=40)),
                "flags": {"stack_level": draw(st.integers(0, 99)), "any_username": draw(st.booleans())},
                "connectors": [draw(connectors(n + 1, addresses)) for n in range(draw(st.integers(1, 3)))],
                "group_objects": draw(objects(Scope.CHARGE_POINT, addresses)),
            }
            for each in ids
        ],
    }


def mappings(data, path=()) -> Iterator[tuple]:
    """The paths of all groups of keys that have a key."""
    if isinstance(data, dict):
        if data:
            yield path
        for key, value in data.items():
            yield from mappings(value, (*path, key))
    elif isinstance(data, list):
        for position, value in enumerate(data):
            yield from mappings(value, (*path, position))


def at(data, path):
    for part in path:
        data = data[part]
    return data


@given(configurations())
def test_a_sound_configuration_loads_with_every_object_and_current(written):
    loaded = load_json(written)
    assert list(loaded.chargers) == [charger["id"] for charger in written["chargers"]]
    bound = {(each.charger, each.connector, each.row.key) for each in loaded.objects}
    expected = {(None, 0, key) for key in written["group_objects"]}
    for charger in written["chargers"]:
        settings = loaded.chargers[charger["id"]]
        assert settings.security_profile == max(charger["security_profile"], written["ocpp"]["security_profile"])
        assert (settings.password, settings.flags) == (charger["password"], charger["flags"])
        assert settings.local_list is written["authorization"]["local_list"]
        assert list(settings.aliases) == charger["aliases"]
        expected |= {(charger["id"], 0, key) for key in charger["group_objects"]}
        for connector in charger["connectors"]:
            expected |= {(charger["id"], connector["id"], key) for key in connector["group_objects"]}
            settings = loaded.chargers[charger["id"]].connectors[connector["id"]]
            assert settings.min_current_a <= settings.normal_current_a <= settings.fast_current_a
            assert settings.fast_current_a <= settings.max_current_a == connector["max_current"]
    assert bound == expected


@given(configurations(), st.data())
def test_a_slip_in_a_key_is_told_with_its_line_and_the_key_that_was_meant(written, data):
    path = data.draw(st.sampled_from(list(mappings(written))))
    group = at(written, path)
    key = data.draw(st.sampled_from(sorted(group)).filter(lambda each: len(each) > 3))
    position = data.draw(st.integers(1, len(key) - 1))
    slip = key[:position] + "x" + key[position:]
    wrong = deepcopy(written)
    at(wrong, path)[slip] = at(wrong, path).pop(key)
    lines = json.dumps(wrong, indent=1).splitlines()
    with pytest.raises(ConfigError) as refused:
        load_json(wrong)
    (problem,) = (each for each in refused.value.problems if each.path.endswith(slip))
    line = int(problem.where.rpartition(":")[2])
    assert f'"{slip}"' in lines[line - 1]
    assert problem.remedy == f"did you mean {key}?"


@given(st.text(max_size=200))
def test_no_text_brings_the_reader_down(text):
    document, problems = parse(text, "f")
    for problem in problems:
        assert problem.where.startswith("f:")
        assert problem.reason
        assert problem.remedy
    assert document.file == "f"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)


@given(configurations(), st.data())
def test_any_value_in_any_place_loads_or_is_told(written, data):
    path = data.draw(st.sampled_from(list(mappings(written))))
    group = at(written, path)
    group[data.draw(st.sampled_from(sorted(group)))] = data.draw(values)
    assert all(problem.where and problem.reason and problem.remedy for problem in problems_of(written))


@given(configurations(), st.text(min_size=1, max_size=60))
def test_no_password_is_repeated_whatever_is_wrong_with_it(written, password):
    secret = f"{password}hunter2{password}"
    written["chargers"][0]["password"] = secret
    written["site"]["timezone"] = "Nowhere"
    assert "hunter2" not in "".join(str(problem) for problem in problems_of(written))
