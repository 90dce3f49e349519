"""Whatever an installer's file looks like: adopting adds one charger and touches nothing else, or is refused."""

import json
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from knx_ocpp_bridge.config.document import parse
from knx_ocpp_bridge.config.edit import EditError, adopt

names = st.text(max_size=12)
ids = st.text("ABCabc0123456789-_.: #'\"\\é", min_size=1, max_size=12)
keys = st.text("abcdefgh_", min_size=1, max_size=6).filter(lambda each: each != "chargers")
scalars = st.none() | st.booleans() | st.integers(-999, 999) | st.text("ab :#-'\"[]{}&*!|>%@é", max_size=8)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=5
)
EMPTY_LIST = re.compile(r"^(\ufeff?)chargers: (?:\[ ?\]|~|null)(?=[ \r\n]|$)", re.MULTILINE)
EMPTY = ["", " []", " ~", " null", "  # none", " []  # none", " [ ]"]


def said(text):
    document, problems = parse(text.removeprefix("\ufeff"), "f", lambda name: name)
    assert problems == ()
    return document.data or {}


def takes_one_more(text, charger_id, name, connectors):
    """The text with the charger in it, after a look at it."""
    new = adopt(text, charger_id, name, connectors)
    before, after = said(text), said(new)
    entry = {"id": charger_id, "name": name, "connectors": [{"id": each + 1} for each in range(connectors)]}
    if not name:
        del entry["name"]
    assert repr(after["chargers"]) == repr([*(before.get("chargers") or []), entry])
    assert {**before, "chargers": None} == {**after, "chargers": None}
    return new


def is_in_one_piece(old, new):
    """The new text is the old one with something put in at one place."""
    start = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), len(old))
    return any(new.endswith(old[cut:]) for cut in range(start + 1))


@st.composite
def comments(draw, column=8):
    """Lines that say nothing to YAML."""
    lines = draw(st.lists(st.sampled_from(["", "#", "# x", "# - id: B", "# chargers: []"]), max_size=2))
    return [" " * draw(st.integers(0, column)) + each if each else each for each in lines]


@st.composite
def written(draw, value, column):
    """The lines of a value below its key or dash, and what stands behind the key."""
    block = isinstance(value, dict | list) and value and draw(st.booleans())
    if not block:
        return f" {json.dumps(value, ensure_ascii=draw(st.booleans()))}{draw(st.sampled_from(['', ' ', '  # x']))}", []
    margin = " " * (column + draw(st.sampled_from([1, 2, 4])))
    lines = []
    for each in value:
        behind, below = draw(written(value[each] if isinstance(value, dict) else each, len(margin)))
        lines += [f"{margin}{f'{each}:' if isinstance(value, dict) else '-'}{behind}", *below, *draw(comments())]
    return "", lines


@st.composite
def entries(draw, column, step):
    """One charger as an installer may write it, in a line or in many."""
    values_of = {"id": draw(ids), **draw(st.dictionaries(keys, values, max_size=3))}
    if draw(st.integers(0, 3)) == 0:
        return [f"{' ' * column}- {json.dumps(values_of)}"]
    lines = []
    for key, value in values_of.items():
        margin = " " * (column + step) if lines else f"{' ' * column}-{' ' * (step - 1)}"
        behind, below = draw(written(value, column + step))
        lines += [f"{margin}{key}:{behind}", *below]
    return lines


@st.composite
def files(draw):
    """A file that is sound to YAML, with a list of chargers that is written in lines, empty, or not there."""
    column, step = draw(st.sampled_from([0, 2, 4])), draw(st.integers(2, 4))
    chargers = [[*draw(entries(column, step)), *draw(comments())] for _ in range(draw(st.integers(0, 3)))]
    listed = [line for each in chargers for line in each]
    head = "chargers:" if listed else f"chargers:{draw(st.sampled_from(EMPTY))}"
    sections = [[head, *listed]] if draw(st.integers(0, 4)) else []
    for key, value in draw(st.dictionaries(keys, values, max_size=3)).items():
        behind, below = draw(written(value, 0))
        sections.append([f"{key}:{behind}", *below])
    lines = draw(comments(0))
    for section in draw(st.permutations(sections)):
        lines += [*section, *draw(comments())]
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    end = draw(st.sampled_from(["", newline, newline * 2, *([f"{newline}...{newline}"] if sections else [])]))
    return draw(st.sampled_from(["", "\ufeff"])) + newline.join(lines) + (end if lines else "")


@settings(deadline=None)
@given(files(), ids, names, st.integers(1, 4))
def test_the_file_says_one_charger_more_and_the_old_text_stands_round_it_untouched(text, charger_id, name, connectors):
    new = takes_one_more(text, charger_id, name, connectors)
    made_room = (EMPTY_LIST.sub(rf"\1{key}", text, count=1) for key in ("chargers:", "chargers: "))
    assert any(is_in_one_piece(old, new) for old in (text, *made_room))


@settings(max_examples=30, deadline=None)
@given(files(), st.lists(ids, min_size=2, max_size=4, unique=True))
def test_many_can_be_adopted_one_after_another_and_stand_in_that_order(text, several):
    for each in several:
        text = takes_one_more(text, each, "", 1)
    assert [each["id"] for each in said(text)["chargers"]][-len(several) :] == several


pieces = st.sampled_from(
    (
        *("chargers:", "chargers: &c", "- ", "  - ", "id: A", "    id: B", "site:", "  name: x", "\n", "\n", "\r\n"),
        *(
            "# x",
            " ",
            "[",
            "]",
            "{",
            "}",
            "&a ",
            "*a",
            "<<: *a",
            "|",
            ">",
            "|+",
            "? ",
            ": ",
            ", ",
            '"',
            "'",
            "...",
            "---",
        ),
        *("%", "!secret x", "\t", "null", "~", "[]", "\x85", "\r", "\u2028", "\ufeff", "\x00"),
    )
)


@settings(deadline=None)
@given(st.lists(pieces, max_size=25).map("".join) | st.text(max_size=60), ids, names)
def test_what_nobody_foresaw_is_done_rightly_or_refused_with_what_to_paste(text, charger_id, name):
    try:
        adopt(text, charger_id, name, 1)
    except EditError as error:
        refusal = error
    else:
        takes_one_more(text, charger_id, name, 1)
        return
    assert refusal.reason
    assert "- id:" in refusal.block
