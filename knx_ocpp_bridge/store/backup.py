"""A backup: database, certificates and configuration in one file, under a password if wished."""

import os
import tempfile
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Final

from knx_ocpp_bridge.store import archive, copies
from knx_ocpp_bridge.store.archive import ArchiveError, Manifest, Writing
from knx_ocpp_bridge.store.errors import StoreError
from knx_ocpp_bridge.store.sealed import Sealer
from knx_ocpp_bridge.whole_file import replacing

CERTIFICATES: Final = "certs"
"""The folder of them beside the database."""
DATABASE: Final = "bridge.db"
_CONFIG: Final = "config"
_OUTSIDE: Final = f"{_CONFIG}/outside"


@dataclass(frozen=True, slots=True)
class Sources:
    """What is backed up. `state` is the directory in which the bridge remembers."""

    state: Path
    configuration: Path
    others: tuple[Path, ...] = ()
    """Files that belong to the configuration."""
    storage_path: str = ""


def make(target: Path, sources: Sources, version: str, now: datetime, password: str | None) -> Manifest:
    """The backup is in `target`, mode 0600, on the disk; whatever was there before is replaced by it as a whole.

    With a password nothing that it protects is written elsewhere than in the state directory meanwhile.

    Raises:
        StoreError: something cannot be read, or the backup cannot be written; `target` is as it was.
    """
    database = sources.state / DATABASE
    if target.exists() and not target.is_file():
        raise StoreError("this is no plain file", target, "name a file that may be replaced, or a new one")
    parts = (*sources.state.glob(f"{DATABASE}*"), *(sources.state / CERTIFICATES).glob("*"))
    for own in (*parts, sources.configuration, *sources.others):
        if target.exists() and own.exists() and target.samefile(own):
            raise StoreError("this is one of the files that are to be backed up", target, "name another file")
    try:
        with tempfile.TemporaryDirectory(
            prefix=".backup-", dir=target.parent if password is None else sources.state
        ) as folder:
            copied = Path(folder) / DATABASE
            copies.copy(database, copied)
            schema, last = copies.examine(copied)
            names, outside = _names(sources)
            names = {archive.DATABASE: copied, **names}
            manifest = Manifest(
                format=archive.FORMAT,
                version=version,
                schema=schema,
                made_at=now.isoformat(timespec="seconds"),
                last_transaction=last,
                configuration=f"{_CONFIG}/{sources.configuration.name}",
                storage_path=sources.storage_path,
                outside=outside,
                members=tuple(archive.member(name, path) for name, path in names.items()),
            )
            with replacing(target) as file:
                _write(file, manifest, names, password)
            return manifest
    except ArchiveError as error:
        raise StoreError(str(error), target, "no backup was made") from error
    except OSError as error:
        where = Path(str(error.filename or target))
        if any(part.startswith((".backup-", f".{target.name}.")) for part in where.parts):
            where = target
        remedy = "it must be there and readable, with space left where the backup is to be; no backup was made"
        raise StoreError(f"the backup cannot be made ({error.strerror or error})", where, remedy) from error


def _names(sources: Sources) -> tuple[dict[str, Path], dict[str, str]]:
    """Which file has which name in the backup, and where those have stood that are not beside the configuration."""
    certificates = sorted(each for each in (sources.state / CERTIFICATES).glob("*") if _is_kept(each))
    names = {f"state/{CERTIFICATES}/{each.name}": each for each in certificates}
    outside: dict[str, str] = {}
    folder = _named(sources.configuration).parent
    names[f"{_CONFIG}/{sources.configuration.name}"] = sources.configuration
    for each in sources.others:
        place = _named(each)
        if place.is_relative_to(folder):
            names[f"{_CONFIG}/{place.relative_to(folder).as_posix()}"] = each
        else:
            name = next(one for number in count(1) if (one := f"{_OUTSIDE}/{number}-{each.name}") not in names)
            names[name], outside[name] = each, str(place)
    return names, outside


def _named(path: Path) -> Path:
    """The whole path as somebody wrote it: links in it stay what they are."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - resolve() follows links


def _is_kept(file: Path) -> bool:
    """Not what was left half written."""
    return file.is_file() and not (file.name.startswith(".") and file.name.endswith(".new"))


def _write(file: Writing, manifest: Manifest, names: dict[str, Path], password: str | None) -> None:
    if password is None:
        archive.write(file, manifest, names)
        return
    sealer = Sealer(file, password)
    archive.write(sealer, manifest, names)
    sealer.close()
