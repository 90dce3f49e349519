"""The configurations of before, as `edit.write` keeps them: the one that was replaced last is number 1."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from knx_ocpp_bridge.config.document import read_text
from knx_ocpp_bridge.config.edit import KEPT


@dataclass(frozen=True, slots=True)
class Version:
    """One of them."""

    number: int
    replaced_at: datetime
    """UTC."""
    size: int
    """Bytes."""


def kept(backups: Path, path: Path) -> tuple[Version, ...]:
    """All that are kept of this file, the newest first."""
    found = []
    for number in range(1, KEPT + 1):
        try:
            stat = _file(backups, path, number).stat()
        except OSError:
            continue
        found.append(Version(number, datetime.fromtimestamp(stat.st_mtime, UTC), stat.st_size))
    return tuple(found)


def text_of(backups: Path, path: Path, number: int) -> str:
    """What one of them says.

    Raises:
        OSError: it cannot be read, or is not there.
        ValueError: it is too large, or not UTF-8.
    """
    return read_text(_file(backups, path, number), "utf-8")


def _file(backups: Path, path: Path, number: int) -> Path:
    return backups / f"{path.resolve().name}.{number}"
