"""A charger that charges one car after the other and delivers every message, however often the bridge dies meanwhile.

It is a script and no machine: it repeats what was not answered, byte for byte but for the message's id, and keeps a
book of all that was promised to it.
"""

import asyncio
import itertools
import json
import random
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, WebSocketException
from websockets.typing import Subprotocol

_REDIAL_S: Final = 0.05
_ANSWER_S: Final = 20.0


@dataclass(slots=True)
class Promise:
    """One transaction as the charger knows it."""

    connector: int
    meter_start_wh: int
    id_tag: str
    number: int | None = None
    """What the answer to its start said."""
    meter_stop_wh: int | None = None
    """Set when its stop was answered."""
    asked: int = 0
    """How often its start was sent."""


@dataclass(slots=True)
class PatientCharger:
    """One charge point with one connector. `frames` is released for every request that it sends."""

    url: str
    id: str
    dice: random.Random
    frames: asyncio.Semaphore
    promises: list[Promise] = field(default_factory=list)
    _socket: ClientConnection | None = None
    _ids: "itertools.count[int]" = field(default_factory=itertools.count)
    _meter_wh: int = 1000
    _known: bool = False
    """It has booted once."""

    async def run(self, enough: asyncio.Event) -> None:
        """One transaction after the other, until enough; the last one is ended as well."""
        while not enough.is_set():
            await self._charge()
        if self._socket is not None:
            await self._socket.close()

    async def _charge(self) -> None:
        promise = Promise(1, self._meter_wh, f"CARD{self.dice.randrange(100)}")
        self.promises.append(promise)
        await self._says("Preparing")
        start = {
            "connectorId": 1,
            "idTag": promise.id_tag,
            "meterStart": promise.meter_start_wh,
            "timestamp": _now(),
        }
        promise.number = (await self._deliver("StartTransaction", start, promise))["transactionId"]
        await self._says("Charging")
        for _ in range(self.dice.randrange(4)):
            self._meter_wh += self.dice.randrange(1, 500)
            await self._deliver("MeterValues", self._reading(promise))
        stop = {"transactionId": promise.number, "meterStop": self._meter_wh, "timestamp": _now(), "reason": "Local"}
        await self._deliver("StopTransaction", stop)
        promise.meter_stop_wh = self._meter_wh
        await self._says("Finishing")
        await self._says("Available")

    async def _says(self, status: str) -> None:
        await self._deliver("StatusNotification", {"connectorId": 1, "status": status, "errorCode": "NoError"})

    def _reading(self, promise: Promise) -> dict[str, Any]:
        value = {"timestamp": _now(), "sampledValue": [{"value": str(self._meter_wh)}]}
        return {"connectorId": 1, "transactionId": promise.number, "meterValue": [value]}

    async def _deliver(self, action: str, payload: dict[str, Any], promise: Promise | None = None) -> dict[str, Any]:
        """The answer, after as many tries as it takes."""
        while True:
            try:
                if self._socket is None:
                    await self._dial()
                if promise is not None:
                    promise.asked += 1
                return await self._ask(action, payload)
            except (OSError, WebSocketException, InvalidHandshake, EOFError):
                self._socket = None
                await asyncio.sleep(_REDIAL_S)

    async def _dial(self) -> None:
        self._socket = await connect(
            f"{self.url}/{self.id}",
            subprotocols=[Subprotocol("ocpp1.6")],
            compression=None,
            ping_interval=None,
            proxy=None,
            close_timeout=1,
        )
        if not self._known or self.dice.random() < 0.5:
            self._known = True
            await self._ask("BootNotification", {"chargePointVendor": "Patience", "chargePointModel": "Script"})

    async def _ask(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        socket = self._socket
        if socket is None:
            raise ConnectionError
        id_ = str(next(self._ids))
        await socket.send(json.dumps([2, id_, action, payload]))
        self.frames.release()
        async with asyncio.timeout(_ANSWER_S):
            while True:
                kind, answered, *rest = json.loads(await socket.recv())
                if kind == 2:
                    await socket.send(json.dumps([4, answered, "NotSupported", "", {}]))
                elif kind == 3 and answered == id_:
                    return dict(rest[0])
                else:
                    raise AssertionError(f"{action} {payload} was answered {kind} {rest}")


def promises(chargers: Iterable[PatientCharger]) -> list[dict[str, Any]]:
    """All that was promised, as it must stand on disk: every transaction once, ended by its own stop."""
    return sorted((_row(each.id, promise) for each in chargers for promise in each.promises), key=_number)


def on_disk(state: Path) -> list[dict[str, Any]]:
    """The same of all transactions on disk."""
    connection = sqlite3.connect(state / "bridge.db")
    connection.row_factory = sqlite3.Row
    rows = [dict(row) for row in connection.execute("SELECT * FROM transactions")]
    connection.close()
    names = _row("", Promise(1, 0, "")).keys()
    return sorted(({name: row[name] for name in names} for row in rows), key=_number)


def _row(charger_id: str, promise: Promise) -> dict[str, Any]:
    stop = promise.meter_stop_wh
    return {
        "charger": charger_id,
        "id": promise.number,
        "connector": promise.connector,
        "id_tag": promise.id_tag,
        "meter_start_wh": promise.meter_start_wh,
        "meter_stop_wh": stop,
        "energy_wh": None if stop is None else stop - promise.meter_start_wh,
        "assumed": 0,
        "implausible": 0,
        "orphaned": 0,
        "adopted": 0,
    }


def _number(row: dict[str, Any]) -> int:
    return int(row["id"])


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
