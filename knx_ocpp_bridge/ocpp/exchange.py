"""Frames as rows for people: what kind each is, which call an answer belongs to, and how long it took."""

import re
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from knx_ocpp_bridge.ocpp.masking import with_masked_tags

_MOST_PENDING: Final = 256
_HEAD: Final = re.compile(
    r'[\s\x00\ufeff]*\[\s*"?([234])(?:\.0)?"?\s*,\s*("(?:[^"\\]|\\.){0,255}"|-?\d{1,30})(?:\s*,\s*"([^"\\]{0,64})")?'
)
UNREADABLE: Final = "unreadable"
_KINDS: Final = {"2": "call", "3": "result", "4": "error"}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame as it was kept. `at_us` counts microseconds since 1970 (UTC); `ours`: sent by us."""

    number: int
    at_us: int
    ours: bool
    text: str


class Exchange:
    """Turns frames of one charger, in their order, into rows; an answer finds its call if that came by before."""

    def __init__(self, *, tags: bool) -> None:
        self._tags = tags
        self._asked: OrderedDict[tuple[bool, str], tuple[str, int]] = OrderedDict()

    def row(self, frame: Frame) -> dict[str, Any]:
        """Plain values: number, at, direction, kind, action, id, duration_ms, text.

        `kind` is call, result, error or unreadable. `action` and `duration_ms` (only of answers) are null where they
        cannot be known.
        """
        kind, message_id, action = head(frame.text)
        duration_ms = None
        if kind == "call":
            self._note(frame, message_id, action)
        elif kind != UNREADABLE:
            action, duration_ms = self._answered(frame, message_id)
        return {
            "number": frame.number,
            "at": stamp(frame.at_us),
            "direction": "out" if frame.ours else "in",
            "kind": kind,
            "action": action,
            "id": message_id.strip('"'),
            "duration_ms": duration_ms,
            "text": frame.text if self._tags else with_masked_tags(frame.text),
        }

    def _note(self, frame: Frame, message_id: str, action: str | None) -> None:
        self._asked[frame.ours, message_id] = action or "", frame.at_us
        if len(self._asked) > _MOST_PENDING:
            self._asked.popitem(last=False)

    def _answered(self, frame: Frame, message_id: str) -> tuple[str | None, float | None]:
        asked = self._asked.pop((not frame.ours, message_id), None)
        if asked is None:
            return None, None
        action, at_us = asked
        return action or None, max(0.0, round((frame.at_us - at_us) / 1000, 1))


def head(text: str) -> tuple[str, str, str | None]:
    """Of a frame: call, result, error or unreadable; its id as written (quotes included), a call's action."""
    found = _HEAD.match(text)
    return (UNREADABLE, "", None) if found is None else (_KINDS[found[1]], found[2], found[3])


def stamp(at_us: int) -> str:
    """The time of a frame in ISO 8601."""
    return (_EPOCH + timedelta(microseconds=at_us)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
