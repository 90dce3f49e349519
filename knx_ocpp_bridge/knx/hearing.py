"""What a telegram of somebody else means to the bridge: a command, an input, a question, or a mistake."""

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from xknx.telegram import Telegram
from xknx.telegram.apci import GroupValueRead, GroupValueResponse, GroupValueWrite

from knx_ocpp_bridge.core.events import Origin
from knx_ocpp_bridge.knx.bindings import BindingTable, InputObject, StateObject, Wishes
from knx_ocpp_bridge.knx.datapoints import Payload, WrongTelegram, payload_text
from knx_ocpp_bridge.knx.means import Means
from knx_ocpp_bridge.knx.monitor.telegrams import Passed, Service
from knx_ocpp_bridge.knx.seldom import Seldom
from knx_ocpp_bridge.knx.words import Teller

_LOG = logging.getLogger(__name__)

REPEAT_S: Final = 60.0
"""What a stranger can repeat for ever is logged once in so long."""
COMPLAIN_S: Final = 600.0
"""And told once in so long to whoever writes it down."""
_ADDRESSES: Final = 32
"""Both of so many group addresses at most: the next line says how many telegrams there were besides."""


class Hearing:
    """Hands over what is heard inside of the receiving callback; a wrong telegram is logged and stops nothing."""

    def __init__(
        self,
        table: BindingTable,
        means: Means,
        teller: Teller,
        asked: Callable[[int], None],
        commanded: Callable[[Wishes], None],
    ) -> None:
        """`asked` hears that the value of this address, which the bridge sends on, was asked for; `commanded` hears all
        wishes of a command before anybody else does.
        """
        self.table = table
        self.teller = teller
        self.received = 0
        """Group telegrams heard, whoever they were for."""
        self._means = means
        self._asked = asked
        self._commanded = commanded
        self._seldom = Seldom(REPEAT_S, _ADDRESSES)
        self._seldom_told = Seldom(COMPLAIN_S, _ADDRESSES)

    def heard(self, telegram: Telegram) -> None:
        """One group telegram of somebody else."""
        self.received += 1
        address, source = telegram.destination_address.raw, str(telegram.source_address)
        if not isinstance(address, int):
            return
        match telegram.payload:
            case GroupValueWrite(value=payload):
                self._passed(Service.WRITE, address, source, payload)
                self._written(address, payload, source)
            case GroupValueResponse(value=payload):
                self._passed(Service.RESPONSE, address, source, payload)
                self._inputs(address, payload, source)  # and nothing else: a response is never a command
            case GroupValueRead():
                self._passed(Service.READ, address, source, None)
                self._read(address, source)
            case _:
                return

    def by_hand(self, address: int, payload: Payload, source: str, origin: Origin) -> None:
        """A person has had the bridge write this; the bridge does not hear itself, so it is told what it sent."""
        self._written(address, payload, source, origin)

    def _passed(self, service: Service, address: int, source: str, payload: Payload | None) -> None:
        self._means.passed(Passed(self._means.moment().utc, source, address, service, payload))

    def _written(self, address: int, payload: Payload, source: str, origin: Origin = Origin.KNX) -> None:
        self._inputs(address, payload, source)
        if address in self.table.commands:
            self._obey(address, payload, source, origin)
        elif address in self.table.states:
            self._object(address, payload, source)

    def _inputs(self, address: int, payload: Payload, source: str) -> None:
        for each in self.table.inputs.get(address, ()):
            heard = each.heard(payload, source)
            if isinstance(heard, WrongTelegram):
                self._dropped(address, payload, source, heard, each.row.key)
                continue
            self._means.told(each.charger, heard)
            self._trace_input(address, each, heard.value, source)

    def _obey(self, address: int, payload: Payload, source: str, origin: Origin) -> None:
        heard = self.table.heard(address, payload, source)
        row = self.table.commands[address][0].row
        if isinstance(heard, WrongTelegram):
            self._dropped(address, payload, source, heard, row.key)
            return
        self._commanded(heard.wishes)
        for charger, wished in heard.wishes:
            self._means.wish(charger, replace(wished, origin=origin))
        if self._means.trace is not None:
            shown = self.teller.value(heard.value, row.quantity)
            self._means.trace(self.teller.heard(address, row.key, shown, source))

    def _trace_input(self, address: int, each: InputObject, value: object, source: str) -> None:
        if self._means.trace is not None:
            shown = self.teller.value(value, each.row.quantity) if isinstance(value, bool | float) else str(value)
            self._means.trace(self.teller.heard(address, each.row.key, shown, source))

    def _dropped(self, address: int, payload: Payload, source: str, wrong: WrongTelegram, key: str) -> None:
        if not self._seldom.is_due(address, time.monotonic()):  # not by sender: senders can be made up
            return
        sent = payload_text(payload)
        # `has the wrong length for 1.010`, or a sentence of its own behind a colon.
        why = wrong.reason.removeprefix(sent)
        which = ", which" if why.startswith(" ") else ""
        words = f"{source} sent {sent} on {self.teller.address(address)} ({key}){which}{why}"
        self._complain(address, f"dropped: {words}: check the DPT of that sender in ETS")

    def _object(self, address: int, payload: Payload, source: str) -> None:
        """Somebody else writes what only the bridge can know."""
        if not self._seldom.is_due(address, time.monotonic()):
            return
        state = self.teller.state(self.table.states[address])
        wrote = f"{source} wrote {payload_text(payload)} on {self.teller.address(address)}"
        words = f"ignored: {wrote}, where only the bridge sends ({state}): remove that link in ETS"
        self._complain(address, words)

    def _complain(self, address: int, words: str) -> None:
        words += self._seldom.left_out()
        _LOG.warning("%s", words)
        if self._seldom_told.is_due(address, time.monotonic()):
            self._means.complain(words)

    def _read(self, address: int, source: str) -> None:
        state: StateObject | None = self.table.states.get(address)
        if state is None or not state.bound.respond_to_read:
            return
        if self._means.trace is not None:
            self._means.trace(self.teller.heard(address, state.bound.row.key, "read", source))
        self._asked(address)
