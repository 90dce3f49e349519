"""Calls are counted by what they are and how they ended, whatever a charger sends."""

import json

from knx_ocpp_bridge.core.commands import ClearCache, Reset
from knx_ocpp_bridge.core.values import ChargerId
from knx_ocpp_bridge.ocpp.tally import BOUNDS_S, Tally
from tests.kit.dialler import Dialler, Office
from tests.unit.ocpp_edge.test_server import CP1, START, started


def counted(office: Office) -> dict[tuple[str, str, str], int]:
    rows = office.system.tally.calls()
    return {(row["direction"], row["action"], row["result"]): row["count"] for row in rows}


def test_a_request_that_is_sent_again_is_counted_apart():
    office = Office(answers=started)
    charger = Dialler(office.system)
    charger.say(START, START, '[2,"h1","Heartbeat",{}]')
    assert counted(office) == {
        ("in", "StartTransaction", "answered"): 1,
        ("in", "StartTransaction", "repeated"): 1,
        ("in", "Heartbeat", "answered"): 1,
    }


def test_a_charger_that_invents_requests_does_not_grow_the_table():
    office = Office()
    charger = Dialler(office.system)
    for number in range(50):
        charger.say(f'[2,"{number}","Invented{number}",{{}}]', f'[2,"x{number}","Authorize",{{"idTag":"x]')
    assert counted(office) == {("in", "other", "error"): 100}


def test_the_time_of_an_answer_counts_and_that_of_silence_does_not():
    office = Office()
    charger = Dialler(office.system)
    office.system.call(CP1, Reset(hard=False))
    office.pass_time(11)
    (text,) = charger.texts()
    office.pass_time(0.7)
    charger.say(json.dumps([3, json.loads(text)[1], {"status": "Accepted"}]))
    office.system.call(ChargerId("CP1"), ClearCache())
    office.pass_time(31)
    # It left 10 s after the charger had dialled, so 1 s had passed before it was read.
    assert counted(office) == {("out", "Reset", "answered"): 1, ("out", "ClearCache", "timed out"): 1}
    seconds = office.system.tally.seconds()
    assert (seconds["count"], seconds["sum"]) == (1, 1.7)
    assert [count for bound_s, count in seconds["buckets"]] == [int(bound_s >= 1.7) for bound_s in BOUNDS_S]


def test_a_call_that_waits_when_the_connection_breaks_is_lost():
    office = Office()
    charger = Dialler(office.system)
    office.system.call(CP1, Reset(hard=False))
    office.pass_time(11)
    charger.transport.protocol.connection_lost(None)
    assert counted(office) == {("out", "Reset", "lost"): 1}


def test_what_takes_longer_than_every_bound_is_in_the_number_alone():
    tally = Tally()
    tally.ended("Reset", "answered", BOUNDS_S[-1] + 1)
    assert tally.seconds()["buckets"][-1] == [BOUNDS_S[-1], 0]
    assert tally.seconds()["count"] == 1
