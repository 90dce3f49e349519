"""The table of group objects as pages show it, and the forms that change it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.datastructures import FormData

from knx_ocpp_bridge.config.keys import objects_of
from knx_ocpp_bridge.core.group_objects import GroupObject, Scope
from knx_ocpp_bridge.web.knx_words import PROBLEMS, WEIGHTS, ets_language, flag_marks
from knx_ocpp_bridge.web.object_names import of_row
from knx_ocpp_bridge.web.visit import Visit

IN_TURN: Final = "in_turn"
_CHOSEN: Final = "key-"
_MOST_FIELDS: Final = 300


async def table(visit: Visit, charger: str = "", **options: object) -> tuple[list[dict[str, Any]], int]:
    """Rows of the topic with what is only shown, and where to go on."""
    listing = await visit.look("objects", charger, language=ets_language(visit.language), **options)
    return [_shown(visit, row) for row in listing.rows], listing.next


def _shown(visit: Visit, row: Mapping[str, Any]) -> dict[str, Any]:
    problems = [in_words(visit, each) for each in row["problems"]]
    flags = [(letter, visit.say(word), is_set) for letter, word, is_set in flag_marks(row["flags"], visit.language)]
    worst = next((mark for mark in ("bad", "warn") if any(each["mark"] == mark for each in problems)), "")
    return {
        **row,
        "name": of_row(row, visit.language),
        "problems": problems,
        "flag_marks": flags,
        "mark": worst,
        "pairs": _pairs(row),
    }


def in_words(visit: Visit, problem: Mapping[str, Any]) -> dict[str, Any]:
    """The finding with its kind in words, and the class and word of its weight."""
    kind, (mark, weight) = problem["kind"], WEIGHTS[problem["weight"]]
    return {**problem, "words": visit.say(PROBLEMS.get(kind, kind)), "mark": mark, "weighs": visit.say(weight)}


def _pairs(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    return list(zip(row["addresses"], row["names"], strict=True))


def choices(scope: Scope) -> tuple[GroupObject, ...]:
    """The objects that can stand there."""
    return objects_of(scope)


def scope(charger: str, connector: int) -> Scope:
    """Of a connector, a charge point (0) or the bridge."""
    if not charger:
        return Scope.BRIDGE
    return Scope.CONNECTOR if connector else Scope.CHARGE_POINT


async def fields(visit: Visit) -> FormData:
    """The form that was sent, which may name many objects."""
    return await visit.request.form(max_files=0, max_fields=_MOST_FIELDS)


def typed(form: FormData) -> dict[str, str]:
    """Texts by name."""
    return {name: value for name, value in form.multi_items() if isinstance(value, str)}


def filling(form: Mapping[str, str]) -> dict[str, Any]:
    """The options of `objects_fill`."""
    keys = [name.removeprefix(_CHOSEN) for name in form if name.startswith(_CHOSEN)]
    return {
        "connector": number(form.get("connector", "")),
        "scheme": form.get("scheme", IN_TURN),
        "base": form.get("base", "").strip(),
        "keys": " ".join(keys),
    }


def setting(form: Mapping[str, str]) -> dict[str, Any]:
    """The options of `object_set`: what the form does not speak of stays."""
    options: dict[str, Any] = {"connector": number(form.get("connector", "")), "key": form.get("key", "")}
    if form.get("act") == "remove":
        return {**options, "remove": True}
    for name in ("address", "state_address", "dpt"):
        if name in form and (form[name].strip() or name != "dpt"):
            options[name] = form[name].strip()
    return options


def number(text: str) -> int:
    """A connector; 0 where none is named."""
    return int(text) if text.isdecimal() and len(text) < 4 else 0


def problems_of(rows: Sequence[Mapping[str, Any]]) -> int:
    """How many rows cannot work so."""
    return sum(row["mark"] == "bad" for row in rows)
