"""The steps from a new installation to a wall switch that charges a car; how far it is, the bridge itself tells."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from starlette.exceptions import HTTPException

from knx_ocpp_bridge.web.visit import Visit
from knx_ocpp_bridge.web.welcome_currents import were_saved

SKIPPED: Final = "welcome_skipped"
"""The cookie with the keys of the steps that somebody has left out."""

AT: Final = "welcome_step"
"""The cookie with the step that has led to a page of a charger."""
LEADING_AWAY: Final = frozenset({"check", "secure"})

Row = Mapping[str, Any]


def _(text: str) -> str:
    """Marks a text for the catalogues."""
    return text


@dataclass(frozen=True, slots=True)
class Step:
    """One page of the wizard. `title` is translated where it is shown."""

    key: str
    title: str


STEPS: Final = (
    Step("building", _("The building")),
    Step("knx", _("Connect KNX")),
    Step("ets", _("Names from ETS")),
    Step("charger", _("Connect a charge point")),
    Step("adopt", _("What the charge point may")),
    Step("addresses", _("Group addresses")),
    Step("try", _("Try the switch")),
    Step("check", _("Self-test")),
    Step("secure", _("Secure the charge point")),
    Step("finish", _("Finish")),
)
KEYS: Final = tuple(step.key for step in STEPS)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the installation is."""

    done: frozenset[str]
    skipped: frozenset[str]
    chargers: tuple[Row, ...]
    """Those that are configured, as in the snapshot."""
    bridge: Row
    settings: Mapping[str, Any]
    """Value by path."""

    def state(self, key: str) -> str:
        """`done`, `skipped` or `open`."""
        return "done" if key in self.done else "skipped" if key in self.skipped else "open"

    @property
    def following(self) -> str:
        """The first step that is open; the last where none is."""
        return next((key for key in KEYS if self.state(key) == "open"), KEYS[-1])

    def charger(self, wanted: str) -> Row | None:
        """The charger of that id, otherwise the last of all."""
        named = [one for one in self.chargers if one["id"] == wanted]
        return named[0] if named else self.chargers[-1] if self.chargers else None


async def standing(visit: Visit) -> Standing:
    """Read off the bridge; nothing is stored but what was left out."""
    snapshot = await visit.status()
    chargers = tuple(one for one in snapshot.chargers if one["configured"])
    settings = {row["path"]: row["value"] for row in (await visit.look("settings")).rows}
    skipped = visit.request.cookies.get(SKIPPED, "").split(".")
    done = {
        "building": bool(settings.get("site.name")),
        "knx": bool(snapshot.bridge["knx"].get("connected")),
        "ets": settings.get("knx.project") is not None,
        "charger": bool(chargers),
        "adopt": bool(chargers) and await _permitted(visit, chargers),
        "addresses": bool(chargers) and await _any(visit, "objects", chargers),
        "try": bool((await visit.look("transactions", limit=1)).rows),
        "check": await _checked(visit, chargers),
        "secure": bool(chargers) and all(row["needed"] for row in (await visit.look("security")).rows),
        "finish": settings.get("ocpp.unknown_chargers") == "rejected",
    }
    return Standing(
        frozenset(key for key, is_so in done.items() if is_so),
        frozenset(skipped) & frozenset(KEYS),
        chargers,
        snapshot.bridge,
        settings,
    )


async def _permitted(visit: Visit, chargers: tuple[Row, ...]) -> bool:
    """What each of them may stands in the file."""
    (file,) = (await visit.look("configuration")).rows
    return all(were_saved(file["text"], one["id"]) for one in chargers)


async def _checked(visit: Visit, chargers: tuple[Row, ...]) -> bool:
    """Each of them went through a self-test to its end, and nothing of it was left untried."""
    for one in chargers:
        try:
            rows = (await visit.look("selftest", one["id"])).rows
        except HTTPException:
            continue  # it has gone meanwhile
        if not rows or any(row["state"] != "over" or row["not_tried"] for row in rows):
            return False
    return bool(chargers)


async def _any(visit: Visit, topic: str, chargers: tuple[Row, ...]) -> bool:
    """There is something to see of one of these chargers at least."""
    limit = {"limit": 1} if topic == "objects" else {}
    for one in chargers:
        try:
            if (await visit.look(topic, one["id"], **limit)).rows:
                return True
        except HTTPException:
            continue
    return False
