"""Cards: the tags file, who may charge where."""

from datetime import UTC, datetime

import pytest

from knx_ocpp_bridge.core.settings import AuthorizationMode, Tag
from knx_ocpp_bridge.core.status import ChargeMode

SITE = "site: {timezone: Europe/Amsterdam}\n"


def with_tags(installer, tags: str):
    installer.write(tags, "tags.yaml")
    return SITE + "authorization: {tags_file: tags.yaml}\nchargers: [{id: A, connectors: [{id: 1}]}]\n"


def test_nobody_but_the_wall_switch_if_nothing_is_said(installer):
    book = installer.load("chargers: [{id: A, connectors: [{id: 1}]}]").chargers["A"].tag_book
    assert (book.mode, book.tags, book.own_tag_group) == (AuthorizationMode.ALLOW_LIST, {}, None)


def test_cards_are_found_by_their_folded_id_with_their_expiry_in_utc(installer):
    loaded = installer.load(
        with_tags(
            installer,
            """\
            - {id: "04A2b3", name: Company car, group: "HOUSE"}
            - {id: "0412", expires: 2026-07-31}
            - {id: "12E45678", expires: 2026-12-31T18:00}
            - {id: "x", expires: "2026-12-31T18:00:00Z"}
            - {id: "*"}
            """,
        )
    )
    expected = {
        "04a2b3": Tag("04A2b3", "Company car", None, "HOUSE"),
        "0412": Tag("0412", "", datetime(2026, 7, 31, 22, tzinfo=UTC)),
        "12e45678": Tag("12E45678", "", datetime(2026, 12, 31, 17, tzinfo=UTC)),
        "x": Tag("x", "", datetime(2026, 12, 31, 18, tzinfo=UTC)),
        "*": Tag("*"),
    }
    assert loaded.chargers["A"].tag_book.tags == expected
    assert loaded.unknown("B").tag_book.tags == expected


@pytest.mark.parametrize("text", ["", "# none yet\n", "[]\n"])
def test_a_file_without_cards_is_a_file_without_cards(installer, text):
    assert installer.load(with_tags(installer, text)).tag_book.tags == {}


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ("- id: 12E45678", "[0].id: this without quotes is infinity to YAML, not a text; put quotes round it"),
        ("- id: 0412", "[0].id: this without quotes is a number to YAML, not a text; put quotes round it"),
        ("- id: 0x1F", "[0].id: this without quotes is a number to YAML, not a text; put quotes round it"),
        ("- id: 04112233445566", "[0].id: this without quotes is a number to YAML, not a text; put quotes round it"),
        ("- id: 2026-12-31", "[0].id: this without quotes is a date to YAML, not a text; put quotes round it"),
        ("- id: true", "[0].id: this without quotes is true to YAML, not a text; put quotes round it"),
        (
            '- {id: "A", group: 7}',
            "[0].group: this without quotes is a number to YAML, not a text; put quotes round it",
        ),
        (
            '- {id: ""}',
            (
                "[0].id: an idTag has 1 to 20 characters (OCPP 1.6), this one has 0; "
                "write the id as the charger reports it"
            ),
        ),
        (
            '- {id: "123456789012345678901"}',
            (
                "[0].id: an idTag has 1 to 20 characters (OCPP 1.6), this one has 21; "
                "write the id as the charger reports it"
            ),
        ),
        (
            '- {id: "A "}',
            "[0].id: the idTag has blanks at its ends or control characters; write the id as the charger reports it",
        ),
        (
            '- {id: "A", expires: soon}',
            (
                "[0].expires: soon is neither a date nor a date with time; "
                "write 2026-12-31 (that day included) or 2026-12-31T18:00"
            ),
        ),
        (
            '- {id: "A", expires: 9999-12-31}',
            (
                "[0].expires: 9999-12-31 is neither a date nor a date with time; "
                "write 2026-12-31 (that day included) or 2026-12-31T18:00"
            ),
        ),
        (
            '- {id: "A", expires: 2026}',
            (
                "[0].expires: 2026 is neither a date nor a date with time; "
                "write 2026-12-31 (that day included) or 2026-12-31T18:00"
            ),
        ),
        ('- {id: "A", nme: x}', "[0].nme: nme is not a key of this section; did you mean name?"),
        ("- name: x", "[0].id: id is missing; add id: ..."),
        ("- A", "[0]: 'A' stands where a group of keys belongs; write keys with their values, indented below"),
    ],
)
def test_a_card_that_cannot_be_read_is_refused(installer, tags, message):
    assert installer.messages(with_tags(installer, tags)) == [f"tags.yaml:1: {message}"]


