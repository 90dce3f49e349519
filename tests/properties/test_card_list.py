"""Whatever happens on the way, the charger's list ends as the tags file wants it, or it is told why it cannot."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from knx_ocpp_bridge.core.card_list import applied, difference, next_change
from knx_ocpp_bridge.core.commands import LocalListEntry, SendLocalList
from knx_ocpp_bridge.core.events import LinkClosed, Outcome
from knx_ocpp_bridge.core.settings import AuthorizationMode, Tag
from knx_ocpp_bridge.core.values import IdTag
from tests.kit.card_store import LISTS, CardStore, ListLife, book, card, listing
from tests.kit.life import BOX, NOON, OWN_TAG

DAYS = st.integers(-5, 5).map(lambda days: NOON + timedelta(days=days))
TAGS = st.builds(
    lambda tag, chargers, valid_from: replace(tag, chargers=chargers, valid_from=valid_from),
    st.builds(
        card,
        st.sampled_from([OWN_TAG, "*", *"ABCDEFGHIJKL"]),
        expires=st.none() | DAYS | st.just(NOON.replace(2099)),
        group=st.sampled_from([None, "FAMILY"]),
    ),
    chargers=st.sampled_from([frozenset()] * 3 + [frozenset({"garage"}), frozenset({"yard"})]),
    valid_from=st.none() | st.none() | DAYS,
)
TAG_LISTS = st.lists(TAGS, max_size=12)
MODES = st.sampled_from([AuthorizationMode.ALLOW_LIST] * 4 + list(AuthorizationMode))
REFUSALS = st.sampled_from(
    ["Failed", "VersionMismatch", "Rejected", "", "nonsense", Outcome.FAILED, Outcome.TIMED_OUT, Outcome.TIMED_OUT]
)
STORES = st.builds(
    CardStore,
    chunk=st.sampled_from([None, 1, 3, 20]),
    most=st.sampled_from([None, 5, 30]),
    enabled=st.sampled_from([None, True, False]),
)


class CardListLife(RuleBasedStateMachine):
    """A charger with a list, honest or not, and cards that come and go."""

    @initialize(store=STORES, tags=TAG_LISTS, mode=MODES)
    def begins(self, store: CardStore, tags: list[Tag], mode: AuthorizationMode) -> None:
        self.house = ListLife(listing(*tags, mode=mode), store)
        self.life = self.house.life

    @rule(tags=TAG_LISTS, mode=MODES)
    def the_tags_file_is_read_again(self, tags: list[Tag], mode: AuthorizationMode) -> None:
        self.house.has_cards(*tags, mode=mode)
        self.checks()

    @rule(on=st.booleans())
    def local_list_is_switched(self, on: bool) -> None:
        self.life.reconfigured(replace(self.life.settings, local_list=on))
        self.checks()

    @rule(boots=st.booleans(), wiped=st.booleans())
    def connects(self, boots: bool, wiped: bool) -> None:
        if wiped:
            self.house.store.wiped()
            boots = True
        self.life.connects()
        (self.life.boots if boots else self.life.beats)()
        self.checks()

    @precondition(lambda self: self.life.link is not None)
    @rule()
    def boots_on_the_same_link(self) -> None:
        self.life.boots()
        self.checks()

    @precondition(lambda self: self.life.link is not None)
    @rule()
    def disconnects(self) -> None:
        self.life.disconnects()

    @rule()
    def the_bridge_is_killed_and_started(self) -> None:
        self.life.restarts()

    @rule(version=st.sampled_from([0, 1, 2, 3, 50, 2**31 - 2, 2**31 - 1]))
    def somebody_else_writes_a_list(self, version: int) -> None:
        """Of versions that only the bridge has given, nobody can tell whose they are."""
        record = self.life.memory.abilities.get("local_list_held", ":").partition(":")[0]
        known = self.life.charger.card_list
        ours = {known.hoped and known.hoped.version, known.confirmed and known.confirmed.version, known.last_version}
        if version not in ours and str(version) != record:
            entry = LocalListEntry(IdTag("OTHER"))
            self.house.store.cards, self.house.store.version = ({"other": entry} if version else {}), version

    @rule(enabled=st.booleans())
    def somebody_switches_the_list(self, enabled: bool) -> None:
        self.house.store.enabled = enabled

    @precondition(lambda self: self.life.unanswered)
    @rule()
    def the_charger_answers(self) -> None:
        self.house.answers_one()
        self.checks()

    @precondition(lambda self: self.life.unanswered)
    @rule(refusal=REFUSALS)
    def the_charger_refuses(self, refusal: str | Outcome) -> None:
        self.life.replies(refusal)
        self.checks()

    @precondition(lambda self: self.life.unanswered)
    @rule()
    def the_charger_obeys_and_its_answer_is_lost(self) -> None:
        self.house.store.answer(self.life.unanswered[0])
        self.life.replies(Outcome.TIMED_OUT)
        self.checks()

    @precondition(lambda self: self.life.unanswered)
    @rule()
    def the_charger_obeys_and_the_connection_is_lost(self) -> None:
        self.house.store.answer(self.life.unanswered[0])
        link = self.life.link
        self.life.disconnects()
        assert link is not None
        self.life.happens(LinkClosed(link, "once more"))

    @rule(seconds=st.sampled_from([1, 10, 100, 4000, 90_000]))
    def time_passes(self, seconds: int) -> None:
        self.life.passes(seconds)
        self.checks()

    def checks(self) -> None:
        """One call at a time; whole lists have no removals; what is sent is what was asked for last."""
        waiting = [command for command in self.life.unanswered if isinstance(command, LISTS)]
        assert len(waiting) <= 1
        for command in waiting:
            if isinstance(command, SendLocalList):
                self._is_fit_to_send(command)

    def _is_fit_to_send(self, command: SendLocalList) -> None:
        keys = [entry.id_tag.casefold() for entry in command.entries]
        assert len(set(keys)) == len(keys)
        assert not {"*", OWN_TAG.casefold(), self.life.charger.reservation_tag.casefold()} & set(keys)
        assert 0 < command.version < 2**31
        assert len(command.entries) <= (self.house.store.chunk or 20) or self._limits_are_not_known()
        assert not command.full or all(entry.status is not None for entry in command.entries)

    def _limits_are_not_known(self) -> bool:
        return not self.life.memory.abilities.get("local_list_limits", "").partition(",")[0]

    def teardown(self) -> None:
        """From now on the charger is honest, stays, and is asked for its own list only."""
        if not hasattr(self, "house"):
            return
        self._everybody_behaves()
        tags = self.life.settings.tag_book
        sent_before = len(self.life.told(SendLocalList))
        if tags.mode in {AuthorizationMode.ALL, AuthorizationMode.NONE}:
            assert "OTHER" in self.house.store.holds() or not self.house.store.cards
        else:
            assert self._expected() == self.house.store.cards
        soon = next_change(tags, self.life.moment)
        self.house.life.disconnects()
        self.house.arrives()
        self.house.passes(4000)
        assert len(self.life.told(SendLocalList)) == sent_before or (soon is not None and soon <= self.life.utc)

    def _everybody_behaves(self) -> None:
        self.house.store.enabled = True
        if self.life.link is not None:
            self.life.disconnects()
        # Another firmware: what was learned from answers that were not true is forgotten.
        self.life.reconfigured(replace(self.life.settings, local_list=True))
        self.life.connects()
        self.life.boots(replace(BOX, firmware=str(self.life.links)) if self._was_misled() else BOX)
        self.life.passes(3)
        self.house.serves()
        self.house.passes(4000)

    def _was_misled(self) -> bool:
        abilities = self.life.memory.abilities
        return abilities.get("local_list") == "no" or bool(abilities.get("local_list_limits"))

    def _expected(self) -> dict[str, LocalListEntry]:
        """A card that expired since the list was settled may stay: the charger knows its date."""
        tags, held, now = self.life.settings.tag_book, self.house.store.cards, self.life.utc
        blocked = tags.mode is AuthorizationMode.BLOCK_LIST
        allowed: dict[str, LocalListEntry] = {}
        refused: dict[str, LocalListEntry] = {}
        for key, tag in tags.tags.items():
            if key in {"*", OWN_TAG.casefold()}:
                continue
            since = tag.expires is not None and now - timedelta(hours=3) < tag.expires <= now
            elsewhere = bool(tag.chargers) and "garage" not in tag.chargers
            if blocked:
                refused[key] = LocalListEntry(tag.id, "Blocked")
            elif tag.valid_from is not None and tag.valid_from > now:
                continue
            elif tag.expires is None or tag.expires > now or (since and key in held):
                status = "Blocked" if elsewhere else "Accepted"
                (refused if elsewhere else allowed)[key] = LocalListEntry(tag.id, status, tag.group, tag.expires)
        listed = allowed | refused
        return dict(list(listed.items())[: self.house.store.most])


def _entries(tags: list[Tag]) -> dict[str, LocalListEntry]:
    cards = book(*tags).tags
    return {key: LocalListEntry(tag.id, "Accepted", tag.group, tag.expires) for key, tag in cards.items()}


@given(TAG_LISTS, TAG_LISTS, st.integers(1, 12))
def test_changes_sent_piece_by_piece_end_in_the_list_and_never_need_more_room(
    held: list[Tag], wanted: list[Tag], chunk: int
) -> None:
    now, target = _entries(held), _entries(wanted)
    room = max(len(now), len(target))
    while changes := difference(now, target):
        now = dict(applied(now, changes[:chunk]))
        assert len(now) <= room
    assert now == target


CardListLife.TestCase.settings = settings(
    max_examples=150, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestCardListLife = CardListLife.TestCase
