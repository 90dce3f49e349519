"""Which keys stand where, and which one was probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from knx_ocpp_bridge.config import bus_models, models, outlet_models, price_source, site_models, tariff_models
from knx_ocpp_bridge.config.problems import KeyPath
from knx_ocpp_bridge.core.group_objects import CATALOGUE, GroupObject, Scope

SECTIONS: Final[dict[str, type[BaseModel]]] = {
    "": models.Bridge,
    "site": models.Site,
    "site.prices.*": models.Price,
    "knx": bus_models.Knx,
    "ocpp": models.Ocpp,
    "web": models.Web,
    "authorization": models.Authorization,
    "circuits[]": site_models.Circuit,
    "load": site_models.Load,
    "surplus": site_models.Surplus,
    "grid_limit": site_models.GridLimit,
    "tariff": tariff_models.Tariff,
    "tariff.zones[]": tariff_models.Zone,
    "tariff.fields": price_source.PriceFields,
    "chargers[]": models.Charger,
    "chargers[].authorization": models.ChargerAuthorization,
    "chargers[].flags": models.Flags,
    "chargers[].connectors[]": models.Connector,
    "chargers[].connectors[].session_limits": outlet_models.SessionLimits,
    "chargers[].connectors[].plans[]": outlet_models.WeeklyPlan,
    "chargers[].connectors[].group_objects_from": bus_models.GroupObjectsFrom,
    "group_objects.*": bus_models.Binding,
    "schemes.*": bus_models.SchemeRow,
    "storage": models.Storage,
    "storage.retention": models.Retention,
    "log": models.Log,
}
"""The model of each section. The first is the file itself."""

SCOPES: Final[dict[str, Scope]] = {
    "group_objects": Scope.BRIDGE,
    "chargers[].group_objects": Scope.CHARGE_POINT,
    "chargers[].connectors[].group_objects": Scope.CONNECTOR,
}
"""Which group objects stand under which key."""

SCOPE_KEYS: Final = {scope: key for key, scope in SCOPES.items()}


def section_of(path: KeyPath) -> str:
    """The name under which `SECTIONS` or `SCOPES` knows what stands at this path."""
    if "group_objects" in path[:-1]:
        return "group_objects.*" if path[-2] == "group_objects" else ""
    if path[:2] == ("site", "prices") and len(path) == 3:
        return "site.prices.*"
    if path[:1] == ("schemes",) and len(path) == 3:
        return "schemes.*"
    text = ""
    for part in path:
        text += "[]" if isinstance(part, int) else f".{part}" if text else part
    return text


def fields_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The keys of a section as they are written, in the order of its model."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def field_at(path: KeyPath) -> FieldInfo | None:
    """What is known of the key at this path; None: it is none of a section."""
    section = SECTIONS.get(section_of(path[:-1]))
    return None if section is None else fields_of(section).get(str(path[-1]))


def nearest(written: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant, if one is near enough."""
    by_folded = {word.casefold(): word for word in known}
    close = get_close_matches(written.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None


def about_unknown_key(path: KeyPath) -> tuple[str, str]:
    """Reason and remedy for a key that does not stand in the section it was written in."""
    key = str(path[-1])
    model = SECTIONS[section_of(path[:-1])]
    if section_of(path[:-1]) == "site.prices.*" and key.isdecimal():
        return f"{key} is what stands behind a decimal comma", f"write the price with a point, like 0.{key}"
    return about_word(key, tuple(fields_of(model)))


def about_word(key: str, known: tuple[str, ...]) -> tuple[str, str]:
    """Reason and remedy for a key that is none of the known ones."""
    return f"{key} is not a key of this section", _suggestion(key, known)


def about_unknown_object(key: str, scope: Scope) -> tuple[str, str]:
    """Reason and remedy for a group object that does not exist, not yet, or not in this place."""
    if key in CATALOGUE:
        places = " or ".join(SCOPE_KEYS[each] for each in Scope if each in CATALOGUE[key].scope)
        return f"{key} is no object of this place", f"it belongs under {places}"
    return f"{key} is no group object", _suggestion(key, tuple(row.key for row in objects_of(scope)))


def objects_of(scope: Scope) -> tuple[GroupObject, ...]:
    """The rows of the catalogue that can stand here, in its order."""
    return tuple(row for row in CATALOGUE.values() if scope in row.scope)


def _suggestion(key: str, known: tuple[str, ...]) -> str:
    close = nearest(key, known)
    return f"did you mean {close}?" if close else f"known here: {', '.join(known)}"
