"""Reading and writing group addresses by hand: one telegram at a time, within the pace, and what became of it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from knx_ocpp_bridge.config.addresses import format_address
from knx_ocpp_bridge.control.options import MisuseError
from knx_ocpp_bridge.control.protocol import Managed
from knx_ocpp_bridge.core.events import Origin
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.step import Level, Note
from knx_ocpp_bridge.daemon.building.monitor import Monitor
from knx_ocpp_bridge.knx.bus import Bus
from knx_ocpp_bridge.knx.datapoints import Payload
from knx_ocpp_bridge.knx.link.confirmation import Delivery
from knx_ocpp_bridge.knx.monitor.any_datapoint import UnwritableError, written
from knx_ocpp_bridge.knx.monitor.number_words import number_of, words_of
from knx_ocpp_bridge.knx.monitor.telegram_rows import row
from knx_ocpp_bridge.knx.monitor.telegrams import Passed, Service
from knx_ocpp_bridge.knx.sending.pace import Pace

_RATE: Final = 2.0
_BURST: Final = 20.0
"""Telegrams by hand: so many at once, and so many per second from then on."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long somebody who waits for a telegram does so, in s."""

    answer_s: float = 3.0
    """A device answers within this, counted from when the question is on the line."""
    more_s: float = 0.3
    """Who else answers does so within this."""
    sent_s: float = 20.0
    """A telegram is sent within this, or the line is gone or overloaded."""


PATIENCE: Final = Patience()


@dataclass(slots=True)
class _Waiting:
    """One telegram that somebody waits for."""

    service: Service
    sent: asyncio.Future[Passed]
    answers: list[Passed] = field(default_factory=list)
    answered: asyncio.Event = field(default_factory=asyncio.Event)


class RefusedError(Exception):
    """It was not done; says in words why, and of what kind the reason is."""

    def __init__(self, why: str, because: CommandResult = CommandResult.REJECTED) -> None:
        super().__init__(why)
        self.because = because


