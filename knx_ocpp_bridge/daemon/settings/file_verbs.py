"""Changing the configuration while the bridge runs: judged, replaced in one step, read again, and what changed."""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from knx_ocpp_bridge.config import edit, secret_entry, versions
from knx_ocpp_bridge.config.change import Change, Drop, Plain, Put, changed
from knx_ocpp_bridge.config.document import parse
from knx_ocpp_bridge.config.judging import Judged, judged, overridden
from knx_ocpp_bridge.config.key_path import NoKeyError, located, parse_path
from knx_ocpp_bridge.config.problems import ConfigError
from knx_ocpp_bridge.config.reach import too_far
from knx_ocpp_bridge.config.reload import differences
from knx_ocpp_bridge.config.typed import typed
from knx_ocpp_bridge.control.options import AskError, Option
from knx_ocpp_bridge.control.protocol import Managed
from knx_ocpp_bridge.daemon.desk import Desk, Order, Verb
from knx_ocpp_bridge.daemon.settings.file_topics import backups_of, digest
from knx_ocpp_bridge.daemon.system.machine import Machine

LONGEST: Final = 1024 * 1024
"""Characters of a configuration that is sent."""
_TEXT: Final = Option(str, "", longest=LONGEST)
_DEFAULT_LISTEN: Final = "0.0.0.0:8018"
_MOST_CHANGES: Final = 200


class _StaleError(ValueError):
    pass


async def _check(desk: Desk, order: Order) -> Managed:
    found = await _judged(desk, order.options["text"])
    return Managed(found.loaded is not None, tuple(each["text"] for each in found.problems), row=_row(found))


async def _apply(desk: Desk, order: Order) -> Managed:
    return await _replaced(desk, order.options["text"], order.options["was"])


async def _bring_back(desk: Desk, order: Order) -> Managed:
    machine, number = desk.machine, order.options["number"]
    try:
        text = await asyncio.to_thread(versions.text_of, backups_of(machine), machine.loaded().path, number)
    except (OSError, ValueError) as error:
        raise AskError(f"there is no version {number} of before that can be read ({error})") from error
    return await _replaced(desk, text, order.options["was"])


async def _replaced(desk: Desk, text: str, was: str) -> Managed:
    if not was:
        raise AskError("was is the sha256 of the text that the change began with (topic configuration)")

    def made(old: str) -> str:
        if digest(old) != was:
            raise _StaleError("somebody else has changed the file meanwhile: begin with what it says now")
        return text

    return await _made(desk, made)


async def _set(desk: Desk, order: Order) -> Managed:
    return await _changed(desk, {order.options["path"]: order.options["value"]})


async def _unset(desk: Desk, order: Order) -> Managed:
    return await _changed(desk, {order.options["path"]: None})


async def _several(desk: Desk, order: Order) -> Managed:
    try:
        changes = json.loads(order.options["changes"])
    except (ValueError, RecursionError) as error:
        raise AskError("changes is a JSON object: of each key its value, null takes it out") from error
    if not isinstance(changes, dict) or not 0 < len(changes) <= _MOST_CHANGES:
        raise AskError(f"changes is a JSON object with 1 to {_MOST_CHANGES} keys")
    return await _changed(desk, changes)


async def _changed(desk: Desk, wanted: Mapping[str, Plain]) -> Managed:
    """All of it or nothing. A text is read as the key takes it; None takes the key out."""
    try:
        paths = {name: parse_path(name) for name in wanted}
    except NoKeyError as error:
        raise AskError(str(error)) from error

    def made(text: str) -> str:
        for name, value in wanted.items():
            data, problem = edit.meaning(text)
            if problem:
                raise edit.EditError(f"the file has an error ({problem})", "put that right first", f"{name}: {value}")
            text = changed(text, _changes(located(paths[name], data), value, data))
        return text

    managed = await _made(desk, made)
    decided = [f"{name} is decided by {variable}, whatever the file says"
               for name, variable in overridden(desk.machine.environ).items() if name in wanted]  # fmt: skip
    return replace(managed, messages=(*managed.messages, *decided)) if managed.done else managed


