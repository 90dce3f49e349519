"""What can be looked at: each topic, and in words what cannot."""

import json

import pytest

from knx_ocpp_bridge.control.options import AskError
from knx_ocpp_bridge.daemon.queries import TOPICS
from knx_ocpp_bridge.daemon.sources import MOST_ROWS
from tests.kit.caller import Caller
from tests.kit.front_desk import FrontDesk


@pytest.fixture
async def desk(tmp_path):
    return FrontDesk(tmp_path)


def test_everything_known_of_a_charger_is_one_row_without_a_secret(desk):
    desk.arrives("garage")
    ((row),) = desk.shows("charger", "GARAGE").rows
    assert row["identity"]["iccid"] == "8931"
    assert row["identity"]["imsi"] == "2041"
    assert row["identity"]["meter_serial"] == "M7"
    assert row["security"] == {
        "charger": "GARAGE",
        "needed": 0,
        "shown": 0,
        "wanted": None,
        "password": False,
        "tls": False,
        "certificate": None,
    }
    assert row["counters"]["events"] >= 2
    assert row["refused"] is None
    assert [connector["id"] for connector in row["connectors"]] == [1]
    assert json.loads(json.dumps(row)) == row


def test_a_configured_charger_that_was_turned_away_says_why(desk):
    desk.roster.turned_away(Caller("GARAGE", "10.0.0.9"), "its password is wrong")
    (row,) = desk.shows("charger", "GARAGE").rows
    assert row["refused"]["reason"] == "its password is wrong"
    assert desk.shows("strangers").rows == ()


def test_a_stranger_is_listed_with_all_that_is_known(desk):
    desk.arrives("NEWCOMER")
    (row,) = desk.shows("strangers").rows
    known = {"vendor": "ACME", "model": "Box", "serial": "S1", "firmware": "1.2", "iccid": "8931", "imsi": "2041"}
    assert known.items() <= row.items()
    assert row["meter_serial"] == "M7"
    assert (row["address"], row["tries"], row["registration"], row["connected"], row["rejected"]) == (
        "10.0.0.9",
        1,
        "pending",
        True,
        False,
    )
    assert row["first_seen"] == row["last_seen"] == "2026-11-21T12:00:00Z"


def test_whoever_was_not_let_in_is_listed_too_with_the_reason(desk):
    desk.roster.turned_away(Caller("SHY", "10.0.0.7", "box/9"), "it sends no user name and password")
    (row,) = desk.shows("strangers").rows
    assert (row["id"], row["registration"], row["last_reason"], row["user_agent"]) == (
        "SHY",
        "not let in",
        "it sends no user name and password",
        "box/9",
    )


async def test_a_rejected_stranger_is_shown_as_such(desk):
    desk.arrives("NEWCOMER")
    await desk.does("reject", "NEWCOMER")
    (row,) = desk.shows("strangers").rows
    assert (row["rejected"], row["registration"]) == (True, "rejected")


def test_who_was_rejected_before_a_restart_is_listed_though_it_has_not_dialled_since(desk):
    desk.roster.reject("OldOne", rejected=True)
    (row,) = desk.shows("strangers").rows
    assert (row["id"], row["registration"], row["tries"], row["last_seen"]) == ("OldOne", "rejected", 0, None)


def test_the_trace_goes_on_where_it_was_left(desk):
    for number in range(3):
        desk.trace("GARAGE", "in", f'[2,"{number}","Heartbeat",{{}}]')
    first = desk.shows("trace", "garage", limit=2)
    assert [row["id"] for row in first.rows] == ["0", "1"]
    assert [row["id"] for row in desk.shows("trace", "garage", after=first.next).rows] == ["2"]


def test_cards_are_masked_in_the_trace_unless_asked(desk):
    desk.trace("GARAGE", "in", '[2,"1","Authorize",{"idTag":"04A2B9C1"}]')
    assert "04A2B9C1" not in desk.shows("trace", "GARAGE").rows[0]["text"]
    assert "04A2B9C1" in desk.shows("trace", "GARAGE", tags=True).rows[0]["text"]


