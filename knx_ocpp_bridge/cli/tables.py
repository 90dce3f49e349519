"""Rows for people: columns that line up, and nothing in them that could move the cursor."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from knx_ocpp_bridge.core.status import ConnectorStatus, ocpp_word

UNKNOWN: Final = "-"
_ZONE: Final = f"{__name__}.zone"

json_option = click.option("--json", "as_json", is_flag=True, help="For programs.")
"""`--json`; the parameter is `as_json: bool`."""


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """One line per row, the heads on top."""
    lines = [tuple(heads), *(tuple(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]


def facts(values: Mapping[str, object], indent: str = "") -> list[str]:
    """One line per value that says something, its name in front."""
    told = {name.replace("_", " "): plain(value) for name, value in values.items() if value not in ("", None, [], {})}
    width = max((len(name) for name in told), default=0)
    return [f"{indent}{name.ljust(width)}  {value}" for name, value in told.items()]


def plain(value: object) -> str:
    """One value as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(plain(each) for each in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{shown(name).replace('_', ' ')} {plain(each)}" for name, each in value.items())
    return shown(value)


def cell(value: object) -> str:
    """One value in a table; what is unknown is a dash."""
    return UNKNOWN if value in ("", None, [], ()) else plain(value)


def shown(text: object) -> str:
    """What a charger said of itself cannot move the cursor."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(text))


def site_zone() -> tzinfo | None:
    """The zone of the site, as the bridge has told this command; None: it has told none, the machine's counts."""
    context = click.get_current_context(silent=True)
    name = "" if context is None else context.meta.get(_ZONE, "")
    try:
        return ZoneInfo(name) if name else None
    except (ValueError, ZoneInfoNotFoundError):
        return None


def remember_zone(name: str) -> None:
    """From now on this command shows times by the clocks of this zone (IANA)."""
    context = click.get_current_context(silent=True)
    if context is not None and name:
        context.meta[_ZONE] = name


def time_of_day(written: object) -> str:
    """A time of ISO 8601 by the clocks of the site; what is none, as it is."""
    try:
        at = datetime.fromisoformat(str(written)).astimezone(site_zone())
    except ValueError:
        return cell(written)
    return at.strftime("%Y-%m-%d %H:%M:%S")


def dump(value: object) -> str:
    """One line of JSON; it may be looked at in a terminal, so what could move its cursor is written as a number."""
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isprintable() else "".join(map(_escaped, text))


def _escaped(letter: str) -> str:
    """As JSON writes what is no ASCII (RFC 8259 section 7)."""
    return letter if letter.isprintable() else json.dumps(letter)[1:-1]


def spelled(status: int) -> str:
    """The connector's status as OCPP 1.6 spells it, e.g. SuspendedEV."""
    return ocpp_word(ConnectorStatus(status))
