"""Whatever an installer's file looks like: one key changes, everything else it says and every comment stays."""

import json
import re
from copy import deepcopy

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from knx_ocpp_bridge.config.change import Drop, Put, changed
from knx_ocpp_bridge.config.document import parse
from knx_ocpp_bridge.config.edit import EditError
from knx_ocpp_bridge.config.key_path import Entry, NoKeyError, located, parse_path, spelled

words = st.text("ab :-'\"[]{}&*!|>%@é,", max_size=8)
keys = st.sampled_from(["site", "knx", "name", "gateway", "connection", "phases", "a", "b-c", "x.y"])
scalars = st.none() | st.booleans() | st.integers(-999, 999) | words
trees = st.recursive(
    scalars, lambda inner: st.dictionaries(keys, inner, max_size=3) | st.lists(inner, max_size=2), max_leaves=8
)
new_values = (
    st.booleans() | st.integers(-999, 999) | words | st.floats(-50, 50, allow_nan=False) | st.lists(words, max_size=2)
)


def said(text):
    document, problems = parse(text.removeprefix("\ufeff"), "f", lambda name: name)
    assert problems == ()
    return document.data or {}


def remarks(text):
    return sorted(each.rstrip("\r") for each in re.findall(r"#\d+", text))


class Pen:
    """Writes a tree as an installer might, with a comment of its own at many places."""

    def __init__(self, draw):
        self.draw = draw
        self.count = 0

    def remark(self):
        if self.draw(st.integers(0, 2)):
            return ""
        self.count += 1
        return f"{' ' * self.draw(st.integers(1, 3))}#{self.count}"

    def between(self, column):
        if self.draw(st.integers(0, 3)):
            return []
        self.count += 1
        return [
            f"{' ' * self.draw(st.integers(0, column + 2))}#{self.count}",
            *([""] if self.draw(st.booleans()) else []),
        ]

    def scalar(self, value):
        if value is None:
            return self.draw(st.sampled_from(["", " ~", " null"]))
        return f" {json.dumps(value, ensure_ascii=False)}"

    def value(self, value, column):
        """What stands behind the key, and the lines below."""
        if not isinstance(value, dict | list):
            return f"{self.scalar(value)}{self.remark()}", []
        if not value or self.draw(st.integers(0, 2)) == 0:
            return f" {json.dumps(value, ensure_ascii=False)}{self.remark()}", []
        inside = column + self.draw(st.sampled_from([2, 2, 4]))
        below = self.mapping(value, inside) if isinstance(value, dict) else self.list(value, inside)
        return self.remark(), below

    def mapping(self, tree, column):
        lines = []
        for key, each in tree.items():
            behind, below = self.value(each, column)
            lines += [*self.between(column), f"{' ' * column}{json.dumps(key) if '.' in key else key}:{behind}", *below]
        return lines

    def list(self, entries, column):
        lines = []
        for each in entries:
            if isinstance(each, dict) and each and self.draw(st.booleans()):
                first, *rest = [
                    line for line in self.mapping(each, column + 2) if line.strip()[:1] not in {"", "#"}
                ] or [""]
                lines += [f"{' ' * column}- {first.lstrip()}", *rest]
                continue
            behind, below = self.value(each, column)
            lines += [f"{' ' * column}-{behind}", *below]
        return lines


@st.composite
def files(draw):
    pen = Pen(draw)
    lines = pen.mapping(draw(st.dictionaries(keys, trees, max_size=4)), 0) + pen.between(0)
    newline = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    text = newline.join(lines) + draw(st.sampled_from(["", newline, newline * 2])) * bool(lines)
    return draw(st.sampled_from(["", "\ufeff"])) + text


def paths_of(tree, at=()):
    entries = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, each in entries:
        if isinstance(key, str):
            yield (*at, key)
        yield from paths_of(each, (*at, key))


@st.composite
def places(draw, text):
    """A key that stands in the file, or one that could."""
    tree = said(text)
    there = list(paths_of(tree))
    if there and draw(st.booleans()):
        return draw(st.sampled_from(there))
    sections = [(), *[path for path in there if isinstance(found(tree, path), dict | None)]]
    below = draw(st.lists(keys, min_size=1, max_size=2))
    return (*draw(st.sampled_from(sections)), *below)


def found(tree, path):
    for part in path:
        tree = tree[part]
    return tree


def with_new(tree, path, value):
    copy = deepcopy(tree)
    here = copy
    for part in path[:-1]:
        if isinstance(part, str) and here.get(part) is None:
            here[part] = {}
        here = here[part]
    here[path[-1]] = value
    return copy


@settings(deadline=None, max_examples=200)
@given(st.data(), files(), new_values)
def test_one_key_says_something_else_and_nothing_more_is_different(data, text, value):
    path = data.draw(places(text))
    before = said(text)
    try:
        wanted = with_new(before, path, value)
    except (KeyError, TypeError, AttributeError):
        assume(False)
    try:
        new = changed(text, [Put(path, value)])
    except EditError:
        assert has_several_lines(before, path)
        return
    assert repr(sorted_tree(said(new))) == repr(sorted_tree(wanted))
    if not has_several_lines(before, path):
        assert remarks(new) == remarks(text)


@settings(deadline=None, max_examples=200)
@given(st.data(), files())
def test_a_key_that_is_taken_out_takes_nothing_along(data, text):
    there = list(paths_of(said(text)))
    assume(there)
    path = data.draw(st.sampled_from(there))
    try:
        new = changed(text, [Drop(path)])
    except EditError as error:
        refused = str(error)
    else:
        refused = ""
    if refused:
        assert "comment" in refused or "nothing else" in refused
        return
    before = said(text)
    assert repr(said(new)) == repr(emptied(before, path))
    if len(found(before, path[:-1])) > 1 and not has_several_lines(before, path):
        assert remarks(new) == remarks(text)


def emptied(tree, path):
    """The tree without this key, and without what says nothing then."""
    tree = deepcopy(tree)
    for length in range(len(path), 0, -1):
        around = found(tree, path[: length - 1])
        if length == len(path) or around[path[length - 1]] == {}:
            del around[path[length - 1]]
        if around or not isinstance(around, dict):
            break
    return tree


def has_several_lines(tree, path):
    """A list or mapping stands where the value should go: nothing else is refused."""
    try:
        there = found(tree, path)
    except (KeyError, TypeError):
        return False
    return isinstance(there, dict | list) and bool(there)


def sorted_tree(tree):
    if isinstance(tree, dict):
        return {key: sorted_tree(tree[key]) for key in sorted(tree)}
    return [sorted_tree(each) for each in tree] if isinstance(tree, list) else tree


ids = st.text("abc019.[]\"' é", min_size=1, max_size=8)


@given(st.lists(keys, min_size=1, max_size=3), ids, ids)
def test_what_a_path_is_called_leads_back_to_it(names, charger, connector):
    path = ("chargers", Entry(charger), "connectors", Entry(connector), *names)
    assert parse_path(spelled(path)) == path


@given(st.text('chargersk[]."\\a', max_size=20))
def test_a_text_names_a_key_or_is_refused(text):
    try:
        path = parse_path(text)
    except NoKeyError:
        return
    assert parse_path(spelled(path)) == path


@given(st.lists(ids, min_size=1, max_size=4, unique_by=str.casefold))
def test_a_charger_is_found_by_its_id(several):
    data = {"chargers": [{"id": each} for each in several]}
    for position, each in enumerate(several):
        assert located(("chargers", Entry(each), "name"), data) == ("chargers", position, "name")
