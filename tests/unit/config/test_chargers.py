"""Chargers and connectors: ids, currents, what the core gets."""

import pytest

from knx_ocpp_bridge.core.settings import BelowMinimum, ConnectorSettings, Registration, RemoteStartWhen, StopMode


def connector(keys: str) -> str:
    return f"chargers: [{{id: A, connectors: [{{id: 1, {keys}}}]}}]"


def test_the_core_gets_every_setting_of_a_connector(installer):
    loaded = installer.load(
        connector(
            "min_current: 7, normal_current: 8, fast_current: 12, max_current: 16, below_minimum: minimum, phases: 1, "
            "phase_rotation: RST, start_window: 60, start_requires_cable: true, start_on_plug: true, "
            "remote_start_when: at_once, stop_mode: pause, unlock_in_transaction: refuse"
        )
    )
    assert loaded.chargers["A"].connectors[1] == ConnectorSettings(
        1, 7, 8, 12, 16, BelowMinimum.MINIMUM, 1, "RST", 60, True, True, RemoteStartWhen.AT_ONCE, StopMode.PAUSE, False
    )


@pytest.mark.parametrize("rotation", ["RST", "STR", "TRS", "RTS", "SRT", "TSR", "str"])
def test_an_outlet_may_be_wired_in_any_order_of_phases(installer, rotation):
    settings = installer.load(connector(f"phase_rotation: {rotation}")).chargers["A"].connectors[1]
    assert settings.phase_rotation == rotation.upper()


def test_an_outlet_of_one_phase_names_that_phase_alone(installer):
    assert installer.load(connector("phases: 1, phase_rotation: S")).chargers["A"].connectors[1].phase_rotation == "S"


def test_a_rotation_that_is_none_is_refused_with_those_that_there_are(installer):
    assert installer.messages(connector("phase_rotation: RSR")) == [
        (
            "bridge.yaml:1: chargers[0].connectors[0].phase_rotation: RSR is no phase rotation; write which phases of "
            "the building its L1, L2, L3 are: RST | STR | TRS | RTS | SRT | TSR | R | S | T"
        )
    ]


def test_one_letter_is_too_little_for_three_phases(installer):
    (message,) = installer.messages(connector("phase_rotation: S"))
    assert message.endswith(
        "phase_rotation: S is one phase, and the outlet is wired with 3; write all three, like STR, or put phases right"
    )


def test_a_connector_without_settings_has_those_of_the_contract(installer):
    assert installer.load("chargers: [{id: A, connectors: [{id: 1}]}]").chargers["A"].connectors == {
        1: ConnectorSettings(1)
    }


@pytest.mark.parametrize(
    ("keys", "normal", "fast"),
    [("max_current: 32", 32, 32), ("fast_current: 10", 10, 10), ("normal_current: 8", 8, 16)],
)
def test_a_current_that_is_left_out_is_the_next_higher_one(installer, keys, normal, fast):
    settings = installer.load(connector(keys)).chargers["A"].connectors[1]
    assert (settings.normal_current_a, settings.fast_current_a) == (normal, fast)


@pytest.mark.parametrize(
    ("keys", "path", "reason"),
    [
        ("min_current: 10, normal_current: 8", "min_current", "min_current (10 A) is above normal_current (8 A)"),
        (
            "normal_current: 13.5, fast_current: 10",
            "normal_current",
            "normal_current (13.5 A) is above fast_current (10 A)",
        ),
        ("fast_current: 20, max_current: 16", "fast_current", "fast_current (20 A) is above max_current (16 A)"),
        ("fast_current: 20", "fast_current", "fast_current (20 A) is above max_current (16 A)"),
        ("min_current: 20", "min_current", "min_current (20 A) is above normal_current (16 A)"),
    ],
)
def test_currents_in_the_wrong_order_are_refused(installer, keys, path, reason):
    (problem,) = installer.problems(connector(keys))
    assert str(problem) == (
        f"bridge.yaml:1: chargers[0].connectors[0].{path}: {reason}; "
        "keep min_current <= normal_current <= fast_current <= max_current"
    )


def test_a_minimum_below_six_amperes_is_refused(installer):
    (message,) = installer.messages(connector("min_current: 5"))
    assert message == (
        "bridge.yaml:1: chargers[0].connectors[0].min_current: min_current is 5 A, "
        "but IEC 61851 knows no charging below 6 A; write 6 or more"
    )


@pytest.mark.parametrize(
    ("keys", "bound"),
    [("max_current: 81", "at most 80"), ("max_current: 0", "at least 1"), ("start_window: -1", "more than 0")],
)
def test_settings_that_no_connector_has_are_refused(installer, keys, bound):
    (problem,) = installer.problems(connector(keys))
    assert problem.remedy == f"write {bound}"


