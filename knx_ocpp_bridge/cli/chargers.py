"""`chargers`: who is there, who wants to be, and what each of them has to show."""

from pathlib import Path
from typing import Any, Final, TextIO

import click

from knx_ocpp_bridge.cli.desk import Row, look, manage
from knx_ocpp_bridge.cli.live import answer, unexpected
from knx_ocpp_bridge.cli.options import socket_option
from knx_ocpp_bridge.cli.tables import cell, dump, facts, json_option, plain, shown, spelled, table, time_of_day
from knx_ocpp_bridge.control.protocol import Snapshot, Status

_ANSWER_WITHIN_S: Final = 10.0
_SECURED_WITHIN_S: Final = 480.0
"""Longer than the bridge itself waits, so that the reason is the bridge's own."""
_LIST: Final = ("id", "name", "online", "registration", "profile", "vendor", "model", "firmware", "address")
_PENDING: Final = ("id", "vendor", "model", "serial", "firmware", "address", "tries", "last seen", "registration")
_MORE: Final = ("iccid", "imsi", "meter_serial", "meter_type", "charge_box_serial", "user_agent", "last_reason")

charger_argument = click.argument("charger", metavar="ID")


@click.group()
def chargers() -> None:
    """List, adopt, reject and secure chargers."""


@chargers.command("list")
@json_option
@socket_option
def list_(socket: Path, *, as_json: bool) -> None:
    """List the configured chargers."""
    snapshot = answer(socket, Status(), _ANSWER_WITHIN_S)
    if not isinstance(snapshot, Snapshot):
        unexpected(snapshot)
    security = {row["charger"]: row for row in look(socket, "security").rows}
    rows = [
        {**charger, "profile": _profile(security.get(charger["id"]), as_json=as_json), "address": charger["peer"]}
        for charger in snapshot.chargers
        if charger["configured"]
    ]
    if as_json:
        click.echo(dump([{head: row[head] for head in _LIST} for row in rows]))
        return
    told = [{**row, "online": _presence(row)} for row in rows]
    click.echo("\n".join(table(_LIST, [tuple(cell(row[head]) for head in _LIST) for row in told])))


@chargers.command("show")
@charger_argument
@json_option
@socket_option
def show(charger: str, socket: Path, *, as_json: bool) -> None:
    """Show everything that is known of one charger, and which flags act for it and why."""
    (row,) = look(socket, "charger", charger).rows
    click.echo(dump(row) if as_json else "\n".join(_card(row)))


@chargers.command("pending")
@json_option
@socket_option
def pending(socket: Path, *, as_json: bool) -> None:
    """List who dials in, or wants to, without being configured: to be adopted or rejected."""
    rows = look(socket, "strangers").rows
    (window,) = look(socket, "window").rows
    if as_json:
        click.echo(dump({"window": window, "strangers": rows}))
        return
    click.echo(window_line(window))
    if not rows:
        click.echo("no unknown charger has dialled in since the bridge started")
        return
    named = [{**row, "last seen": time_of_day(row["last_seen"])} for row in rows]
    click.echo("\n".join(("", *table(_PENDING, [tuple(cell(row[head]) for head in _PENDING) for row in named]))))
    for row in rows:
        more = facts({name: row[name] for name in _MORE}, "  ")
        if more:
            click.echo("\n".join(("", shown(row["id"]), *more)))
    click.echo("\nknx-ocpp-bridge chargers adopt ID, or: chargers reject ID")


@chargers.command("adopt")
@charger_argument
@click.option("--name", default="", help="What people call it.")
@click.option("--connectors", type=click.IntRange(1, 31), help="How many it has; left out: it is asked.")
@json_option
@socket_option
def adopt(charger: str, name: str, connectors: int | None, socket: Path, *, as_json: bool) -> None:
    """Put an unknown charger into the configuration file, whose comments stay, and serve it."""
    manage(socket, "adopt", charger, {"name": name, "connectors": connectors or 0}, as_json=as_json)


@chargers.command("reject")
@charger_argument
@json_option
@socket_option
def reject(charger: str, socket: Path, *, as_json: bool) -> None:
    """Answer an unknown charger Rejected from now on, over restarts too."""
    manage(socket, "reject", charger, {}, as_json=as_json)


@chargers.command("forget")
@charger_argument
@json_option
@socket_option
def forget(charger: str, socket: Path, *, as_json: bool) -> None:
    """Forget all that is known of a charger which is not configured, that it was rejected as well."""
    manage(socket, "forget", charger, {}, as_json=as_json)


