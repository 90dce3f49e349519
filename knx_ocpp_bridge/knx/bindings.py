"""Which group address means what: from the installer's object table to lookups by raw address. Pure."""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date, time

from knx_ocpp_bridge.config.bound import BoundObject
from knx_ocpp_bridge.core.events import InputHeard, Origin, Wished
from knx_ocpp_bridge.core.group_objects import GroupObject, Quantity
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId
from knx_ocpp_bridge.knx.datapoints import Codec, Payload, WrongTelegram, codec, inverted, payload_text

ObjectKey = tuple[ChargerId | None, ConnectorId, str]
"""Charger (None: the bridge itself), connector and configuration key: the object, wherever it is bound."""


Wishes = tuple[tuple[ChargerId | None, Wished], ...]
"""All that one command asks for, and of whom."""


@dataclass(frozen=True, slots=True)
class StateObject:
    """An object that the bridge sends, and answers for."""

    key: ObjectKey
    bound: BoundObject
    address: int
    codec: Codec


@dataclass(frozen=True, slots=True)
class Command:
    """An object that the bridge listens to, for one charger, or for the bridge itself (None)."""

    charger: ChargerId | None
    connector: ConnectorId
    row: GroupObject
    codec: Codec


@dataclass(frozen=True, slots=True)
class InputObject:
    """An object that the building tells, for one charger, or for the bridge itself (None)."""

    charger: ChargerId | None
    connector: ConnectorId
    row: GroupObject
    bound: BoundObject
    codec: Codec

    def heard(self, payload: Payload, source: str) -> InputHeard | WrongTelegram:
        """What a GroupValueWrite or GroupValueResponse with this payload tells, or why it tells nothing."""
        value = self.codec.decode(payload)
        if isinstance(value, WrongTelegram):
            return value
        if isinstance(value, bool) and self.row.quantity is Quantity.COUNT:
            value = float(value)  # the number of a tariff on one bit
        return InputHeard(self.connector, self.row.key, value, source)


@dataclass(frozen=True, slots=True)
class Heard:
    """What a write on a command address means: one event per target, in the order of the object table."""

    value: bool | float
    wishes: Wishes


class BindingTable:
    """Every lookup the bus needs, built once per configuration and then constant."""

    def __init__(self, objects: tuple[BoundObject, ...]) -> None:
        self.states: dict[int, StateObject] = {}
        self.by_key: dict[ObjectKey, StateObject] = {}
        self.commands: dict[int, tuple[Command, ...]] = {}
        self.inputs: dict[int, tuple[InputObject, ...]] = {}
        for bound in objects:
            self._add_state(bound)
            if bound.row.input or bound.row.quantity is Quantity.CLOCK:
                self._add_inputs(bound)
            else:
                self._add_commands(bound)

    def heard(self, address: int, payload: Payload, source: str) -> Heard | WrongTelegram:
        """The wishes that a GroupValueWrite on this command address stands for, or why it stands for none.

        `source` is the individual address of the sender. Where subtypes of one size share the address, every
        target reads the payload as its own type.
        """
        told: bool | float = False
        wishes: list[tuple[ChargerId | None, Wished]] = []
        for command in self.commands[address]:
            value = command.codec.decode(payload)
            if isinstance(value, WrongTelegram):
                return value
            if isinstance(value, time) and command.row.quantity is Quantity.MINUTE_OF_DAY:
                value = float(60 * value.hour + value.minute)
            if isinstance(value, date | time):
                return WrongTelegram(f"{payload_text(payload)} is a time, and no command")
            told = value
            if value or not command.row.acts_on_one_only:
                wished = Wished(command.connector, command.row.key, value, Origin.KNX, source=source)
                wishes.append((command.charger, wished))
        return Heard(told, tuple(wishes))

    def _add_state(self, bound: BoundObject) -> None:
        if bound.state_address is None:
            return
        key = (bound.charger, bound.connector, bound.row.key)
        state = StateObject(key, bound, bound.state_address, _codec(bound))
        self.states[bound.state_address] = self.by_key[key] = state

    def _add_commands(self, bound: BoundObject) -> None:
        command = Command(bound.charger, bound.connector, bound.row, _codec(bound))
        for address in bound.addresses:
            present = self.commands.get(address, ())
            if not any(_same_action(command, other) for other in present):
                self.commands[address] = (*present, command)

    def _add_inputs(self, bound: BoundObject) -> None:
        told = InputObject(bound.charger, bound.connector, bound.row, bound, _codec(bound))
        for address in bound.addresses:
            self.inputs[address] = (*self.inputs.get(address, ()), told)


def _codec(bound: BoundObject) -> Codec:
    plain = codec(bound.dpt)
    return inverted(plain) if bound.invert else plain


def _same_action(one: Command, other: Command) -> bool:
    """Whether one call serves both: an object of the whole charge point, shared by its connectors."""
    return one.row.whole_charge_point and _action(one) == _action(other)


def _action(command: Command) -> Hashable:
    return command.charger, command.row.key
