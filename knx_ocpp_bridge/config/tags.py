"""The tags file: the cards that the installer listed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from knx_ocpp_bridge.config.document import Document, parse, read_text
from knx_ocpp_bridge.config.explain import explain
from knx_ocpp_bridge.config.keys import about_word
from knx_ocpp_bridge.config.problems import KeyPath, Problem
from knx_ocpp_bridge.config.tag_entry import Names, TagEntry, nonsense, tag_of
from knx_ocpp_bridge.core.settings import Tag

ENTRY_KEYS = tuple(TagEntry.model_fields)


@dataclass(slots=True)
class Cards:
    """What a tags file says; of what has a problem, nothing."""

    tags: dict[str, Tag] = field(default_factory=dict)
    """By the case-folded id."""
    places: dict[str, str] = field(default_factory=dict)
    """`file:line` of each case-folded id and alias."""
    problems: list[Problem] = field(default_factory=list)


def load_tags(path: Path, shown: str, zone: ZoneInfo, names: Names | None) -> Cards:
    """The cards of this file. Times are UTC; a day begins and ends in `zone`. `names` None: the chargers are not known.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not text.
    """
    return read_tags(read_text(path), shown, zone, names)


def read_tags(text: str, shown: str, zone: ZoneInfo, names: Names | None) -> Cards:
    """The same of a text that stands, or might stand, in the file that messages call `shown`."""
    document, problems = parse(text, shown)
    cards = Cards(problems=list(problems))
    if problems or document.data is None:
        return cards
    if not isinstance(document.data, list):
        cards.problems.append(document.problem((), "this is no list of cards", "begin each card with - id:"))
        return cards
    for position, written in enumerate(document.data):
        entry = _entry(written, position, document, cards.problems)
        if entry is None:
            continue
        _place(entry, position, document, cards)
        for path, reason, remedy in nonsense(entry, zone, names):
            cards.problems.append(document.problem((position, *path), reason, remedy))
        cards.tags[entry.id.casefold()] = tag_of(entry, zone, names or {})
    return cards


def read_entry(written: Mapping[str, object], zone: ZoneInfo, names: Names) -> tuple[Tag | None, tuple[str, ...]]:
    """The card that these keys of a tags file describe, or all that is wrong with them, in sentences."""
    document, problems = Document("card"), list[Problem]()
    entry = _entry(written, None, document, problems)
    told = [f"{problem.path}: {problem.reason}; {problem.remedy}" for problem in problems]
    if entry is not None:
        told += [f"{path[0]}: {reason}; {remedy}" for path, reason, remedy in nonsense(entry, zone, names)]
    return (None, tuple(told)) if told or entry is None else (tag_of(entry, zone, names), ())


def _entry(written: object, position: int | None, document: Document, problems: list[Problem]) -> TagEntry | None:
    try:
        return TagEntry.model_validate(written)
    except ValidationError as refused:
        before: KeyPath = () if position is None else (position,)
        errors = refused.errors(include_url=False)
        problems += [explain(each, document, path=(*before, *each["loc"]), unknown=_unknown) for each in errors]
        return None


def _place(entry: TagEntry, position: int, document: Document, cards: Cards) -> None:
    """Where the card stands; an id or alias that another one has already is a problem."""
    readings = {entry.id.casefold(): (position, "id")} | {
        alias.casefold(): (position, "aliases", number) for number, alias in enumerate(entry.aliases)
    }
    taken = [(path, cards.places[reading]) for reading, path in readings.items() if reading in cards.places]
    for path, where in taken:
        reason = f"this id is also at {where}; upper and lower case make no difference"
        cards.problems.append(document.problem(path, reason, "list each card once"))
    for reading in readings:
        cards.places.setdefault(reading, document.where((position, "id")))


def _unknown(path: KeyPath) -> tuple[str, str]:
    return about_word(str(path[-1]), ENTRY_KEYS)
