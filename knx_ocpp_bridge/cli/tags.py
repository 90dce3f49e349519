"""`tags`: the cards, whose they are, what they may, and what is known of them."""

import json
from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, Final, TextIO, TypeVar

import click

from knx_ocpp_bridge.cli.desk import Row, look, manage, pages, sure
from knx_ocpp_bridge.cli.options import socket_option
from knx_ocpp_bridge.cli.tables import UNKNOWN, cell, dump, json_option, shown, site_zone, table, time_of_day
from knx_ocpp_bridge.config.outlet_models import TAG_MODES
from knx_ocpp_bridge.control.protocol import Query

_LIST: Final = ("card", "name", "group", "cost centre", "kWh", "limit", "from", "until", "chargers", "state", "kept in")
_SEEN: Final = ("card", "name", "last", "charger", "answer", "times")
_LEARNED_WITHIN_S: Final = 15.0
"""Longer than the minutes that were asked for."""
_MOST_MINUTES: Final = 60
_NUMBERS: Final = {"limit": "--limit in kWh per month, e.g. 120", "max_current": "--max-current in A, e.g. 10"}

_Command = TypeVar("_Command", bound=Callable[..., Any])

whole_option = click.option("--whole", is_flag=True, help="Show idTags whole.")
card_argument = click.argument("card", metavar="ID|NAME")


def _card_options(command: _Command) -> _Command:
    """What can be said of a card; `given` collects what was."""
    for option in reversed((
        click.option("--name", help="Whose card it is."),
        click.option("--group", metavar="IDTAG", help="Cards of one group may stop each other's transactions."),
        click.option("--cost-centre", metavar="TEXT", help="Who pays, for reports."),
        click.option("--from", "valid_from", metavar="DATE", help="Valid from this day or moment on."),
        click.option("--expires", metavar="DATE", help="Valid to the end of this day, or until this moment."),
        click.option("--charger", "chargers", metavar="ID", multiple=True, help="May charge here alone; repeatable."),
        click.option("--limit", metavar="KWH", help="kWh per month."),
        click.option("--note", metavar="TEXT", help="For people."),
        click.option("--mode", type=click.Choice(("", *TAG_MODES)), help="How its sessions are charged."),
        click.option("--max-current", metavar="A", help="A per phase for its sessions, at most."),
        click.option("--alias", "aliases", metavar="IDTAG", multiple=True, help="Other reading of it; repeatable."),
    )):  # fmt: skip
        command = option(command)
    return command


@click.group()
def tags() -> None:
    """Show, name, learn, change, export and erase cards."""


@tags.command("list")
@whole_option
@json_option
@socket_option
def list_(socket: Path, *, whole: bool, as_json: bool) -> None:
    """List the cards of files and database, with what they have taken this month."""
    rows = list(pages(socket, Query("tags", options={"whole": whole})))
    if as_json:
        for row in rows:
            click.echo(dump(row))
    elif rows:
        click.echo("\n".join(table(_LIST, map(_listed, rows))))
    else:
        click.echo("there is no card; to name one: knx-ocpp-bridge tags learn --name NAME")


@tags.command("seen")
@whole_option
@json_option
@socket_option
def seen(socket: Path, *, whole: bool, as_json: bool) -> None:
    """List the cards that were held to readers, unknown ones first."""
    rows = list(pages(socket, Query("cards", options={"whole": whole})))
    rows.sort(key=lambda row: row["number"], reverse=True)
    rows.sort(key=lambda row: row["known"])
    if as_json:
        for row in rows:
            click.echo(dump(row))
    elif rows:
        click.echo("\n".join(table(_SEEN, map(_held, rows))))
    else:
        click.echo("no card was held to a reader yet")


@tags.command("add")
@click.argument("id_tag", metavar="ID")
@_card_options
@json_option
@socket_option
def add(id_tag: str, socket: Path, *, as_json: bool, **given: Any) -> None:  # noqa: ANN401 - the options of a card
    """Name a card in the database; it counts at once."""
    entry = {"id": id_tag, **_given(given)}
    manage(socket, "tag_put", "", {"entry": json.dumps(entry), "new": True}, as_json=as_json)


@tags.command("set")
@card_argument
@_card_options
@json_option
@socket_option
def set_(card: str, socket: Path, *, as_json: bool, **given: Any) -> None:  # noqa: ANN401 - the options of a card
    """Change a card of the database; an empty text takes out what was said."""
    entry = {"id": card, **_given(given)}
    if len(entry) == 1:
        raise click.UsageError("say what is to be changed")
    manage(socket, "tag_put", "", {"entry": json.dumps(entry)}, as_json=as_json)


@tags.command("remove")
@card_argument
@json_option
@socket_option
def remove(card: str, socket: Path, *, as_json: bool) -> None:
    """Take a card out of the database; what it has charged stays in the log."""
    manage(socket, "tag_remove", "", {"tag": card}, as_json=as_json)


