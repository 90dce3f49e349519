"""The trace: what was said is there to read, what is secret is not, and who follows misses nothing."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from knx_ocpp_bridge.ocpp.masking import with_masked_tags, without_passwords
from knx_ocpp_bridge.ocpp.trace import LONGEST_FRAME, MOST_CHARGERS, MOST_PER_CHARGER, TraceBook

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


class Scene:
    def __init__(self, **bounds):
        self.now = NOON
        self.book = TraceBook(lambda: self.now, **bounds)

    def says(self, text, charger="GARAGE", after_s=0.0):
        self.now += timedelta(seconds=after_s)
        self.book(charger, "in", text)

    def hears(self, text, charger="GARAGE", after_s=0.0):
        self.now += timedelta(seconds=after_s)
        self.book(charger, "out", text)

    def rows(self, after=0, limit=100, charger="GARAGE", **more):
        return self.book.rows(charger, after, limit, **more)[0]


@pytest.fixture
def scene():
    return Scene()


def test_an_answer_names_the_call_it_belongs_to_and_how_long_it_took(scene):
    scene.hears('[2,"7","GetConfiguration",{}]')
    scene.says('[3,"7",{"configurationKey":[]}]', after_s=0.25)
    call, answer = scene.rows()
    assert (call["direction"], call["kind"], call["action"], call["duration_ms"]) == (
        "out",
        "call",
        "GetConfiguration",
        None,
    )
    assert (answer["direction"], answer["kind"], answer["action"], answer["id"], answer["duration_ms"]) == (
        "in",
        "result",
        "GetConfiguration",
        "7",
        250.0,
    )
    assert answer["at"] == "2026-11-21T12:00:00.250Z"


def test_the_same_id_in_both_directions_is_two_conversations(scene):
    scene.says('[2,"1","Heartbeat",{}]')
    scene.hears('[2,"1","ClearCache",{}]')
    scene.hears('[3,"1",{"currentTime":"2026-11-21T12:00:00Z"}]')
    scene.says('[4,"1","NotImplemented","",{}]')
    assert [(row["kind"], row["action"]) for row in scene.rows()] == [
        ("call", "Heartbeat"),
        ("call", "ClearCache"),
        ("result", "Heartbeat"),
        ("error", "ClearCache"),
    ]


def test_an_answer_in_the_next_block_still_finds_its_call():
    scene = Scene()
    for number in range(400):
        scene.says(f'[2,"a{number}","MeterValues",{{"connectorId":1,"meterValue":[{"0" * 200}]}}]')
        scene.hears(f'[3,"a{number}",{{}}]', after_s=1)
    every = scene.rows(limit=500) + scene.rows(after=500, limit=500)
    assert len(every) == 800
    for number in range(1, 801):
        (row,) = scene.rows(after=number - 1, limit=1)
        assert row == every[number - 1]
        assert row["action"] == "MeterValues"


def test_garbage_is_shown_as_it_came(scene):
    scene.says("GET / HTTP/1.1")
    (row,) = scene.rows()
    assert (row["kind"], row["action"], row["text"]) == ("unreadable", None, "GET / HTTP/1.1")


def test_whoever_follows_sees_every_frame_once(scene):
    seen, after = [], 0
    for number in range(300):
        scene.says(f'[2,"{number}","Heartbeat",{{}}]{" " * 150}')
        if number % 7 == 0:
            rows, after = scene.book.rows("GARAGE", after, 5)
            seen += rows
    while rows := scene.book.rows("GARAGE", after, 50)[0]:
        seen += rows
        after = rows[-1]["number"]
    assert [row["id"] for row in seen] == [str(number) for number in range(300)]


def test_the_newest_frames_can_be_asked_for(scene):
    for number in range(20):
        scene.says(f'[2,"{number}","Heartbeat",{{}}]')
    assert [row["id"] for row in scene.rows(limit=3, newest=True)] == ["17", "18", "19"]


def test_a_cursor_of_another_life_starts_at_the_beginning(scene):
    scene.says('[2,"1","Heartbeat",{}]')
    assert len(scene.rows(after=5000)) == 1
    assert scene.book.rows("GARAGE", 1, 10) == ([], 1)


def test_a_charger_is_found_however_its_id_is_spelled_and_an_unknown_one_is_empty(scene):
    scene.says('[2,"1","Heartbeat",{}]')
    assert len(scene.rows(charger="garage")) == 1
    assert scene.book.rows("NOBODY", 0, 10) == ([], 0)


def test_frames_older_than_48_hours_are_gone(scene):
    scene.says('[2,"old","Heartbeat",{}]')
    scene.says('[2,"new","Heartbeat",{}]', after_s=47 * 3600)
    assert len(scene.rows()) == 2
    scene.now += timedelta(hours=2)
    assert [row["id"] for row in scene.rows()] == ["new"]


def test_a_long_frame_is_cut_and_its_length_told(scene):
    scene.says('[2,"1","DataTransfer",{"data":"' + "x" * 20_000 + '"}]')
    (row,) = scene.rows()
    assert len(row["text"]) < LONGEST_FRAME + 50
    assert "it has 20034 characters" in row["text"]
    assert row["action"] == "DataTransfer"


def test_a_key_that_was_changed_is_never_kept(scene):
    key = "5ec2e7" * 6
    scene.hears(f'[2,"1","ChangeConfiguration",{{"key":"AuthorizationKey","value":"{key}"}}]')
    scene.hears(f'[2,"2","ChangeConfiguration",{{"value":"{key}","key":"authorizationkey"}}]')
    scene.hears(f'[2,"3","ChangeConfiguration",{{"key":"WifiPassword","value":"{key}"}}]')
    scene.says(f'[3,"4",{{"configurationKey":[{{"key":"AuthorizationKey","readonly":false,"value":"{key}"}}]}}]')
    scene.hears(f'[2,"5","ChangeConfiguration",{{"key":"AuthorizationKey","value":"{key}"')
    scene.hears(f'[2,"6","GetDiagnostics",{{"location":"ftp://me:{key}@10.0.0.1/x"}}]')
    rows = scene.rows(tags=True)
    assert len(rows) == 6
    assert all(key not in row["text"] for row in rows)
    assert "ftp://me:…@10.0.0.1/x" in rows[-1]["text"]


@pytest.mark.parametrize(
    "text",
    [
        '[2,"1","ChangeConfiguration",{"key":"HeartbeatInterval","value":"300"}]',
        '[2,"1","StatusNotification",{"info":"wrong password"}]',
        '[3,"1",{"configurationKey":[{"key":"AuthorizationKey","readonly":false}]}]',
    ],
)
def test_what_is_no_secret_stays_as_it_was_written(text):
    assert without_passwords(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"idTag":"04A2B9C1"}', '{"idTag":"…B9C1"}'),
        ('{"idTag" : "04A2B9C1","connectorId":1}', '{"idTag" : "…B9C1","connectorId":1}'),
        ('{"parentIdTag":"FAMILY01"}', '{"parentIdTag":"…LY01"}'),
        ('[{"idTag":"AAAA1111"},{"idTag":"BBBB2222"}]', '[{"idTag":"…1111"},{"idTag":"…2222"}]'),
        ('{"data":"{\\"idTag\\":\\"04A2B9C1\\"}"}', '{"data":"{\\"idTag\\":\\"…B9C1\\"}"}'),
        ('{"idTag":1234567890}', '{"idTag":…7890}'),
        ('{"idTag":"04A2B9C1', '{"idTag":"…B9C1'),
        ('{"idTagInfo":{"status":"Accepted"}}', '{"idTagInfo":{"status":"Accepted"}}'),
    ],
)
def test_cards_are_shown_by_their_last_characters_alone(text, shown):
    assert with_masked_tags(text) == shown


def test_cards_are_shown_to_whoever_asks_for_them(scene):
    scene.says('[2,"1","Authorize",{"idTag":"04A2B9C1"}]')
    assert "04A2B9C1" not in json.dumps(scene.rows())
    assert "04A2B9C1" in scene.rows(tags=True)[0]["text"]


def test_a_charger_that_was_forgotten_is_numbered_on(scene):
    scene.says('[2,"1","Heartbeat",{}]')
    scene.book.forget("garage")
    assert (scene.rows(), scene.book.size) == ([], 0)
    scene.says('[2,"2","Heartbeat",{}]')
    assert scene.rows()[0]["number"] == 2


def test_of_too_many_chargers_that_said_as_much_the_one_that_was_silent_longest_is_let_go(scene):
    for number in range(MOST_CHARGERS + 1):
        scene.says('[2,"1","Heartbeat",{}]', charger=f"C{number}", after_s=1)
    assert scene.rows(charger="C0") == []
    assert len(scene.rows(charger="C1")) == 1


def test_invented_ids_do_not_push_out_what_a_charger_has_said(scene):
    for number in range(20):
        scene.says(f'[2,"{number}","Heartbeat",{{}}]')
    for number in range(2 * MOST_CHARGERS):
        scene.says('[2,"1","Heartbeat",{}]', charger=f"INVENTED-{number}", after_s=1)
    assert len(scene.rows()) == 20


def test_48_hours_of_a_charger_that_meters_every_minute_fit(scene):
    for minute in range(48 * 60):
        sample = ",".join(
            f'{{"measurand":"Current.Import","phase":"L{i}","value":"{minute % 17}.{i}"}}' for i in (1, 2, 3)
        )
        scene.says(f'[2,"m{minute}","MeterValues",{{"connectorId":1,"meterValue":[{sample}]}}]', after_s=60)
        scene.hears(f'[3,"m{minute}",{{}}]')
    rows = scene.rows(limit=1)
    assert rows[0]["id"] == "m0"
    assert scene.book.size < MOST_PER_CHARGER
