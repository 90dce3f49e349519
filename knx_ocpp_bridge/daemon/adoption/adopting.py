"""Making a stranger a configured charger: its block in the configuration file, and the file read again."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from knx_ocpp_bridge.config import edit
from knx_ocpp_bridge.config.problems import ConfigError
from knx_ocpp_bridge.control.protocol import Managed, Reloaded
from knx_ocpp_bridge.core.commands import Call
from knx_ocpp_bridge.core.configuration_keys import NUMBER_OF_CONNECTORS
from knx_ocpp_bridge.core.events import CallAsked, Origin
from knx_ocpp_bridge.core.settings import Registration
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.turn import MOST_CONNECTORS
from knx_ocpp_bridge.core.values import CHARGE_POINT, ChargerId
from knx_ocpp_bridge.daemon.asking import Asking
from knx_ocpp_bridge.daemon.roster import Roster

_ASKED_FOR_S: Final = 20.0
"""How long a charger is waited for that should say how many connectors it has."""
_FOR_KNX: Final = (
    "for KNX give each connector group addresses there (e.g. group_objects_from: {scheme: xxter, base: 9/7/0}), then: "
    "knx-ocpp-bridge reload"
)


def _nothing() -> None:
    return


class Editor(Protocol):
    """`config.edit`: changes the file and leaves every other byte as it was."""

    def adopt(self, text: str, charger_id: str, name: str, connectors: int) -> str: ...
    def write(self, path: Path, new_text: str, environ: Mapping[str, str]) -> None: ...


@dataclass(frozen=True, slots=True)
class File:
    """The configuration in force: where it is, how it is changed, and how it is read again."""

    path: Callable[[], Path]
    editor: Editor
    environ: Mapping[str, str]
    reload: Callable[[], Awaitable[Reloaded]]


class Adopting:
    """Adopts one charger at a time."""

    def __init__(self, roster: Roster, asking: Asking, file: File) -> None:
        self._roster = roster
        self._asking = asking
        self._file = file
        self._one_at_a_time = asyncio.Lock()
        self._at_work: set[asyncio.Task[Managed]] = set()

    async def adopt(self, charger_id: str, name: str = "", connectors: int = 0) -> Managed:
        """The stranger stands in the configuration and is served; or nothing has changed, and it is said why.

        With `connectors` 0 the charger is asked, and believed to have those it has spoken of.
        """
        said = ""
        if not connectors:
            connectors, said = await self._connectors(charger_id)
        return await self._to_its_end(self._adopted(charger_id, name, connectors, said))

    async def change(self, made: Callable[[str], str], undo: Callable[[], None] = _nothing) -> Managed:
        """The file says what `made` makes of its text and is in force; or nothing has changed, and it is said why.

        Both are called beside the loop. `made` may raise `EditError`, `OSError` or `ValueError`; `undo` takes back what
        it has done besides, where the file stays as it was.
        """
        return await self._to_its_end(self._changed(made, undo))

    async def _to_its_end(self, what: Coroutine[Any, Any, Managed]) -> Managed:
        """Whoever asked may go away meanwhile: a file that is being written is written to its end, and read again."""
        work = asyncio.create_task(what, name="change the configuration")
        self._at_work.add(work)
        work.add_done_callback(self._at_work.discard)
        return await asyncio.shield(work)

    async def _changed(self, made: Callable[[str], str], undo: Callable[[], None]) -> Managed:
        async with self._one_at_a_time:
            path = self._file.path()
            try:
                await asyncio.to_thread(self._make, path, made, undo)
            except ConfigError as error:
                return Managed(done=False, messages=tuple(str(problem) for problem in error.problems))
            except (edit.EditError, OSError, ValueError) as error:
                return Managed(done=False, messages=(f"{path}: {error}",))
            reloaded = await self._file.reload()
            return Managed(reloaded.reloaded, reloaded.messages)

    def _make(self, path: Path, made: Callable[[str], str], undo: Callable[[], None]) -> None:
        old, written = edit.read(path), False
        try:
            new = made(old)
            if new != old:
                self._file.editor.write(path, new, self._file.environ)
            written = True
        finally:
            if not written:
                undo()

    async def _adopted(self, charger_id: str, name: str, connectors: int, said: str) -> Managed:
        async with self._one_at_a_time:
            known = self._roster.find(charger_id)
            if known is not None and self._roster.charger(known).settings.configured:
                return Managed(done=False, messages=(f"{known} stands in the configuration already",))
            path = self._file.path()
            try:
                await asyncio.to_thread(self._write, path, charger_id, name, connectors)
            except ConfigError as error:
                return Managed(done=False, messages=tuple(str(problem) for problem in error.problems))
            except (edit.EditError, OSError, ValueError) as error:
                return Managed(done=False, messages=(f"{path}: {error}",))
            return await self._in_force(path, charger_id, connectors, said)

    def _write(self, path: Path, charger_id: str, name: str, connectors: int) -> None:
        text = self._file.editor.adopt(edit.read(path), charger_id, name, connectors)
        self._file.editor.write(path, text, self._file.environ)

    async def _in_force(self, path: Path, charger_id: str, connectors: int, said: str) -> Managed:
        met = self._roster.find(charger_id)
        before = None if met is None else self._roster.charger(met)
        reloaded = await self._file.reload()
        if not reloaded.reloaded:
            return Managed(done=False, messages=reloaded.messages)
        known = self._roster.find(charger_id)
        if known is None or not self._roster.charger(known).settings.configured:
            why = "a variable of the environment overrides the list of chargers"
            return Managed(done=False, messages=(f"{charger_id} stands in {path} now, but is not served: {why}",))
        number = "1 connector" if connectors == 1 else f"{connectors} connectors"
        messages = [f"{charger_id} stands in {path} now, with {number}{said}", _FOR_KNX]
        if before is not None and before.link is not None and before.settings.registration is Registration.PENDING:
            wait_s = before.settings.pending_retry_interval_s
            messages.append(
                f"it is asked to boot anew; if it does not, it is served when it boots by itself, within {wait_s} s"
            )
        return Managed(done=True, messages=tuple(messages))

    async def _connectors(self, charger_id: str) -> tuple[int, str]:
        """How many it has, and how that is known."""
        met = self._roster.find(charger_id)
        if met is None:
            return 1, " (it was never let in: correct the number there)"
        told = 0
        if self._roster.charger(met).link is not None:
            told = await self._told(met)
        seen = max((int(each) for each in self._roster_connectors(met)), default=0)
        connectors = max(told, seen)
        if told:
            return connectors, ""
        if connectors:
            return connectors, " (as many as it has spoken of)"
        return 1, " (it does not say how many it has: correct the number there)"

    def _roster_connectors(self, met: ChargerId) -> list[int]:
        if met not in self._roster.actors:
            return []
        return [int(each) for each in self._roster.charger(met).connectors if each != CHARGE_POINT]

    async def _told(self, met: ChargerId) -> int:
        command = Call("GetConfiguration", json.dumps({"key": [NUMBER_OF_CONNECTORS]}))
        verdict = await self._asking.ask(met, lambda number: CallAsked(command, Origin.BRIDGE, number), _ASKED_FOR_S)
        return number_of_connectors(verdict.answer) if verdict.result is CommandResult.ACCEPTED else 0


def number_of_connectors(answer: str) -> int:
    """NumberOfConnectors of a GetConfiguration.conf (JSON text); 0: it says nothing that can be believed."""
    try:
        rows = json.loads(answer).get("configurationKey")
        value = next(
            int(row["value"]) for row in rows if str(row.get("key", "")).casefold() == NUMBER_OF_CONNECTORS.casefold()
        )
    except (ValueError, TypeError, AttributeError, KeyError, StopIteration, RecursionError):
        return 0
    return value if 0 < value < MOST_CONNECTORS else 0
