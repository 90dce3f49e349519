"""`selftest`: try what a charger can, and write the result down."""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import click

from knx_ocpp_bridge.cli.desk import Row, look
from knx_ocpp_bridge.cli.live import EXIT, EXIT_FAILED, answer, unexpected
from knx_ocpp_bridge.cli.options import socket_option
from knx_ocpp_bridge.cli.tables import dump, json_option, shown, time_of_day
from knx_ocpp_bridge.cli.target import Target, target_argument
from knx_ocpp_bridge.control.protocol import Manage, Managed
from knx_ocpp_bridge.report.selftest import as_page, as_text
from knx_ocpp_bridge.whole_file import replacing

_BEGINS_WITHIN_S: Final = 30.0
_EVERY_S: Final = 0.5
_MARKS: Final = {"passed": "pass", "not seen": "?", "failed": "FAIL", "not tried": "-"}


@click.command()
@target_argument
@click.option(
    "--report",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the result into this file: a page if its name ends in .html, else text.",
)
@click.option("--last", is_flag=True, help="Begin none: show the last result.")
@json_option
@socket_option
def selftest(target: Target, report: Path | None, socket: Path, *, last: bool, as_json: bool) -> None:
    """Try connection, status, clock and keys; with a car plugged in also start, 6 A, pause, fast, stop and unlock.

    Everything that it changes is put back. Ctrl-C ends it. Refused while somebody charges. Exit code 0: nothing
    failed; 1: something did, or could not be put back.
    """
    connector = int(target.connector(1))
    if not last:
        _begin(socket, target.charger, connector)
    row = _last(socket, target.charger, connector) if last else _followed(socket, target, connector, as_json=as_json)
    if as_json:
        click.echo(dump(dict(row)))
    elif last:
        click.echo(as_text(row, time_of_day), nl=False)
    if report is not None:
        _write(report, row)
    sys.exit(EXIT_FAILED if row["failed"] or row["left"] else 0)


def _begin(socket: Path, charger: str, connector: int) -> None:
    response = answer(socket, Manage("selftest", charger, {"connector": connector}), _BEGINS_WITHIN_S)
    if not isinstance(response, Managed):
        unexpected(response)
    if not response.done:
        for message in response.messages:
            click.echo(shown(message), err=True)
        sys.exit(EXIT[response.because])


def _followed(socket: Path, target: Target, connector: int, *, as_json: bool) -> Row:
    try:
        row: Row = {}
        for row in _rows(socket, target.charger, connector):
            _tell(row, quiet=as_json)
    except KeyboardInterrupt:
        click.echo("it is ended; what it has changed is put back", err=True)
        answer(socket, Manage("selftest_end", target.charger, {}), _BEGINS_WITHIN_S)
        for row in _rows(socket, target.charger, connector):
            _tell(row, quiet=as_json)
    if not as_json:
        for line in (*row["left"], _summary(row)):
            click.echo(shown(line))
    return row


def _rows(socket: Path, charger: str, connector: int, sleep: Callable[[float], None] = time.sleep) -> Iterator[Row]:
    """The test as it goes on, until it is over."""
    while True:
        row = _last(socket, charger, connector)
        yield row
        if row["state"] == "over":
            return
        sleep(_EVERY_S)


def _last(socket: Path, charger: str, connector: int) -> Row:
    rows = look(socket, "selftest", charger, connector=connector).rows
    if not rows:
        raise click.ClickException(f"there was no self-test of {charger}/{connector} yet")
    return rows[0]


_told: list[str] = []
"""Trials that were shown already by this command."""


def _tell(row: Row, *, quiet: bool) -> None:
    for trial in row["trials"][len(_told) :]:
        _told.append(trial["trial"])
        if quiet:
            continue
        took = f" ({trial['seconds']:g} s)" if trial["seconds"] else ""
        click.echo(f"{_MARKS[trial['outcome']]:<5} {trial['trial']:<11} {shown(trial['reason'])}{took}")
        for finding in trial["findings"]:
            click.echo(f"{'':17} {shown(finding)}")


def _summary(row: Row) -> str:
    seen = f"passed: {row['passed']}, failed: {row['failed']}"
    return f"{seen}, not seen: {row['not_seen']}, not tried: {row['not_tried']}"


def _write(path: Path, row: Row) -> None:
    text = as_page(row, time_of_day) if path.suffix.casefold() in {".html", ".htm"} else as_text(row, time_of_day)
    try:
        with replacing(path) as file:
            file.write(text.encode())
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error}") from error
    click.echo(f"{path}: written", err=True)
