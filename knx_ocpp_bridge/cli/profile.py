"""`profile`: smart charging by hand, with the words of OCPP."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import click

from knx_ocpp_bridge.cli.desk import Row, look, manage
from knx_ocpp_bridge.cli.live import EXIT, WISH_WITHIN_S, answer, unexpected
from knx_ocpp_bridge.cli.options import socket_option
from knx_ocpp_bridge.cli.tables import cell, dump, json_option, shown, table, time_of_day
from knx_ocpp_bridge.cli.target import Target, target_argument
from knx_ocpp_bridge.control.protocol import Manage, Managed

_PURPOSES: Final = click.Choice(["ChargePointMaxProfile", "TxDefaultProfile", "TxProfile"], case_sensitive=False)
_KINDS: Final = click.Choice(["Absolute", "Recurring", "Relative"], case_sensitive=False)
_RECURRENCIES: Final = click.Choice(["Daily", "Weekly"], case_sensitive=False)
_UNITS: Final = click.Choice(["A", "W"], case_sensitive=False)
_HEADS: Final = ("at", "connector", "by", "what", "answer")


@click.group()
def profile() -> None:
    """Write, clear and show charging profiles."""


@profile.command("set")
@target_argument
@click.argument("periods", metavar="PERIOD...", nargs=-1, required=True)
@click.option("--purpose", type=_PURPOSES, default="TxDefaultProfile", show_default=True)
@click.option("--kind", type=_KINDS, default="Absolute", show_default=True)
@click.option("--recurrency", type=_RECURRENCIES, help="Of a Recurring profile.")
@click.option("--unit", type=_UNITS, default="A", show_default=True)
@click.option("--start", metavar="TIME", help="When the schedule begins; now, if left out.")
@click.option("--duration", type=int, metavar="S", help="Seconds after which the schedule ends.")
@click.option("--valid-from", metavar="TIME", help="It counts from then on.")
@click.option("--valid-to", metavar="TIME", help="It counts until then.")
@click.option("--id", "profile_id", type=int, metavar="N", help="Its chargingProfileId; 100, if left out.")
@click.option("--stack-level", type=int, metavar="N", help="The highest counts.")
@click.option("--transaction", type=int, metavar="N", help="Of a TxProfile; the open one, if left out.")
@json_option
@socket_option
def put(target: Target, periods: tuple[str, ...], socket: Path, *, as_json: bool, **given: Any) -> None:  # noqa: ANN401
    """Write a charging profile. PERIOD is a limit, or START:LIMIT[:PHASES] with the start in seconds."""
    options = {
        "connector": target.named,
        "id": given.pop("profile_id"),
        "periods": " ".join(periods),
        **given,
    }
    named = {name: value for name, value in options.items() if value is not None}
    manage(socket, "profile_set", target.charger, named, as_json=as_json, within_s=WISH_WITHIN_S)


@profile.command("clear")
@target_argument
@click.option("--id", "profile_id", type=int, metavar="N", help="Its chargingProfileId.")
@click.option("--purpose", type=_PURPOSES)
@click.option("--stack-level", type=int, metavar="N")
@click.option("--all", "everything", is_flag=True, help="All profiles of the charger.")
@json_option
@socket_option
def clear(
    target: Target,
    profile_id: int | None,
    purpose: str | None,
    stack_level: int | None,
    socket: Path,
    *,
    everything: bool,
    as_json: bool,
) -> None:
    """Clear the charging profiles that fit all that is named: connector, id, purpose, stack level."""
    options = {"connector": target.named, "id": profile_id, "purpose": purpose, "stack_level": stack_level}
    named: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    if everything:
        named["all"] = True
    manage(socket, "profile_clear", target.charger, named, as_json=as_json, within_s=WISH_WITHIN_S)


@profile.command("show")
@target_argument
@click.option("--composite", type=int, metavar="S", help="Ask the charger what all comes to in so many seconds.")
@json_option
@socket_option
def show(target: Target, composite: int | None, socket: Path, *, as_json: bool) -> None:
    """Show what the charger was told by the bridge and by hand, and how that ended."""
    told: Managed | None = None
    if composite is not None:
        options = {"connector": target.connector(1), "duration": composite}
        response = answer(socket, Manage("composite_schedule", target.charger, options), WISH_WITHIN_S)
        told = response if isinstance(response, Managed) else unexpected(response)
    rows = [row for row in look(socket, "profiles", target.charger).rows if target.named in {None, row["connector"]}]
    if as_json:
        click.echo(dump({"connectors": rows}))
    else:
        for line in _lines(rows):
            click.echo(line)
        for message in () if told is None else told.messages:
            click.echo(shown(message), err=not told.done if told is not None else False)
    sys.exit(0 if told is None or told.done else EXIT[told.because])


def _lines(rows: list[Row]) -> Iterator[str]:
    lines = [line for row in rows for line in _told(row)]
    if not lines:
        yield "nothing was told of charging profiles yet"
        return
    yield from table(_HEADS, sorted(lines))


def _told(row: Row) -> Iterator[tuple[str, ...]]:
    connector = str(row["connector"])
    for order in row["orders"]:
        answered = f"{order['state']} {order['answer']}".strip()
        yield time_of_day(order["at"]), connector, "bridge", shown(order["what"]), shown(answered)
    for write in row["writes"]:
        words = f"{write['result']} {write['answer']}" if write["result"] != "accepted" else write["answer"]
        yield time_of_day(write["at"]), connector, "hand", shown(_sent(write)), cell(words)


def _sent(write: Row) -> str:
    """The call in a few words."""
    sent: Mapping[str, Any] = write["sent"]
    inner = sent.get("csChargingProfiles")
    if not isinstance(inner, Mapping):
        named = ", ".join(f"{name} {value}" for name, value in sent.items())
        return f"clear {named or 'all'}"
    schedule = inner.get("chargingSchedule") or {}
    limits = [f"{one.get('startPeriod')}:{one.get('limit')}" for one in schedule.get("chargingSchedulePeriod", [])]
    what = (inner.get("chargingProfilePurpose"), inner.get("chargingProfileId"), inner.get("chargingProfileKind"))
    return f"{' '.join(map(str, what))}, {' '.join(limits[:6])} {schedule.get('chargingRateUnit')}"
