"""What somebody far away needs to find a fault: asked of the bridge like everything else, and packed into one file.

No password, no key, no whole idTag and no name of a card's owner, of a user or of a token is in it: the topics leave
them out, or it is done here.
"""

import asyncio
import gzip
import io
import json
import math
import tarfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from knx_ocpp_bridge.control.nameless import Names, names
from knx_ocpp_bridge.control.protocol import Listing, Query, Request, Response, Snapshot, Status

Ask = Callable[[Request], Awaitable[Response]]

LARGEST: Final = 16 * 1024 * 1024
"""Bytes before it is packed; of traces so much as there is room for."""
_MOST_ROWS: Final = 500
_LOG_LINES: Final = 5000
_PEOPLE: Final = ("tags", "users", "tokens")
"""Topics of those whose names stand nowhere in it."""
_CALLED: Final = ("name", "group", "cost_centre")
_WHOLE: Final = (
    "health", "versions", "masked_configuration", "bus", "inputs", "circuits", "plans", "grid_limit", "surplus",
    "security", "strangers", "window", "ca",
)  # fmt: skip

_README: Final = """What the bridge of {site} knew of itself at {at}.

status.json                how everything stands
health.json                what is well, what is not, and the remedies
versions.json              the program, the system, libraries
masked_configuration.json  the configuration file without comments, passwords and whole idTags
bus.json, inputs.json      the connection to KNX, its statistics, what the building tells
circuits.json, plans.json  who gets how much of which fuse, and why; what is planned
grid_limit.json            the grid operator's order that is in force; surplus.json: the sun
alarms.json, log.json      the newest alarms and lines of the general log
failures.json              connections of chargers that failed, and why
security.json, ca.json     what chargers have to show; certificates without keys
strangers.json             who dials in without being configured
chargers/, trace/          each charger and its newest OCPP frames; of idTags the last characters are left

Not in it: passwords, keys, whole idTags, transactions, and what people, users and tokens are called (… stands there).
Names of chargers and of the building, network addresses and serial numbers are in it.
{remarks}"""


@dataclass(slots=True)
class _Bundle:
    """What was gathered so far."""

    names: Names = field(default_factory=lambda: names(()))
    files: dict[str, bytes] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    size: int = 0

    def add(self, name: str, content: object) -> None:
        """A file of JSON, if there is room for it."""
        data = json.dumps(self.names.out_of(content), indent=1, ensure_ascii=False).encode("utf-8", "replace")
        if self.size + len(data) > LARGEST:
            self.remarks.append(f"{name} is left out: it has {len(data)} bytes, and there is no room")
            return
        self.files[name] = data
        self.size += len(data)


async def support_bundle(ask: Ask, now: datetime) -> bytes:
    """A tar, compressed by gzip. What the bridge does not tell is left out, and it is said so in it.

    Raises:
        Exception: whatever `ask` raises.
    """
    bundle = _Bundle()
    bundle.names = names([name for topic in _PEOPLE for name in await _called(bundle, ask, topic)])
    status = await ask(Status())
    site, chargers = "an unknown building", []
    if isinstance(status, Snapshot):
        await asyncio.to_thread(bundle.add, "status.json", {"bridge": status.bridge, "chargers": status.chargers})
        site, chargers = str(status.bridge.get("site") or site), [str(each["id"]) for each in status.chargers]
    for topic in _WHOLE:
        await _whole(bundle, ask, topic)
    alarms = await _rows(bundle, ask, Query("alarms", options={"limit": _MOST_ROWS, "newest": True}))
    await asyncio.to_thread(
        bundle.add, "alarms.json", [{key: value for key, value in row.items() if key != "name"} for row in alarms]
    )
    await _whole(bundle, ask, "failures", {"limit": _MOST_ROWS})
    await asyncio.to_thread(bundle.add, "log.json", await _log(bundle, ask))
    for number, charger in enumerate(chargers, 1):
        await asyncio.to_thread(
            bundle.add, f"chargers/{number:03}.json", await _rows(bundle, ask, Query("charger", charger))
        )
    for number, charger in enumerate(chargers, 1):
        frames = await _rows(bundle, ask, Query("trace", charger, {"limit": _MOST_ROWS, "newest": True}))
        await asyncio.to_thread(bundle.add, f"trace/{number:03}.json", {"charger": charger, "frames": frames})
    remarks = "\n".join(bundle.remarks)
    readme = _README.format(site=bundle.names.out_of(site), at=now.isoformat(timespec="seconds"), remarks=remarks)
    return await asyncio.to_thread(_packed, {"README.txt": readme.encode(), **bundle.files}, now)


async def _called(bundle: _Bundle, ask: Ask, topic: str) -> list[str]:
    """What those of this topic are called; who cannot be asked for is told of as missing."""
    called: list[str] = []
    options: dict[str, Any] = {"limit": _MOST_ROWS} if topic == "tags" else {}
    while True:
        answer = await ask(Query(topic, options=options))
        if not isinstance(answer, Listing):
            why = getattr(answer, "error", "no rows")
            bundle.remarks.append(f"{topic}: {why}; so their names may stand in other files")
            return called
        called += [str(row.get(key) or "") for row in answer.rows for key in _CALLED]
        if len(answer.rows) < options.get("limit", math.inf) or answer.next <= options.get("after", 0):
            return called
        options["after"] = answer.next


async def _whole(bundle: _Bundle, ask: Ask, topic: str, options: Mapping[str, Any] | None = None) -> None:
    await asyncio.to_thread(bundle.add, f"{topic}.json", await _rows(bundle, ask, Query(topic, options=options or {})))


async def _rows(bundle: _Bundle, ask: Ask, query: Query) -> list[Mapping[str, Any]]:
    answer = await ask(query)
    if isinstance(answer, Listing):
        return list(answer.rows)
    bundle.remarks.append(f"{query.topic} {query.charger}: {getattr(answer, 'error', 'no rows')}")
    return []


async def _log(bundle: _Bundle, ask: Ask) -> list[Mapping[str, Any]]:
    """The newest lines, oldest first; asked for from the newest back."""
    lines: list[Mapping[str, Any]] = []
    before = 0
    while len(lines) < _LOG_LINES:
        page = await _rows(
            bundle, ask, Query("log", options={"limit": _MOST_ROWS, "newest": True, "before": before})
        )  # fmt: skip
        lines = page + lines
        if len(page) < _MOST_ROWS:
            break
        before = int(page[0]["number"])
    return lines


def _packed(files: Mapping[str, bytes], now: datetime) -> bytes:
    packed = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", mtime=int(now.timestamp())) as squeezed,
        tarfile.open(fileobj=squeezed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for name, data in files.items():
            entry = tarfile.TarInfo(f"support-bundle/{name}")
            entry.size, entry.mtime = len(data), int(now.timestamp())
            tar.addfile(entry, io.BytesIO(data))
    return packed.getvalue()