def test_a_card_twice_is_refused_and_not_shown(installer):
    (message,) = installer.messages(with_tags(installer, '- {id: "04A2B3C4"}\n- {id: "x"}\n- {id: "04a2b3c4"}\n'))
    assert message == (
        "tags.yaml:3: [2].id: this id is also at tags.yaml:1; upper and lower case make no difference; "
        "list each card once"
    )


def test_a_mapping_is_no_list_of_cards(installer):
    assert installer.messages(with_tags(installer, "A: Lodger\n")) == [
        "tags.yaml:1: this is no list of cards; begin each card with - id:"
    ]


def test_problems_of_both_files_are_told_together(installer):
    text = with_tags(installer, "- id: 0412\n") + "ocpp: {lisn: x}\n"
    assert [problem.where for problem in installer.problems(text)] == ["bridge.yaml:4", "tags.yaml:1"]


def test_a_tags_file_that_is_not_there_is_told_where_it_is_named(installer):
    assert installer.messages("authorization: {tags_file: cards.yaml}") == [
        (
            "bridge.yaml:1: authorization.tags_file: cards.yaml cannot be read: No such file or directory; "
            "create it (an empty file is no card), or put the name right"
        )
    ]


def test_a_charger_may_have_rules_of_its_own(installer):
    installer.write('- {id: "SITE"}', "tags.yaml")
    installer.write('- {id: "STAFF"}', "staff.yaml")
    loaded = installer.load(
        """\
        authorization: {mode: allow_list, tags_file: tags.yaml, own_tag_group: "HOUSE"}
        chargers:
          - {id: A, connectors: [{id: 1}]}
          - {id: B, connectors: [{id: 1}], authorization: {mode: none}}
          - {id: C, connectors: [{id: 1}], authorization: {tags_file: staff.yaml, own_tag_group: null}}
          - {id: D, connectors: [{id: 1}], authorization: {mode: block_list, tags_file: null}}
        """
    )
    books = [
        (book.mode.value, list(book.tags), book.own_tag_group)
        for book in (loaded.chargers[each].tag_book for each in "ABCD")
    ]
    assert books == [
        ("allow_list", ["site"], "HOUSE"),
        ("none", ["site"], "HOUSE"),
        ("allow_list", ["staff"], None),
        ("block_list", [], "HOUSE"),
    ]


def test_a_tags_file_of_one_charger_that_is_missing_is_told_there(installer):
    text = "chargers:\n  - id: A\n    connectors: [{id: 1}]\n    authorization:\n      tags_file: x.yaml\n"
    (problem,) = installer.problems(text)
    assert (problem.where, problem.path) == ("bridge.yaml:5", "chargers[0].authorization.tags_file")


def test_cards_that_no_mode_looks_at_are_a_warning(installer):
    installer.write('- {id: "A"}', "tags.yaml")
    loaded = installer.load(
        "authorization: {mode: none, tags_file: tags.yaml}\nchargers: [{id: A, connectors: [{id: 1}]}]"
    )
    assert f"{installer.folder}/bridge.yaml:1: mode none lets no card charge, listed or not" in loaded.warnings


CHARGERS = "chargers: [{id: GARAGE, aliases: [carport], connectors: [{id: 1}]}, {id: YARD, connectors: [{id: 1}]}]\n"


def people(installer, tags: str):
    installer.write(tags, "tags.yaml")
    return f"{SITE}authorization: {{tags_file: tags.yaml}}\n{CHARGERS}"


