"""The service from start to end: signals, starting again in the same process, and failures in words."""

import asyncio
import logging
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from knx_ocpp_bridge.config.load import Loaded, load
from knx_ocpp_bridge.config.problems import ConfigError
from knx_ocpp_bridge.control.errors import ControlError
from knx_ocpp_bridge.control.options import AskError
from knx_ocpp_bridge.daemon import garbage, logs
from knx_ocpp_bridge.daemon.bridge import Bridge, Paths
from knx_ocpp_bridge.daemon.notify import Notifier, watchdog_interval_s
from knx_ocpp_bridge.pki.errors import PkiError
from knx_ocpp_bridge.store.errors import StoreError

_log = logging.getLogger(__name__)

_ANSWER_LEAVES_S: Final = 0.5
"""Whoever asked for the restart is told so before the connection ends."""
_LONGEST_PAUSE_S: Final = 900.0
"""For so long systemd is told that all is well while a backup is put back."""


async def serve(loaded: Loaded, state: Path, socket: Path, environ: Mapping[str, str]) -> int:
    """Runs until SIGTERM or SIGINT. Returns the exit code: 0 ended orderly, 1 felled by what it cannot help."""
    return await _Life(loaded, Paths(state, socket), environ).run()


class _Life:
    """One bridge after another, until the service ends."""

    def __init__(self, loaded: Loaded, paths: Paths, environ: Mapping[str, str]) -> None:
        self._loaded = loaded
        self._paths = paths
        self._environ = environ
        self._bridge: Bridge | None = None
        self._ends = False
        self._between: Callable[[], None] | None = None
        """What is done between two bridges; None: no other one follows."""

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end)
        loop.add_signal_handler(signal.SIGHUP, self._reload)
        before: Loaded | None = None
        refused: tuple[str, ...] = ()
        while not self._ends:
            ready, failures = await self._served(refused)
            for failure in failures:
                _log.critical("%s", failure)
            if failures and (ready or before is None):
                return 1
            if failures:
                refused = (f"the bridge could not be started with it: {failures[0]}",)
                _log.critical("the configuration from before the restart is in force again")
                self._loaded, before = before or self._loaded, None
            elif (between := self._follows()) is not None:
                before = self._loaded
                refused = await self._pause(between)
        _log.info("ended; transactions go on, and so do the chargers")
        return 0

    async def _served(self, refused: tuple[str, ...]) -> tuple[bool, list[BaseException]]:
        """Whether it was ready once, and what felled it."""
        for warning in self._loaded.warnings:
            _log.warning("%s", warning)
        self._between = None
        try:
            bridge = Bridge(self._loaded, self._places(), self._environ)
        except (StoreError, PkiError) as error:
            return False, [error]
        bridge.service.not_in_force(*refused)
        self._bridge = bridge
        failures: list[BaseException] = []
        try:
            await bridge.run()
        except* (OSError, StoreError, ControlError) as group:
            failures = _leaves(group)
        self._bridge = None
        return bridge.service.notifier is not None, failures

    async def _pause(self, between: Callable[[], None]) -> tuple[str, ...]:
        """Nobody serves. Gives back what is wrong with the file: then the configuration of before stays in force."""
        _log.info("the bridge starts again; transactions go on")
        notifier = Notifier(self._environ)
        watched = asyncio.create_task(self._patience(notifier), name="watchdog")
        try:
            garbage.thaw()
            await asyncio.to_thread(between)
            new = await asyncio.to_thread(load, self._loaded.path, self._environ)
        except ConfigError as error:
            _log.error("%s", error)
            return tuple(map(str, error.problems))
        except (OSError, StoreError) as error:
            _log.critical("nothing has changed: %s", error)
            return ()
        finally:
            watched.cancel()
            notifier.close()
        self._loaded = new
        logs.set_up(new.bridge.log.level, new.bridge.log.levels, self._environ)
        return ()

    async def _patience(self, notifier: Notifier) -> None:
        interval_s = watchdog_interval_s(self._environ)
        if interval_s is not None:
            for _ in range(int(2 * _LONGEST_PAUSE_S / interval_s) + 1):
                notifier.watchdog()
                await asyncio.sleep(interval_s / 2)

    def _places(self) -> Paths:
        return Paths(state_of(self._loaded, self._paths.state), self._paths.socket, self._again)

    def _again(self, between: Callable[[], None]) -> None:
        if self._between is not None:
            raise AskError("the bridge is about to start again already")
        self._between = between
        asyncio.get_running_loop().call_later(_ANSWER_LEAVES_S, self._leave)

    def _follows(self) -> Callable[[], None] | None:
        return None if self._ends else self._between

    def _leave(self) -> None:
        if self._bridge is not None and not self._ends:
            self._bridge.stop(comes_back=True)

    def _end(self) -> None:
        self._ends = True
        if self._bridge is not None:
            self._bridge.stop()

    def _reload(self) -> None:
        if self._bridge is not None:
            self._bridge.service.reload_soon()


def state_of(loaded: Loaded, otherwise: Path) -> Path:
    """The directory in which this bridge remembers; a relative one lies beside the configuration."""
    own = loaded.bridge.storage.path
    return otherwise if own is None else loaded.path.parent / own


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    found: list[BaseException] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found
