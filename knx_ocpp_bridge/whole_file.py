"""A file that is replaced as a whole or not at all, for everybody who writes one; and one that never makes wait."""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from tempfile import mkstemp
from typing import BinaryIO, Final

_LONGEST_PREFIX: Final = 100
"""Characters of the name; a name of 255 leaves no room for what makes the new one its own."""


def _as_it_is(_descriptor: int) -> None:
    return


@contextmanager
def replacing(target: Path, dress: Callable[[int], None] = _as_it_is) -> Iterator[BinaryIO]:
    """A binary file that takes the place of `target` when all has gone well; after a power cut it is old or new, whole.

    Only its owner can read it (0600), unless `dress` gives its descriptor other rights before it has the name.

    Raises:
        OSError: it cannot be written; what was there is as it was.
    """
    handle, beside = mkstemp(dir=target.parent, prefix=f".{target.name[:_LONGEST_PREFIX]}.")
    new = Path(beside)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            dress(file.fileno())
            file.flush()
            os.fsync(file.fileno())
        new.replace(target)
    finally:
        new.unlink(missing_ok=True)
    settle(target.parent)


def open_file(path: Path) -> BufferedReader:
    """A file to read, which is one: of what would make its reader wait (a pipe, a device), none is opened.

    Raises:
        OSError: it cannot be read, or is no file.
    """
    _demand_file(path, path.stat().st_mode)
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        _demand_file(path, os.fstat(descriptor).st_mode)
        return os.fdopen(descriptor, "rb")
    except OSError:
        os.close(descriptor)
        raise


def _demand_file(path: Path, mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is a pipe or a device, and no file", str(path))


def settle(folder: Path) -> None:
    """The names in this folder are on the disk as they are now.

    Raises:
        OSError: the disk does not take it.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
