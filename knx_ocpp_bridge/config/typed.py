"""What somebody who types a value into a form means by it: a number where the key takes one, otherwise the text."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from knx_ocpp_bridge.config.change import Plain, SecretName
from knx_ocpp_bridge.config.keys import SECTIONS, fields_of, section_of
from knx_ocpp_bridge.config.problems import KeyPath

_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(?P<fraction>\.[0-9]{1,15})?")
_SECRET: Final = re.compile(r"!secret +(?P<name>[A-Za-z_][A-Za-z0-9_]{0,63})")
_BY_NUMBER: Final = frozenset({("site", "prices"), ("grid_limit", "contacts"), ("tariff", "numbers")})
"""Mappings whose keys are numbers, and their values as well."""
_SWITCHES: Final = {"true": True, "false": False}


def typed(path: KeyPath, text: str) -> Plain:
    """The value for this key. Whether the key takes it is judged when the file is checked.

    `!secret NAME` means the secret, `[...]` a list as JSON writes it where the key takes one.
    """
    word = text.strip()
    secret = _SECRET.fullmatch(word)
    if secret is not None:
        return SecretName(secret["name"])
    kinds = _kinds(path)
    if word.startswith("[") and "array" in kinds:
        return _json(word)
    if "string" in kinds:
        return text
    if "boolean" in kinds and word in _SWITCHES:
        return _SWITCHES[word]
    number = _NUMBER.fullmatch(word)
    if number is not None and kinds & {"number", "integer"}:
        return float(word) if number["fraction"] else int(word)
    return text


def _json(text: str) -> Plain:
    try:
        value: Plain = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value


def _kinds(path: KeyPath) -> frozenset[str]:
    """The types of JSON that the value of this key may have; a key that nobody knows takes a text."""
    model = SECTIONS.get(section_of(path[:-1]))
    if model is None or path[-1] not in fields_of(model):
        return frozenset({"number"} if path[:2] in _BY_NUMBER else {"string"})
    return frozenset(_types(model.model_json_schema(), str(path[-1])))


def _types(schema: Mapping[str, Any], key: str) -> Iterator[str]:
    waiting = [schema["properties"][key]]
    while waiting:
        node = waiting.pop()
        if "$ref" in node:
            waiting.append(schema["$defs"][node["$ref"].rpartition("/")[2]])
        waiting += node.get("anyOf", [])
        written = node.get("type", ())
        yield from (written,) if isinstance(written, str) else written
        for each in node.get("enum", [node["const"]] if "const" in node else []):
            yield {bool: "boolean", int: "integer", float: "number"}.get(type(each), "string")
