"""The local authorization list of a charger (OCPP 1.6 ed. 2 section 3.5.2), and a life with one."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from knx_ocpp_bridge.core.commands import Command, GetConfiguration, GetLocalListVersion, LocalListEntry, SendLocalList
from knx_ocpp_bridge.core.settings import AuthorizationMode, ChargerSettings, Tag, TagBook
from knx_ocpp_bridge.core.values import IdTag
from tests.kit.life import Life, Reply, garage

LISTS: Final = (GetConfiguration, GetLocalListVersion, SendLocalList)
Answer = tuple[Reply, str]


def card(id_tag: str, expires: datetime | None = None, group: str | None = None) -> Tag:
    return Tag(IdTag(id_tag), expires=expires, group=None if group is None else IdTag(group))


def book(*tags: Tag | str, mode: AuthorizationMode = AuthorizationMode.ALLOW_LIST) -> TagBook:
    cards = [card(tag) if isinstance(tag, str) else tag for tag in tags]
    return TagBook(mode, {one.id.casefold(): one for one in cards})


def listing(*tags: Tag | str, mode: AuthorizationMode = AuthorizationMode.ALLOW_LIST) -> ChargerSettings:
    """A charger whose list is to be kept, and these cards."""
    return garage(local_list=True, tag_book=book(*tags, mode=mode))


@dataclass(slots=True)
class CardStore:
    """A charger's list."""

    cards: dict[str, LocalListEntry] = field(default_factory=dict)
    version: int = 0
    chunk: int | None = None
    most: int | None = None
    enabled: bool | None = None
    present: bool = True
    """False: there is no such list in this charger."""

    def holds(self) -> set[str]:
        return {entry.id_tag for entry in self.cards.values()}

    def wiped(self) -> None:
        self.cards, self.version = {}, 0

    def answer(self, command: Command) -> Answer:
        match command:
            case GetConfiguration():
                return "", self._configuration()
            case GetLocalListVersion():
                usable = self.present and self.enabled is not False
                return "", json.dumps({"listVersion": self.version if usable else -1})
            case SendLocalList():
                return self.update(command), ""
            case _:
                raise AssertionError(f"no question about lists: {command}")

    def update(self, command: SendLocalList) -> str:
        if not self.present or self.enabled is False:
            return "NotSupported"
        if not 0 < command.version < 2**31 or len(command.entries) > (self.chunk or 20):
            return "Failed"
        if not command.full and command.version <= self.version:
            return "VersionMismatch"
        cards = {} if command.full else dict(self.cards)
        for entry in command.entries:
            if entry.status is None:
                cards.pop(entry.id_tag.casefold(), None)
            else:
                cards[entry.id_tag.casefold()] = entry
            if self.most is not None and len(cards) > self.most:
                return "Failed"
        self.cards, self.version = cards, command.version
        return "Accepted"

    def _configuration(self) -> str:
        known = {
            "SendLocalListMaxLength": self.chunk,
            "LocalAuthListMaxLength": self.most,
            "LocalAuthListEnabled": None if self.enabled is None else str(self.enabled).lower(),
        }
        rows = [
            {"key": key, "readonly": True, "value": str(value)} for key, value in known.items() if value is not None
        ]
        return json.dumps({"configurationKey": rows, "unknownKey": []})


@dataclass(slots=True)
class ListLife:
    """A charger with a list, and what it was asked about it."""

    settings: ChargerSettings
    store: CardStore = field(default_factory=CardStore)
    answer: Callable[[Command], Answer] | None = None
    """In place of the store's answer."""
    life: Life = field(init=False)

    def __post_init__(self) -> None:
        self.life = Life(self.settings, silent=set(LISTS))

    def arrives(self) -> None:
        """Connects, boots, and everything is said that there is to say."""
        self.life.arrives()
        self.serves()

    def serves(self) -> None:
        """The charger answers until nothing more is asked."""
        for _ in range(1000):
            if not self.life.unanswered:
                return
            self.answers_one()
        raise AssertionError("the bridge asks without end")

    def answers_one(self) -> None:
        answer = self.answer or self.store.answer
        self.life.replies(*answer(self.life.unanswered[0]))

    def passes(self, seconds: float) -> None:
        """Time passes, and the charger answers whatever is asked meanwhile."""
        until_s = self.life.now_s + seconds
        while self.life.now_s < until_s:
            self.life.passes(min(30.0, until_s - self.life.now_s))
            self.serves()

    def has_cards(self, *tags: Tag | str, mode: AuthorizationMode = AuthorizationMode.ALLOW_LIST) -> None:
        """The tags file was changed and read again."""
        self.life.reconfigured(replace(self.life.settings, tag_book=book(*tags, mode=mode)))

    def asked(self) -> list[Command]:
        """What it was asked about its list since the last time."""
        found: list[Command] = [command for command in self.life.commands if isinstance(command, LISTS)]
        self.life.commands.clear()
        return found

    def sent(self) -> list[tuple[int, bool, list[str]]]:
        """Version, whether it was a whole list, and the idTags (one that goes has a minus), since the last time."""
        return [
            (command.version, command.full, list(_shown(command.entries)))
            for command in self.asked()
            if isinstance(command, SendLocalList)
        ]

    def told(self) -> list[str]:
        """What the log says of the list since the last time."""
        words = [text.removeprefix("local list: ") for text in self.life.words if text.startswith("local list: ")]
        self.life.words.clear()
        return words


def kept(*tags: str, store: CardStore | None = None) -> ListLife:
    """A charger that has these cards in its list already, a while ago."""
    house = ListLife(listing(*tags), store or CardStore())
    house.arrives()
    house.passes(3600.0)
    house.asked()
    house.told()
    return house


def back(house: ListLife) -> None:
    """The connection is lost, and found again without a boot."""
    house.life.disconnects()
    house.life.returns()
    house.passes(10)


def refusing(house: ListLife, reply: Reply, kind: type[Command]) -> Callable[[Command], Answer]:
    """The charger's answers, but for this kind of question."""
    return lambda command: (reply, "") if isinstance(command, kind) else house.store.answer(command)


def _shown(entries: Iterable[LocalListEntry]) -> Iterable[str]:
    return (entry.id_tag if entry.status is not None else f"-{entry.id_tag}" for entry in entries)
