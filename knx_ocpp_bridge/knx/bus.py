"""The building side: hears commands, says states, answers reads. Decides nothing about charging.

What is heard is `knx.hearing`'s; what is offered goes by the scheduler's order and pace.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from xknx.telegram import Telegram
from xknx.telegram.address import GroupAddress
from xknx.telegram.apci import GroupValueRead, GroupValueResponse, GroupValueWrite

from knx_ocpp_bridge.config.bus_models import Knx
from knx_ocpp_bridge.core.events import Origin
from knx_ocpp_bridge.core.group_objects import Quantity
from knx_ocpp_bridge.core.step import Update
from knx_ocpp_bridge.core.values import ChargerId, Value
from knx_ocpp_bridge.knx.bindings import BindingTable, ObjectKey, StateObject, Wishes
from knx_ocpp_bridge.knx.datapoints import Calendar, Payload, Unsayable
from knx_ocpp_bridge.knx.hearing import REPEAT_S, Hearing
from knx_ocpp_bridge.knx.link.confirmation import Delivery
from knx_ocpp_bridge.knx.link.connection import NOT_YET, Connection, Listener
from knx_ocpp_bridge.knx.link.dialling import ROUTING
from knx_ocpp_bridge.knx.means import Means
from knx_ocpp_bridge.knx.monitor.telegrams import Passed, Service
from knx_ocpp_bridge.knx.secure.data_secure import Ours
from knx_ocpp_bridge.knx.secure.security import Security
from knx_ocpp_bridge.knx.seldom import Seldom
from knx_ocpp_bridge.knx.sending.feedback import RESULT, answers, expected
from knx_ocpp_bridge.knx.sending.lanes import Lane
from knx_ocpp_bridge.knx.sending.scheduler import Outgoing, Scheduler
from knx_ocpp_bridge.knx.sending.slot import Manner
from knx_ocpp_bridge.knx.statistics import duration_s
from knx_ocpp_bridge.knx.words import Teller

_LOG = logging.getLogger(__name__)

_COSTS: Final = {Delivery.REFUSED: 4.0, Delivery.UNANSWERED: 1.0, Delivery.HELD: 0.1}
"""Telegrams on the line: what nobody acknowledges is sent three times more by the gateway, what is held back never."""


@dataclass(frozen=True, slots=True)
class BusState:
    """What the status page shows of the bus."""

    connected: bool
    connection: str
    """How, as in the configuration; where that says `automatic`, the way that was found."""
    gateway: str
    own_address: str | None
    trouble: str
    """Why there is no connection; empty while there is one."""
    second: bool
    """It is the second gateway that serves."""
    sent: int
    failed: int
    """Those of ours that did not arrive, `negative` included."""
    negative: int
    """Those that no device on the line acknowledged."""
    repeated: int
    received: int
    """Group telegrams heard, whoever they were for."""
    refused: Mapping[str, int]
    """Telegrams and frames that were not let in, by kind."""
    reconnections: int
    load_percent: float
    """Of a TP line, in the last minute, by what the bridge said and heard."""
    waiting: int
    """Telegrams that wait for the pace."""
    data_secure: str = ""
    """How Data Secure stands, in words; empty: no group address is secured for us."""
    since: str = ""
    """ISO 8601 in UTC: when the connection was made, or lost; empty: there was none yet."""
    last_trouble: str = ""
    """Why there was no connection last, be it there again or not; empty: it was never lost."""
    last_trouble_at: str = ""
    """ISO 8601 in UTC: when that was said last."""


class Bus:
    """The KNX edge. Losing the bus is no error here: newest values are kept, and told once it is back."""

    def __init__(
        self,
        settings: Knx,
        table: BindingTable,
        zone: ZoneInfo,
        means: Means,
    ) -> None:
        self._table = table
        self._means = means
        self._calendar = Calendar(zone, means.synchronised)
        self._style = settings.style
        self._teller = Teller(self._style, zone)
        self._known: dict[ObjectKey, Value] = {}
        now_s = time.monotonic()
        self._scheduler = Scheduler(settings.rate_limit, quiet_until_s=now_s + settings.start_delay)
        self._scheduler.bind(_manners(table), now_s)
        self._hearing = Hearing(table, means, self._teller, self._asked, self.expect)
        ours = Ours(self._ours, self._named, self._tells_time, lambda address: address in self._table.commands)
        self._security = Security(settings, means.state, means.moment, ours, means.complain)
        listener = Listener(self._heard, self._up, self._down, self._link)
        self._connection = Connection(settings, listener, self._security)
        self._connected = False
        self._epoch = 0
        self._since = self._last_trouble = self._last_trouble_at = ""
        self._wake = asyncio.Event()
        self._seldom = Seldom(REPEAT_S)

    @property
    def state(self) -> BusState:
        """A snapshot for status and page."""
        figures = self._connection.figures(asdict(self._security.refusals.now))
        return BusState(
            connected=self._connected,
            connection=self._connection.way,
            gateway=self._connection.gateway,
            own_address=self._connection.own_address,
            trouble=self._connection.trouble,
            second=self._connection.on_second,
            sent=figures.sent,
            failed=figures.failed,
            negative=figures.negative,
            repeated=figures.repeated,
            received=self._hearing.received,
            refused=figures.refused,
            reconnections=figures.reconnections,
            load_percent=figures.load_percent,
            waiting=self._scheduler.waiting,
            data_secure=self._security.standing,
            since=self._since,
            last_trouble=self._last_trouble,
            last_trouble_at=self._last_trouble_at,
        )

    async def run(self) -> None:
        """Be on the bus whenever that is possible, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._security.run(), name="knx secure")
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

    def expect(self, wishes: Wishes) -> None:
        """Somebody has given this command, by the bus or otherwise: what answers it goes before other states."""
        now_s = time.monotonic()
        for each in expected(wishes):
            state = self._table.by_key.get(each.key)
            if state is not None:
                self._scheduler.expect(state.address, now_s, first=each.first)
        self._wake.set()

    def order(self, address: int, payload: Payload | None) -> bool:
        """Send by hand on this raw group address: a GroupValueWrite, or a GroupValueRead (None). What became of it is
        told to `Means.passed`. False: there is no bus, too many of them wait, or the bridge itself sends states there.
        """
        if payload is not None and address in self._table.states:
            return False
        taken = self._scheduler.order(address, payload, time.monotonic())
        self._wake.set()
        return taken

    def obey(self, address: int, payload: Payload, origin: Origin) -> None:
        """A person has sent this by hand: the bridge takes it as it would if somebody else had written it."""
        self._hearing.by_hand(address, payload, self._connection.own_address or "", origin)

    def answer(self, address: int) -> Payload | None:
        """What a GroupValueRead on this raw group address is answered with now; None: it is not answered."""
        state = self._table.states.get(address)
        if state is None or not state.bound.respond_to_read:
            return None
        clock = state.bound.row.quantity is Quantity.CLOCK
        value = self._means.moment().utc if clock else self._known.get(state.key)
        payload = None if value is None else state.codec.encode(value, self._calendar)
        return None if isinstance(payload, Unsayable) else payload

    def read(self, address: int) -> None:
        """Ask the building for the value of this raw group address, within the pace and after states.

        Not asked while there is no bus, and not again if it fails: whoever needs it asks again.
        """
        self._scheduler.ask(address, time.monotonic())
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
        self._hearing.table, self._hearing.teller = table, self._teller
        self._scheduler.bind(_manners(table), time.monotonic())
        for state in table.states.values():
            if (value := self._known.get(state.key)) is not None:
                self._schedule(state, value, again=False)
        self._wake.set()

    def rekey(self, settings: Knx) -> None:
        """Open the keyring of this section when the next connection is made. All else of it waits for a restart."""
        self._security.configure(settings)

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
        epoch = self._epoch
        state = self._table.states.get(outgoing.address) if outgoing.payload is not None else None
        value = self._known.get(state.key) if state is not None else None
        if state is not None and state.bound.row.quantity is Quantity.CLOCK:
            value = self._means.moment().utc
            outgoing = self._as_late_as_can_be(state, outgoing, value)
        telegram = _telegram(outgoing)
        delivery = await self._connection.send(telegram)
        confirmed = delivery is Delivery.CONFIRMED
        if epoch == self._epoch:  # else the loss of the connection has already counted it as failed
            if confirmed:
                self._scheduler.confirmed(time.monotonic(), duration_s(telegram))
            else:
                self._scheduler.failed(time.monotonic(), _COSTS[delivery])
        self._tell(outgoing, state, value, "" if confirmed else delivery.value)

    def _as_late_as_can_be(self, state: StateObject, outgoing: Outgoing, now: datetime) -> Outgoing:
        """The time of day as it is while the telegram is made, however long it has waited."""
        payload = state.codec.encode(now, self._calendar)
        return outgoing if isinstance(payload, Unsayable) else replace(outgoing, payload=payload)

    def _tell(self, outgoing: Outgoing, state: StateObject | None, value: Value | None, failure: str) -> None:
        """Whoever watches learns what was sent, and what became of it. `state` None: a read of somebody else's."""
        address, service = outgoing.address, outgoing.service
        self._means.passed(
            Passed(
                self._means.moment().utc, self._connection.own_address or "", address, service,
                outgoing.payload, ours=True, failure=failure,
            )
        )  # fmt: skip
        subject = failure if failure == Delivery.HELD.value else (address, failure)
        if failure and self._seldom.is_due(subject, time.monotonic()):
            name = self._teller.address(address) if state is None else self._name(state)
            _LOG.warning("%s was not delivered: %s", name, failure)
        if self._means.trace is not None:
            key = service.value if state is None else state.bound.row.key
            shown = "" if state is None or value is None else self._teller.value(value, state.bound.row.quantity)
            remark = failure or ("response" if service is Service.RESPONSE else "")
            self._means.trace(self._teller.said(address, key, shown, remark=remark))

    def _heard(self, telegram: Telegram) -> None:
        if self._connection.way not in ROUTING:  # there it may have passed on any line
            self._scheduler.heard(duration_s(telegram), time.monotonic())
        self._hearing.heard(telegram)

    def _link(self, trouble: str) -> None:
        if trouble and trouble != NOT_YET:
            self._last_trouble, self._last_trouble_at = trouble, self._now()
        self._means.link(trouble)

    def _now(self) -> str:
        return self._means.moment().utc.isoformat(timespec="seconds")

    def _up(self) -> None:
        self._connected, self._since = True, self._now()
        self._scheduler.connected(time.monotonic())
        self._wake.set()

    def _down(self, since_s: float) -> None:
        self._connected, self._since = False, self._now()
        self._epoch += 1
        self._scheduler.disconnected(time.monotonic(), since_s)

    def _asked(self, address: int) -> None:
        self._scheduler.asked(address, time.monotonic())
        self._wake.set()

    def _ours(self) -> frozenset[int]:
        return frozenset((*self._table.states, *self._table.commands, *self._table.inputs))

    def _tells_time(self, address: int) -> bool:
        return any(each.row.quantity is Quantity.CLOCK for each in self._table.inputs.get(address, ()))

    def _named(self, address: int) -> str:
        """The object on one of our group addresses; empty: it is not ours."""
        state = self._table.states.get(address)
        if state is not None:
            return self._name(state)
        commands, inputs = self._table.commands.get(address, ()), self._table.inputs.get(address, ())
        rows = [*(each.row for each in commands), *(each.row for each in inputs)]
        return f"{rows[0].key} on {self._teller.address(address)}" if rows else ""

    def _name(self, state: StateObject) -> str:
        return self._teller.state(state)


def _telegram(outgoing: Outgoing) -> Telegram:
    destination = GroupAddress(outgoing.address)
    if outgoing.payload is None:
        return Telegram(destination, payload=GroupValueRead())
    kind = GroupValueResponse if outgoing.service is Service.RESPONSE else GroupValueWrite
    return Telegram(destination, payload=kind(outgoing.payload))


def _manners(table: BindingTable) -> dict[int, Manner]:
    return {address: _manner(state) for address, state in table.states.items()}


def _manner(state: StateObject) -> Manner:
    bound, row = state.bound, state.bound.row
    return Manner(
        state.key,
        Lane.MEASUREMENT if row.measurement else Lane.STATUS,
        bound.min_change,
        bound.min_interval_s,
        bound.cyclic_s,
        answers=answers(row.key, receives=row.receives),
        passing=row.key == RESULT,
    )
