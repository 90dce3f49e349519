"""The installer's hand and eyes on a line with Data Secure: a plain tunnel to the virtual bus, and keys of his own."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Self

from knx_ocpp_bridge.knx.virtual.virtual_bus import VirtualBus
from knx_ocpp_bridge.knx.virtual.virtual_frames import HEADER_LENGTH, Kind, MessageCode, Service, endpoint
from tests.kit.keyrings import raw
from tests.kit.secure_group import NotSealedError, Sealed, is_sealed, opened, parts, request, sealed
from tests.kit.secure_session import packed, read_frame
from tests.kit.telegrams import Payload
from tests.kit.until import until

ADDRESS: Final = "1.1.200"
"""Whose switch it is, unless something else is said."""
_TCP: Final = endpoint("", 0, tcp=True)
_EPOCH: Final = datetime(2018, 1, 5, tzinfo=UTC).timestamp()
_LOOK_S: Final = 3.0


@dataclass(frozen=True, slots=True)
class Said:
    """One group telegram of somebody else."""

    source: str
    destination: int
    kind: Kind
    payload: Payload | None
    sequence: int | None
    """Of a secured telegram; None: it was plain."""


class SecurePanel:
    """Sees every group telegram of the others, and says what a good or a bad device would."""

    def __init__(self, bus: VirtualBus, keys: Mapping[str, bytes]) -> None:
        """`keys`: of each secured group address."""
        self._port = bus.port
        self.keys = {raw(ga): key for ga, key in keys.items()}
        self.said: list[Said] = []
        self.frames: list[bytes] = []
        """The L_Data.req of what was said here."""
        self.unreadable = 0
        """Secured telegrams that no key opens."""
        self.sequence = int((time.time() - _EPOCH) * 1000)
        """Of the next secured telegram."""
        self._channel = self._counter = 0
        self._writer: asyncio.StreamWriter | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writer.write(packed(Service.CONNECT_REQUEST, _TCP + _TCP + bytes([4, 4, 2, 0])))
        answer = await read_frame(reader)
        assert answer[7] == 0, f"the panel gets no tunnel: {answer.hex()}"
        self._channel = answer[6]
        self._task = asyncio.create_task(self._listen(reader))
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._writer is not None:
            self._writer.close()
            await asyncio.gather(self._writer.wait_closed(), return_exceptions=True)

    # The hand

    def write(self, ga: str, value: Payload, *, source: str = ADDRESS, sequence: int | None = None) -> None:
        """GroupValueWrite, secured if there is a key for it; `sequence`: another than the next one."""
        self.say(ga, Kind.WRITE, value, source=source, sequence=sequence)

    def say(
        self, ga: str, kind: Kind, value: Payload | None, *, source: str = ADDRESS, sequence: int | None = None
    ) -> None:
        """A group service, secured if there is a key for it."""
        destination, apdu = raw(ga), _apdu(kind, value)
        key = self.keys.get(destination)
        if key is not None:
            if sequence is None:
                sequence, self.sequence = self.sequence, self.sequence + 1
            apdu = sealed(key, Sealed(source, destination, sequence, apdu))
        self.put(request(source, destination, apdu))

    def write_plain(self, ga: str, value: Payload, *, source: str = ADDRESS) -> None:
        """GroupValueWrite without security, whatever the address wants."""
        self.put(request(source, raw(ga), _apdu(Kind.WRITE, value)))

    def write_tampered(self, ga: str, value: Payload, *, source: str = ADDRESS) -> None:
        """A secured GroupValueWrite with one bit of its sealed text changed."""
        told = Sealed(source, raw(ga), self.sequence, _apdu(Kind.WRITE, value))
        self.sequence += 1
        changed = bytearray(sealed(self.keys[raw(ga)], told))
        changed[10] ^= 0x01
        self.put(request(source, raw(ga), bytes(changed)))

    def replay(self, place: int = -1) -> None:
        """Say the very frame again that was said before."""
        self.put(self.frames[place])

    def put(self, cemi: bytes) -> None:
        """This L_Data.req."""
        assert self._writer is not None
        self.frames.append(cemi)
        self._writer.write(packed(Service.TUNNELLING_REQUEST, bytes([4, self._channel, self._counter, 0]) + cemi))
        self._counter = self._counter + 1 & 0xFF

    # The eyes

    async def hears(self, ga: str, value: Payload, within_s: float = 15.0) -> Said:
        """The first telegram with this value on a group address, now or since it was last asked for."""
        where = raw(ga)

        def found() -> Said | None:
            said = (each for each in self.said if each.destination == where and each.payload == value)
            return next((each for each in said if each.kind is not Kind.READ), None)

        await until(lambda: found() is not None, within_s, f"{value!r} on {ga}")
        telegram = found()
        assert telegram is not None
        self.said.remove(telegram)
        return telegram

    async def read(self, ga: str, within_s: float = _LOOK_S) -> Said | None:
        """GroupValueRead and its response, secured if there is a key; None: nobody answers in time."""
        where, mark = raw(ga), len(self.said)
        self.say(ga, Kind.READ, None)

        def answer() -> Said | None:
            said = (each for each in self.said[mark:] if each.destination == where)
            return next((each for each in said if each.kind is Kind.RESPONSE), None)

        try:
            await until(lambda: answer() is not None, within_s, f"an answer on {ga}")
        except TimeoutError:
            return None
        return answer()

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while True:
            frame = await read_frame(reader)
            cemi = frame[HEADER_LENGTH + 4 :]
            is_telegram = int.from_bytes(frame[2:4], "big") == Service.TUNNELLING_REQUEST
            if is_telegram and cemi[0] == MessageCode.L_DATA_IND:
                self._note(cemi)

    def _note(self, cemi: bytes) -> None:
        source, destination, apdu = parts(cemi)
        sequence: int | None = None
        if is_sealed(apdu):
            try:
                told = opened(self.keys.get(destination, bytes(16)), cemi)
            except NotSealedError:
                self.unreadable += 1
                return
            sequence, apdu = told.sequence, told.apdu
        kind, value = _meaning(apdu)
        self.said.append(Said(source, destination, kind, value, sequence))


def _apdu(kind: Kind, value: Payload | None) -> bytes:
    if isinstance(value, bytes):
        return kind.value.to_bytes(2, "big") + value
    return (kind.value | bool(value)).to_bytes(2, "big")


def _meaning(apdu: bytes) -> tuple[Kind, Payload | None]:
    service = int.from_bytes(apdu[:2], "big")
    kind = Kind(service & 0x3C0)
    if kind is Kind.READ:
        return kind, None
    return kind, bool(service & 0x3F) if len(apdu) == 2 else apdu[2:]
