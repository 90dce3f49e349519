"""Which chargers keep the cards themselves."""

import pytest


@pytest.mark.parametrize(
    ("site", "own", "keeps"),
    [
        ("", "", False),
        ("local_list: on", "", True),
        ("local_list: true", "local_list: off", False),
        ("", "local_list: yes", True),
        ("local_list: true", "mode: none", True),
    ],
)
def test_the_charger_has_the_last_word(installer, site, own, keeps):
    loaded = installer.load(
        f"authorization: {{{site}}}\nchargers: [{{id: A, authorization: {{{own}}}, connectors: [{{id: 1}}]}}]"
    )
    assert loaded.chargers["A"].local_list is keeps


def test_a_stranger_is_given_no_list(installer):
    assert installer.load("authorization: {local_list: true}").unknown("B").local_list is False