@chargers.command("window")
@click.argument("minutes", metavar="MINUTES", type=click.IntRange(0, 60))
@json_option
@socket_option
def window(minutes: int, socket: Path, *, as_json: bool) -> None:
    """For some minutes adopt every unknown charger that boots, at most 16; 0 closes the window."""
    manage(socket, "window", "", {"minutes": minutes}, as_json=as_json)


@chargers.command("secure")
@charger_argument
@click.option("--profile", type=click.IntRange(1, 3), default=2, show_default=True, help="Security profile of OCPP.")
@click.option("--key-file", "key", type=click.File("r", encoding="ascii"), help="The key in hex; else one is made.")
@json_option
@socket_option
def secure(charger: str, profile: int, key: TextIO | None, socket: Path, *, as_json: bool) -> None:
    """Bring a charger to a security profile over OCPP: root certificate, password, profile."""
    click.echo("waiting for the charger; this takes some calls", err=True)
    options = {"profile": profile, "key": "" if key is None else key.read().strip()}
    manage(socket, "secure", charger, options, as_json=as_json, within_s=_SECURED_WITHIN_S)


@chargers.command("password")
@charger_argument
@click.option("--file", "file", type=click.File("r", encoding="utf-8"), help="Read it from there; - is stdin.")
@click.option("--none", is_flag=True, help="It has no password here any more.")
@click.option("--profile", type=click.IntRange(0, 3), help="Let it in from this security profile on.")
@json_option
@socket_option
def password(
    charger: str, file: TextIO | None, profile: int | None, socket: Path, *, none: bool, as_json: bool
) -> None:
    """Set here, not in the charger, which password it has to show; one is made, if none is given."""
    options: dict[str, Any] = {"none": none}
    if file is not None:
        options["password"] = file.read().rstrip("\r\n")
    if profile is not None:
        options["profile"] = profile
    manage(socket, "password", charger, options, as_json=as_json)


def window_line(state: Row) -> str:
    """How the adoption window stands, in one line."""
    if not state["open"]:
        return "adoption window: closed"
    minutes, seconds = divmod(state["closes_in_s"], 60)
    return f"adoption window: open for {minutes}:{seconds:02} more, or {state['left']} more chargers"


def _card(row: Row) -> list[str]:
    presence = _presence(row)
    if row["refused"]:
        presence = f"{presence}, and not let in: {row['refused']['reason']}"
    lines = [
        f"{shown(row['id'])}  {shown(row['name'])}".rstrip(),
        *facts({"connection": presence, "address": row["peer"], "registration": row["registration"]}, "  "),
        *facts(row["identity"], "  "),
        *facts({"aliases": row["aliases"]}, "  "),
        "",
        "security",
        *facts(_security(row["security"]), "  "),
    ]
    if row["flags"]:
        heads = ("name", "value", "source", "why")
        lines += ["", "what acts for it beyond the standard"]
        lines += [
            "  " + line for line in table(heads, [tuple(cell(each[head]) for head in heads) for each in row["flags"]])
        ]
    for connector in row["connectors"]:
        lines += ["", f"connector {connector['id']}", *facts(_values(connector["values"]), "  ")]
        if connector["transaction"] is not None:
            lines += ["  transaction", *facts(connector["transaction"], "    ")]
    return [*lines, "", "counters", *facts(row["counters"], "  ")]


def _values(values: Row) -> Row:
    """With the status as people read it, beside its number on the bus."""
    status = values.get("status")
    return values if status is None else {**values, "status": f"{status} {spelled(status)}"}


def _presence(row: Row) -> str:
    """What the building is told of its connection, unless there is one that the building is not told of yet."""
    told: str = row["online"]
    return "connected, not admitted yet" if row.get("linked") and told != "online" else told


def _profile(state: Row | None, *, as_json: bool) -> object:
    """What it has to show; for people also what it was told to show and has not shown yet, so that less is let in."""
    if state is None or as_json or state.get("wanted") in {None, state["needed"]}:
        return None if state is None else state["needed"]
    return f"{state['needed']} ({state['wanted']} awaited)"


def _security(state: Row) -> dict[str, object]:
    words = ("0 nothing", "1 a password", "2 TLS and a password", "3 TLS and a client certificate")
    named = {name: None if state[name] is None else words[state[name]] for name in ("needed", "shown", "wanted")}
    return {**named, "password": plain(state["password"]), "certificate": state["certificate"]}
