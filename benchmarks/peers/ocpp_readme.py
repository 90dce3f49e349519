"""Peer: the `ocpp` package's own server as its README shows; it only acknowledges. Argument: the port."""

import asyncio
import sys
from datetime import UTC, datetime
from typing import Any

import websockets
from ocpp.routing import on
from ocpp.v16 import ChargePoint as BaseChargePoint
from ocpp.v16 import call_result
from ocpp.v16.enums import Action, AuthorizationStatus, RegistrationStatus


class ChargePoint(BaseChargePoint):
    @on(Action.boot_notification)
    def on_boot(self, **_: Any) -> call_result.BootNotification:
        return call_result.BootNotification(_now(), 300, RegistrationStatus.accepted)

    @on(Action.heartbeat)
    def on_heartbeat(self) -> call_result.Heartbeat:
        return call_result.Heartbeat(_now())

    @on(Action.status_notification)
    def on_status(self, **_: Any) -> call_result.StatusNotification:
        return call_result.StatusNotification()

    @on(Action.meter_values)
    def on_meter_values(self, **_: Any) -> call_result.MeterValues:
        return call_result.MeterValues()

    @on(Action.start_transaction)
    def on_start(self, **_: Any) -> call_result.StartTransaction:
        return call_result.StartTransaction(1, {"status": AuthorizationStatus.accepted})


def _now() -> str:
    return datetime.now(UTC).isoformat()


async def on_connect(websocket: websockets.ServerConnection) -> None:
    assert websocket.request is not None
    await ChargePoint(websocket.request.path.strip("/"), websocket).start()


async def main() -> None:
    server = await websockets.serve(on_connect, "127.0.0.1", int(sys.argv[1]), subprotocols=["ocpp1.6"])
    await server.wait_closed()


if __name__ == "__main__":
    asyncio.run(main())
