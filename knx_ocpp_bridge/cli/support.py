"""`health` and `support-bundle`: how the bridge fares, and all that somebody far away needs to find a fault."""

import asyncio
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click

from knx_ocpp_bridge.cli.desk import look
from knx_ocpp_bridge.cli.live import EXIT_FAILED, EXIT_NO_CONNECTION
from knx_ocpp_bridge.cli.options import socket_option
from knx_ocpp_bridge.cli.tables import dump, json_option, shown
from knx_ocpp_bridge.control.client import ask
from knx_ocpp_bridge.control.errors import ControlError
from knx_ocpp_bridge.control.health import Level
from knx_ocpp_bridge.control.protocol import Request, Response
from knx_ocpp_bridge.control.support_bundle import support_bundle
from knx_ocpp_bridge.whole_file import replacing

_WITHIN_S: Final = 30.0


@click.command()
@json_option
@socket_option
def health(socket: Path, *, as_json: bool) -> None:
    """Show what is well and what is not, with what to do about it. Exit code 1: something is not."""
    rows = look(socket, "health").rows
    click.echo(dump(rows) if as_json else "\n".join(line for row in rows for line in _lines(row)))
    sys.exit(EXIT_FAILED if any(row["level"] == Level.TROUBLE.value for row in rows) else 0)


def _lines(row: Mapping[str, Any]) -> list[str]:
    lines = [f"{row['level']:<8} {shown(row['text'])}"]
    return [*lines, f"         -> {shown(row['remedy'])}"] if row["remedy"] else lines


@click.command("support-bundle")
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@socket_option
def bundle(file: Path, socket: Path) -> None:
    """Put what is needed to find a fault into FILE (.tar.gz); no password, key, whole idTag or name of a person."""

    async def asked(request: Request) -> Response:
        return await asyncio.to_thread(ask, socket, request, _WITHIN_S)

    try:
        packed = asyncio.run(support_bundle(asked, datetime.now(UTC)))
        with replacing(file) as target:
            target.write(packed)
    except ControlError as error:
        click.echo(str(error), err=True)
        sys.exit(EXIT_NO_CONNECTION)
    except OSError as error:
        click.echo(f"{file} cannot be written ({error.strerror}): name another file", err=True)
        sys.exit(EXIT_FAILED)
    click.echo(f"{file}: {len(packed) // 1024} KiB; README.txt in it says what it holds; read it before you send it")
