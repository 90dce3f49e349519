"""The virtual bus with a memory: what was said on it, by whom and when."""

import time
from collections.abc import Callable

from knx_ocpp_bridge.knx.virtual.virtual_bus import BusTelegram, Kind, VirtualBus
from tests.kit.telegrams import Payload
from tests.kit.until import until


class VirtualLine:
    """Hears everything from now on."""

    def __init__(self, bus: VirtualBus) -> None:
        self.bus = bus
        self.heard: list[BusTelegram] = []
        """What nobody has taken by `hears` yet."""
        self.written: list[tuple[str, Payload]] = []
        """Every write of somebody else, in its order."""
        self.last_s = time.monotonic()
        """When something was said last."""
        self.forget: Callable[[], None] = bus.listen(self._note)

    async def hears(self, ga: str, payload: Payload, within_s: float = 15.0) -> None:
        """Somebody writes this value, now or since it was last asked for."""

        def place() -> int | None:
            said = [(t.destination, value_of(t)) if t.kind is Kind.WRITE else None for t in self.heard]
            wanted = (raw(ga), payload)
            return said.index(wanted) if wanted in said else None

        await until(lambda: place() is not None, within_s, f"{payload!r} on {ga}")
        del self.heard[place() or 0]

    async def rest(self, quiet_s: float = 1.0, within_s: float = 20.0) -> None:
        """Wait until nothing has been said for so long."""
        await until(lambda: time.monotonic() - self.last_s > quiet_s, within_s, "silence")

    def said(self, ga: str) -> list[Payload]:
        """All values that were written here, the oldest first."""
        return [value for address, value in self.written if address == ga]

    def _note(self, telegram: BusTelegram) -> None:
        self.heard.append(telegram)
        if telegram.kind is Kind.WRITE:
            self.written.append((shown(telegram.destination), value_of(telegram)))
            self.last_s = time.monotonic()


def value_of(telegram: BusTelegram) -> Payload:
    """As the panel writes it: a bool, or bytes."""
    return bool(telegram.payload[0]) if telegram.small else telegram.payload


def raw(ga: str) -> int:
    """The number of a three level address."""
    main, middle, sub = map(int, ga.split("/"))
    return main << 11 | middle << 8 | sub


def shown(address: int) -> str:
    """A three level address for its number."""
    return f"{address >> 11}/{address >> 8 & 7}/{address & 255}"
