from datetime import UTC, date, datetime
from math import inf

import pytest

from knx_ocpp_bridge.config.document import parse


def said(text):
    return [str(problem) for problem in parse(text, "bridge.yaml")[1]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("site:\n\tname: x\n", "bridge.yaml:2: a tab stands where YAML wants spaces; indent with spaces only"),
        (
            'site:\n  name: "Villa\n',
            "bridge.yaml:3: a quote is opened and not closed (it begins in line 2); close it at the end of the text",
        ),
        (
            "knx: {gateway: 1.2.3.4\nocpp: {}\n",
            (
                "bridge.yaml:2: a list or mapping in brackets is not closed, or a comma is missing "
                "(it begins in line 1); check the brackets and commas"
            ),
        ),
        (
            "name: Villa: Linde\n",
            "bridge.yaml:1: a second colon, or a wrong indentation; put quotes round text with a colon, and align keys",
        ),
        (
            "site:\n  name: x\n timezone: y\n",
            (
                "bridge.yaml:3: the indentation does not fit the lines above (it begins in line 1); "
                "align the keys of one section"
            ),
        ),
        ("- id: *\n", 'bridge.yaml:1: a * begins a name that nothing has; put quotes round it, like "*"'),
        (
            "a: @x\n",
            "bridge.yaml:1: a text begins with a character that YAML keeps for itself; put quotes round the text",
        ),
        ("a: 1\nb: \x00\n", "bridge.yaml:2: a control character stands in the text; delete it, or type the line again"),
        ("a: &x [*x]\n", "bridge.yaml:1: aliases make the file too large or endless; write the values out"),
        ("a: &x {<<: *x}\n", "bridge.yaml:1: aliases make the file too large or endless; write the values out"),
        ("[" * 5000, "bridge.yaml:1: this is not YAML; compare it with the examples"),
        ("a: !secret x\n", "bridge.yaml:1: a: the tag !secret means nothing here; write the value itself"),
        ("? [a, b]\n: 1\n", "bridge.yaml:1: a list or mapping stands where a key belongs; write key: value"),
        (
            "site:\n  name: a\n  name: b\n",
            "bridge.yaml:3: site.name: name stands here again, first in line 2; keep one of the two",
        ),
    ],
)
def test_broken_yaml_is_told_with_its_line_in_the_installers_words(text, message):
    assert said(text) == [message]


def test_a_second_document_is_refused():
    (message,) = said("a: 1\n---\nb: 2\n")
    assert message.startswith("bridge.yaml:2: a second document begins with ---")


def test_aliases_that_multiply_are_refused_in_time():
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
    )
    assert said(bomb) == ["bridge.yaml:1: aliases make the file too large or endless; write the values out"]


def test_values_are_what_yaml_makes_of_them_and_how_they_were_written_is_kept():
    text = (
        'a: 12E45678\nb: 0412\nc: 0x1F\nd: "0412"\ne: 5.010\nf: off\ng: false\nh: 2026-12-31\ni: 2026-12-31T18:00:00Z\n'
    )
    document, problems = parse(text, "f")
    assert not problems
    moment = datetime(2026, 12, 31, 18, tzinfo=UTC)
    values = {"a": inf, "b": 412, "c": 31, "d": "0412", "e": 5.01, "f": "off", "g": False, "i": moment}
    assert document.data == values | {"h": date(2026, 12, 31)}
    assert document.written[("b",)] == "0412"
    assert document.written[("e",)] == "5.010"
    assert ("d",) not in document.written


def test_a_number_without_end_stays_a_text():
    digits = "1" * 6000
    assert parse(f"a: {digits}\n", "f")[0].data == {"a": digits}


def test_defaults_can_be_merged_into_each_connector():
    text = "d: &d {max_current: 16, phases: 3}\nc:\n  <<: *d\n  phases: 1\n"
    document, problems = parse(text, "f")
    assert not problems
    assert document.data == {"d": {"max_current": 16, "phases": 3}, "c": {"max_current": 16, "phases": 1}}
    assert document.where(("c", "phases")) == "f:4"


def test_an_anchor_may_be_given_again_and_the_last_one_counts():
    document, problems = parse("a: &x 1\nb: &x 2\nc: *x\n", "f")
    assert (document.data, problems) == ({"a": 1, "b": 2, "c": 2}, ())


def test_what_is_not_in_the_file_is_blamed_on_what_stands_around_it():
    document, _ = parse("knx:\n  gateway: x\nchargers:\n  - id: a\n  - name: b\n", "f")
    assert document.where(("chargers", 1, "id")) == "f:5"
    assert document.where(("chargers", 1, "name")) == "f:5"
    assert document.where(("knx", "connection")) == "f:1"
    assert document.where(("web",)) == "f:1"


def test_an_empty_file_is_no_error_of_yaml():
    assert parse("# nothing\n", "f")[0].data is None
    assert said("") == []
