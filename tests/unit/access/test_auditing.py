"""What the audit keeps of a request, and what it must never keep."""

import json
from pathlib import Path

import pytest

from knx_ocpp_bridge.control.caller import Caller
from knx_ocpp_bridge.control.protocol import Call, Ended, Failed, Manage, Managed, Query, Reload, Status, Wish
from knx_ocpp_bridge.core.events import Origin
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, IdTag
from knx_ocpp_bridge.daemon.access import auditing
from knx_ocpp_bridge.daemon.manage import VERBS
from tests.kit.front_desk import FrontDesk

ANN = Caller(Origin.PAGE, "lodger", "192.168.1.9")
SECRET = "s3cret-s3cret"


@pytest.fixture
def desk(tmp_path: Path) -> FrontDesk:
    return FrontDesk(tmp_path)


def audited(desk, request, response):
    desk.desk.books.access.told(request, ANN, response)
    (row,) = desk.shows("audit", newest=True, limit=1).rows
    return row


def test_a_command_is_kept_with_who_from_where_about_what_and_how_it_ended(desk):
    row = audited(desk, Manage("adopt", "GARAGE", {"name": "Garage", "connectors": 2}), Managed(done=True))
    assert row == {
        "number": 1,
        "at": "2026-11-21T12:00:00+00:00",
        "origin": "page",
        "who": "lodger",
        "peer": "192.168.1.9",
        "what": "adopt",
        "charger": "GARAGE",
        "details": '{"name": "Garage", "connectors": 2}',
        "outcome": "done",
    }


@pytest.mark.parametrize(
    "name", ["password", "key", "text", "chain", "csr", "value", "entry", "session", "anything new"]
)
@pytest.mark.parametrize("done", [True, False])
def test_a_text_that_stands_in_no_table_is_hidden_wherever_it_comes_back(desk, name, done):
    request = Manage("secret_set", "", {"name": "charger", name: SECRET})
    row = audited(desk, request, Managed(done=done, messages=(f"{SECRET} is not good enough",)))
    assert SECRET not in str(row)
    row = audited(desk, request, Failed(f"what is {SECRET}?"))
    assert SECRET not in str(row)


def test_what_is_shown_once_to_the_installer_is_not_kept(desk):
    row = audited(desk, Manage("token_create", "", {"name": "panel"}), Managed(True, (f"shown this once: {SECRET}",)))
    assert SECRET not in str(row)


def test_of_a_card_the_last_characters_are_kept(desk):
    wish = Wish(ChargerId("GARAGE"), ConnectorId(1), "charging", value=True, id_tag=IdTag("04AABBCCDD"))
    row = audited(desk, wish, Ended(CommandResult.REJECTED, "the card 04AABBCCDD is not known"))
    assert "04AABB" not in str(row)
    assert ("CCDD" in row["details"], row["what"]) == (True, "wish charging")
    row = audited(desk, Manage("tag_remove", "", {"tag": "04AABBCCDD"}), Failed("there is no card '04AABBCCDD'"))
    assert ("04AABB" not in str(row), "…CCDD" in row["outcome"]) == (True, True)


def test_a_raw_call_keeps_neither_passwords_nor_whole_cards(desk):
    key = Call(ChargerId("GARAGE"), "ChangeConfiguration", {"key": "AuthorizationKey", "value": SECRET})
    start = Call(ChargerId("GARAGE"), "RemoteStartTransaction", {"idTag": "04AABBCCDD"})
    rows = [audited(desk, call, Ended(CommandResult.ACCEPTED, "")) for call in (key, start)]
    assert SECRET not in str(rows)
    assert "04AABB" not in str(rows)
    assert rows[0]["what"] == "call ChangeConfiguration"


@pytest.mark.parametrize(
    ("path", "value", "shown"),
    [
        ("ocpp.unknown_chargers", "rejected", "rejected"),
        ("chargers[GARAGE].connectors[1].max_current", "16", "16"),
        ("knx.keyring_password", SECRET, "…"),
        ("chargers[GARAGE].password", SECRET, "…"),
        ("knx.kerying_pasword", SECRET, "…"),
        ("chargers[GARAGE].remote_id_tag", "04AABBCCDD", "…CCDD"),
    ],
)
@pytest.mark.parametrize("done", [True, False])
def test_a_key_of_the_configuration_is_kept_with_its_value_unless_that_is_secret(desk, path, value, shown, done):
    request = Manage("config_change", "", {"changes": json.dumps({path: value, "site.name": None})})
    row = audited(desk, request, Managed(done=done, messages=(f"{value} is not good enough",)))
    assert json.loads(row["details"]) == {"changes": {path: shown, "site.name": None}}
    assert (value in str(row)) is (shown == value)
    row = audited(desk, Manage("config_set", "", {"path": path, "value": value}), Failed(f"what is {value}?"))
    assert json.loads(row["details"])["path"] == path
    assert (value in str(row)) is (shown == value)


def test_a_key_of_a_charger_is_kept_with_its_value_unless_it_is_a_password(desk):
    rows = [
        audited(desk, Manage("key_set", "GARAGE", {"key": key, "value": SECRET}), Managed(done=True))
        for key in ("CpoName", "WifiPassword", "AuthorizationKey")
    ]
    assert [SECRET in str(row) for row in rows] == [True, False, False]


def test_who_only_looks_is_not_told(desk):
    previews = (Manage("objects_fill", "GARAGE", {"base": "9/7/1", "check": True}), Manage("knx_scan", ""))
    for request in (Status(), Query("tags"), Manage("config_check", "", {"text": SECRET}), *previews):
        desk.desk.books.access.told(request, ANN, Managed(done=True))
    assert not desk.shows("audit").rows
    desk.desk.books.access.left(Reload(), ANN)
    assert [(row["what"], row["outcome"]) for row in desk.shows("audit").rows] == [("reload", "not waited for")]


def test_the_table_of_what_is_shown_names_real_options_and_nothing_that_is_secret():
    for act, names in auditing.SHOWN.items():
        assert names <= set(VERBS[act].options), act
        assert not names & {"password", "chain", "csr", "text", "entry", "session", "tag", "was", "changes"}
        assert ("key" in names) <= (act in {"object_set", "key_set"})  # the name of one, not its value


def test_rows_can_be_sought_by_who_what_and_charger_and_read_backwards(desk):
    for number in range(6):
        who = Caller(Origin.API, f"user{number % 2}", "10.0.0.1")
        desk.desk.books.access.told(Manage("reject", f"BOX{number % 3}"), who, Managed(done=True))
    assert [row["number"] for row in desk.shows("audit", who="USER1").rows] == [2, 4, 6]
    assert [row["number"] for row in desk.shows("audit", "box2").rows] == [3, 6]
    assert [row["number"] for row in desk.shows("audit", newest=True, limit=2).rows] == [5, 6]
    assert [row["number"] for row in desk.shows("audit", newest=True, limit=2, before=5).rows] == [3, 4]
