"""The verbs that command a running bridge: each is one wish by the control socket."""

import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn

import click

from knx_ocpp_bridge.cli.options import EXIT_CONFIGURATION, socket_option
from knx_ocpp_bridge.cli.tables import dump, json_option
from knx_ocpp_bridge.cli.target import Target, current_argument, switch_argument, target_argument
from knx_ocpp_bridge.control.client import ask
from knx_ocpp_bridge.control.errors import ControlError
from knx_ocpp_bridge.control.protocol import Ended, Failed, Reload, Reloaded, Request, Response, Wish
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.values import CHARGE_POINT, IdTag

EXIT_FAILED: Final = 1
EXIT_USAGE: Final = 2
EXIT_REFUSED: Final = 4
EXIT_NO_CONNECTION: Final = 5

EXIT: Final[Mapping[CommandResult, int]] = {
    CommandResult.ACCEPTED: 0,
    CommandResult.REJECTED: EXIT_REFUSED,
    CommandResult.NOT_SUPPORTED: EXIT_REFUSED,
    CommandResult.NOT_ALLOWED_NOW: EXIT_REFUSED,
    CommandResult.TIMED_OUT: EXIT_FAILED,
    CommandResult.OFFLINE: EXIT_NO_CONNECTION,
}
_ANSWER_WITHIN_S: Final = 10.0
_WONDER_AFTER_S: Final = 0.5
WISH_WITHIN_S: Final = 240.0
"""Longer than the bridge itself waits for a charger, so that the reason is the bridge's own."""


@click.command()
@target_argument
@click.option("--tag", metavar="ID|NAME", help="Start in the name of this card; left out: in the bridge's own.")
@json_option
@socket_option
def start(target: Target, tag: str | None, socket: Path, *, as_json: bool) -> None:
    """Start charging (connector 1, if none is named); waits for the cable as the wall switch does."""
    id_tag = None if tag is None else IdTag(tag)
    wished = Wish(target.charger, target.connector(1), "charging", value=True, id_tag=id_tag)
    wish(socket, wished, as_json=as_json, meanwhile="waiting for the charger; Ctrl-C ends the waiting, not the wish")


@click.command()
@target_argument
@json_option
@socket_option
def stop(target: Target, socket: Path, *, as_json: bool) -> None:
    """Stop charging, or cancel a start that waits for the cable (connector 1, if none is named)."""
    wish(socket, Wish(target.charger, target.connector(1), "charging", value=False), as_json=as_json)


@click.command()
@target_argument
@json_option
@socket_option
def unlock(target: Target, socket: Path, *, as_json: bool) -> None:
    """Unlock the cable (connector 1, if none is named); a charger ends an open transaction first."""
    wish(socket, Wish(target.charger, target.connector(1), "unlock", value=True), as_json=as_json)


@click.command()
@target_argument
@current_argument
@json_option
@socket_option
def limit(target: Target, current_a: float, socket: Path, *, as_json: bool) -> None:
    """Limit the current per phase, e.g. 10A; 0A pauses (connector 1, if none is named)."""
    wish(socket, Wish(target.charger, target.connector(1), "max_current", current_a), as_json=as_json)


@click.command()
@target_argument
@click.option("--hard", is_flag=True, help="Restart the hardware; left out: end transactions orderly first.")
@json_option
@socket_option
def reset(target: Target, socket: Path, *, hard: bool, as_json: bool) -> None:
    """Restart the charge point."""
    wish(socket, Wish(target.alone(), CHARGE_POINT, "hard_reset" if hard else "reset", value=True), as_json=as_json)


@click.command()
@target_argument
@switch_argument
@json_option
@socket_option
def availability(target: Target, socket: Path, *, on: bool, as_json: bool) -> None:
    """Make a connector available or not; the whole charge point, if none is named."""
    wish(socket, Wish(target.charger, target.connector(CHARGE_POINT), "availability", value=on), as_json=as_json)


@click.command()
@json_option
@socket_option
def reload(socket: Path, *, as_json: bool) -> None:
    """Read the configuration again (as SIGHUP does); charging goes on, a broken file changes nothing."""
    response = answer(socket, Reload(), _ANSWER_WITHIN_S)
    if not isinstance(response, Reloaded):
        unexpected(response)
    if as_json:
        click.echo(dump({"reloaded": response.reloaded, "messages": response.messages}))
        sys.exit(0 if response.reloaded else EXIT_CONFIGURATION)
    for message in response.messages:
        click.echo(message, err=not response.reloaded)
    if not response.reloaded:
        click.echo("the configuration was refused; the old one stays in force", err=True)
        sys.exit(EXIT_CONFIGURATION)
    click.echo("the configuration is in force")


def answer(socket: Path, request: Request, timeout_s: float) -> Response:
    """The bridge's answer; ends the command with exit code 5 if there is no bridge, 1 if it understood nothing, 2 if
    what was typed is none.
    """
    try:
        response = ask(socket, request, timeout_s)
    except ControlError as error:
        click.echo(str(error), err=True)
        sys.exit(EXIT_NO_CONNECTION)
    if isinstance(response, Failed):
        click.echo(response.error, err=True)
        sys.exit(EXIT_USAGE if response.usage else EXIT_FAILED)
    return response


@contextmanager
def _saying(meanwhile: str) -> Iterator[None]:
    """Says it if it takes long enough for somebody to wonder."""
    timer = threading.Timer(_WONDER_AFTER_S, click.echo, (meanwhile,), {"err": True})
    timer.daemon = True
    if meanwhile:
        timer.start()
    try:
        yield
    finally:
        timer.cancel()


def wish(socket: Path, wished: Wish, *, as_json: bool, meanwhile: str = "") -> NoReturn:
    """Ends the command with what became of the wish; `meanwhile` is said while it takes long."""
    with _saying(meanwhile):
        response = answer(socket, wished, WISH_WITHIN_S)
    if not isinstance(response, Ended):
        unexpected(response)
    if as_json:
        click.echo(dump({"result": response.result.name, "reason": response.reason}))
        sys.exit(EXIT[response.result])
    words = response.result.name.lower().replace("_", " ")
    click.echo(f"{words}: {response.reason}", err=response.result is not CommandResult.ACCEPTED)
    sys.exit(EXIT[response.result])


def unexpected(response: Response) -> NoReturn:
    """Ends the command: this answers another question."""
    click.echo(f"the bridge gives an answer to another question ({type(response).__name__}); restart it", err=True)
    sys.exit(EXIT_FAILED)
