"""A KNX/IP router's side of routing, as a program of its own: `python -m tests.kit.multicast_peer ADDRESS`.

Writes a line of JSON for each group write it hears: when (monotonic), group address, value in hex, as `VirtualLine`
shows them. A line `GA 0|1` on its standard input is said as a wall switch would.
"""

import json
import select
import socket
import struct
import sys
import time
from typing import Final

from knx_ocpp_bridge.knx.virtual.virtual_frames import BusTelegram, Kind, indication, telegram_of
from tests.kit.virtual_line import raw, shown

_GROUP: Final = ("224.0.23.12", 3671)
_ROUTING_INDICATION: Final = 0x0530
_HEADER: Final = struct.Struct("!BBHH")


def main(address: str) -> None:
    """Until standard input ends."""
    ears = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ears.bind(_GROUP)
    ears.setsockopt(
        socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(_GROUP[0]) + socket.inet_aton(address)
    )
    mouth = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    mouth.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
    mouth.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
    print(json.dumps("ready"))
    while True:
        readable, _, _ = select.select([ears, sys.stdin], [], [])
        if ears in readable:
            _hear(ears.recv(1024))
        if sys.stdin in readable:
            line = sys.stdin.readline()
            if not line:
                return
            _say(mouth, line)


def _hear(frame: bytes) -> None:
    if _HEADER.unpack_from(frame)[2] != _ROUTING_INDICATION:
        return
    telegram = telegram_of(frame[_HEADER.size :])
    if telegram is not None and telegram.kind is Kind.WRITE:
        print(json.dumps([time.monotonic(), shown(telegram.destination), telegram.payload.hex()]))


def _say(mouth: socket.socket, line: str) -> None:
    ga, value = line.split()
    cemi = indication(BusTelegram("1.1.200", raw(ga), Kind.WRITE, bytes([int(value)]), small=True))
    try:
        mouth.sendto(_HEADER.pack(6, 0x10, _ROUTING_INDICATION, _HEADER.size + len(cemi)) + cemi, _GROUP)
    except OSError as error:
        print(json.dumps(str(error)))


if __name__ == "__main__":
    main(sys.argv[1])