def test_a_card_with_everything(installer):
    text = people(
        installer,
        """\
        - id: "04A2B3C4"
          name: Blue car
          group: "HOUSE"
          cost_centre: "4711"
          valid_from: 2026-12-01
          expires: 2026-12-31
          chargers: [Carport, YARD]
          limit: 120.5
          note: on loan
          aliases: ["C4B3A204", "04A2B3"]
        """,
    )
    tag = Tag(
        "04A2B3C4",
        "Blue car",
        expires=datetime(2026, 12, 31, 23, tzinfo=UTC),
        group="HOUSE",
        valid_from=datetime(2026, 11, 30, 23, tzinfo=UTC),
        cost_centre="4711",
        chargers=frozenset({"garage", "yard"}),
        limit_wh=120_500,
        note="on loan",
        aliases=("C4B3A204", "04A2B3"),
    )
    loaded = installer.load(text)
    assert loaded.tag_book.tags == {"04a2b3c4": tag}
    (places,) = {where.rpartition("/")[2] for where in loaded.places.values()}
    assert (set(loaded.places), places) == ({"04a2b3c4", "c4b3a204", "04a2b3"}, "tags.yaml:1")


@pytest.mark.parametrize(
    ("card", "message"),
    [
        ("chargers: [GARAG]", "[0].chargers[0]: there is no charger GARAG; did you mean GARAGE?"),
        ("chargers: [X]", "[0].chargers[0]: there is no charger X; known: GARAGE, YARD"),
        ("chargers: []", "[0].chargers: the list is empty; add at least one entry"),
        (
            "valid_from: 2026-12-31, expires: 2026-12-30",
            "[0].expires: the card would never be valid; let valid_from be before expires",
        ),
        (
            'aliases: ["A"]',
            (
                "[0].aliases[0]: this is no other reading of the card; "
                "name each other idTag of it once; upper and lower case are alike"
            ),
        ),
    ],
)
def test_a_card_that_makes_no_sense_is_refused(installer, card, message):
    assert installer.messages(people(installer, f'- {{id: "a", {card}}}')) == [f"tags.yaml:1: {message}"]


@pytest.mark.parametrize("word", ["normal", "fast", "surplus", "minimum_and_surplus", "scheduled"])
def test_a_card_may_have_a_mode_and_a_current_of_its_own(installer, word):
    text = with_tags(installer, f'- {{id: "04A2", mode: {word}, max_current: 10}}')
    tag = installer.load(text).chargers["A"].tag_book.tags["04a2"]
    assert (tag.mode, tag.max_current_a) == (ChargeMode[word.upper()], 10.0)


def test_a_card_without_a_mode_leaves_the_connector_as_it_is_set(installer):
    tag = installer.load(with_tags(installer, '- {id: "04A2"}')).chargers["A"].tag_book.tags["04a2"]
    assert (tag.mode, tag.max_current_a) == (None, None)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("mode: off", "tags.yaml:1: [0].mode: a card that never charges is no card; choose another mode, or let the"),
        ("mode: true", "tags.yaml:1: [0].mode: true is no charge mode; Allowed: off | normal"),
        ("mode: sceduled", "tags.yaml:1: [0].mode: 'sceduled' is no charge mode; did you mean scheduled?"),
        ("max_current: 5", "tags.yaml:1: [0].max_current: 5 is out of range; write at least 6"),
    ],
)
def test_a_mode_or_current_that_no_car_charges_with_is_refused(installer, keys, message):
    (told,) = installer.messages(with_tags(installer, f'- {{id: "04A2", {keys}}}'))
    assert told.startswith(message)


def test_a_limit_of_nothing_is_refused(installer):
    (message,) = installer.messages(people(installer, '- {id: "a", limit: 0}'))
    assert message.startswith("tags.yaml:1: [0].limit: 0 ")


def test_a_limit_of_every_card_is_refused(installer):
    (message,) = installer.messages(people(installer, '- {id: "*", limit: 10}'))
    assert "limit is of one card, and * is every card" in message


def test_an_alias_that_is_another_card_is_refused(installer):
    (message,) = installer.messages(people(installer, '- {id: "A"}\n- {id: "B", aliases: ["a"]}'))
    assert message.startswith("tags.yaml:2: [1].aliases[0]: this id is also at tags.yaml:1")


def test_a_charger_that_cannot_be_read_is_told_and_its_cards_are_not(installer):
    installer.write('- {id: "A", chargers: [GARAGE]}', "tags.yaml")
    problems = installer.problems("authorization: {tags_file: tags.yaml}\nchargers: [{ID: GARAGE}]")
    assert all(problem.where.startswith("bridge.yaml") for problem in problems)
