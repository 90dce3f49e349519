"""The words of states, errors and reasons are OCPP's own, whatever they are called in here."""

import pytest

from knx_ocpp_bridge.core.status import ocpp_word
from knx_ocpp_bridge.ocpp.v16 import requests


@pytest.mark.parametrize("words", [requests.STATUS, requests.ERROR_CODE, requests.REASON])
def test_each_value_has_the_word_that_chargers_say(words):
    assert {word: ocpp_word(value) for word, value in words.items()} == {word: word for word in words}
