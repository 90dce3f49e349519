"""The tags file: the cards that the installer listed."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError

from knx_ocpp_bridge.config.document import parse, read_text
from knx_ocpp_bridge.config.explain import explain
from knx_ocpp_bridge.config.fields import IdTagText, Text, refusal
from knx_ocpp_bridge.config.keys import about_word
from knx_ocpp_bridge.config.problems import KeyPath, Problem
from knx_ocpp_bridge.core.settings import Tag
from knx_ocpp_bridge.core.values import IdTag

_YEARS: Final = (2000, 2999)


def _expiry(written: object) -> object:
    if isinstance(written, str):
        try:
            written = (datetime if len(written) > len("2026-12-31") else date).fromisoformat(written)
        except ValueError:
            raise _no_date(written) from None
    if not isinstance(written, date) or not _YEARS[0] <= written.year <= _YEARS[1]:
        raise _no_date(written)
    return written


def _no_date(written: object) -> PydanticCustomError:
    remedy = "write 2026-12-31 (that day included) or 2026-12-31T18:00"
    return refusal(f"{written} is neither a date nor a date with time", remedy)


Expiry = Annotated[
    date | datetime,
    BeforeValidator(_expiry),
    WithJsonSchema({"type": "string", "examples": ["2026-12-31", "2026-12-31T18:00"]}),
]


class TagEntry(BaseModel):
    """One card."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: IdTagText
    """The idTag as the charger reports it, in quotes; "*" stands for every card."""
    name: Text = ""
    """Whose card it is."""
    expires: Expiry | None = None
    """The last day, or the moment from which the card is refused; in the site's time zone."""
    group: IdTagText | None = None
    """Cards of one group may stop each other's transactions."""


ENTRY_KEYS = tuple(TagEntry.model_fields)


def load_tags(path: Path, shown: str, zone: ZoneInfo) -> tuple[Mapping[str, Tag], tuple[Problem, ...]]:
    """The cards by their case-folded id. Times are UTC; a day counts to its end in `zone`.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not text.
    """
    document, problems = parse(read_text(path), shown)
    if problems or document.data is None:
        return {}, problems
    if not isinstance(document.data, list):
        return {}, (document.problem((), "this is no list of cards", "begin each card with - id:"),)
    tags: dict[str, Tag] = {}
    first: dict[str, int] = {}
    found: list[Problem] = []
    for position, written in enumerate(document.data):
        try:
            entry = TagEntry.model_validate(written)
        except ValidationError as refused:
            errors = refused.errors(include_url=False)
            found += [explain(each, document, path=(position, *each["loc"]), unknown=_unknown) for each in errors]
            continue
        folded = entry.id.casefold()
        known = first.setdefault(folded, position)
        if known != position:
            where = document.where((known, "id"))
            reason = f"this id is also at {where}; upper and lower case make no difference"
            found.append(document.problem((position, "id"), reason, "list each card once"))
        expires = None if entry.expires is None else _to_utc(entry.expires, zone)
        tags[folded] = Tag(IdTag(entry.id), entry.name, expires, None if entry.group is None else IdTag(entry.group))
    return tags, tuple(found)


def _unknown(path: KeyPath) -> tuple[str, str]:
    return about_word(str(path[-1]), ENTRY_KEYS)


def _to_utc(expires: date | datetime, zone: ZoneInfo) -> datetime:
    if not isinstance(expires, datetime):
        return datetime.combine(expires + timedelta(days=1), time(), zone).astimezone(UTC)
    return (expires if expires.tzinfo is not None else expires.replace(tzinfo=zone)).astimezone(UTC)
