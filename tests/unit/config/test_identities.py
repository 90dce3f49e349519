"""Ids and aliases: under which names a charger may dial."""

import pytest


def charger(identity: str, aliases: str = "[]") -> str:
    return f"  - {{id: {identity}, aliases: {aliases}, connectors: [{{id: 1}}]}}\n"


def chargers(*each: str) -> str:
    return "chargers:\n" + "".join(each)


def test_a_charger_may_dial_under_other_names(installer):
    """Rows C8 and C11, and a charger that took the place of another."""
    loaded = installer.load(chargers(charger("A", '["A-0012345", "OLD ONE"]'), charger("B")))
    assert loaded.chargers["A"].aliases == ("A-0012345", "OLD ONE")
    assert loaded.chargers["B"].aliases == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            chargers(charger("A", "[b]"), charger("B")),
            (
                "bridge.yaml:2: chargers[0].aliases[0]: b is also the id at bridge.yaml:3; upper and "
                "lower case make no difference; take it out of one of them"
            ),
        ),
        (
            chargers(charger("A", "[X]"), charger("B", "[Y, x]")),
            (
                "bridge.yaml:3: chargers[1].aliases[1]: x is also the alias at bridge.yaml:2; upper and "
                "lower case make no difference; take it out of one of them"
            ),
        ),
        (
            chargers(charger("A", "[a]")),
            (
                "bridge.yaml:2: chargers[0].aliases[0]: a is also the id at bridge.yaml:2; upper and "
                "lower case make no difference; take it out of one of them"
            ),
        ),
        (
            chargers(charger("A", "[X, X]")),
            (
                "bridge.yaml:2: chargers[0].aliases[1]: X is also the alias at bridge.yaml:2; upper and "
                "lower case make no difference; take it out of one of them"
            ),
        ),
        (
            chargers(charger('""'), charger('""')),
            (
                "bridge.yaml:3: chargers[1].id: anonymous is also the id at bridge.yaml:2; upper and "
                "lower case make no difference; every charger needs an id of its own"
            ),
        ),
        (
            chargers(charger('""'), charger("B", '[""]')),
            (
                "bridge.yaml:3: chargers[1].aliases[0]: anonymous is also the id at bridge.yaml:2; upper and "
                "lower case make no difference; take it out of one of them"
            ),
        ),
    ],
)
def test_no_two_chargers_dial_under_one_name(installer, text, message):
    assert installer.messages(text) == [message]


@pytest.mark.parametrize(
    ("alias", "reason"),
    [
        ("a/b", "the id contains /, which cannot stand in the address that a charger dials"),
        ("0042", "0042 without quotes is the number 42 to YAML, not a text"),
        ('" a"', "the id begins or ends with a blank"),
    ],
)
def test_an_alias_is_as_good_as_an_id_or_refused(installer, alias, reason):
    (problem,) = installer.problems(chargers(charger("A", f"[{alias}]")))
    assert (problem.path, problem.reason) == ("chargers[0].aliases[0]", reason)


def test_aliases_are_a_list(installer):
    (problem,) = installer.problems(chargers(charger("A", "B")))
    assert (problem.path, problem.remedy) == ("chargers[0].aliases", "begin each entry with a dash")


def test_one_charger_may_dial_without_an_id(installer):
    """Row C10: the bridge calls it anonymous."""
    loaded = installer.load(chargers(charger('""'), charger("B")))
    assert list(loaded.chargers) == ["anonymous", "B"]
    assert installer.load(chargers(charger("B", '[""]'))).chargers["B"].aliases == ("anonymous",)
