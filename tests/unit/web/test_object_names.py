"""Objects and values as a visitor reads them, in each language."""

import pytest

from knx_ocpp_bridge.core.group_objects import CATALOGUE
from knx_ocpp_bridge.ets import speech
from knx_ocpp_bridge.web.languages import Language
from knx_ocpp_bridge.web.object_names import DUTCH, object_name, of_row, value, with_key
from knx_ocpp_bridge.web.rendering import translations


@pytest.mark.parametrize("language", list(Language))
def test_every_object_of_the_catalogue_has_a_name_in_every_language(language):
    assert all(object_name(key, language) for key in CATALOGUE)
    assert set(DUTCH) == set(speech.NAMES)


def test_a_key_stands_small_behind_its_name_and_a_name_of_the_building_stays_a_text():
    assert with_key("Garage/1 max_current", Language.DE) == "Garage/1 Stromgrenze <small>max_current</small>"
    assert with_key("a max_current, b power", Language.NL).count("<small>") == 2
    assert with_key("<b>Lamp</b>", Language.EN) == "&lt;b&gt;Lamp&lt;/b&gt;"
    assert with_key("<b> power", Language.EN).startswith("&lt;b&gt; power")


def test_what_is_said_and_what_is_heard_are_told_apart_in_dutch_as_well():
    assert of_row({"key": "charging", "name": "charging command"}, Language.NL) == "laden opdracht"
    assert of_row({"key": "power", "name": "power"}, Language.NL) == "vermogen"
    assert of_row({"key": "power", "name": "Leistung"}, Language.DE) == "Leistung"


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("13.5 A", "13,5 A"), ("-2.25", "-2,25"), ("6 A", "6 A"), ("Sun 00:34:52", "Sun 00:34:52"), ("1.2.3", "1.2.3"),
        ("5 (finishing)", "5 (Beendet)"), ("0 (no error)", "0 (kein Fehler)"), ("9 (of tomorrow)", "9 (of tomorrow)"),
    ],
)  # fmt: skip
def test_values_have_the_decimal_mark_and_the_words_of_the_language(told, shown):
    assert value(told, translations(Language.DE).gettext, ",") == shown
