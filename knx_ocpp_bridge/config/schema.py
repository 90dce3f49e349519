"""The JSON schema that editors complete and check a configuration with, made from models and catalogue."""

import ast
import inspect
from collections.abc import Iterator
from itertools import chain, pairwise
from typing import Any, Final

from knx_ocpp_bridge.config import bus_models, models, outlet_models, price_source, site_models, tariff_models
from knx_ocpp_bridge.config.keys import objects_of
from knx_ocpp_bridge.config.models import Bridge
from knx_ocpp_bridge.core import flags
from knx_ocpp_bridge.core.group_objects import GroupObject, Scope

_Schema = dict[str, Any]

_MODULES: Final = (models, bus_models, site_models, price_source, tariff_models, outlet_models)
_ID: Final = "https://json-schema.org/draft/2020-12/schema"


def schema() -> _Schema:
    """The schema of `bridge.yaml`, JSON Schema 2020-12."""
    whole = Bridge.model_json_schema()
    definitions = whole["$defs"]
    for section, key, sentence in sentences():
        holder = whole if section == Bridge.__name__ else definitions[section]
        holder["properties"][key]["description"] = sentence
    for holder, scope in (
        (whole, Scope.BRIDGE),
        (definitions["Charger"], Scope.CHARGE_POINT),
        (definitions["Connector"], Scope.CONNECTOR),
    ):
        told = holder["properties"]["group_objects"].get("description", "")
        holder["properties"]["group_objects"] = _group_objects(scope) | {"description": told}
    return {"$schema": _ID} | whole


def sentences() -> Iterator[tuple[str, str, str]]:
    """Model, key as it is written, and the sentence below it; read here because a start does not need them."""
    trees = [ast.parse(inspect.getsource(module)).body for module in (*_MODULES, flags)]
    sections = {node.name: node for node in chain(*trees) if isinstance(node, ast.ClassDef)}
    sections = {name: node for name, node in sections.items() if any(hasattr(module, name) for module in _MODULES)}
    for section in sections.values():
        written = _written(section.name)
        for each, below in pairwise(section.body):
            match each, below:
                case ast.AnnAssign(target=ast.Name(id=key)), ast.Expr(value=ast.Constant(value=str(sentence))):
                    yield section.name, written.get(key, key), sentence
                case _:
                    pass


def _written(section: str) -> dict[str, str]:
    """Keys that are no names of Python, by what the model calls them."""
    model = next(getattr(module, section) for module in _MODULES if hasattr(module, section))
    return {name: field.alias for name, field in model.model_fields.items() if field.alias}


def _group_objects(scope: Scope) -> _Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {row.key: _group_object(row, scope) for row in objects_of(scope)},
    }


def _group_object(row: GroupObject, scope: Scope) -> _Schema:
    bound: _Schema = {"$ref": "#/$defs/Binding", "properties": {"dpt": {"enum": list(row.dpts)}}}
    fits = {"address": row.receives, "state_address": row.sends}
    fits |= dict.fromkeys(("read_on_init", "timeout", "fallback"), row.input)
    fits |= dict.fromkeys(("min_interval", "cyclic", "respond_to_read"), row.sends)
    fits |= {"min_change": row.measurement, "invert": any(dpt.startswith("1.") for dpt in row.dpts)}
    refused = [key for key, it_does in fits.items() if not it_does]
    bound["properties"] |= dict.fromkeys(refused, False)
    return {"description": f"{row.function_in(scope)}; DPT {' or '.join(row.dpts)}", "anyOf": [bound, {"type": "null"}]}
