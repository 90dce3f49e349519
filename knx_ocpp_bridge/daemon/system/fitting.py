"""Whether a file is what the key of the configuration wants that names it: of any other no copy is given away."""

from collections.abc import Callable, Mapping
from io import BufferedReader
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from knx_ocpp_bridge.config.tags import load_tags
from knx_ocpp_bridge.whole_file import open_file

_MOST_TEXT: Final = 8 * 1024 * 1024
"""Bytes of a text that is looked through."""
_KEYRING: Final = "http://knx.org/xml/keyring/1}Keyring"
_IN_EVERY_PROJECT: Final = "knx_master.xml"
_ZIP: Final = b"PK\x03\x04"


def fits(path: Path, key: str) -> bool:
    """It is a tags file, a keyring or a project of the ETS, as `key` (the last word of its path) says."""
    try:
        return _LOOKS[key](path)
    except (OSError, ValueError):
        return False


def _is_tags_file(path: Path) -> bool:
    return not load_tags(path, path.name, ZoneInfo("UTC"), None).problems


def _is_keyring(path: Path) -> bool:
    from knx_ocpp_bridge.ets.project import EtsError
    from knx_ocpp_bridge.ets.xml_stream import walk

    root = _Root()
    try:
        walk((_text(path),), path.name, root)
    except EtsError:
        return False
    return root.name == _KEYRING


def _is_project(path: Path) -> bool:
    from knx_ocpp_bridge.ets.project import EtsError
    from knx_ocpp_bridge.ets.reading import read

    with open_file(path) as file:
        if file.read(len(_ZIP)) == _ZIP:
            return _IN_EVERY_PROJECT in _members(file)
    try:
        return bool(read(_text(path), path.name, links=False).addresses)
    except EtsError:
        return False


def _members(file: BufferedReader) -> list[str]:
    from zipfile import BadZipFile, ZipFile  # loaded by those alone who have such a file

    try:
        with ZipFile(file) as archive:
            return archive.namelist()
    except (BadZipFile, NotImplementedError):  # the second is the library's word for a version of ZIP it cannot read
        return []


def _text(path: Path) -> bytes:
    with open_file(path) as file:
        text = file.read(_MOST_TEXT + 1)
    if len(text) > _MOST_TEXT:
        raise ValueError("too large")
    return text


class _Root:
    """Sees how an XML begins."""

    def __init__(self) -> None:
        self.name = ""

    def start(self, name: str, _attributes: dict[str, str], _line: int) -> None:
        self.name = self.name or name

    def end(self, _name: str) -> None:
        return


_LOOKS: Final[Mapping[str, Callable[[Path], bool]]] = {
    "tags_file": _is_tags_file,
    "keyring": _is_keyring,
    "project": _is_project,
}