class ByHand:
    """What a person asks for: a GroupValueRead, a GroupValueWrite. Needs `passed` to hear every telegram."""

    def __init__(
        self, bus: Bus, monitor: Monitor, note: Callable[[None, Note], None], patience: Patience = PATIENCE
    ) -> None:
        """`note` takes a sentence for the general log."""
        self._bus = bus
        self._monitor = monitor
        self._note = note
        self._patience = patience
        self._pace = Pace(_RATE, _BURST)
        self._waiting: dict[int, _Waiting] = {}

    def passed(self, passed: Passed) -> None:
        """A group telegram was heard or sent."""
        waiting = self._waiting.get(passed.destination)
        if waiting is None:
            return
        if passed.ours:
            if passed.service is waiting.service and not waiting.sent.done():
                waiting.sent.set_result(passed)
        elif passed.service is Service.RESPONSE:
            waiting.answers.append(passed)
            waiting.answered.set()

    async def read(self, raw: int, dpt: str) -> Managed:
        """The value that the building gives for this group address, or that nobody answers; of our own, what we would
        answer. `dpt` empty: as the configuration or the project says.
        """
        try:
            if self._monitor.book.is_sent_on(raw):
                return self._own(raw, dpt)
            return await self._read(raw, dpt)
        except RefusedError as refused:
            return Managed(done=False, messages=(str(refused),), because=refused.because)

    async def write(self, raw: int, text: str, dpt: str, origin: Origin) -> Managed:
        """Send this value, once; where the bridge listens itself, it obeys, as of this origin.

        Raises:
            MisuseError: it is no value of that type, or of that object.
        """
        try:
            payload = self._payload(raw, text, dpt)
            return await self._write(raw, payload, dpt, origin)
        except RefusedError as refused:
            return Managed(done=False, messages=(str(refused),), because=refused.because)

    def _own(self, raw: int, dpt: str) -> Managed:
        self._check_bus()
        place, payload = self._place(raw), self._bus.answer(raw)
        if payload is None:
            raise RefusedError(
                f"{place} is sent by the bridge itself, which would not answer: the value is not known now, or "
                "respond_to_read is off; nothing was sent", CommandResult.NOT_ALLOWED_NOW,
            )  # fmt: skip
        passed = Passed(
            self._monitor.now(), self._bus.state.own_address or "", raw, Service.RESPONSE, payload, ours=True
        )
        told = self._row(passed, dpt)
        words = f"{place} is sent by the bridge itself, which would answer {_value(told)}; nothing was sent"
        return Managed(done=True, messages=(words,), row=told)

    async def _read(self, raw: int, dpt: str) -> Managed:
        async with self._sending(raw, Service.READ, None) as waiting:
            sent = await self._sent(waiting)
            if not waiting.answers:
                self._check_sent(raw, sent)
                try:
                    async with asyncio.timeout(self._patience.answer_s):
                        await waiting.answered.wait()
                except TimeoutError as error:
                    raise RefusedError(self._silence(raw), CommandResult.TIMED_OUT) from error
            await asyncio.sleep(self._patience.more_s)
            rows = [self._row(each, dpt) for each in waiting.answers]
        place = self._place(raw)
        words = [f"{told['source']} answers for {place}: {_value(told)}" for told in rows]
        if len({told["source"] for told in rows}) > 1:
            words.append("several devices answer: only one of them should have the R flag (Read) in ETS")
        return Managed(done=True, messages=tuple(words), row=rows[0])

    async def _write(self, raw: int, payload: Payload, dpt: str, origin: Origin) -> Managed:
        heard = self._monitor.book.is_heard(raw)
        async with self._sending(raw, Service.WRITE, payload) as waiting:
            sent = await self._sent(waiting)
        told, place = self._row(sent, dpt), self._place(raw)
        if sent.failure != Delivery.HELD.value:  # else it may be on the line, whatever is known of it
            failed = f"; {sent.failure}" if sent.failure else ""
            words = f"{place} was written by hand ({origin.value}): {_value(told)}{failed}"
            self._note(None, Note(Level.INFO, None, words, "bus"))
        # Whoever listens on a line acknowledges; where the bridge is the only one, nobody does.
        unheard = heard and sent.failure == Delivery.REFUSED.value
        if not unheard:
            self._check_sent(raw, sent)
        messages = [f"sent to {place}: {_value(told)}"]
        if unheard:
            messages.append("no device on the line acknowledged it, but the bridge itself listens there")
        if heard:
            self._bus.obey(raw, payload, origin)
            messages.append("the bridge takes it as if a device had written it; what came of it stands in the log")
        return Managed(done=True, messages=tuple(messages), row=told)

    def _payload(self, raw: int, text: str, dpt: str) -> Payload:
        book, place = self._monitor.book, self._place(raw)
        if book.is_sent_on(raw):
            raise RefusedError(
                f"the bridge itself sends on {place}: nobody else should; write on the command address of the object, "
                "or use the verb for it (start, stop, limit, ...)"
            )
        kind = dpt or book.dpt(raw)
        if not kind:
            raise MisuseError(f"nobody knows the datapoint type of {place}: name it, e.g. DPT 9.001")
        key = "" if dpt else book.key(raw)
        number = number_of(key, text)
        try:
            payload = written(kind, text if number is None else str(number))
        except UnwritableError as error:
            words = words_of(key)
            raise MisuseError(f"{error}; {key} has {words}" if words else str(error)) from error
        if misfit := book.misfit(raw, payload):
            raise MisuseError(f"{place} is an object of the bridge, which cannot read that: {misfit}")
        return payload

    @asynccontextmanager
    async def _sending(self, raw: int, service: Service, payload: Payload | None) -> AsyncIterator[_Waiting]:
        """Orders the telegram, and listens to what comes of it."""
        self._check_bus()
        now_s = time.monotonic()
        wait_s = self._pace.next_at(now_s) - now_s
        if wait_s > 0:
            raise RefusedError(
                f"too much is sent by hand: {_RATE:g} a second at most; try again in {wait_s:.1f} s",
                CommandResult.NOT_ALLOWED_NOW,
            )
        if raw in self._waiting:
            raise RefusedError(f"somebody else is using {self._place(raw)} just now", CommandResult.NOT_ALLOWED_NOW)
        waiting = self._waiting[raw] = _Waiting(service, asyncio.get_running_loop().create_future())
        try:
            if not self._bus.order(raw, payload):
                raise RefusedError("too many telegrams by hand are waiting", CommandResult.NOT_ALLOWED_NOW)
            self._pace.spend(now_s)
            yield waiting
        finally:
            del self._waiting[raw]

    async def _sent(self, waiting: _Waiting) -> Passed:
        try:
            async with asyncio.timeout(self._patience.sent_s):
                return await waiting.sent
        except TimeoutError as error:
            self._check_bus()
            raise RefusedError(
                f"it was not sent within {self._patience.sent_s:g} s", CommandResult.TIMED_OUT
            ) from error

    def _check_bus(self) -> None:
        state = self._bus.state
        if not state.connected:
            raise RefusedError(f"there is no connection to the bus: {state.trouble}", CommandResult.OFFLINE)

    def _check_sent(self, raw: int, sent: Passed) -> None:
        if not sent.failure:
            return
        place = self._place(raw)
        match sent.failure:
            case Delivery.REFUSED.value if sent.service is Service.READ:
                raise RefusedError(f"nobody answers for {place}: {sent.failure}", CommandResult.TIMED_OUT)
            case Delivery.UNANSWERED.value:
                raise RefusedError(f"{place}: {sent.failure}", CommandResult.OFFLINE)
            case _:
                raise RefusedError(f"{place}: {sent.failure}")

    def _silence(self, raw: int) -> str:
        whom = f"{self._place(raw)} within {self._patience.answer_s:g} s"
        return f"nobody has answered for {whom}: no device there has the R flag (Read) in ETS, or none can be reached"

    def _place(self, raw: int) -> str:
        name = self._monitor.book.name(raw)
        return format_address(raw, self._monitor.style) + (f" ({name})" if name else "")

    def _row(self, passed: Passed, dpt: str) -> dict[str, Any]:
        told = row(0, passed, self._monitor.book, self._monitor.style, dpt or None)
        del told["number"]
        return told


def _value(told: dict[str, Any]) -> str:
    """`0C 33, 21.5 °C (9.001)`, as far as it is known."""
    value = told["value"] or (f"! {told['misfit']}" if told["misfit"] else "")
    kind = f" ({told['dpt']})" if told["value"] else ""
    return ", ".join(filter(None, (told["payload"], value))) + kind
