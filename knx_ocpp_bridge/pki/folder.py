"""Files with keys: private from their first byte, and after a power cut either as before or as wanted."""

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from knx_ocpp_bridge.pki.errors import PkiError
from knx_ocpp_bridge.whole_file import settle

_LOG = logging.getLogger(__name__)
MOST_BYTES: Final = 256 * 1024
_PRIVATE: Final = 0o600
_OTHERS: Final = 0o077
_REMEDY: Final = "it must be on a writable disk with space left and belong to the user that runs the bridge"


def prepare(folder: Path) -> None:
    """The folder exists and is its owner's alone (0700); what a power cut has left half written is gone.

    Raises:
        PkiError: it cannot be made or changed.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make_private(folder, 0o700)
        for leftover in folder.glob(".*.new"):
            leftover.unlink()
        settle(folder.parent)
    except OSError as error:
        raise _trouble("the folder of the certificates cannot be used", folder, error) from error


def read(path: Path, *, private: bool = True) -> bytes | None:
    """What the file holds, made private if it holds a key; None: there is none.

    Raises:
        PkiError: it cannot be read, or is larger than any certificate.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if private:
            _make_private(path, _PRIVATE)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _trouble("it cannot be read", path, error) from error
    if len(data) > MOST_BYTES:
        raise PkiError(f"it is larger than {MOST_BYTES // 1024} KiB", path, "put back the right file from a backup")
    return data


def write(path: Path, data: bytes, *, mode: int = _PRIVATE, check: Callable[[Path], None] | None = None) -> None:
    """The file holds the data, on the disk; at every moment before it is whole and as it was.

    `check` looks at the new file beside the old one and may raise: then nothing has happened.

    Raises:
        PkiError: it cannot be written.
    """
    new = path.with_name(f".{path.name}.new")
    try:
        new.unlink(missing_ok=True)  # for its mode is its creator's
        try:
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, mode)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if check is not None:
                check(new)
            new.replace(path)
        finally:
            new.unlink(missing_ok=True)
        settle(path.parent)
    except OSError as error:
        raise _trouble("it cannot be written", path, error) from error


def remove(path: Path) -> bool:
    """The file is gone, on the disk too; False: there was none.

    Raises:
        PkiError: it cannot be removed.
    """
    try:
        path.unlink()
        settle(path.parent)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise _trouble("it cannot be removed", path, error) from error
    return True


def move_aside(path: Path) -> Path:
    """The file has a name of its own now, which is returned: `<name>.damaged-<n>`.

    Raises:
        PkiError: it cannot be renamed.
    """
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    try:
        path.rename(aside)
        settle(path.parent)
    except OSError as error:
        raise _trouble("it cannot be moved aside", path, error) from error
    return aside


def _make_private(path: Path, mode: int) -> None:
    if path.stat().st_mode & _OTHERS:
        path.chmod(mode)
        _LOG.warning("%s could be read by others; it is private now (mode %o)", path, mode)


def _trouble(what: str, path: Path, error: OSError) -> PkiError:
    return PkiError(f"{what} ({error.strerror})", path, _REMEDY)
