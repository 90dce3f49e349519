"""Rows for people, who look at them in a terminal."""

import json

import pytest

from knx_ocpp_bridge.cli.tables import dump


@pytest.mark.parametrize("text", ["\x1b[2J", "\x9b2J", "\x85", "\u202eevil", "\u2028", "\U000e0001", "\ud800", "\x7f"])
def test_what_a_charger_says_moves_no_cursor_in_json_either_and_is_the_same_to_programs(text):
    line = dump({"vendor": f"Ü {text} 😀"})
    assert line.isprintable()
    assert json.loads(line) == {"vendor": f"Ü {text} 😀"}
    assert "Ü" in line
    assert "😀" in line
