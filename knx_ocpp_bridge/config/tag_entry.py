"""One card as it is written, in a tags file or by a command, and what makes no sense about it."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from knx_ocpp_bridge.config.fields import ChargerName, IdTagText, NotEmpty, Number, Text, refusal
from knx_ocpp_bridge.config.keys import nearest
from knx_ocpp_bridge.config.outlet_models import Mode
from knx_ocpp_bridge.config.problems import KeyPath
from knx_ocpp_bridge.core.settings import Tag
from knx_ocpp_bridge.core.status import ChargeMode
from knx_ocpp_bridge.core.values import IdTag

ANY_CARD: Final = "*"
_YEARS: Final = (2000, 2999)

Names = Mapping[str, str]
"""The id of each charger as it is configured, by each of its case-folded names."""


def _day(written: object) -> object:
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


def _charges(mode: ChargeMode) -> ChargeMode:
    if mode is ChargeMode.OFF:
        raise refusal("a card that never charges is no card", "choose another mode, or let the card expire")
    return mode


Day = Annotated[
    date | datetime,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "examples": ["2026-12-31", "2026-12-31T18:00"]}),
]


class TagEntry(BaseModel):
    """One card."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: IdTagText
    """The idTag as the charger reports it, in quotes; "*" stands for every card."""
    name: Text = ""
    """Whose card it is."""
    group: IdTagText | None = None
    """Cards of one group may stop each other's transactions."""
    cost_centre: Text = ""
    """Who pays, for reports."""
    valid_from: Day | None = None
    """The first day, or the moment from which the card may charge; in the site's time zone."""
    expires: Day | None = None
    """The last day, or the moment from which the card is refused; in the site's time zone."""
    chargers: Annotated[tuple[ChargerName, ...], NotEmpty] | None = None
    """Where it may charge, by id or alias; left out: everywhere."""
    limit: Annotated[float, Number, Field(gt=0, le=100_000, allow_inf_nan=False)] | None = None
    """kWh per month; once they are used up, the card starts nothing until the next."""
    note: Text = ""
    """For people."""
    aliases: tuple[IdTagText, ...] = ()
    """Other idTags that readers make of the same card."""
    mode: Annotated[Mode, AfterValidator(_charges)] | None = None
    """How its sessions are charged; left out: as the connector is set."""
    max_current: Annotated[float, Number, Field(ge=6, le=80, allow_inf_nan=False)] | None = None
    """A per phase for its sessions; left out: no limit of its own."""


def tag_of(entry: TagEntry, zone: ZoneInfo, names: Names) -> Tag:
    """The card in the core's words: times in UTC, days of `zone`, chargers by their case-folded ids."""
    return Tag(
        id=IdTag(entry.id),
        name=entry.name,
        expires=None if entry.expires is None else _utc(entry.expires, zone, ends=True),
        group=None if entry.group is None else IdTag(entry.group),
        valid_from=None if entry.valid_from is None else _utc(entry.valid_from, zone, ends=False),
        cost_centre=entry.cost_centre,
        chargers=frozenset(names.get(one.casefold(), one).casefold() for one in entry.chargers or ()),
        limit_wh=None if entry.limit is None else max(1, round(entry.limit * 1000)),
        note=entry.note,
        aliases=tuple(map(IdTag, entry.aliases)),
        mode=entry.mode,
        max_current_a=entry.max_current,
    )


def nonsense(entry: TagEntry, zone: ZoneInfo, names: Names | None) -> Iterator[tuple[KeyPath, str, str]]:
    """What each key for itself cannot show: its path, the reason and the remedy. `names` None: they are not known."""
    for position, charger in enumerate(entry.chargers or ()):
        if names is not None and charger.casefold() not in names:
            close = nearest(charger, names)
            remedy = (
                f"did you mean {names[close]}?"
                if close
                else f"known: {', '.join(sorted(set(names.values()))) or 'none'}"
            )
            yield ("chargers", position), f"there is no charger {charger}", remedy
    begin, end = entry.valid_from, entry.expires
    if begin is not None and end is not None and _utc(begin, zone, ends=False) >= _utc(end, zone, ends=True):
        yield ("expires",), "the card would never be valid", "let valid_from be before expires"
    if entry.id == ANY_CARD and (entry.limit is not None or entry.aliases):
        key = "aliases" if entry.aliases else "limit"
        yield (key,), f"{key} is of one card, and * is every card", "give the card an entry of its own"
    seen = {entry.id.casefold()}
    for position, alias in enumerate(entry.aliases):
        if alias.casefold() in seen or alias == ANY_CARD:
            reason = "this is no other reading of the card"
            yield ("aliases", position), reason, "name each other idTag of it once; upper and lower case are alike"
        seen.add(alias.casefold())


def _utc(written: date | datetime, zone: ZoneInfo, *, ends: bool) -> datetime:
    if not isinstance(written, datetime):
        return datetime.combine(written + timedelta(days=int(ends)), time(), zone).astimezone(UTC)
    return (written if written.tzinfo is not None else written.replace(tzinfo=zone)).astimezone(UTC)
