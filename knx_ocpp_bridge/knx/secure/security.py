"""What KNX Secure needs and has: the keyring, the numbers of Data Secure, and what was refused."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from xknx.secure.keyring import Keyring

from knx_ocpp_bridge.config.bus_models import Knx
from knx_ocpp_bridge.core.values import Moment
from knx_ocpp_bridge.knx.aside import aside
from knx_ocpp_bridge.knx.secure import keyring as keyrings
from knx_ocpp_bridge.knx.secure.data_secure import GroupGuard, Ours
from knx_ocpp_bridge.knx.secure.keyring import KeyringError
from knx_ocpp_bridge.knx.secure.refusals import Refusal, RefusalBook
from knx_ocpp_bridge.knx.secure.sequence_file import NAME
from knx_ocpp_bridge.knx.secure.sequence_numbers import SequenceNumbers

_LOG = logging.getLogger(__name__)
_SHOWN: Final = 5
_Stamp = tuple[int, int, int]


class Security:
    """Reads the keyring when a connection is made, and again when file or password have changed by the next one."""

    def __init__(
        self,
        settings: Knx,
        state: Path | None,
        moment: Callable[[], Moment],
        ours: Ours,
        complain: Callable[[str], None] = lambda _words: None,
    ) -> None:
        """Nothing is read before `open`. `state` is the directory for numbers that outlive a restart; None: none do.
        `complain` is told in words of telegrams that were refused, once in a while.
        """
        self._settings = settings
        self._ours = ours
        self._numbers = SequenceNumbers(None if state is None else state / NAME, moment)
        self._stamp: _Stamp | None = None
        self._read_with: tuple[Path | None, str] = (None, "")
        self._opened: Keyring | KeyringError | None = None
        self._reading: asyncio.Task[None] | None = None
        self._told_of: tuple[str, _Stamp | None] | None = None
        self.guard: GroupGuard | None = None
        """Data Secure, once the keyring was opened; None: no group address is secured for us."""
        self.refusals = RefusalBook(ours.name, complain)

    def configure(self, settings: Knx) -> None:
        """The keyring and the password of this section count from the next connection on; never that there is none."""
        if settings.keyring is not None:
            self._settings = settings

    @property
    def standing(self) -> str:
        """How Data Secure stands, in words; empty: no group address is secured for us."""
        if self.guard is None:
            return ""
        if self._numbers.is_used_up:
            return "no sequence number is left"
        return "ready" if self._numbers.ready else "waits until the clock is set"

    async def run(self) -> None:
        """Keep the numbers of Data Secure, until cancelled."""
        await self._numbers.run()

    async def open(self) -> Keyring | None:
        """The keyring; None: none is configured.

        Raises:
            KeyringError: it cannot be used.
        """
        path = self._settings.keyring
        if path is None:
            return None
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read(path, self._settings.keyring_password), name="keyring")
        await asyncio.shield(self._reading)  # who waits no longer than for the next gateway finds it read the next time
        if isinstance(self._opened, KeyringError):
            raise KeyringError(path, self._opened.reason, self._opened.remedy)
        return self._opened

    def refused(self, kind: Refusal, address: int, source: str) -> None:
        """A group telegram was not let in."""
        self.refusals.note(kind, address, source)

    async def connected(self, own: str) -> None:
        """Tell what will be refused by others, as this individual address is not linked to the group address in ETS.

        Once for each keyring and address.
        """
        if not isinstance(self._opened, Keyring) or self._told_of == (own, self._stamp):
            return
        self._told_of = own, self._stamp
        told = await asyncio.to_thread(keyrings.facts, self._opened, frozenset(self._ours.addresses()), own)
        strange = [each.address for each in told.secured if each.linked is False]
        if strange:
            names = "; ".join(self._ours.name(each) for each in strange[:_SHOWN])
            _LOG.warning(
                "%s not linked to %s, the bridge's individual address, in ETS, so that devices refuse what it sends "
                "there and it knows no senders: %s%s; link them to that tunnel, download, and export the keyring again",
                _counted(len(strange), "is", "are"), own, names, " ..." if len(strange) > _SHOWN else "",
            )  # fmt: skip

    async def _read(self, path: Path, password: str) -> None:
        stamp = await aside(lambda: _stamp(path), "keyring")
        if (stamp, path, password) == (self._stamp, *self._read_with) and self._opened is not None:
            return
        self._opened = await aside(lambda: _tried(path, password), "keyring")
        self._stamp, self._read_with = stamp, (path, password)
        if isinstance(self._opened, Keyring):
            await self._use(self._opened)

    async def _use(self, keyring: Keyring) -> None:
        keys = keyring.get_data_secure_group_keys()
        if not keys:
            self.guard = None
            return
        await self._numbers.begin(keyring.signature.hex(), keyring.get_data_secure_senders())
        await self._numbers.settled()
        self.guard = GroupGuard(keys, self._numbers, self.refused, self._ours)
        _LOG.info("keyring of project %r of %s: %s", keyring.project_name, keyring.created, _counted(len(keys), "", ""))


def _counted(number: int, one: str, more: str) -> str:
    """`1 secured group address is`, `2 secured group addresses are`."""
    return f"{number} secured group address{'es' * (number != 1)} {one if number == 1 else more}".rstrip()


def _stamp(path: Path) -> _Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _tried(path: Path, password: str) -> Keyring | KeyringError:
    try:
        return keyrings.load(path, password)
    except KeyringError as error:
        return error
