"""The files that a configuration consists of, found without judging it: a backup takes one with an error as well."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from knx_ocpp_bridge.config import secrets
from knx_ocpp_bridge.config.document import parse, read_text


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


def parts(path: Path) -> Parts:
    """What belongs to this configuration.

    Raises:
        OSError: it cannot be read.
        ValueError: it is too large, or not UTF-8.
    """
    document, _problems = parse(read_text(path), str(path), lambda name: name)
    named = {path.parent / each: None for each in (*_named(document.data), *_of_the_bus(document.data))}
    beside = path.parent / secrets.FILE
    found = [each for each in (*named, beside) if each.is_file()]
    missing = tuple(each for each in named if not each.is_file())
    return Parts(path, tuple(found), missing, _storage(document.data))


def _named(data: object) -> Iterator[str]:
    """Every `tags_file` of the site and of the chargers."""
    match data:
        case {"authorization": {"tags_file": str(name)}}:
            yield name
        case _:
            pass
    match data:
        case {"chargers": list(chargers)}:
            for charger in chargers:
                yield from _named(charger)
        case _:
            pass


def _of_the_bus(data: object) -> Iterator[str]:
    """The keyring and the project of the ETS."""
    match data:
        case {"knx": dict(section)}:
            yield from (name for key in ("keyring", "project") if isinstance(name := section.get(key), str))
        case _:
            pass


def _storage(data: object) -> Path | None:
    match data:
        case {"storage": {"path": str(path)}} if path:
            return Path(path)
        case _:
            return None
