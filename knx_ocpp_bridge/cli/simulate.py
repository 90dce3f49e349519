"""`simulate`: a charger without a charger, handled from a prompt or a script."""

import asyncio
import sys
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click
from ocpp.v16.enums import ConfigurationStatus

from knx_ocpp_bridge.ocpp.simulator.charge_point import ChargePoint
from knx_ocpp_bridge.ocpp.simulator.clock import Clock, duration
from knx_ocpp_bridge.ocpp.simulator.link import Link
from knx_ocpp_bridge.ocpp.simulator.plan import Plan
from knx_ocpp_bridge.ocpp.simulator.script import (
    Done,
    Expect,
    Quit,
    Say,
    ScriptError,
    Wait,
    perform,
    status_lines,
)
from knx_ocpp_bridge.ocpp.simulator.security import ROOT, Access, Security

_LOOK_S: Final = 0.05
_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True)
class _Options:
    charger_id: str
    url: str
    connectors: int
    script: Path | None
    quick: bool
    ca: Path | None
    password: str
    password_bytes: bool
    certificate: Path | None
    key: Path | None
    without: tuple[str, ...]
    meter_serial: str | None
    signed: bool
    clock: str
    naive: bool
    configure: tuple[str, ...]


@click.group()
def simulate() -> None:
    """Play a device that is not there."""


@simulate.command("charge-point")
@click.option("--id", "charger_id", required=True, help="Identity of the charge point, the last part of the URL.")
@click.option("--url", required=True, help="Central System, e.g. ws://127.0.0.1:8016 (the identity is appended).")
@click.option("--connectors", default=2, show_default=True, type=click.IntRange(1, 16))
@click.option("--script", type=_FILE, help="Commands, one per line.")
@click.option("--quick", is_flag=True, help="Meter values every second, a reboot of half a second, quick uploads.")
@click.option("--ca", type=_FILE, help="Root certificate (PEM) that wss:// is checked against.")
@click.option("--password", default="", help="AuthorizationKey: security profile 1 by ws://, 2 by wss://.")
@click.option("--password-bytes", is_flag=True, help="Send the bytes that its hex digits stand for, not the text.")
@click.option("--certificate", type=_FILE, help="Own certificate chain (PEM): security profile 3.")
@click.option("--key", type=_FILE, help="The private key of --certificate (PEM).")
@click.option("--without", multiple=True, help="An action or configuration key it does not know; can be repeated.")
@click.option("--meter-serial", help="Serial number of its meter; left out: one made of the identity.")
@click.option("--signed", is_flag=True, help="Its meter signs the register at the beginning and the end.")
@click.option("--clock", default="0", help="How far its clock is ahead: +2h, -90s.")
@click.option("--naive", is_flag=True, help="Its times bear no time zone.")
@click.option("--configure", multiple=True, help="KEY=VALUE, one of its configuration keys; can be repeated.")
def charge_point(**options: Any) -> None:  # noqa: ANN401 - click's way to hand over many options
    """Simulate an OCPP 1.6J charge point. `help` at the prompt lists the commands."""
    chosen = _Options(**options)
    now = datetime.now(UTC)
    charger = ChargePoint(_plan(chosen), now, _security(chosen))
    charger.clock = _clock(chosen)
    if chosen.quick:
        charger.configuration.change("MeterValueSampleInterval", "1")
    for pair in chosen.configure:
        _configure(charger, pair)
    lines = chosen.script.read_text("utf-8").splitlines() if chosen.script else None
    try:
        sys.exit(asyncio.run(_play(charger, Link(charger, chosen.charger_id, chosen.url, _show), lines)))
    except KeyboardInterrupt:
        sys.exit(130)


def _plan(options: _Options) -> Plan:
    meter_serial = f"METER-{options.charger_id}" if options.meter_serial is None else options.meter_serial
    plan = Plan(
        connectors=options.connectors,
        serial=f"SIM-{options.charger_id}"[:25],
        meter_serial=meter_serial[:25],
        signs=options.signed,
        without=frozenset(options.without),
    )
    return replace(plan, reboot_s=0.5, work_s=0.2) if options.quick else plan


