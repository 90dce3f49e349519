"""The service from start to end: signals, and failures in words."""

import asyncio
import logging
import signal
from collections.abc import Mapping
from pathlib import Path

from knx_ocpp_bridge.config.load import Loaded
from knx_ocpp_bridge.control.errors import ControlError
from knx_ocpp_bridge.daemon.bridge import Bridge, Paths
from knx_ocpp_bridge.pki.errors import PkiError
from knx_ocpp_bridge.store.errors import StoreError

_log = logging.getLogger(__name__)


async def serve(loaded: Loaded, state: Path, socket: Path, environ: Mapping[str, str]) -> int:
    """Runs until SIGTERM or SIGINT. Returns the exit code: 0 ended orderly, 1 felled by what it cannot help."""
    for warning in loaded.warnings:
        _log.warning("%s", warning)
    try:
        bridge = Bridge(loaded, Paths(state, socket), environ)
    except (StoreError, PkiError) as error:
        _log.critical("%s", error)
        return 1
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, bridge.stop)
    loop.add_signal_handler(signal.SIGHUP, bridge.service.reload_soon)
    failures: list[BaseException] = []
    try:
        await bridge.run()
    except* (OSError, StoreError, ControlError) as group:
        failures = _leaves(group)
    for failure in failures:
        _log.critical("%s", failure)
    if not failures:
        _log.info("ended; transactions go on, and so do the chargers")
    return 1 if failures else 0


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    found: list[BaseException] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found