@tags.command("learn")
@click.option("--name", help="Name the card; left out: it is only shown.")
@click.option(
    "--minutes", type=click.IntRange(1, _MOST_MINUTES), default=5, show_default=True, help="How long to wait."
)
@click.option("--charger", metavar="ID", default="", help="Wait at this charger alone.")
@json_option
@socket_option
def learn(name: str | None, minutes: int, charger: str, socket: Path, *, as_json: bool) -> None:
    """Wait for an unknown card that somebody holds to a reader, and name it."""
    if name is not None and not name.strip():
        raise click.UsageError("--name is empty: say whose card it is, or leave it out")
    look(socket, "charger" if charger else "report", charger)  # a bridge runs, and the charger is there
    where = f"a reader of {shown(charger)}" if charger else "any reader"
    click.echo(f"hold the card to {where}; it is answered by the rules still, so most likely refused", err=True)
    click.echo("Ctrl-C ends the waiting", err=True)
    options = {"name": name or "", "minutes": minutes, "at": charger}
    manage(socket, "learn", "", options, as_json=as_json, within_s=minutes * 60 + _LEARNED_WITHIN_S)


@tags.command("export")
@card_argument
@socket_option
def export(card: str, socket: Path) -> None:
    """Print all that is known of a card as JSON; a line in the general log says so."""
    found: dict[str, list[Row]] = {"entry": [], "seen": [], "transaction": []}
    after = 0
    while True:
        page = look(socket, "card", tag=card, after=after)
        for row in page.rows:
            found[row["kind"]].append({key: value for key, value in row.items() if key != "kind"})
        after = page.next
        if not after:
            break
    entry = found["entry"][0] if found["entry"] else None
    click.echo(dump({"entry": entry, "seen": found["seen"], "transactions": found["transaction"]}))


@tags.command("erase")
@card_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@socket_option
def erase(card: str, socket: Path, *, yes: bool, as_json: bool) -> None:
    """Erase all that leads to a person: its transactions stay, and are nobody's."""
    if not yes:
        look(socket, "report")  # a bridge runs
        sure(f"Erase {shown(card)}? This cannot be undone.")
    manage(socket, "tag_erase", "", {"tag": card, "yes": True}, as_json=as_json)


@tags.command("import")
@click.argument("file", type=click.File("r", encoding="utf-8-sig"))
@json_option
@socket_option
def import_(file: TextIO, socket: Path, *, as_json: bool) -> None:
    """Copy the cards of a tags file into the database; the file counts until they are taken out of it."""
    options = {"text": file.read(), "file": str(file.name)}
    manage(socket, "tag_import", "", options, as_json=as_json)


def _given(options: dict[str, Any]) -> dict[str, Any]:
    """The keys of a tags file that were said; an empty text says that there is none."""
    said = {key: value for key, value in options.items() if value not in (None, ())}
    for key in ("group", "valid_from", "expires", "mode"):
        if said.get(key) == "":
            said[key] = None
    for key in ("chargers", "aliases"):
        if key in said:
            said[key] = [one for one in said[key] if one] or (None if key == "chargers" else [])
    for key, remedy in _NUMBERS.items():
        if key in said:
            said[key] = _number(said[key], remedy)
    return said


def _number(text: str, remedy: str) -> float | None:
    try:
        return float(text.replace(",", ".")) if text else None
    except ValueError as error:
        raise click.UsageError(f"write {remedy}") from error


def _listed(row: Row) -> tuple[str, ...]:
    limit = UNKNOWN if row["limit_kwh"] is None else f"{row['limit_kwh']:g}"
    days = (_day(row["valid_from"]), _day(row["expires"], ends=True))
    texts = (cell(row[key]) for key in ("id_tag", "name", "group", "cost_centre"))
    kept = shown(row["place"] or row["source"])
    return (*texts, f"{row['used_kwh']:.1f}", limit, *days, cell(row["chargers"]), cell(row["state"]), kept)


def _day(written: str | None, *, ends: bool = False) -> str:
    """As it was written: a whole day of the site (the last one included), or a moment."""
    if written is None:
        return UNKNOWN
    at = datetime.fromisoformat(written).astimezone(site_zone())
    if at.timetz().replace(tzinfo=None) != time():
        return at.strftime("%Y-%m-%d %H:%M")
    return str(at.date() - timedelta(days=int(ends)))


def _held(row: Row) -> tuple[str, ...]:
    where = f"{shown(row['charger'])}/{row['connector']}" if row["connector"] else shown(row["charger"])
    whose = cell(row["name"]) if row["known"] else "unknown"
    return cell(row["id_tag"]), whose, time_of_day(row["at"]), where, cell(row["status"]), str(row["times"])
