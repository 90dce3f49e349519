"""A file of the ETS that was sent: put beside the configuration and named there, or all is as it was."""

import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from knx_ocpp_bridge.config import secret_entry
from knx_ocpp_bridge.config.change import Change, Put, SecretName, changed
from knx_ocpp_bridge.config.document import parse
from knx_ocpp_bridge.config.secrets import FILE as SECRETS
from knx_ocpp_bridge.control.options import AskError
from knx_ocpp_bridge.control.protocol import Managed
from knx_ocpp_bridge.daemon.desk import Desk
from knx_ocpp_bridge.daemon.system.tray import Tray
from knx_ocpp_bridge.whole_file import open_file, replacing

_FOR_THE_BRIDGE: Final = 0o600
_SHARED: Final = 0o660
"""What of the rights of a file that is there already is kept."""


def taken(desk: Desk, name: str, most_bytes: int) -> bytes:
    """What was sent under this name of the tray; it is gone from there then.

    Raises:
        AskError: there is none, it is empty or larger.
    """
    path = Tray(desk.machine.state).find(name)
    try:
        with path.open("rb") as file:
            content = file.read(most_bytes + 1)
        path.unlink()
    except OSError as error:
        raise AskError(f"the file cannot be read: {error.strerror or error}; send it again") from None
    if not content:
        raise AskError("the file is empty: choose another one")
    if len(content) > most_bytes:
        raise AskError(f"the file is larger than {most_bytes >> 20} MiB: is it the right one?")
    return content


async def kept(desk: Desk, deposit: "Deposit") -> Managed:
    """The file is beside the configuration, which names it and is in force; or nothing has changed."""
    return await desk.adopting.change(deposit.made, deposit.undo)


@dataclass(slots=True)
class Deposit:
    """One file, its password as a secret, and the keys of section `knx` that name them."""

    folder: Path
    """Of the configuration."""
    name: str
    """Of the file."""
    content: bytes
    key: str
    """`keyring`, or `project`; its password is `keyring_password`, or `project_password`."""
    password: str = field(default="", repr=False)
    _before: list[tuple[Path, bytes | None]] = field(default_factory=list, repr=False)

    def made(self, text: str) -> str:
        """Both are written; the text of the configuration that names them.

        Raises:
            EditError: the configuration has no place for it.
            OSError, ValueError: they cannot be written.
        """
        secret = self._secret(text)
        changes: list[Change] = [Put(("knx", self.key), self.name)]
        if self.password:
            changes.append(Put(("knx", f"{self.key}_password"), SecretName(secret)))
        new = changed(text, changes)
        self._remember(self.folder / self.name)
        _put(self.folder / self.name, self.content)
        if self.password:
            self._remember(self.folder / SECRETS)
            try:
                secret_entry.keep(self.folder, secret, self.password)
            except secret_entry.SecretError as error:
                raise ValueError(str(error)) from None
        return new

    def undo(self) -> None:
        """What stood in both files stands there again."""
        for path, content in reversed(self._before):
            with suppress(OSError):
                if content is None:
                    path.unlink(missing_ok=True)
                else:
                    _put(path, content)
        self._before.clear()

    def _remember(self, path: Path) -> None:
        if not path.exists():
            self._before.append((path, None))
            return
        with open_file(path) as file:
            self._before.append((path, file.read()))

    def _secret(self, text: str) -> str:
        """The name under which the password stands already, else one of ours."""
        document, _ = parse(text.removeprefix("\ufeff"), "line", lambda name: name)
        return document.secrets.get(("knx", f"{self.key}_password"), f"knx_{self.key}")


def _put(path: Path, content: bytes) -> None:
    """For the bridge's user alone; who could read a file that is there can read it still, but for the whole world."""
    mode = path.stat().st_mode & _SHARED if path.exists() else _FOR_THE_BRIDGE
    with replacing(path, lambda descriptor: os.fchmod(descriptor, mode)) as file:
        file.write(content)
