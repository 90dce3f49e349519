"""The files that a configuration consists of, found without judging it: a backup takes one with an error as well."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from knx_ocpp_bridge.config import secrets
from knx_ocpp_bridge.config.document import parse, read_text
from knx_ocpp_bridge.config.reach import named_files

_PRICES: Final = ("tariff", "file")
"""Somebody else writes it, day by day: it is no part of the configuration."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The configuration file, those that belong to it, and what it says of the place of the database."""

    main: Path
    others: tuple[Path, ...] = ()
    """Tags files, files of the ETS and the file of secrets, as far as they are there."""
    missing: tuple[Path, ...] = ()
    """Files that it names and that are not there."""
    storage: Path | None = None
    """`storage.path` as it is written."""
    keys: Mapping[Path, str] = field(default_factory=dict)
    """`tags_file`, `keyring` or `project`: as what each of `others` is named, but the file of secrets."""


def parts(path: Path) -> Parts:
    """What belongs to this configuration.

    Raises:
        OSError: it cannot be read.
        ValueError: it is too large, or not UTF-8.
    """
    document, _problems = parse(read_text(path), str(path), lambda name: name)
    named = {path.parent / name: str(at[-1]) for at, name in named_files(document.data) if at != _PRICES}
    beside = path.parent / secrets.FILE
    found = [each for each in dict.fromkeys((*named, beside)) if each.is_file()]
    missing = tuple(each for each in named if not each.is_file())
    return Parts(path, tuple(found), missing, _storage(document.data), named)


def _storage(data: object) -> Path | None:
    match data:
        case {"storage": {"path": str(path)}} if path:
            return Path(path)
        case _:
            return None
