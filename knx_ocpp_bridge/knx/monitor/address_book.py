"""Whose a group address is: the bridge's own objects, else what the project of the ETS calls it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from sys import intern
from typing import Final

from knx_ocpp_bridge.core.values import CHARGE_POINT, ChargerId, ConnectorId
from knx_ocpp_bridge.knx.bindings import BindingTable
from knx_ocpp_bridge.knx.datapoints import Payload, WrongTelegram

_MOST_OBJECTS: Final = 3
"""Named of those that share one address, e.g. a central command."""
_LONGEST_NAME: Final = 120


@dataclass(frozen=True, slots=True)
class ProjectNames:
    """What is kept of a project of the ETS: names and types by raw group address, some 200 bytes each."""

    names: Mapping[int, str] = field(default_factory=dict)
    dpts: Mapping[int, str] = field(default_factory=dict)


NO_NAMES: Final = ProjectNames()


def project_name(name: str) -> str:
    """A name as it is kept: a line that can be shown."""
    return "".join(letter if letter.isprintable() else " " for letter in name)[:_LONGEST_NAME].strip()


def project_dpt(dpt: str) -> str:
    """A type as it is kept: there are few, and each is in memory once."""
    return intern(dpt)


class AddressBook:
    """Names and datapoint types of group addresses, as the configuration and the project say."""

    def __init__(self, table: BindingTable, names: Mapping[ChargerId, str], project: ProjectNames = NO_NAMES) -> None:
        """`names` of chargers, as the installer calls them; whoever has none goes by its id."""
        self._table = table
        self._names = names
        self.project = project

    def is_ours(self, raw: int) -> bool:
        """An object of the bridge is bound to it."""
        return raw in self._table.states or raw in self._table.commands or raw in self._table.inputs

    def is_sent_on(self, raw: int) -> bool:
        """The bridge sends on it, and nobody else should."""
        return raw in self._table.states

    def is_heard(self, raw: int) -> bool:
        """The bridge obeys, or notes, what is written on it."""
        return raw in self._table.commands or raw in self._table.inputs

    def misfit(self, raw: int, payload: Payload) -> str:
        """Why this payload says nothing to the bridge's objects that listen there; empty: it does, or none listens."""
        heard: list[object] = [each.heard(payload, "") for each in self._table.inputs.get(raw, ())]
        if raw in self._table.commands:
            heard.append(self._table.heard(raw, payload, ""))
        return next((each.reason for each in heard if isinstance(each, WrongTelegram)), "")

    def key(self, raw: int) -> str:
        """The object of the bridge that is sent, or commanded, on it; empty: none, or several kinds."""
        state = self._table.states.get(raw)
        if state is not None:
            return state.bound.row.key
        keys = {each.row.key for each in self._table.commands.get(raw, ())}
        return keys.pop() if len(keys) == 1 else ""

    def name(self, raw: int) -> str:
        """The objects of the bridge, else the name in the project; empty: nobody knows it."""
        objects = self._objects(raw)
        if not objects:
            return self.project.names.get(raw, "")
        more = f" and {len(objects) - _MOST_OBJECTS} more" if len(objects) > _MOST_OBJECTS else ""
        return ", ".join(objects[:_MOST_OBJECTS]) + more

    def dpt(self, raw: int) -> str:
        """Of the bridge's object, else as the project says (maybe the main type alone); empty: nobody knows it."""
        state = self._table.states.get(raw)
        if state is not None:
            return state.bound.dpt
        codecs = [each.codec for each in self._table.commands.get(raw, ())]
        codecs += [each.codec for each in self._table.inputs.get(raw, ())]
        return codecs[0].dpt if codecs else self.project.dpts.get(raw, "")

    def _objects(self, raw: int) -> list[str]:
        state = self._table.states.get(raw)
        if state is not None:
            return [self._object(state.bound.charger, state.bound.connector, state.bound.row.key)]
        commands = [(each.charger, each.connector, each.row.key) for each in self._table.commands.get(raw, ())]
        inputs = [(each.charger, each.connector, each.row.key) for each in self._table.inputs.get(raw, ())]
        return [self._object(*owner) for owner in dict.fromkeys(commands + inputs)]

    def _object(self, charger: ChargerId | None, connector: ConnectorId, key: str) -> str:
        if charger is None:
            return f"bridge {key}"
        outlet = "" if connector == CHARGE_POINT else f"/{connector}"
        return f"{self._names.get(charger) or charger}{outlet} {key}"
