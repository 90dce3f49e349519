"""Whatever chargers send, the trace stays within its bounds and loses the oldest first."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from knx_ocpp_bridge.ocpp.masking import with_masked_tags, without_passwords
from knx_ocpp_bridge.ocpp.trace import LONGEST_FRAME, TraceBook

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PER_CHARGER = 24_000
FOR_ALL = 60_000

_FRAMES = st.lists(
    st.tuples(
        st.sampled_from(["A", "B", "C", "D", "E"]),
        st.sampled_from(["in", "out"]),
        st.binary(max_size=40).map(lambda one: one.decode("latin-1")),
        st.integers(1, 400),
    ),
    max_size=150,
)


@settings(deadline=None, max_examples=60)
@given(_FRAMES)
def test_the_bounds_hold_after_every_frame_and_the_newest_of_each_charger_is_there(frames):
    book = TraceBook(lambda: NOON, per_charger=PER_CHARGER, for_all=FOR_ALL)
    newest: dict[str, str] = {}
    for charger, direction, text, times in frames:
        book(charger, direction, text * times)
        newest[charger] = text * times
        assert book.size <= FOR_ALL
        assert sum(book.size_of(one) for one in newest) == book.size
        assert all(book.size_of(one) <= PER_CHARGER for one in newest)
    for charger, text in newest.items():
        numbers, after = [], 0
        while rows := book.rows(charger, after, 37, tags=True)[0]:
            numbers += [row["number"] for row in rows]
            after = numbers[-1]
            last = rows[-1]["text"]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else True
        if numbers and len(text) <= LONGEST_FRAME and "://" not in text:
            assert last == text


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300))
def test_masking_takes_any_text(text):
    assert isinstance(with_masked_tags(without_passwords(text)), str)


@given(
    st.text(alphabet="0123456789ABCDEF", min_size=12, max_size=20), st.sampled_from(["idTag", "parentIdTag", "IDTAG"])
)
def test_no_card_is_ever_shown_whole(card, name):
    shown = with_masked_tags(f'[2,"1","Authorize",{{"x":1,"{name}":"{card}"}}]')
    assert card not in shown
    assert card[-4:] in shown
