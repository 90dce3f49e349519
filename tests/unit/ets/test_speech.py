"""Every object of the catalogue has words for the ETS in every language."""

import pytest

from knx_ocpp_bridge.core.group_objects import CATALOGUE
from knx_ocpp_bridge.ets import speech
from tests.kit.knx_objects import bound


def test_every_object_has_a_short_name_and_there_are_no_others():
    assert list(speech.NAMES) == list(CATALOGUE)


@pytest.mark.parametrize("language", speech.LANGUAGES)
def test_no_two_objects_have_the_same_name(language):
    names = [speech.name(key, language) for key in CATALOGUE]
    assert len(set(names)) == len(names)
    assert all(0 < len(name) <= 30 for name in names)


@pytest.mark.parametrize("language", speech.LANGUAGES)
def test_no_name_says_its_direction_twice(language):
    ways = {speech.word(way, language).casefold() for way in ("state", "command")}
    for row in CATALOGUE.values():
        for sends in {row.sends, not row.receives}:
            way = speech.way(row, sends=sends)
            said = speech.name(row.key, language).casefold()
            assert not (way and ways & set(said.split())), row.key


def test_every_function_has_a_german_sentence_and_no_sentence_is_left_over():
    told = {text for row in CATALOGUE.values() for text in (row.function, row.bridge_function) if text}
    assert set(speech.GERMAN) == told
    assert all(german.strip() for german in speech.GERMAN.values())


@pytest.mark.parametrize(
    ("charger", "language", "told"),
    [
        ("GARAGE", "en", "Faulted, or not connected"),
        ("GARAGE", "de", "Gestört, oder nicht verbunden"),
        (None, "de", "Ein Alarm steht an, gleich welcher"),
    ],
)
def test_a_function_is_told_for_the_place_where_the_object_stands(charger, language, told):
    assert speech.function(bound("fault", "9/7/1", charger=charger), language) == told


def test_an_inverted_object_is_told_as_such_in_german_too():
    told = speech.function(bound("fault", "9/7/1", invert=True), "de")
    assert told == "Gestört, oder nicht verbunden (invertiert: 0 auf dem Bus bedeutet 1)"


def test_german_sentences_name_the_same_numbers():
    for english, german in speech.GERMAN.items():
        assert {letter for letter in english if letter.isdigit()} == {letter for letter in german if letter.isdigit()}


def test_flags_are_those_of_the_ets_in_that_language():
    assert (speech.flags("C R T", "de"), speech.flags("C W U I", "de"), speech.flags("C R T", "en")) == (
        "K L Ü",
        "K S A I",
        "C R T",
    )
