"""Configuration keys: read once for everybody, explained, and never written by a slip."""

import json
from pathlib import Path

import pytest

from knx_ocpp_bridge.control.options import MisuseError
from knx_ocpp_bridge.core.commands import Call, Command
from knx_ocpp_bridge.core.status import CommandResult
from tests.kit.front_desk import FrontDesk


class Box:
    """A charger with keys: what is written is read back, unless `stubborn`."""

    def __init__(self, desk: FrontDesk) -> None:
        self.keys = {
            "HeartbeatInterval": ("300", False),
            "NumberOfConnectors": ("2", True),
            "MeterValueSampleInterval": ("0", False),
            "WifiPassword": ("hunter2hunter2", False),
            "MaxCurrent": ("16", False),
        }
        self.answer = "Accepted"
        self.stubborn = False
        desk.replies = self.replies

    def replies(self, command: Command) -> str | None:
        if not isinstance(command, Call):
            return "Accepted"
        payload = json.loads(command.payload)
        if command.action == "ChangeConfiguration":
            if not self.stubborn and self.answer in {"Accepted", "RebootRequired"}:
                self.keys[payload["key"]] = (payload["value"], False)
            return json.dumps({"status": self.answer})
        wanted = payload.get("key", list(self.keys))
        rows = [
            {"key": key, "readonly": self.keys[key][1], "value": self.keys[key][0]}
            for key in wanted
            if key in self.keys
        ]
        return json.dumps({"configurationKey": rows, "unknownKey": [key for key in wanted if key not in self.keys]})


@pytest.fixture
def desk(tmp_path: Path) -> FrontDesk:
    made = FrontDesk(tmp_path)
    made.arrives("GARAGE")
    return made


@pytest.fixture
def box(desk: FrontDesk) -> Box:
    return Box(desk)


def rows(desk: FrontDesk) -> dict:
    return {row["key"]: row for row in desk.shows("keys", "GARAGE").rows}


async def test_keys_are_there_for_everybody_once_they_were_read(desk, box):
    assert not desk.shows("keys", "GARAGE").rows
    managed = await desk.does("keys_read", "GARAGE")
    assert managed.messages == ("5 keys were read",)
    heartbeat = rows(desk)["HeartbeatInterval"]
    assert (heartbeat["value"], heartbeat["type"], heartbeat["unit"]) == ("300", "integer", "s")
    assert "at each boot" in heartbeat["set_by_bridge"]
    assert rows(desk)["NumberOfConnectors"]["access"] == "R"
    assert "30 s is good" in rows(desk)["MeterValueSampleInterval"]["advice"]
    assert rows(desk)["MaxCurrent"]["vendor"] is True


async def test_a_password_among_the_keys_is_nobody_s_business(desk, box):
    managed = await desk.does("keys_read", "GARAGE")
    assert rows(desk)["WifiPassword"]["value"] is None
    assert "hunter2" not in json.dumps([managed.row, rows(desk)])


async def test_keys_are_asked_for_as_the_standard_spells_them_and_found_however_the_charger_does(desk):
    """Row K4."""
    desk.replies = lambda _command: '{"configurationKey": [{"key": "heartbeatINTERVAL", "value": 300}]}'
    managed = await desk.does("keys_read", "GARAGE", keys="heartbeatinterval,myKey")
    (call,) = [one for one in desk.sent if isinstance(one, Call)]
    assert json.loads(call.payload) == {"key": ["HeartbeatInterval", "myKey"]}
    assert [(row["key"], row["value"], row["type"]) for row in managed.row["keys"]] == [
        ("heartbeatINTERVAL", "300", "integer")
    ]
    assert managed.row["unknown"] == ["myKey"]


async def test_a_charger_that_answers_with_all_keys_is_asked_for_one_and_shows_one(desk):
    """Row K5: the filter is ignored, a value is missing, and what it does not know is not named."""
    desk.replies = lambda _command: '{"configurationKey": [{"key": "CpoName"}, {"key": "X", "value": 3}, "odd"]}'
    managed = await desk.does("keys_read", "GARAGE", keys="cponame,Nonsense")
    assert [row["key"] for row in managed.row["keys"]] == ["CpoName"]
    assert managed.messages == ("Nonsense: the charger does not know it",)


