"""Files that are written for people: whole or not at all, for their owner alone, and never over another by mistake."""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import click

from knx_ocpp_bridge.whole_file import replacing

force_option = click.option("--force", is_flag=True, help="Overwrite what is there.")
"""`--force`; the parameter is `force: bool`."""


@contextmanager
def new_file(path: Path, *, force: bool, like: Path | None = None) -> Iterator[BinaryIO]:
    """Open for writing; takes its name only when everything is written.

    Its mode is 0600, or group and mode are those of the file `like`, before it has a name that anybody knows.

    Raises:
        click.ClickException: it exists and `force` is not given, or it cannot be written.
    """
    if path.exists() and not path.is_file():
        raise click.ClickException(f"{path} is no plain file: name another one")
    if path.exists() and not force:
        raise click.ClickException(f"{path} exists: name another file, or overwrite it with --force")
    try:
        with replacing(path, lambda descriptor: _liken(descriptor, like)) as file:
            yield file
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror or error}") from error


def _liken(file: int, like: Path | None) -> None:
    """By its descriptor: a name could be another file by now."""
    if like is None:
        return
    wanted = like.stat()
    with suppress(PermissionError):  # the owner's right to give files away
        os.fchown(file, -1, wanted.st_gid)
    os.fchmod(file, stat.S_IMODE(wanted.st_mode))


def write(path: Path, pieces: Iterable[bytes], *, force: bool, like: Path | None = None) -> None:
    """The pieces as a file, with group and mode of `like` if that is given.

    Raises:
        click.ClickException: as of `new_file`.
    """
    with new_file(path, force=force, like=like) as file:
        for piece in pieces:
            file.write(piece)


def put(output: str, pieces: Iterable[bytes], *, force: bool) -> None:
    """The pieces as a file, or on standard output if its name is `-`.

    Raises:
        click.ClickException: as of `new_file`.
    """
    if output != "-":
        write(Path(output), pieces, force=force)
        return
    with click.open_file("-", "wb") as out:
        for piece in pieces:
            out.write(piece)


def written(output: str, rows: int, what: str = "transaction") -> None:
    """Says what is in the file now; of standard output nothing has to be said."""
    if output != "-":
        click.echo(f"{output}: {rows} {what}{'s' * (rows != 1)} written", err=True)
