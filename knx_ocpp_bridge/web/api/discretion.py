"""What whoever is below operator does not get: whose card it was, and which."""

import re
from collections.abc import Mapping
from typing import Any, Final

_OF_PEOPLE: Final = frozenset({"user", "last_user"})
"""Group objects that name a card, or whose it is."""
_MASKED: Final = re.compile(r"…\S{1,4}")
"""As `core.authorization.masked` writes a card."""


def without_people(row: Mapping[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    """The row with these fields empty; `last.name` is one of an inner object, or of each of a list.

    Of cards that are masked in its texts the end is gone as well.
    """
    out = {key: without_cards(value) if isinstance(value, str) else value for key, value in row.items()}
    for field in fields:
        name, _, inner = field.partition(".")
        if inner:
            out[name] = _inside(out.get(name), inner)
        elif name in out:
            out[name] = "" if isinstance(out[name], str) else None
    return out


def without_cards(text: str) -> str:
    """A masked card tells its last characters: they are gone."""
    return _MASKED.sub("…", text)


def _inside(value: object, field: str) -> object:
    match value:
        case Mapping():
            return without_people(value, (field,))
        case list() | tuple():
            return [_inside(one, field) for one in value]
        case _:
            return value


def charger_without_people(charger: Mapping[str, Any]) -> dict[str, Any]:
    """A charger of a snapshot, or one of its connectors."""
    discreet = without_people(charger, ("limit.source", "transaction.id_tag"))
    discreet["values"] = values_without_people(charger["values"])
    if "connectors" in charger:
        discreet["connectors"] = [charger_without_people(one) for one in charger["connectors"]]
    return discreet


def values_without_people(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of group objects."""
    return {key: value for key, value in values.items() if key not in _OF_PEOPLE}