async def test_some_keys_are_read_by_name_and_what_is_unknown_is_named(desk, box):
    managed = await desk.does("keys_read", "GARAGE", keys="heartbeatinterval, Nonsense")
    assert [row["key"] for row in managed.row["keys"]] == ["HeartbeatInterval"]
    assert managed.row["unknown"] == ["Nonsense"]
    assert "does not know it" in managed.messages[0]


async def test_what_is_written_is_read_back(desk, box):
    await desk.does("keys_read", "GARAGE")
    managed = await desk.does("key_set", "GARAGE", key="metervaluesampleinterval", value="30")
    assert managed.done
    assert rows(desk)["MeterValueSampleInterval"]["value"] == "30"
    assert rows(desk)["MeterValueSampleInterval"]["advice"] == ""


async def test_a_charger_that_accepts_and_keeps_its_own_value_is_caught(desk, box):
    box.stubborn = True
    managed = await desk.does("key_set", "GARAGE", key="MaxCurrent", value="32")
    assert managed.messages[-1] == "but it tells '16' now"


async def test_a_key_that_needs_a_reboot_is_marked_until_the_charger_boots(desk, box):
    box.answer = "RebootRequired"
    managed = await desk.does("key_set", "GARAGE", key="MaxCurrent", value="32")
    assert managed.row["reboot_needed"] is True
    assert "reboot needed" in managed.messages[1]
    assert rows(desk)["MaxCurrent"]["reboot_needed"] is True
    assert desk.shows("upkeep", "GARAGE").rows[0]["reboot_needed"] == ["MaxCurrent"]
    desk.arrives("GARAGE", 2)
    assert rows(desk)["MaxCurrent"]["reboot_needed"] is False


@pytest.mark.parametrize(
    ("answer", "because"), [("Rejected", CommandResult.REJECTED), ("NotSupported", CommandResult.NOT_SUPPORTED)]
)
async def test_a_refusal_is_told_in_the_charger_s_word(desk, box, answer, because):
    box.answer = answer
    managed = await desk.does("key_set", "GARAGE", key="MaxCurrent", value="32")
    assert (managed.done, managed.because) == (False, because)
    assert answer in managed.messages[0]


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("HeartbeatInterval", "soon", "whole number"),
        ("LocalPreAuthorize", "1", "true or false"),
        ("", "3", "1 to 50"),
        ("x" * 51, "3", "1 to 50"),
        ("MaxCurrent", "3" * 501, "at most 500"),
    ],
)
async def test_a_slip_is_caught_before_it_is_sent(desk, box, key, value, why):
    with pytest.raises(MisuseError, match=why):
        await desk.does("key_set", "GARAGE", key=key, value=value)
    assert not [one for one in desk.sent if isinstance(one, Call)]


async def test_with_force_it_is_sent_all_the_same_but_never_a_password(desk, box):
    refused = await desk.does("key_set", "GARAGE", key="NumberOfConnectors", value="3")
    assert "read-only in OCPP 1.6" in refused.messages[0]
    assert (await desk.does("key_set", "GARAGE", key="NumberOfConnectors", value="3", force=True)).done
    refused = await desk.does("key_set", "GARAGE", key="authorizationkey", value="00" * 20, force=True)
    assert "secure the charger" in refused.messages[0]
    assert "00" * 20 not in str(desk.sent)


async def test_a_key_that_the_charger_calls_read_only_is_not_written(desk, box):
    box.keys["MaxCurrent"] = ("16", True)
    await desk.does("keys_read", "GARAGE")
    refused = await desk.does("key_set", "GARAGE", key="MaxCurrent", value="32")
    assert (refused.done, refused.because) == (False, CommandResult.REJECTED)
    assert "says that MaxCurrent is read-only" in refused.messages[0]


async def test_a_charger_that_answers_nonsense_has_no_keys(desk):
    desk.replies = lambda _command: '{"configurationKey": "all", "unknownKey": 7}'
    managed = await desk.does("keys_read", "GARAGE")
    assert "lists none" in managed.messages[0]
    desk.replies = lambda _command: '{"configurationKey": [{"key": "CpoName"}, {"key": "X", "value": true}, "odd", {}]}'
    await desk.does("keys_read", "GARAGE")
    assert {key: row["value"] for key, row in rows(desk).items()} == {"CpoName": "", "X": "true"}


async def test_a_charger_that_is_away_cannot_be_asked(tmp_path):
    desk = FrontDesk(tmp_path)
    managed = await desk.does("keys_read", "GARAGE")
    assert (managed.done, managed.because) == (False, CommandResult.OFFLINE)
