"""A backup put back by whoever may: judged while the bridge runs, then put back between its end and its next start."""

import asyncio
import logging
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from knx_ocpp_bridge.config.load import load
from knx_ocpp_bridge.config.problems import ConfigError
from knx_ocpp_bridge.control.options import AskError
from knx_ocpp_bridge.control.protocol import Managed
from knx_ocpp_bridge.daemon.desk import Desk, Order
from knx_ocpp_bridge.daemon.system.machine import Machine
from knx_ocpp_bridge.daemon.system.tray import Tray
from knx_ocpp_bridge.store import restore as restoring
from knx_ocpp_bridge.store.archive import Manifest
from knx_ocpp_bridge.store.errors import StoreError
from knx_ocpp_bridge.store.restore import Places

_log = logging.getLogger(__name__)

PARTS = ("all", "state", "configuration")
"""What can be put back. `state`: database and certificates; `configuration`: the files and their secrets."""


async def restore(desk: Desk, order: Order) -> Managed:
    """The file is named as the tray knows it. Where it was done, the bridge ends in a moment and starts again.

    With `while_new` it is for somebody who has not logged in: nothing is done once there is a user.
    """
    machine, options = desk.machine, order.options
    may = partial(_is_new, desk) if options["while_new"] else _anyhow
    if options["part"] not in PARTS:
        raise AskError(f"part is one of {', '.join(PARTS)}")
    if machine.again is None:
        raise AskError("this bridge cannot start again by itself: stop it, and use knx-ocpp-bridge restore")
    file = Tray(machine.state).find(options["file"])
    part, password = options["part"], options["password"] or None
    places = Places(machine.state, machine.loaded().path, part != "configuration", part != "state")
    try:
        manifest = await asyncio.to_thread(_judged, machine, file, places, password)
        _let(may)
    except (AskError, StoreError) as error:
        file.unlink(missing_ok=True)
        if isinstance(error, StoreError) and error.where == file:
            # Where it lay for a moment says nothing to whoever has sent it.
            return Managed(done=False, messages=(f"{error.what}; {error.remedy}",))
        raise
    machine.again(partial(_put_back, machine, file, places, password, may))
    made = f"the backup of {manifest.made_at}, made by version {manifest.version}"
    outside = (f"{place} lay outside the configuration's folder: put it back by hand"
               for place in manifest.outside.values())  # fmt: skip
    return Managed(True, (f"{made}, is sound; it is put back now, and the bridge starts again", *outside))


def _let(may: Callable[[], bool]) -> None:
    if not may():
        raise AskError("somebody has set the first password meanwhile: log in; nothing was changed")


def _is_new(desk: Desk) -> bool:
    return desk.books.access.is_new


def _anyhow() -> bool:
    return True


def _judged(machine: Machine, file: Path, places: Places, password: str | None) -> Manifest:
    """What is in it: it could be put back here, and the bridge would start with it.

    Raises:
        AskError: a password is missing, or the configuration in it is refused.
        StoreError: it is not sound, or cannot be put back here.
    """
    if restoring.is_sealed(file) and password is None:
        raise AskError("this backup is encrypted: give its password; nothing was changed")
    folder = places.configuration.parent
    if places.with_configuration and not os.access(folder, os.W_OK | os.X_OK):
        raise AskError(f"the bridge may not write into {folder}: put back the state alone, or restore by hand as root")
    return restoring.check(file, places, password, partial(_must_load, machine))


def _must_load(machine: Machine, configuration: Path) -> None:
    """A bridge that did not start with it would leave nobody a page to mend it on."""
    try:
        loaded = load(configuration, machine.environ)
    except ConfigError as error:
        problem = str(error.problems[0]).replace(f"{configuration.parent}{os.sep}", "")
        raise AskError(
            f"the configuration in the backup has an error ({problem}): put back the state alone; nothing was changed"
        ) from error
    if loaded.bridge.web is None and machine.loaded().bridge.web is not None:
        raise AskError(
            "the configuration in the backup has no pages (web): put back the state alone, or restore it by hand; "
            "nothing was changed"
        )


def _put_back(machine: Machine, file: Path, places: Places, password: str | None, may: Callable[[], bool]) -> None:
    """Nobody is at the database. Whatever comes of it, the bridge starts again, with this state or that of before."""
    if not may():
        _log.critical("the backup was not put back: somebody has set the first password in the last moment")
        file.unlink(missing_ok=True)
        return
    try:
        restored = restoring.restore(file, places, password, machine.clock.moment().utc)
    except StoreError as error:
        _log.critical("the backup was not put back: %s", error)
    else:
        asides = ", ".join(map(str, restored.asides)) or "nothing"
        _log.warning("the backup of %s is put back; moved aside: %s", restored.manifest.made_at, asides)
    file.unlink(missing_ok=True)