def test_the_log_is_filtered_by_charger_and_by_what_it_is_about(desk):
    desk.memory.lines = [
        {"number": 1, "charger": "GARAGE", "about": "connection"},
        {"number": 2, "charger": "YARD", "about": "connection"},
        {"number": 3, "charger": "GARAGE", "about": "StartTransaction"},
    ]
    assert [row["number"] for row in desk.shows("log").rows] == [1, 2, 3]
    assert [row["number"] for row in desk.shows("log", "garage").rows] == [1, 3]
    assert [row["number"] for row in desk.shows("log", about="connection").rows] == [1, 2]
    assert [row["number"] for row in desk.shows("log", newest=True, limit=1).rows] == [3]
    assert desk.shows("log", after=2).next == 3
    assert [row["number"] for row in desk.shows("log", about="starttransaction").rows] == [3]
    assert desk.shows("log", about="MeterValues").rows == ()
    assert desk.shows("log").zone == desk.loaded.bridge.site.timezone


def test_failures_come_after_the_last_one_seen(desk):
    desk.failures.entries = [{"number": number} for number in range(1, 6)]
    assert [row["number"] for row in desk.shows("failures", after=3).rows] == [4, 5]
    assert desk.shows("failures", after=5).next == 5


def test_the_certificates_are_told_with_the_root_for_whoever_asks(desk):
    assert desk.shows("ca").rows == ({"served": "own"},)
    assert "BEGIN CERTIFICATE" in desk.shows("ca", root=True).rows[0]["root_pem"]


def test_without_tls_there_is_no_authority_to_ask(tmp_path):
    with pytest.raises(AskError, match="TLS is off"):
        FrontDesk(tmp_path, tls=False).shows("ca")


def test_the_security_of_all_configured_chargers_is_one_list(desk):
    desk.arrives("NEWCOMER")
    assert [row["charger"] for row in desk.shows("security").rows] == ["GARAGE"]


@pytest.mark.parametrize(
    ("topic", "charger", "options", "why"),
    [
        ("weather", "", {}, "there is no topic 'weather'; there are failures, trace"),
        ("trace", "", {}, "trace is about one charger: name it"),
        ("charger", "NOBODY", {}, "there is no charger 'NOBODY'; known: GARAGE"),
        ("trace", "NOBODY", {}, "there is no charger 'NOBODY'"),
        ("failures", "GARAGE", {}, "about no single charger"),
        ("failures", "", {"colour": 1}, "there is no option 'colour' here; there are after, limit"),
        ("failures", "", {"limit": MOST_ROWS + 1}, "limit is a whole number from 1 to 500"),
        ("failures", "", {"limit": "10"}, "limit is a whole number"),
        ("failures", "", {"after": True}, "after is a whole number"),
        ("failures", "", {"after": -1}, "after is a whole number from 0"),
        ("trace", "GARAGE", {"tags": 1}, "tags is true or false"),
        ("log", "", {"about": 3}, "about is text"),
        ("log", "NOPE", {}, "there is no charger 'NOPE'; known: "),
        ("log", "", {"about": "nonsense"}, "no line of the log is about 'nonsense'; known: messages of OCPP 1.6"),
        ("log", "", {"about": "StartTransactions"}, "did you mean StartTransaction?"),
        ("log", "", {"about": "x" * 70_000}, "more than 65536 characters"),
    ],
)
def test_what_is_not_there_is_refused_in_words(desk, topic, charger, options, why):
    with pytest.raises(AskError, match=why):
        desk.shows(topic, charger, **options)


def test_the_topics_are_those_the_house_relies_on():
    assert TOPICS.keys() >= {
        *("failures", "trace", "log", "charger", "strangers", "window", "ca", "security", "alarms"),
        *("transactions", "sessions", "samples", "signed", "telegrams"),
    }
