"""What the verbs share that look and manage: one question, all pages of a topic, and what was done in sentences."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

import click

from knx_ocpp_bridge.cli.live import EXIT, answer, unexpected
from knx_ocpp_bridge.cli.tables import dump, remember_zone, shown
from knx_ocpp_bridge.control.protocol import Listing, Manage, Managed, Query

PAGE: Final = 500
_LOOK_WITHIN_S: Final = 30.0
_DONE_WITHIN_S: Final = 60.0
_EVERY_S: Final = 1.0

Row = Mapping[str, Any]

follow_option = click.option("--follow", is_flag=True, help="Go on until Ctrl-C.")
"""`--follow`; the parameter is `follow: bool`."""


def look(socket: Path, topic: str, charger: str = "", **options: object) -> Listing:
    """The rows of a topic; ends the command if the bridge has none to give."""
    response = answer(socket, Query(topic, charger, options), _LOOK_WITHIN_S)
    if not isinstance(response, Listing):
        unexpected(response)
    remember_zone(response.zone)
    return response


def pages(
    socket: Path, query: Query, *, newest: int = 0, follow: bool = False, sleep: Callable[[float], None] = time.sleep
) -> Iterator[Row]:
    """Every row of a topic with numbered rows; of what is there, with `newest`, only so many of the last."""
    after = 0
    if newest:
        first = look(socket, query.topic, query.charger, **query.options, newest=True, limit=min(newest, PAGE))
        yield from first.rows
        after = first.next
    while follow or not newest:
        page = look(socket, query.topic, query.charger, **query.options, after=after, limit=PAGE)
        yield from page.rows
        after = page.next
        if len(page.rows) < PAGE:
            if not follow:
                return
            sleep(_EVERY_S)


def manage(socket: Path, act: str, charger: str, options: Row, *, as_json: bool, within_s: float = 0.0) -> NoReturn:
    """What was done; ends with 0, or if it was not done with 4, 1 (no answer in time) or 5 (no connection)."""
    response = answer(socket, Manage(act, charger, options), within_s or _DONE_WITHIN_S)
    if not isinstance(response, Managed):
        unexpected(response)
    if as_json:
        row = {} if response.row is None else {"row": response.row}
        click.echo(dump({"done": response.done, "messages": response.messages, **row}))
    else:
        for message in response.messages:
            for line in message.splitlines():
                click.echo(shown(line), err=not response.done)
    sys.exit(0 if response.done else EXIT[response.because])


def sure(question: str) -> None:
    """Returns if somebody says yes; else the command ends with 1, and nothing was done."""
    try:
        if click.confirm(question, err=True):
            return
    except click.Abort:
        click.echo("nobody is there to answer: say --yes", err=True)
    raise click.ClickException("nothing was done")
