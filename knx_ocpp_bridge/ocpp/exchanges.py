"""A trace read backwards: each call with its answer, the newest first, and only those that somebody looks for."""

import json
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from knx_ocpp_bridge.ocpp.exchange import UNREADABLE, Frame, head, stamp
from knx_ocpp_bridge.ocpp.masking import with_masked_tags

MOST_LOOKED_AT: Final = 4000
"""Frames that one question goes through: whoever looks for what is rare goes on from there."""
_MOST_PENDING: Final = 256
_LONGEST_STATUS: Final = 64


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for. Texts are parts, without regard to case; empty: all."""

    below: int = 0
    """Calls with a number below this one; 0: all."""
    action: str = ""
    text: str = ""
    troubled: bool = False
    """Only what was refused, left unanswered, or cannot be read."""


@dataclass(frozen=True, slots=True)
class Found:
    """`older`: the `below` with which to go on; 0: there is nothing older."""

    rows: tuple[dict[str, Any], ...]
    older: int


def found(frames: Iterator[Frame], wanted: Wanted, limit: int, *, tags: bool) -> Found:
    """At most `limit` exchanges of these frames, which come the newest first.

    Fields: number, at, direction and action of the call, id, outcome (answered, refused, unanswered, unreadable),
    duration_ms, status (the word of the answer, or the code of the refusal), request and answer (texts, null where
    there is none). A card is masked before it is looked for, unless `tags`.
    """
    answers: OrderedDict[tuple[bool, str], Frame] = OrderedDict()
    rows: list[dict[str, Any]] = []
    looked_at = 0
    for frame in frames:
        kind, message_id, action = head(frame.text)
        if kind in {"result", "error"}:
            answers[frame.ours, message_id] = frame
            if len(answers) > _MOST_PENDING:
                answers.popitem(last=False)
            continue
        answer = answers.pop((not frame.ours, message_id), None)
        if frame.number >= wanted.below:
            continue
        looked_at += 1
        row = _row(frame, kind, message_id.strip('"'), action, answer, tags=tags)
        if _is_wanted(row, wanted):
            rows.append(row)
        if len(rows) == limit or looked_at == MOST_LOOKED_AT:
            return Found(tuple(rows), frame.number)
    return Found(tuple(rows), 0)


def _row(
    frame: Frame, kind: str, message_id: str, action: str | None, answer: Frame | None, *, tags: bool
) -> dict[str, Any]:
    answered = "" if answer is None else answer.text
    refused = answer is not None and head(answered)[0] == "error"
    outcome = UNREADABLE if kind == UNREADABLE else "unanswered" if answer is None else "answered"
    return {
        "number": frame.number,
        "at": stamp(frame.at_us),
        "direction": "out" if frame.ours else "in",
        "action": action,
        "id": message_id,
        "outcome": "refused" if refused else outcome,
        "duration_ms": None if answer is None else max(0.0, round((answer.at_us - frame.at_us) / 1000, 1)),
        "status": _status(answered),
        "request": frame.text if tags else with_masked_tags(frame.text),
        "answer": None if answer is None else answered if tags else with_masked_tags(answered),
    }


def _is_wanted(row: dict[str, Any], wanted: Wanted) -> bool:
    if wanted.action.casefold() not in (row["action"] or "").casefold():
        return False
    if wanted.troubled and row["outcome"] == "answered":
        return False
    return not wanted.text or wanted.text.casefold() in f"{row['request']}\n{row['answer'] or ''}".casefold()


def _status(answer: str) -> str:
    """The word that an answer ends in: its status, that of its card, or the code of an error."""
    try:
        message = json.loads(answer)
    except (ValueError, RecursionError):
        return ""
    match message:
        case [3, _, {"status": str(word)}] | [3, _, {"idTagInfo": {"status": str(word)}}] | [4, _, str(word), *_]:
            return word[:_LONGEST_STATUS]
        case _:
            return ""
