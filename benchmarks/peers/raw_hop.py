"""Peer for latency: raw xknx and raw websockets doing the two hops, and nothing else.

A telegram on one group address becomes an UnlockConnector; a StatusNotification is answered and becomes a
telegram on another. Arguments: port to listen on, port of the gateway, the two raw group addresses.
"""

import asyncio
import itertools
import json
import sys

import websockets
from xknx import XKNX
from xknx.dpt import DPTArray
from xknx.io import ConnectionConfig, ConnectionType
from xknx.telegram import GroupAddress, Telegram
from xknx.telegram.apci import GroupValueWrite

ANSWERS = {
    "BootNotification": {"currentTime": "2026-01-01T00:00:00Z", "interval": 300, "status": "Accepted"},
    "StartTransaction": {"transactionId": 1, "idTagInfo": {"status": "Accepted"}},
}


async def main(port: int, gateway_port: int, command: int, state: int) -> None:
    numbers = itertools.count(1)
    chargers: set[websockets.ServerConnection] = set()
    sending: set[asyncio.Task[None]] = set()

    def heard(telegram: Telegram) -> None:
        if telegram.destination_address == GroupAddress(command):
            text = json.dumps([2, str(next(numbers)), "UnlockConnector", {"connectorId": 1}])
            for charger in chargers:
                task = asyncio.create_task(charger.send(text))
                sending.add(task)
                task.add_done_callback(sending.discard)

    async def serve(charger: websockets.ServerConnection) -> None:
        chargers.add(charger)
        try:
            async for text in charger:
                message = json.loads(text)
                if message[0] != 2:
                    continue
                await charger.send(json.dumps([3, message[1], ANSWERS.get(message[2], {})]))
                if message[2] == "StatusNotification":
                    value = 2 if message[3]["status"] == "Charging" else 3
                    xknx.telegrams.put_nowait(
                        Telegram(GroupAddress(state), payload=GroupValueWrite(DPTArray((value,))))
                    )
        finally:
            chargers.discard(charger)

    tunnel = ConnectionConfig(
        connection_type=ConnectionType.TUNNELING, gateway_ip="127.0.0.1", gateway_port=gateway_port
    )
    xknx = XKNX(telegram_received_cb=heard, connection_config=tunnel)
    async with xknx, websockets.serve(serve, "127.0.0.1", port, subprotocols=["ocpp1.6"]) as server:
        await server.wait_closed()


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