async def _made(desk: Desk, made: Callable[[str], str]) -> Managed:
    """The file says what `made` makes of it; where it does not, the row has the problems of what it would say."""
    new: str | None = None
    stale = False

    def watched(old: str) -> str:
        nonlocal new, stale
        try:
            new = made(old)
        except _StaleError:
            stale = True
            raise
        _demand_reach(new, old, desk.machine)
        return new

    before = desk.machine.loaded()
    managed = await desk.adopting.change(watched)
    if not managed.done:
        found = Judged() if new is None else await _judged(desk, new)
        return replace(managed, row={**_row(found), "stale": stale})
    after, waiting = desk.machine.loaded(), desk.machine.restart()
    live = differences(before, after).live
    row = _row(Judged((), after.warnings, live, waiting)) | {"stale": False, "sha256": digest(new or "")}
    return Managed(True, (*after.warnings, *live, *waiting) or ("nothing is different in what is in force",), row=row)


def _changes(path: tuple[str | int, ...], value: Plain, data: Mapping[str, Any]) -> Iterable[Change]:
    if value is not None:
        return (Put(path, typed(path, value) if isinstance(value, str) else value),)
    section = data.get(str(path[0]))
    if path[0] == "web" and isinstance(section, dict) and set(section) == {path[-1]}:
        # A section that is left out altogether means: no pages. What serves this page stays.
        return (Put(("web", "listen"), _DEFAULT_LISTEN), *(() if path[-1] == "listen" else (Drop(path),)))
    return (Drop(path),)


async def _keep_secret(desk: Desk, order: Order) -> Managed:
    name, value = order.options["name"], order.options["value"]
    folder = desk.machine.loaded().path.parent
    try:
        await asyncio.to_thread(secret_entry.keep, folder, name, value)
    except secret_entry.SecretError as error:
        return Managed(done=False, messages=(str(error),))
    reloaded = await desk.adopting.change(_as_it_is)
    kept = f"the secret {name} is kept beside the configuration; a key takes it by !secret {name}"
    if not reloaded.done:
        return Managed(True, (kept, "the configuration was not read again, as it has an error", *reloaded.messages))
    return Managed(done=True, messages=(kept,))


def _as_it_is(text: str) -> str:
    return text


async def _judged(desk: Desk, text: str) -> Judged:
    return await asyncio.to_thread(_judgement, text, desk.machine)


def _judgement(text: str, machine: Machine) -> Judged:
    try:
        old = edit.read(machine.loaded().path)
    except (OSError, ValueError):
        old = ""
    return judged(text, machine.loaded(), machine.environ, lambda document: too_far(document, old, _folders(machine)))


def _demand_reach(new: str, old: str, machine: Machine) -> None:
    """Whoever sends a text has no more of this machine by it.

    Raises:
        ConfigError: it reaches further.
    """
    document, _problems = parse(new.removeprefix("\ufeff"), str(machine.loaded().path), lambda name: name)
    found = too_far(document, old, _folders(machine))
    if found:
        raise ConfigError(found)


def _folders(machine: Machine) -> tuple[Path, Path]:
    return machine.loaded().path.parent, machine.state


def _row(found: Judged) -> dict[str, Any]:
    return {
        "problems": list(found.problems),
        "warnings": list(found.warnings),
        "live": list(found.live),
        "restart": list(found.restart),
    }


_PATH: Final = Option(str, "", longest=1000)
_WAS: Final = Option(str, "")
VERBS: Final[Mapping[str, Verb]] = {
    "config_check": Verb(_check, {"text": _TEXT}, charger=False),
    "config_apply": Verb(_apply, {"text": _TEXT, "was": _WAS}, charger=False),
    "config_set": Verb(_set, {"path": _PATH, "value": Option(str, "")}, charger=False),
    "config_unset": Verb(_unset, {"path": _PATH}, charger=False),
    "config_change": Verb(_several, {"changes": Option(str, "")}, charger=False),
    "config_bring_back": Verb(_bring_back, {"number": Option(int, 1, 1, edit.KEPT), "was": _WAS}, charger=False),
    "secret_set": Verb(_keep_secret, {"name": Option(str, ""), "value": Option(str, "")}, charger=False),
}
"""`text`, `value` and `changes` may hold secrets."""
