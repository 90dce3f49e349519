"""`call`: any operation of OCPP 1.6, as the standard writes it."""

import json
import sys
from pathlib import Path
from typing import Any, TextIO

import click

from knx_ocpp_bridge.cli.live import EXIT, WISH_WITHIN_S, answer, unexpected
from knx_ocpp_bridge.cli.options import socket_option
from knx_ocpp_bridge.cli.tables import dump, json_option, shown
from knx_ocpp_bridge.control.protocol import Call, Called
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.values import ChargerId


@click.command()
@click.argument("charger", metavar="ID")
@click.argument("action", metavar="ACTION")
@click.argument("payload", metavar="[JSON]", default="")
@click.option("--file", "file", type=click.File("r", encoding="utf-8"), help="The JSON of the request; - is stdin.")
@json_option
@socket_option
def call(charger: str, action: str, payload: str, file: TextIO | None, socket: Path, *, as_json: bool) -> None:
    """Send any operation of OCPP 1.6 and print the charger's answer as JSON.

    ACTION is the standard's name (GetConfiguration, SetChargingProfile ...), JSON the payload of its request; left
    out, it is {}.
    """
    if payload and file is not None:
        raise click.UsageError("the payload comes from the command line or from --file")
    called = ask(socket, charger, action, _object(file.read() if file is not None else payload or "{}"))
    if as_json:
        click.echo(dump({"result": called.result.name, "reason": called.reason, "answer": called.answer}))
    else:
        if called.answer is not None:
            click.echo(json.dumps(called.answer, indent=2, ensure_ascii=True))
        if called.result is not CommandResult.ACCEPTED or called.answer is None:
            click.echo(f"{words(called.result)}: {shown(called.reason)}", err=True)
    sys.exit(EXIT[called.result])


def ask(socket: Path, charger: str, action: str, payload: dict[str, Any]) -> Called:
    """What the charger answers; ends the command if it cannot be asked."""
    response = answer(socket, Call(ChargerId(charger), action, payload), WISH_WITHIN_S)
    if not isinstance(response, Called):
        unexpected(response)
    return response


def words(result: CommandResult) -> str:
    """E.g. `not supported`."""
    return result.name.lower().replace("_", " ")


def _object(text: str) -> dict[str, Any]:
    try:
        payload = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"the payload is no JSON: {error}") from error
    if not isinstance(payload, dict):
        raise click.UsageError('the payload is a JSON object, e.g. {"key": ["HeartbeatInterval"]}')
    return payload
