"""The configuration file as it is looked at by whoever may change it: its text, its versions, and what is in force."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from knx_ocpp_bridge.config import edit, versions
from knx_ocpp_bridge.config.judging import overridden
from knx_ocpp_bridge.control.options import MissingError, Option
from knx_ocpp_bridge.control.protocol import Listing
from knx_ocpp_bridge.daemon.adoption.editing import BACKUPS
from knx_ocpp_bridge.daemon.sources import Given, Sources, Topic
from knx_ocpp_bridge.daemon.system.machine import Machine

_SECTIONS: Final = (
    "site", "knx", "ocpp", "web", "authorization", "load", "surplus", "grid_limit", "tariff", "storage", "log",
)  # fmt: skip


def digest(text: str) -> str:
    """SHA-256 of the text as UTF-8, in hex: by it an editor knows the file it began with."""
    return sha256(text.encode()).hexdigest()


def backups_of(machine: Machine) -> Path:
    """Where the versions of before are kept."""
    return machine.state / BACKUPS


def _configuration(sources: Sources, _charger: str, _given: Given) -> Listing:
    """One row: the file as it stands on the disk, in force or not."""
    machine = sources.machine
    path = machine.loaded().path
    try:
        text, trouble = edit.read(path), ""
    except (OSError, ValueError) as error:
        text, trouble = "", f"{path} cannot be read: {error}"
    unwritable = trouble or edit.unwritable(path)
    row: dict[str, Any] = {
        "path": str(path),
        "text": text,
        "sha256": digest(text),
        "writable": not unwritable,
        "why_not": unwritable,
        "refused": list(machine.refused()),
        "restart": list(machine.restart()),
        "overridden": overridden(machine.environ),
        "versions": [
            {"number": each.number, "replaced_at": each.replaced_at.isoformat(), "bytes": each.size}
            for each in versions.kept(backups_of(machine), path)
        ],
    }
    return Listing((row,))


def _version(sources: Sources, _charger: str, given: Given) -> Listing:
    machine, number = sources.machine, given["number"]
    try:
        text = versions.text_of(backups_of(machine), machine.loaded().path, number)
    except (OSError, ValueError) as error:
        raise MissingError(f"there is no version {number} of before that can be read ({error})") from error
    return Listing(({"number": number, "text": text, "sha256": digest(text)},))


def _settings(sources: Sources, _charger: str, _given: Given) -> Listing:
    """What is in force: a row for each key of the sections, whether it stands in the file or not; no secret."""
    machine = sources.machine
    bridge = machine.loaded().bridge
    variables = overridden(machine.environ)
    rows = []
    for section in _SECTIONS:
        inside = getattr(bridge, section)
        for path, value, written in _keys(section, inside) if isinstance(inside, BaseModel) else ():
            rows.append({"path": path, "value": value, "written": written, "variable": variables.get(path, "")})
    return Listing(tuple(rows))


def _keys(section: str, inside: BaseModel) -> Iterator[tuple[str, Any, bool]]:
    """What nobody is shown has no value here."""
    for key, value in inside.model_dump(mode="json", by_alias=True).items():
        each = getattr(inside, key)
        if isinstance(each, BaseModel):
            yield from _keys(f"{section}.{key}", each)
        else:
            shown = value if type(inside).model_fields[key].repr else None
            yield f"{section}.{key}", shown, key in inside.model_fields_set


TOPICS: Final[Mapping[str, Topic]] = {
    "configuration": Topic(_configuration, {}, beside=True),
    "configuration_version": Topic(_version, {"number": Option(int, 1, 1, edit.KEPT)}, beside=True),
    "settings": Topic(_settings, {}),
}
