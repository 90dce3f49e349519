"""What whoever is below operator does not get: whose card it was, and which."""

from collections.abc import Mapping
from typing import Any, Final

_OF_PEOPLE: Final = frozenset({"user", "last_user"})
"""Group objects that name a card, or whose it is."""


def without_people(row: Mapping[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    """The row with these fields empty; `last.name` is one of an inner object."""
    out = dict(row)
    for field in fields:
        name, _, inner = field.partition(".")
        if inner:
            if isinstance(out.get(name), Mapping):
                out[name] = without_people(out[name], (inner,))
        elif name in out:
            out[name] = "" if isinstance(out[name], str) else None
    return out


def charger_without_people(charger: Mapping[str, Any]) -> dict[str, Any]:
    """A charger of a snapshot."""
    return {
        **charger,
        "values": values_without_people(charger["values"]),
        "connectors": [{**one, "values": values_without_people(one["values"])} for one in charger["connectors"]],
    }


def values_without_people(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of group objects."""
    return {key: value for key, value in values.items() if key not in _OF_PEOPLE}
