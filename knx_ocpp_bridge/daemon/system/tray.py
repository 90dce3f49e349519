"""Files that come and go by the pages: in a folder of the state directory, for an hour at most."""

import re
import secrets
import time
from pathlib import Path
from typing import Final

from knx_ocpp_bridge.control.options import AskError

_FOLDER: Final = "tray"
_NAME: Final = re.compile(r"[0-9a-f]{32}")
_KEPT_S: Final = 3600.0


class Tray:
    """Each file has a name that nobody guesses; the folder is the service's alone (mode 700)."""

    def __init__(self, state: Path) -> None:
        """Nothing is touched before `place`."""
        self._folder = state / _FOLDER

    def place(self) -> Path:
        """Where a new file may be written. What was forgotten here is removed.

        Raises:
            OSError: the disk refuses.
        """
        self._folder.mkdir(mode=0o700, exist_ok=True)
        for old in self._folder.iterdir():
            if time.time() - old.stat().st_mtime > _KEPT_S:
                old.unlink(missing_ok=True)
        return self._folder / secrets.token_hex(16)

    def find(self, name: str) -> Path:
        """The file of this name.

        Raises:
            AskError: there is none.
        """
        path = self._folder / name
        if _NAME.fullmatch(name) is None or not path.is_file():
            raise AskError("there is no such file: it is kept for an hour; send it again")
        return path
