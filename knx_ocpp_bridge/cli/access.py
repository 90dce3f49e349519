"""`user`, `password`, `token` and `audit`: who may open the pages and use the API, and who did what.

Passwords are typed or read from a file: arguments are seen by everybody who may list processes.
"""

import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Final, TextIO

import click

from knx_ocpp_bridge.cli.desk import Row, follow_option, look, manage, pages, sure
from knx_ocpp_bridge.cli.options import socket_option
from knx_ocpp_bridge.cli.tables import UNKNOWN, dump, json_option, shown, table, time_of_day
from knx_ocpp_bridge.control.protocol import Query

_ROLES: Final = ("viewer", "operator", "installer")
_USERS: Final = ("name", "role", "sessions", "password since")
_TOKENS: Final = ("name", "role", "for", "made", "by", "last used")
_LAST: Final = 100
_RESET_BYTES: Final = 12

name_argument = click.argument("name", metavar="NAME")
role_option = click.option(
    "--role", type=click.Choice(_ROLES), default="viewer", show_default=True, help="May so much."
)
password_file_option = click.option(
    "--password-file", type=click.File("r", encoding="utf-8"), metavar="FILE", help="Its first line is the password."
)


@click.group()
def user() -> None:
    """Add, list and remove users of the pages, and say what they may."""


@user.command("add")
@name_argument
@role_option
@password_file_option
@json_option
@socket_option
def add(name: str, role: str, password_file: TextIO | None, socket: Path, *, as_json: bool) -> None:
    """Add a user; the password is asked for."""
    options = {"name": name, "role": role, "password": _password(password_file)}
    manage(socket, "user_add", "", options, as_json=as_json)


@user.command("list")
@json_option
@socket_option
def list_users(socket: Path, *, as_json: bool) -> None:
    """List the users."""
    rows = look(socket, "users").rows
    if as_json:
        _as_json(rows)
    elif rows:
        cells = ((row["name"], row["role"], str(row["sessions"]), time_of_day(row["password_at"])) for row in rows)
        _print(_USERS, cells)
    else:
        click.echo("there is no user; to add one: knx-ocpp-bridge user add NAME --role installer")


@user.command("role")
@name_argument
@click.argument("role", type=click.Choice(_ROLES))
@json_option
@socket_option
def role_(name: str, role: str, socket: Path, *, as_json: bool) -> None:
    """Say what a user may; it counts from the next page on."""
    manage(socket, "user_role", "", {"name": name, "role": role}, as_json=as_json)


@user.command("remove")
@name_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@socket_option
def remove(name: str, socket: Path, *, yes: bool, as_json: bool) -> None:
    """Remove a user, who is logged out everywhere."""
    if not yes:
        look(socket, "users")  # a bridge runs
        sure(f"Remove {shown(name)}?")
    manage(socket, "user_remove", "", {"name": name}, as_json=as_json)


@click.group()
def password() -> None:
    """Give a user of the pages a new password."""


@password.command("set")
@name_argument
@password_file_option
@json_option
@socket_option
def set_(name: str, password_file: TextIO | None, socket: Path, *, as_json: bool) -> None:
    """Set the password of a user; it is asked for."""
    options = {"name": name, "password": _password(password_file)}
    manage(socket, "password_set", "", options, as_json=as_json)


@password.command("reset")
@name_argument
@json_option
@socket_option
def reset(name: str, socket: Path, *, as_json: bool) -> None:
    """Make a password for a user who has lost it, and show it once."""
    new = secrets.token_urlsafe(_RESET_BYTES)
    look(socket, "users")  # a bridge runs
    click.echo(f"password, shown this once: {new}", err=as_json)
    manage(socket, "password_set", "", {"name": name, "password": new}, as_json=as_json)


@click.group()
def token() -> None:
    """Make, list and revoke the tokens that programs show instead of a password."""


@token.command("create")
@name_argument
@role_option
@click.option("--kiosk", is_flag=True, help="For a screen: good for the card of a connector alone.")
@json_option
@socket_option
def create(name: str, role: str, socket: Path, *, kiosk: bool, as_json: bool) -> None:
    """Make a token; it is shown once."""
    manage(socket, "token_create", "", {"name": name, "role": role, "kiosk": kiosk}, as_json=as_json)


@token.command("list")
@json_option
@socket_option
def list_tokens(socket: Path, *, as_json: bool) -> None:
    """List the tokens: what they may, and when they were used last."""
    rows = look(socket, "tokens").rows
    if as_json:
        _as_json(rows)
    elif rows:
        _print(_TOKENS, map(_token, rows))
    else:
        click.echo("there is no token; to make one: knx-ocpp-bridge token create NAME --role viewer")


@token.command("revoke")
@name_argument
@json_option
@socket_option
def revoke(name: str, socket: Path, *, as_json: bool) -> None:
    """Make a token good for nothing."""
    manage(socket, "token_revoke", "", {"name": name}, as_json=as_json)


@click.command()
@click.option("--who", metavar="NAME", default="", help="Of this user or token alone.")
@click.option("--what", metavar="WHAT", default="", help="Of this command alone, e.g. login, adopt, wish charging.")
@click.option("--charger", metavar="ID", default="", help="About this charger alone.")
@click.option(
    "--last", type=click.IntRange(1, 500), default=_LAST, show_default=True, metavar="N", help="The last N rows."
)
@follow_option
@json_option
@socket_option
def audit(*, who: str, what: str, charger: str, last: int, socket: Path, follow: bool, as_json: bool) -> None:
    """Show who did what, from where, and how it ended."""
    query = Query("audit", charger, {"who": who, "what": what})
    for row in pages(socket, query, newest=last, follow=follow):
        click.echo(dump(row) if as_json else _line(row))


def _line(row: Row) -> str:
    who = f"{row['origin']} {row['who']}".rstrip()
    peer = f" ({shown(row['peer'])})" if row["peer"] else ""
    about = f" {shown(row['charger'])}" if row["charger"] else ""
    details = f" {shown(row['details'])}" if row["details"] else ""
    return f"{time_of_day(row['at'])} {shown(who)}{peer}: {shown(row['what'])}{about}{details}: {shown(row['outcome'])}"


def _token(row: Row) -> tuple[str, ...]:
    used = UNKNOWN if row["used_at"] is None else time_of_day(row["used_at"])
    use = "screen" if row["kiosk"] else "program"
    return row["name"], row["role"], use, time_of_day(row["created_at"]), row["created_by"], used


def _print(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    click.echo("\n".join(table(heads, (tuple(map(shown, row)) for row in rows))))


def _as_json(rows: Iterable[Row]) -> None:
    for row in rows:
        click.echo(dump(row))


def _password(file: TextIO | None) -> str:
    if file is None:
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    typed = file.readline().rstrip("\r\n")
    if not typed:
        raise click.UsageError("the first line of the password file is empty")
    return typed
