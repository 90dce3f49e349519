"""How far a text reaches that came by a page or the API: not to other files of this machine, nor to others' secrets.

Whoever sends it may be far away, and may see what becomes of it: in a backup, on a page, in a message about an error.
What stood in the file before may stay: somebody on this machine has written it.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from knx_ocpp_bridge.config.document import Document, parse
from knx_ocpp_bridge.config.keys import field_at
from knx_ocpp_bridge.config.problems import KeyPath, Problem

_Named = tuple[KeyPath, str]


def named_files(data: object) -> Iterator[_Named]:
    """Every file that a configuration names, as it is written there, and its key."""
    match data:
        case {"knx": dict(section)}:
            yield from (
                (("knx", key), name) for key in ("keyring", "project") if isinstance(name := section.get(key), str)
            )
        case _:
            pass
    match data:
        case {"tariff": {"file": str(name)}}:
            yield ("tariff", "file"), name
        case _:
            pass
    yield from _tags_file((), data)
    match data:
        case {"chargers": list(chargers)}:
            for position, charger in enumerate(chargers):
                yield from _tags_file(("chargers", position), charger)
        case _:
            pass


def _tags_file(path: KeyPath, data: object) -> Iterator[_Named]:
    match data:
        case {"authorization": {"tags_file": str(name)}}:
            yield (*path, "authorization", "tags_file"), name
        case _:
            pass


def is_below(path: Path, folders: Sequence[Path]) -> bool:
    """What is there, links followed, is in one of these folders, or deeper."""
    try:
        real = Path(os.path.realpath(path))
    except ValueError:  # no name of a file at all
        return False
    return any(real.is_relative_to(os.path.realpath(folder)) for folder in folders)


def too_far(new: Document, old: str, folders: Sequence[Path]) -> tuple[Problem, ...]:
    """What in the new text reaches further than it may, and did not stand in the old one.

    `folders` are those in which it may name files; the first is that of the configuration.
    """
    found = [
        *((at, name, _elsewhere) for at, name in named_files(new.data) if not is_below(folders[0] / name, folders)),
        *((at, name, _misplaced) for at, name in new.secrets.items() if not _is_for_secrets(at)),
    ]
    if not found:
        return ()
    before, _problems = parse(old.removeprefix("\ufeff"), new.file, lambda name: name)
    stands = {_anywhere(each) for each in (*named_files(before.data), *before.secrets.items())}
    return tuple(
        new.problem(at, *said(name, folders[0]), repeats=False)
        for at, name, said in found
        if _anywhere((at, name)) not in stands
    )


def _elsewhere(name: str, folder: Path) -> tuple[str, str]:
    remedy = "put the file there, or name it in the configuration on the machine itself"
    return f"{name} is no place in {folder}, and from afar no other file can be named", remedy


def _misplaced(name: str, _folder: Path) -> tuple[str, str]:
    remedy = "write the value itself, or write it so in the configuration on the machine itself"
    return f"what stands here is shown, so from afar no secret ({name}) can be put here", remedy


def _is_for_secrets(path: KeyPath) -> bool:
    """The value of this key is shown by nobody."""
    known = field_at(path)
    return known is not None and not known.repr


def _anywhere(named: _Named) -> _Named:
    """Another place in a list is no other key."""
    return tuple(each for each in named[0] if isinstance(each, str)), named[1]
