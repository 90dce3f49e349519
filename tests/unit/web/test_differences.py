"""Two people change one file: what both meant stands in it afterwards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knx_ocpp_bridge.web.differences import MOST_SHOWN, difference, merged
from knx_ocpp_bridge.web.same_lines import same_lines

lines = st.lists(st.sampled_from(["a", "b", "c", "d: 1", "", "  e"]), max_size=8).map(
    lambda each: "".join(f"{line}\n" for line in each)
)


def test_changes_of_different_lines_are_both_there():
    base = "one\ntwo\nthree\nfour\n"
    both = merged(base, base.replace("one", "ONE"), base.replace("four", "FOUR"))
    assert (both.text, both.conflicts) == ("ONE\ntwo\nthree\nFOUR\n", 0)


def test_of_the_same_line_mine_counts_and_theirs_stands_above_it_as_a_comment():
    both = merged("a: 1\nb: 2\n", "a: 5\nb: 2\n", "a: 7\nb: 2\n")
    assert both.conflicts == 1
    assert both.text == ("# >>> changed by somebody else meanwhile, to:\n# a: 7\n# <<< and by you, to:\na: 5\nb: 2\n")


def test_a_difference_says_what_went_and_what_came():
    assert difference("a\nb\n", "a\nc\n") == [("@", "@@ -1,2 +1,2 @@"), (" ", "a"), ("-", "b"), ("+", "c")]
    assert difference("a\n", "a\n") == []


@given(lines, lines)
def test_where_only_one_has_changed_something_that_counts(base, new):
    assert merged(base, new, base).text == new
    assert merged(base, base, new).text == new
    assert merged(base, new, new).text == new
    assert merged(base, new, base).conflicts == 0


@given(lines, lines, lines)
def test_no_line_of_mine_is_lost(base, mine, theirs):
    both = merged(base, mine, theirs)
    kept = [line for line in both.text.splitlines() if line in mine.splitlines()]
    if both.conflicts == 0 and theirs == base:
        assert kept == mine.splitlines()


class Looked(str):
    """A line that counts how often it is looked at."""

    __slots__ = ()
    times = 0

    def __hash__(self) -> int:
        Looked.times += 1
        return super().__hash__()

    def __eq__(self, other: object) -> bool:
        Looked.times += 1
        return super().__eq__(other)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x" * 20_000, "y" + "x" * 19_000 + "z"),
        ("xy" * 10_000, "yyx" * 7_000),
        ("axxxxxxxxx" * 2_000, "bxyxxyxxyx" * 2_000),
    ],
)
def test_the_same_lines_over_and_over_cost_no_more_than_any_others(old, new):
    Looked.times = 0
    same_lines([Looked(each) for each in old], [Looked(each) for each in new])
    assert Looked.times < 100 * (len(old) + len(new))


def test_many_lines_in_another_order_cost_no_more_than_any_others():
    lines = [f"line {number}" for number in range(20_000)]
    turned = sorted(lines, key=lambda each: each[::-1])
    Looked.times = 0
    same_lines([Looked(each) for each in lines], [Looked(each) for each in turned])
    assert Looked.times < 100 * len(lines)


def test_the_same_lines_stand_in_the_same_order_whatever_was_left_out():
    old, new = ["a", "b"] * 5_000, ["b", "a", "a"] * 4_000
    same = same_lines(old, new)
    assert list(same.values()) == sorted(set(same.values()))
    assert all(old[at] == new[to] for at, to in same.items())


def test_what_both_have_once_is_found_in_whatever_else_was_changed():
    filler = [["p", "q"][each % 3 == 0] for each in range(6_000)]
    old, new = [*filler, "once", *filler], [*filler[1:][::-1], "once", *filler[5:]]
    assert same_lines(old, new)[6_000] == 5_999


def test_of_an_endless_difference_the_beginning_is_shown():
    shown = difference("", "x\n" * 10_000)
    assert len(shown) == MOST_SHOWN + 1
    assert shown[-1] == ("@", f"@@ more than {MOST_SHOWN} lines @@")


@given(lines, lines)
def test_a_difference_tells_both_texts_in_full_where_they_are_short(old, new):
    shown = difference(old, new)
    if old != new:
        assert [line for kind, line in shown if kind == "-"] or [line for kind, line in shown if kind == "+"]
    ours = [f"{kind}{line}" if kind != "@" else line for kind, line in shown]
    if len((old + new).splitlines()) < 4:
        assert [each[1:] for each in ours if each[0] in " -"] == (old.splitlines() if shown else [])