def test_a_connector_twice_is_refused(installer):
    text = """\
        chargers:
          - id: A
            connectors:
              - id: 1
              - id: 1
    """
    (message,) = installer.messages(text)
    assert message == (
        "bridge.yaml:5: chargers[0].connectors[1].id: connector 1 stands here again, first at "
        "bridge.yaml:4; give each connector its own number, or take one out"
    )


def test_connector_zero_is_the_charge_point_itself(installer):
    (message,) = installer.messages("chargers: [{id: A, connectors: [{id: 0}]}]")
    assert message == (
        "bridge.yaml:1: chargers[0].connectors[0].id: connector 0 is no outlet (0 is the charge point); "
        "count connectors from 1; objects of the charge point stand under chargers[].group_objects"
    )


def test_two_chargers_with_one_id_are_refused_whatever_the_case(installer):
    text = """\
        chargers:
          - {id: Garage, connectors: [{id: 1}]}
          - {id: GARAGE, connectors: [{id: 1}]}
    """
    (message,) = installer.messages(text)
    assert message == (
        "bridge.yaml:3: chargers[1].id: GARAGE is also the id at bridge.yaml:2; upper and lower case make no "
        "difference; every charger needs an id of its own"
    )


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("a/b", "the id contains /, which cannot stand in the address that a charger dials"),
        ("a=(b)", "the id contains ( ) =, which cannot stand in the address that a charger dials"),
        ('"a\\tb"', "the id contains '\\t', which cannot stand in the address that a charger dials"),
        ('" a"', "the id begins or ends with a blank"),
        ('" "', "the id begins or ends with a blank"),
        ("x" * 256, "the id is longer than 255 characters"),
        ("12E45678", "12E45678 without quotes is infinity to YAML, not a text"),
        ("00123", "00123 without quotes is the number 123 to YAML, not a text"),
        ("{a: 1}", "a group of keys stands where a text belongs"),
    ],
)
def test_an_id_that_no_charger_can_dial_with_is_refused(installer, written, reason):
    (problem,) = installer.problems(f"chargers:\n  - id: {written}\n    connectors: [{{id: 1}}]\n")
    assert (problem.where, problem.path, problem.reason) == ("bridge.yaml:2", "chargers[0].id", reason)


@pytest.mark.parametrize("written", ["OCPP123455A9876", "CP 1", "a:b", "x" * 255, "Säule"])
def test_an_id_may_be_what_chargers_have(installer, written):
    assert list(installer.load(f'chargers: [{{id: "{written}", connectors: [{{id: 1}}]}}]').chargers) == [written]


def test_a_charger_without_connectors_is_refused(installer):
    messages = installer.messages("chargers:\n  - id: A\n  - {id: B, connectors: []}\n  - connectors: [{}]\n")
    assert messages == [
        "bridge.yaml:2: chargers[0].connectors: connectors is missing; add connectors: [{id: 1}]",
        "bridge.yaml:3: chargers[1].connectors: the list is empty; add at least one entry",
        "bridge.yaml:4: chargers[2].id: id is missing; add id: ...",
        "bridge.yaml:4: chargers[2].connectors[0].id: id is missing; add id: ...",
    ]


@pytest.mark.parametrize("entry", ["A", "1", "null", "[1]"])
def test_a_charger_that_is_no_group_of_keys_is_refused(installer, entry):
    (problem,) = installer.problems(f"chargers: [{entry}]")
    assert (problem.path, problem.remedy) == ("chargers[0]", "write keys with their values, indented below")


def test_the_idtag_of_the_bridge_has_at_most_twenty_characters(installer):
    assert installer.load('chargers: [{id: A, remote_id_tag: "12345678901234567890", connectors: [{id: 1}]}]')
    (problem,) = installer.problems(
        'chargers: [{id: A, remote_id_tag: "123456789012345678901", connectors: [{id: 1}]}]'
    )
    assert problem.reason == "an idTag has 1 to 20 characters (OCPP 1.6), this one has 21"


def test_what_the_site_says_reaches_every_charger(installer):
    loaded = installer.load(
        """\
        site: {offline_after: 90, enforce_authorization: false}
        ocpp: {heartbeat_interval: 120, pending_retry_interval: 30, unknown_chargers: rejected}
        chargers: [{id: A, name: Garage, registration: pending, connectors: [{id: 1}, {id: 2}]}]
        """
    )
    known, unknown = loaded.chargers["A"], loaded.unknown("B")
    assert (known.name, known.configured, known.registration) == ("Garage", True, Registration.PENDING)
    assert (unknown.id, unknown.configured, unknown.registration) == ("B", False, Registration.REJECTED)
    assert (set(known.connectors), set(unknown.connectors)) == ({1, 2}, set())
    for settings in (known, unknown):
        assert (settings.offline_after_s, settings.enforce_authorization) == (90, False)
        assert (settings.heartbeat_interval_s, settings.pending_retry_interval_s) == (120, 30)
