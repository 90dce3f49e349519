"""Files that are written for people: whole or not at all, for their owner alone, and never over another by mistake."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click

force_option = click.option("--force", is_flag=True, help="Overwrite what is there.")
"""`--force`; the parameter is `force: bool`."""


@contextmanager
def new_file(path: Path, *, force: bool) -> Iterator[BinaryIO]:
    """Open for writing (mode 0600); takes its name only when everything is written.

    Raises:
        click.ClickException: it exists and `force` is not given, or it cannot be written.
    """
    if path.exists() and not path.is_file():
        raise click.ClickException(f"{path} is no plain file: name another one")
    if path.exists() and not force:
        raise click.ClickException(f"{path} exists: name another file, or overwrite it with --force")
    try:
        handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
            Path(beside).replace(path)
        finally:
            Path(beside).unlink(missing_ok=True)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror or error}") from error


def write(path: Path, pieces: Iterable[bytes], *, force: bool) -> None:
    """The pieces as a file.

    Raises:
        click.ClickException: as of `new_file`.
    """
    with new_file(path, force=force) as file:
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
