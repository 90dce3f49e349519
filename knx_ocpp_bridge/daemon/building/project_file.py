"""The file of the ETS that the configuration names (`knx.project`), read whole."""

from pathlib import Path
from typing import Final

from knx_ocpp_bridge.config.bus_models import Knx
from knx_ocpp_bridge.ets.project import EtsError, Project
from knx_ocpp_bridge.whole_file import open_file

_LONGEST: Final = 256 * 1024 * 1024
"""Bytes; what is longer is refused before it is read, and what is in it has bounds of its own."""


class ProjectFileError(Exception):
    """The file of `knx.project` gives no names: what, why, and what to do."""


def read_project(knx: Knx, *, links: bool = False) -> Project | None:
    """The group addresses that `knx.project` names, with who is linked to them if `links`; None: it names no file.

    It may take seconds.

    Raises:
        ProjectFileError: the file cannot be read, or is none of the ETS's.
    """
    path = knx.project
    if path is None:
        return None
    from knx_ocpp_bridge.ets.reading import read  # loaded by those alone who have a project

    try:
        return read(_content(path), str(path), knx.project_password, links=links)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise ProjectFileError(f"knx.project: {path}: {why}; let the service's user read it, or correct it") from error
    except EtsError as error:
        raise ProjectFileError(f"knx.project: {error}") from error
    except ProjectFileError:
        raise
    except Exception as error:  # no fault of a reader, and no file that is too much for this machine, stops chargers
        reason = f"it cannot be read here ({type(error).__name__})"
        raise ProjectFileError(f"knx.project: {path}: {reason}; export the group addresses alone, as XML") from error


def _content(path: Path) -> bytes:
    if not path.is_file() and path.exists():
        raise ProjectFileError(f"knx.project: {path} is no file; name one that the ETS has exported")
    size = path.stat().st_size
    if size > _LONGEST:
        reason = f"the file has {size >> 20} MB, more than {_LONGEST >> 20}"
        raise ProjectFileError(f"knx.project: {path}: {reason}; export the group addresses alone, as XML")
    with open_file(path) as file:
        return file.read(size + 1)