def _clock(options: _Options) -> Clock:
    """Raises UsageError where the time is none."""
    try:
        return Clock(duration(options.clock), options.naive)
    except ValueError as error:
        raise click.UsageError(f"--clock: {error}") from error


def _configure(charger: ChargePoint, pair: str) -> None:
    """Raises UsageError where the charger does not take it."""
    key, _, value = pair.partition("=")
    status = charger.configuration.change(key, value)
    if status is not ConfigurationStatus.accepted:
        raise click.UsageError(f"--configure {pair}: {status.value}")


def _security(options: _Options) -> Security:
    """Raises UsageError where the options do not fit together."""
    if (options.certificate is None) is not (options.key is None):
        raise click.UsageError("--certificate and --key belong together")
    tls = options.url.startswith("wss:")
    if options.certificate is not None and not tls:
        raise click.UsageError("--certificate needs a URL with wss://")
    profile = (2 if tls else 1) if options.password else 0
    chain, key = (file.read_text("ascii") if file else "" for file in (options.certificate, options.key))
    access = Access(3 if chain else profile, options.password, chain, key)
    roots = {ROOT: [options.ca.read_text("ascii")]} if options.ca else {}
    return Security(access, roots, key_as_bytes=options.password_bytes)


async def _play(charger: ChargePoint, link: Link, lines: list[str] | None) -> int:
    running = asyncio.create_task(link.run())
    source = _script(lines) if lines is not None else _prompt()
    try:
        async for line in source:
            try:
                if not await _do(line, charger):
                    break
            except ScriptError as error:
                _show("!", str(error))
                if lines is not None:
                    return 1
        return 0
    finally:
        running.cancel()
        await asyncio.wait([running])


async def _do(line: str, charger: ChargePoint) -> bool:
    match perform(line, charger, datetime.now(UTC)):
        case Wait(seconds):
            await asyncio.sleep(seconds)
        case Say(lines):
            for text in lines:
                _show(" ", text)
        case Expect() as expected:
            await _expect(expected, charger)
        case Quit():
            return False
        case Done():
            pass
    return True


async def _expect(expected: Expect, charger: ChargePoint) -> None:
    """Wait for the status and for the Central System to have heard of it.

    Raises:
        ScriptError: it did not come in time.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + expected.seconds
    where = charger.connectors[expected.connector]
    while loop.time() < end:
        if where.status(charger.limit_a(where, datetime.now(UTC))) is expected.status and charger.settled:
            return
        await asyncio.sleep(_LOOK_S)
    state = "; ".join(status_lines(charger, datetime.now(UTC)))
    wanted = f"connector {expected.connector} should be {expected.status.value}"
    raise ScriptError(f"{wanted} within {expected.seconds:g} s, but: {state}")


async def _script(lines: list[str]) -> AsyncIterator[str]:
    for line in lines:
        yield line


async def _prompt() -> AsyncIterator[str]:
    """Lines of standard input; a daemon thread reads them, so that quitting waits for nobody."""
    loop = asyncio.get_running_loop()
    heard: asyncio.Queue[str | None] = asyncio.Queue(maxsize=100)

    def read() -> None:
        # Unbuffered: a buffered reader is locked while it waits, and the interpreter could not end.
        with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as raw:
            for line in raw:
                asyncio.run_coroutine_threadsafe(heard.put(line.decode("utf-8", "replace")), loop).result()
        asyncio.run_coroutine_threadsafe(heard.put(None), loop).result()

    threading.Thread(target=read, daemon=True).start()
    while (line := await heard.get()) is not None:
        yield line


def _show(direction: str, text: str) -> None:
    at = datetime.now().astimezone().isoformat(timespec="milliseconds")[11:23]
    print(f"{at} {direction} {text}", flush=True)
