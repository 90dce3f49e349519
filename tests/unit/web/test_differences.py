"""Two people change one file: what both meant stands in it afterwards."""

from hypothesis import given
from hypothesis import strategies as st

from knx_ocpp_bridge.web.differences import difference, merged

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
