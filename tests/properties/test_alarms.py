"""Whatever fails, recovers, restarts or is looked at: each alarm stands once, and none that stands is lost."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from knx_ocpp_bridge.core.step import AlarmKind
from knx_ocpp_bridge.core.values import ConnectorId, Moment
from knx_ocpp_bridge.store.alarms import AlarmBook, Happening
from tests.kit.shelf import Shelf

_WHAT = st.builds(
    Happening,
    st.sampled_from([AlarmKind.FAULT, AlarmKind.OFFLINE, AlarmKind.LIMIT_DISOBEYED]),
    st.sampled_from(["GARAGE", "garage", "STREET"]),
    st.sampled_from([None, ConnectorId(1), ConnectorId(2)]),
    st.sampled_from(["a text", "another text"]),
)
_DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("begin"), _WHAT),
        st.tuples(st.just("begin"), _WHAT),
        st.tuples(st.just("end"), _WHAT),
        st.tuples(st.just("tell"), _WHAT),
        st.tuples(st.just("acknowledge"), st.integers(1, 30)),
        st.tuples(st.just("acknowledge all"), st.none()),
        st.tuples(st.just("passes"), st.sampled_from([1.0, 59.0, 61.0, 599.0, 601.0])),
        st.tuples(st.just("restarts"), st.none()),
        st.tuples(st.just("rings"), st.none()),
    ),
    max_size=50,
)


@dataclass
class Watch:
    """The book, and in sets what it must say."""

    shelf: Shelf = field(default_factory=Shelf)
    now_s: float = 1000.0
    standing: set[tuple[object, ...]] = field(default_factory=set)
    acknowledged: set[int] = field(default_factory=set)
    told: int = 0

    def __post_init__(self) -> None:
        self.ringing: list[object] = []
        self.book = AlarmBook(self.shelf, self._later)

    def _later(self, _seconds: float, call: object) -> None:
        self.ringing.append(call)

    def does(self, deed: str, what: object) -> None:
        now = Moment(self.now_s, datetime(2027, 1, 1, tzinfo=UTC) + timedelta(seconds=self.now_s))
        match deed, what:
            case "begin", Happening():
                assert self.book.begin(what, now) is (_key(what) not in self.standing)
                self.standing.add(_key(what))
                self.told += 1
            case "end", Happening():
                assert self.book.end(what, now) is (_key(what) in self.standing)
                self.standing.discard(_key(what))
            case "tell", Happening():
                self.book.tell(Happening(AlarmKind.CLOCK, what.charger), now, to_acknowledge=True)
                self.told += 1
            case "acknowledge", int():
                if self.book.acknowledge(what, "CLI", now) is not None:
                    self.acknowledged.add(what)
            case "acknowledge all", _:
                self.book.acknowledge_all("CLI", now)
                self.acknowledged |= {alarm.number for alarm in self.book.rows(0, 500)}
            case "passes", float():
                self.now_s += what
            case "restarts", _:
                self.book.write()
                self.ringing.clear()
                self.book = AlarmBook(self.shelf, self._later)
            case _:
                self.book.write()
        self.judges()

    def judges(self) -> None:
        rows = self.book.rows(0, 500)
        assert {(row.kind, row.charger.casefold(), row.connector) for row in self.book.standing} == self.standing
        assert len(self.book.standing) == len(self.standing)
        assert [row.number for row in rows] == list(range(1, len(rows) + 1))
        assert sum(row.times for row in rows) <= self.told
        assert {row.number for row in rows if row.acknowledged_at is not None} == self.acknowledged
        assert self.book.rows(0, 500, standing=True) == [row for row in rows if row.over_at is None]
        assert self.book.rows(0, 3, newest=True) == rows[-3:]
        assert self.book.rows(2, 2) == rows[2:4]


def _key(what: Happening) -> tuple[object, ...]:
    return what.kind.value, what.charger.casefold(), what.connector


@settings(max_examples=150, deadline=None)
@given(_DEEDS)
def test_the_book_says_what_stands_and_what_was_seen_over_any_restart(deeds):
    watch = Watch()
    for deed, what in deeds:
        watch.does(deed, what)


@settings(max_examples=60, deadline=None)
@given(_DEEDS, _WHAT)
def test_an_alarm_that_begins_after_a_quiet_minute_survives_a_power_cut(deeds, what):
    watch = Watch()
    for deed, about in deeds:
        watch.does(deed, about)
    watch.does("passes", 61.0)
    watch.does("rings", None)
    watch.does("begin", what)
    after = AlarmBook(watch.shelf, lambda _seconds, _call: None)
    assert {(row.kind, row.charger.casefold(), row.connector) for row in after.standing} == watch.standing
