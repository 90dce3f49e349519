"""The routes for people: as tables of docs/api.md, and each with a line for the shell."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from knx_ocpp_bridge.control.options import Option
from knx_ocpp_bridge.web.api.files import MEDIA_TYPE
from knx_ocpp_bridge.web.api.openapi import example_of, wanted_schema
from knx_ocpp_bridge.web.api.table import PREFIX, Act, AnyCall, Look, Route, Send, Want

_PLACES: Final = {"charger": "GARAGE", "connector": "1", "action": "GetConfiguration", "file": "…"}
_JSON: Final = "-H 'Content-Type: application/json'"


@dataclass(frozen=True, slots=True)
class Line:
    """One option of a route: its name, what may be given, what is taken where nothing is given, and what it means."""

    name: str
    kind: str
    default: str
    words: str


def groups(routes: Iterable[Route]) -> dict[str, list[Route]]:
    """The routes by their headings."""
    found: dict[str, list[Route]] = {}
    for route in routes:
        found.setdefault(route.group, []).append(route)
    return found


def routes_table(routes: Iterable[Route]) -> str:
    """All routes by heading, as tables of Markdown."""
    parts: list[str] = []
    for group, found in groups(routes).items():
        rows = (f"| `{one.method} {one.path}` | {one.role.name.lower()} | {one.summary} |" for one in found)
        parts.append("\n".join((f"### {group}", "", "| route | role | |", "|---|---|---|", *rows)))
    return "\n\n".join(parts)


def lines(route: Route) -> tuple[Line, ...]:
    """The options of a route."""
    match route.asks:
        case Look(options=options) | Act(options=options):
            sent = route.asks.offer.json
            return tuple(_line(name, one, route.words[name], as_object=name in sent) for name, one in options.items())
        case Want(row):
            kind = {"boolean": "true, false"}.get(wanted_schema(row).get("type", "true"), "number")
            return (
                Line("value", "true" if row.acts_on_one_only else kind, "", route.words["value"]),
                Line("id_tag", "text", "", route.words["id_tag"]),
            )
        case _:
            return ()


def shell(route: Route, origin: str) -> str:
    """A line for the shell that asks for it, with `$TOKEN`."""
    words = ["curl -s", '-H "Authorization: Bearer $TOKEN"']
    if route.method != "GET":
        words.append(f"-X {route.method}")
    match route.asks:
        case Want(row):
            words += [_JSON, _data({"value": example_of(row)})]
        case Act(options=options) if options:
            words += [_JSON, _data({name: _example(one) for name, one in options.items() if one.default is not None})]
        case AnyCall():
            words += [_JSON, _data({"key": ["HeartbeatInterval"]})]
        case Send():
            words += [f"-H 'Content-Type: {MEDIA_TYPE}'", "--data-binary @FILE"]
        case _:
            pass
    address = route.path.format_map(_PLACES)
    return " ".join((*words, f"{origin}{PREFIX}{address}"))


def _line(name: str, option: Option, words: str, *, as_object: bool) -> Line:
    kinds: Mapping[type, str] = {bool: "true, false", int: f"{option.low} … {option.high}", str: "text"}
    kind = "object" if as_object else kinds[option.kind]
    default = "" if option.default in {None, ""} else json.dumps(option.default)
    return Line(name, kind.replace(f" … {2**53}", " …"), default, words)


def _example(option: Option) -> Any:  # noqa: ANN401 - of JSON
    return option.default if option.default != "" else "…"


def _data(content: Mapping[str, Any]) -> str:
    return f"-d '{json.dumps(content, ensure_ascii=False)}'"
