"""A backup for whoever may have it: made beside the running bridge, and put where it can be fetched once."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from knx_ocpp_bridge import __version__
from knx_ocpp_bridge.config.file_names import stem
from knx_ocpp_bridge.config.parts import Parts, parts
from knx_ocpp_bridge.config.reach import is_below
from knx_ocpp_bridge.config.tag_books import zone_of
from knx_ocpp_bridge.control.options import AskError
from knx_ocpp_bridge.control.protocol import Managed
from knx_ocpp_bridge.daemon.desk import Desk, Order
from knx_ocpp_bridge.daemon.system.fitting import fits
from knx_ocpp_bridge.daemon.system.machine import Machine
from knx_ocpp_bridge.daemon.system.tray import Tray
from knx_ocpp_bridge.store.archive import Manifest
from knx_ocpp_bridge.store.backup import Sources, make
from knx_ocpp_bridge.store.errors import StoreError

_log = logging.getLogger(__name__)
_OPEN: Final = "it contains keys and passwords: keep it as safe as the bridge itself"


async def backup(desk: Desk, order: Order) -> Managed:
    """`row` names the file: `file` is its path on this machine, `name` what it should be called."""
    machine, password = desk.machine, order.options["password"] or None
    now = machine.clock.moment().utc
    path, manifest, found = await asyncio.to_thread(_made, machine, password, now)
    size = path.stat().st_size
    messages = [f"{len(manifest.members)} files, {size // 1024} KiB, {'not ' * (password is None)}encrypted"]
    messages += [f"{place} lies outside the configuration's folder: it is in the backup as {name}"
                 for name, place in manifest.outside.items()]  # fmt: skip
    messages += [f"{each} is named in the configuration and is not there" for each in found.missing]
    for each in found.strange:
        left_out = (
            f"{each} is left out: it lies outside the configuration's folder, and no {found.keys[each]} is seen in it"
        )
        _log.warning("backup: %s", left_out)  # who downloads it on a page sees no messages
        messages.append(f"{left_out}; put the right file beside the configuration")
    messages += [_OPEN] if password is None else []
    row: dict[str, Any] = {"file": str(path), "name": _name(machine, now), "bytes": size}
    return Managed(done=True, messages=tuple(messages), row=row)


@dataclass(frozen=True, slots=True)
class _Found:
    """The files of the configuration that do not come along."""

    missing: tuple[Path, ...]
    strange: tuple[Path, ...]
    keys: Mapping[Path, str]


def _made(machine: Machine, password: str | None, now: datetime) -> tuple[Path, Manifest, _Found]:
    """The file, what is in it, and what is not.

    Raises:
        AskError: the configuration cannot be read.
        StoreError: the backup cannot be made.
    """
    found = found_parts(machine)
    storage = "" if found.storage is None else str(found.storage)
    folders = (found.main.parent, machine.state)
    strange = tuple(each for each, key in found.keys.items()
                    if each in found.others and not is_below(each, folders) and not fits(each, key))  # fmt: skip
    others = tuple(each for each in found.others if each not in strange)
    sources = Sources(machine.state, found.main, others, storage)
    try:
        path = Tray(machine.state).place()
    except OSError as error:
        raise StoreError(
            f"there is no room for a backup ({error.strerror})", machine.state, "look at the disk"
        ) from error
    manifest = make(path, sources, __version__, now, password)
    return path, manifest, _Found(found.missing, strange, found.keys)


def found_parts(machine: Machine) -> Parts:
    """The files of the configuration.

    Raises:
        AskError: it cannot be read.
    """
    try:
        return parts(machine.loaded().path)
    except (OSError, ValueError) as error:
        raise AskError(f"{machine.loaded().path} cannot be read: {error}") from error


def _name(machine: Machine, now: datetime) -> str:
    """What the file is called where it is kept: the building and its day."""
    bridge = machine.loaded().bridge
    return f"{stem(bridge.site.name, now, zone_of(bridge))}.backup"
