"""The configuration keys of the chargers as they were read last, with what the standard and the bridge say of each."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from knx_ocpp_bridge.core.by_hand import reboot_needed
from knx_ocpp_bridge.core.configuration_keys import LONGEST_NAME, Access, KeyType, is_secret, known
from knx_ocpp_bridge.core.key_advice import advice, set_by_the_bridge
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.values import ChargerId

Json = dict[str, Any]

TYPES: Final = {KeyType.BOOLEAN: "boolean", KeyType.INTEGER: "integer", KeyType.LIST: "list", KeyType.TEXT: "text"}
_MOST_CHARGERS: Final = 256
_MOST_KEYS: Final = 500
_LONGEST_VALUE: Final = 1000
"""Characters; OCPP allows 500."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key as the charger told it."""

    name: str
    value: str
    readonly: bool
    at: datetime


class KeyBook:
    """Owns what was read, in memory alone: whoever wants the truth reads again."""

    def __init__(self) -> None:
        self._read: OrderedDict[ChargerId, dict[str, Key]] = OrderedDict()
        self._at: dict[ChargerId, datetime] = {}

    def heard(self, charger: ChargerId, answer: Mapping[str, Any], at: datetime, *, whole: bool) -> None:
        """A GetConfiguration.conf; `whole`: all keys were asked for. Read tolerantly (rows K4, K5)."""
        rows = answer.get("configurationKey")
        said = [_key(row, at) for row in (rows if isinstance(rows, list) else []) if isinstance(row, dict)]
        told = {key.name.casefold(): key for key in said if key is not None}
        before = {} if whole else self._read.get(charger, {})
        self._read[charger] = dict(list({**before, **told}.items())[:_MOST_KEYS])
        self._read.move_to_end(charger)
        if whole:
            self._at[charger] = at
        while len(self._read) > _MOST_CHARGERS:
            gone, _ = self._read.popitem(last=False)
            self._at.pop(gone, None)

    def find(self, charger: ChargerId, name: str) -> Key | None:
        """The key of that name as it was read last; None: it was not."""
        return self._read.get(charger, {}).get(name.casefold())

    def read_at(self, charger: ChargerId) -> datetime | None:
        """When all keys were read last; None: they never were."""
        return self._at.get(charger)

    def rows(self, charger: Charger) -> list[Json]:
        """Every key that is known, in the order in which the charger told them."""
        return [row(charger, key) for key in self._read.get(charger.settings.id, {}).values()]


def row(charger: Charger, key: Key) -> Json:
    """One key for people and programs: key, value (null: it is nobody's business), access, type, unit, meaning...

    `type` is boolean, integer, list, text, or empty where nobody knows; `profile` is empty for a vendor's own key.
    """
    standard = known(key.name)
    secret = is_secret(key.name)
    against = None if secret else advice(key.name, key.value)
    writable = "W" if standard is not None and standard.access is Access.WRITE else "RW"
    waiting = {name.casefold() for name in reboot_needed(charger)}
    return {
        "key": key.name,
        "value": None if secret else key.value,
        "access": "R" if key.readonly else writable,
        "readonly": key.readonly,
        "type": "" if standard is None else TYPES[standard.type],
        "unit": "" if standard is None else standard.unit,
        "meaning": "" if standard is None else standard.sentence,
        "profile": "" if standard is None else standard.profile,
        "vendor": standard is None,
        "secret": secret,
        "set_by_bridge": set_by_the_bridge(charger).get(key.name.casefold(), ""),
        "advice": "" if against is None else against.sentence,
        "reboot_needed": key.name.casefold() in waiting,
        "read_at": key.at.isoformat(timespec="seconds"),
    }


def _key(said: Mapping[str, Any], at: datetime) -> Key | None:
    name, value = said.get("key"), said.get("value")
    if name is None or not str(name).strip():
        return None
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return Key(str(name)[: 2 * LONGEST_NAME], text[:_LONGEST_VALUE], said.get("readonly") is True, at)
