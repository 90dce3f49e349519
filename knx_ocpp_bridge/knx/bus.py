"""The building side: hears commands, says states, answers reads. Decides nothing about charging.

What is heard goes to `post` inside of the receiving callback; what is offered goes by the scheduler's order and pace.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final
from zoneinfo import ZoneInfo

from xknx.telegram import Telegram
from xknx.telegram.address import GroupAddress
from xknx.telegram.apci import GroupValueRead, GroupValueResponse, GroupValueWrite

from knx_ocpp_bridge.config.models import Knx
from knx_ocpp_bridge.core.events import Wished
from knx_ocpp_bridge.core.step import Update
from knx_ocpp_bridge.core.values import ChargerId, Value
from knx_ocpp_bridge.knx.bindings import BindingTable, ObjectKey, StateObject
from knx_ocpp_bridge.knx.confirmation import Delivery
from knx_ocpp_bridge.knx.connection import Connection, Listener
from knx_ocpp_bridge.knx.datapoints import Calendar, Payload, Unsayable, WrongTelegram, payload_text
from knx_ocpp_bridge.knx.scheduler import Lane, Manner, Outgoing, Scheduler
from knx_ocpp_bridge.knx.seldom import Seldom
from knx_ocpp_bridge.knx.words import Teller

_LOG = logging.getLogger(__name__)

_REPEAT_S: Final = 60.0
_ANSWERS_COMMANDS: Final = frozenset({"command_result"})
"""Objects that cannot be commanded themselves and yet are feedback."""


@dataclass(frozen=True, slots=True)
class BusState:
    """What the status page shows of the bus."""

    connected: bool
    gateway: str
    own_address: str | None
    trouble: str
    """Why there is no connection; empty while there is one."""
    sent: int
    failed: int
    received: int
    """Group telegrams heard, whoever they were for."""
    waiting: int
    """Telegrams that wait for the pace."""


class Bus:
    """The KNX edge. Losing the bus is no error here: newest values are kept, and told once it is back."""

    def __init__(
        self,
        settings: Knx,
        table: BindingTable,
        post: Callable[[ChargerId | None, Wished], None],
        zone: ZoneInfo,
        synchronised: Callable[[], bool],
        trace: Callable[[str], None] | None = None,
    ) -> None:
        """`post` takes a wish for a charger (None: for the bridge itself) and returns at once; `trace` gets one line
        per telegram of ours.
        """
        self._table = table
        self._post = post
        self._calendar = Calendar(zone, synchronised)
        self._trace = trace
        self._style = settings.style
        self._teller = Teller(self._style, zone)
        self._known: dict[ObjectKey, Value] = {}
        self._scheduler = Scheduler(settings.rate_limit)
        self._scheduler.bind(_manners(table), time.monotonic())
        self._connection = Connection(settings, Listener(self._heard, self._up, self._down))
        self._connected = False
        self._epoch = 0
        self._wake = asyncio.Event()
        self._seldom = Seldom(_REPEAT_S)
        self._sent = self._failed = self._received = 0

    @property
    def state(self) -> BusState:
        """A snapshot for status and page."""
        return BusState(
            connected=self._connected,
            gateway=self._connection.gateway,
            own_address=self._connection.own_address,
            trouble=self._connection.trouble,
            sent=self._sent,
            failed=self._failed,
            received=self._received,
            waiting=self._scheduler.waiting,
        )

    async def run(self) -> None:
        """Be on the bus whenever that is possible, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._connection.run(), name="knx connection")
            tasks.create_task(self._speak(), name="knx sender")

    def offer(self, charger: ChargerId | None, update: Update) -> None:
        """Take a value for the building (`charger` None: of the bridge itself). Whether and when it goes is the
        scheduler's; a value for an object that nobody bound is let go: whoever has it is asked on the day it is bound.
        """
        state = self._table.by_key.get((charger, update.connector, update.key))
        if state is None:
            return
        if update.value is None:
            self._known.pop(state.key, None)
        else:
            self._known[state.key] = update.value  # the same key, not one more for each value that is kept
        self._schedule(state, update.value, again=update.again)
        self._wake.set()

    def rebind(self, table: BindingTable, zone: ZoneInfo, known: Callable[[ObjectKey], Value | None]) -> None:
        """Serve another object table from now on, and tell times in this zone; `known` has the values of new objects.

        Objects that stay say nothing; what has moved is told there, and a time that reads otherwise now is told anew.
        """
        values = {key: self._known[key] if key in self._known else known(key) for key in table.by_key}
        self._known = {key: value for key, value in values.items() if value is not None}
        self._table = table
        self._calendar = replace(self._calendar, zone=zone)
        self._teller = Teller(self._style, zone)
        self._scheduler.bind(_manners(table), time.monotonic())
        for state in table.states.values():
            if (value := self._known.get(state.key)) is not None:
                self._schedule(state, value, again=False)
        self._wake.set()

    def _schedule(self, state: StateObject, value: Value | None, *, again: bool) -> None:
        payload = None if value is None else state.codec.encode(value, self._calendar)
        if payload is None or isinstance(payload, Unsayable):
            if payload is not None and self._seldom.is_due(state.key, time.monotonic()):
                _LOG.warning("%s is not told to the bus: %s", self._name(state), payload.reason)
            self._scheduler.withdraw(state.address)
            return
        number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
        self._scheduler.offer(state.address, payload, number, time.monotonic(), again=again)

    async def _speak(self) -> None:
        while True:
            outgoing = self._scheduler.take(time.monotonic())
            if outgoing is None:
                await self._pause()
            else:
                await self._say(outgoing)

    async def _pause(self) -> None:
        """Wait until the scheduler may have something."""
        self._wake.clear()
        at_s = self._scheduler.next_at(time.monotonic())
        alarm = None if at_s is None else asyncio.get_running_loop().call_at(at_s, self._wake.set)
        try:
            await self._wake.wait()
        finally:
            if alarm is not None:
                alarm.cancel()

    async def _say(self, outgoing: Outgoing) -> None:
        state, epoch = self._table.states[outgoing.address], self._epoch
        value = self._known.get(state.key)
        kind = GroupValueResponse if outgoing.response else GroupValueWrite
        delivery = await self._connection.send(Telegram(GroupAddress(outgoing.address), payload=kind(outgoing.payload)))
        confirmed = delivery is Delivery.CONFIRMED
        if epoch == self._epoch:  # else the loss of the connection has already counted it as failed
            (self._scheduler.confirmed if confirmed else self._scheduler.failed)(time.monotonic())
        self._sent += confirmed
        self._failed += not confirmed
        if not confirmed and self._seldom.is_due((state.key, delivery), time.monotonic()):
            _LOG.warning("%s was not delivered: %s", self._name(state), delivery.value)
        if self._trace is not None:
            shown = self._teller.value(value, state.bound.row.quantity) if value is not None else ""
            remark = "response" if outgoing.response else ""
            self._trace(
                self._teller.said(
                    state.address, state.bound.row.key, shown, remark=remark if confirmed else delivery.value
                )
            )

    def _up(self) -> None:
        self._connected = True
        self._scheduler.connected(time.monotonic())
        self._wake.set()

    def _down(self, since_s: float) -> None:
        self._connected = False
        self._epoch += 1
        self._scheduler.disconnected(time.monotonic(), since_s)

    def _heard(self, telegram: Telegram) -> None:
        self._received += 1
        address, source = telegram.destination_address.raw, str(telegram.source_address)
        if not isinstance(address, int):
            return
        match telegram.payload:
            case GroupValueWrite(value=payload):
                if address in self._table.commands:
                    self._obey(address, payload, source)
                elif address in self._table.states:
                    self._object(address, payload, source)
            case GroupValueRead():
                self._asked(address, source)
            case _:  # a GroupValueResponse is never a command
                return

    def _obey(self, address: int, payload: Payload, source: str) -> None:
        heard = self._table.heard(address, payload, source)
        row = self._table.commands[address][0].row
        if isinstance(heard, WrongTelegram):
            if self._seldom.is_due((address, source), time.monotonic()):
                _LOG.warning(
                    "dropped: %s sent %s on %s (%s): check the DPT of that sender in ETS",
                    source, heard.reason, self._teller.address(address), row.key,
                )  # fmt: skip
            return
        for charger, wished in heard.wishes:
            self._post(charger, wished)
        if self._trace is not None:
            self._trace(self._teller.heard(address, row.key, self._teller.value(heard.value, row.quantity), source))

    def _object(self, address: int, payload: Payload, source: str) -> None:
        """Somebody else writes what only the bridge can know."""
        if self._seldom.is_due(source, time.monotonic()):
            _LOG.warning(
                "ignored: %s wrote %s on %s, where only the bridge sends (%s): remove that link in ETS",
                source, payload_text(payload), self._teller.address(address), self._name(self._table.states[address]),
            )  # fmt: skip

    def _asked(self, address: int, source: str) -> None:
        state = self._table.states.get(address)
        if state is None or not state.bound.respond_to_read:
            return
        if self._trace is not None:
            self._trace(self._teller.heard(address, state.bound.row.key, "read", source))
        self._scheduler.asked(address, time.monotonic())
        self._wake.set()

    def _name(self, state: StateObject) -> str:
        charger = "bridge" if state.bound.charger is None else f"{state.bound.charger}/{state.bound.connector}"
        return f"{charger} {state.bound.row.key} on {self._teller.address(state.address)}"


def _manners(table: BindingTable) -> dict[int, Manner]:
    return {address: _manner(state) for address, state in table.states.items()}


def _manner(state: StateObject) -> Manner:
    bound = state.bound
    if bound.row.measurement:
        lane = Lane.MEASUREMENT
    else:
        lane = Lane.FEEDBACK if bound.row.receives or bound.row.key in _ANSWERS_COMMANDS else Lane.STATUS
    return Manner(state.key, lane, bound.min_change, bound.min_interval_s, bound.cyclic_s)
