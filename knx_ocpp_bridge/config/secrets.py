"""The file of secrets beside the configuration: texts that `!secret NAME` stands for."""

import stat
from pathlib import Path
from typing import Final

from knx_ocpp_bridge.config.document import Document, NoSecretError, parse, read_text
from knx_ocpp_bridge.config.keys import nearest

FILE: Final = "secrets.yaml"


class Secrets:
    """Looks names up in `secrets.yaml` of one folder, which is read when the first is asked for."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._document: Document | None = None

    def value(self, name: str) -> str:
        """The text of this name.

        Raises:
            NoSecretError: the file, or this name in it, cannot be used; no value stands in its words.
        """
        if self._document is None:
            self._document = self._read()
        known = self._document.data
        if not isinstance(known, dict):
            raise NoSecretError(f"{self._path} says nothing", f'write {name}: "..." into it')
        if name not in known:
            close = nearest(name, known)
            remedy = f"did you mean {close}?" if close else f'add {name}: "..." to it'
            raise NoSecretError(f"{name} does not stand in {self._path}", remedy)
        value = known[name]
        if not isinstance(value, str) or not value:
            reason = f"{name} at {self._document.where((name,))} is not a text to YAML"
            raise NoSecretError(reason, "put quotes round it")
        return value

    def _read(self) -> Document:
        try:
            mode = self._path.stat().st_mode
            text = read_text(self._path)
        except OSError as error:
            reason = f"{self._path} cannot be read: {error.strerror or error}"
            raise NoSecretError(reason, f'write it, with NAME: "..." in each line; {_protect(self._path)}') from None
        except ValueError as error:
            raise NoSecretError(f"{self._path}: {error}", "save it as UTF-8 text") from None
        if mode & stat.S_IRWXO:
            reason = f"{self._path} is open to everybody on this machine (mode {stat.S_IMODE(mode):o})"
            raise NoSecretError(reason, _protect(self._path))
        document, problems = parse(text, str(self._path))
        if problems:
            raise NoSecretError(f"{problems[0].where}: {problems[0].reason}", problems[0].remedy)
        return document


def _protect(path: Path) -> str:
    return f"as root: chown root:knx-ocpp-bridge {path} && chmod 640 {path}"
