"""The configuration file as the daemon changes it: by adding a charger, with the old versions kept in its own place."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from knx_ocpp_bridge.config import edit

BACKUPS: Final = "config-backups"


class Editor:
    """Adds chargers to the file; `state` is the directory in which the last versions are kept."""

    def __init__(self, state: Path) -> None:
        self._backups = state / BACKUPS

    def adopt(self, text: str, charger_id: str, name: str, connectors: int) -> str:
        return edit.adopt(text, charger_id, name, connectors)

    def write(self, path: Path, new_text: str, environ: Mapping[str, str]) -> None:
        edit.write(path, new_text, environ, self._backups)
