"""The backup's file: a tar of plain files, its manifest first, and nothing believed that the manifest does not say.

Read by a hand of our own: of what tar can hold (POSIX ustar), only plain files under harmless names are taken, each of
the size and with the SHA-256 that the manifest gives.
"""

import hashlib
import io
import os
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, Protocol

import msgspec

from knx_ocpp_bridge.whole_file import open_file

MANIFEST: Final = "manifest.json"
DATABASE: Final = "state/bridge.db"
FORMAT: Final = 1
MOST_MEMBERS: Final = 500
LARGEST_SMALL: Final = 4 * 1024 * 1024
"""Everything but the database."""
_LARGEST_DATABASE: Final = 2**33 - 1
_LONGEST_NAME: Final = 90
_FOLDERS: Final = ("config", "state/certs")
_BLOCK: Final = 512
_PIECE: Final = 64 * 1024
_PLAIN: Final = (tarfile.REGTYPE, tarfile.AREGTYPE)


class ArchiveError(Exception):
    """The archive is not what a backup writes; says in words why."""


class Reading(Protocol):
    """A file, or what opens a sealed one."""

    def read(self, size: int, /) -> bytes: ...


class Writing(Protocol):
    """A file, or what seals one."""

    def write(self, data: bytes, /) -> int: ...


@dataclass(frozen=True, slots=True)
class Member:
    """One file; `name` begins with `config/`, `state/certs/`, or is that of the database."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the backup holds and where from."""

    format: int
    version: str
    """Of the program."""
    schema: int
    """Of the database."""
    made_at: str
    """UTC, ISO 8601."""
    last_transaction: int
    configuration: str
    """The name of the member that is the configuration."""
    storage_path: str = ""
    """What it says there of the place of the database."""
    outside: dict[str, str] = field(default_factory=dict)
    """Of members from outside the folder of the configuration: where they stood."""
    members: tuple[Member, ...] = ()


def member(name: str, path: Path) -> Member:
    """The entry of this file.

    Raises:
        ArchiveError: its name or size is none that a backup can hold.
        OSError: it cannot be read.
    """
    with open_file(path) as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return _sound(Member(name, path.stat().st_size, digest))


def write(out: Writing, manifest: Manifest, sources: dict[str, Path]) -> None:
    """The manifest and every member, read from `sources`.

    Raises:
        ArchiveError: a file changed meanwhile.
        OSError: a file cannot be read or written.
    """
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    _put(out, MANIFEST, len(text), io.BytesIO(text))
    for each in manifest.members:
        with open_file(sources[each.name]) as file:
            if _put(out, each.name, each.size, file) != each.sha256:
                raise ArchiveError(f"{sources[each.name]} changed while it was read; try again")
    out.write(b"\0" * 2 * _BLOCK)


def read(source: Reading, folder: Path) -> Manifest:
    """All members lie in `folder`, each as its manifest says, mode 0600.

    Raises:
        ArchiveError: anything in it is not as a backup writes it.
        OSError: a file cannot be written.
    """
    name, size = _first_head(source)
    if name != MANIFEST or not 0 <= size <= LARGEST_SMALL:
        raise ArchiveError("it does not begin with a manifest: this is no backup of this program")
    manifest = _manifest(_exactly(source, size))
    _pad(source, size)
    for each in manifest.members:
        if _head(source) != (each.name, each.size):
            raise ArchiveError(f"{each.name} is not where its manifest says, or not of that size")
        target = folder / each.name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with target.open("xb") as file:
            target.chmod(0o600)
            for piece in _pieces(source, each.size):
                digest.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        if digest.hexdigest() != each.sha256:
            raise ArchiveError(f"{each.name} is not what was backed up (SHA-256)")
        _pad(source, each.size)
    if _exactly(source, 2 * _BLOCK).strip(b"\0") or source.read(1):
        raise ArchiveError("there is more in it than its manifest says")
    return manifest


def _manifest(text: bytes) -> Manifest:
    try:
        manifest = msgspec.json.decode(text, type=Manifest)
    except msgspec.MsgspecError as error:
        raise ArchiveError(f"its manifest cannot be read ({error})") from error
    if manifest.format != FORMAT:
        raise ArchiveError(f"it has format {manifest.format}, this program knows {FORMAT}: a newer program made it")
    names = [_sound(each).name for each in manifest.members]
    if len(names) > MOST_MEMBERS or len(set(names)) != len(names):
        raise ArchiveError("its manifest names too many files, or one of them twice")
    if manifest.configuration not in names or DATABASE not in names:
        raise ArchiveError("its manifest names no configuration or no database")
    if not manifest.outside.keys() <= set(names):
        raise ArchiveError("its manifest tells of files that are not in it")
    return manifest


def _sound(each: Member) -> Member:
    """A plain name in one of the known folders; no way out of it, no control characters."""
    folder = next((known for known in _FOLDERS if each.name.startswith(f"{known}/")), "")
    parts = each.name.removeprefix(folder).removeprefix("/").split("/")
    plain = bool(folder) and each.name.isprintable() and not {"", ".", ".."} & set(parts)
    if each.name != DATABASE and not plain:
        raise ArchiveError(f"{each.name!r} is no name that a backup can hold")
    if len(each.name.encode()) > _LONGEST_NAME:
        raise ArchiveError(f"the name {each.name} is longer than {_LONGEST_NAME} bytes")
    if not 0 <= each.size <= (_LARGEST_DATABASE if each.name == DATABASE else LARGEST_SMALL):
        raise ArchiveError(f"{each.name} is larger than a backup can hold")
    return each


def _put(out: Writing, name: str, size: int, source: BinaryIO) -> str:
    """The SHA-256 of what was written."""
    head = tarfile.TarInfo(name)
    head.size, head.mode = size, 0o600
    out.write(head.tobuf(tarfile.USTAR_FORMAT, "utf-8", "strict"))
    digest = hashlib.sha256()
    for piece in _pieces(source, size):
        digest.update(piece)
        out.write(piece)
    out.write(b"\0" * (-size % _BLOCK))
    return digest.hexdigest()


def _first_head(source: Reading) -> tuple[str, int]:
    """What does not even begin like a backup was never one."""
    try:
        return _head(source)
    except ArchiveError as error:
        raise ArchiveError(f"this is no backup of this program, or its beginning is damaged ({error})") from error


def _head(source: Reading) -> tuple[str, int]:
    try:
        head = tarfile.TarInfo.frombuf(_exactly(source, _BLOCK), "utf-8", "strict")
    except (tarfile.HeaderError, UnicodeDecodeError) as error:
        raise ArchiveError(f"it is no tar file, or damaged ({error})") from error
    if head.type not in _PLAIN:
        raise ArchiveError(f"{head.name!r} is not a plain file")
    return head.name, head.size


def _pieces(source: Reading, size: int) -> Iterator[bytes]:
    while size:
        piece = _exactly(source, min(size, _PIECE))
        size -= len(piece)
        yield piece


def _pad(source: Reading, size: int) -> None:
    if _exactly(source, -size % _BLOCK).strip(b"\0"):
        raise ArchiveError("there is something between its files")


def _exactly(source: Reading, size: int) -> bytes:
    data = source.read(size)
    if len(data) != size:
        raise ArchiveError("it is cut: its end is missing")
    return data
