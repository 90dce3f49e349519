"""The charge point's answer to a call of ours -> how that call ended."""

import json
from typing import Any, Final

from knx_ocpp_bridge.core.commands import (
    Call,
    Command,
    DataTransfer,
    GetConfiguration,
    GetLocalListVersion,
    UnlockConnector,
)
from knx_ocpp_bridge.core.events import Outcome, Replied
from knx_ocpp_bridge.core.values import LinkNumber
from knx_ocpp_bridge.ocpp.v16.coerce import plain

MAX_DETAIL_CHARS: Final = 255
_STATUSES: Final = {
    status.casefold(): status
    for status in (
        "Accepted",
        "Rejected",
        "Unlocked",
        "UnlockFailed",
        "NotSupported",
        "Scheduled",
        "Faulted",
        "Occupied",
        "Unavailable",
        "RebootRequired",
        "NotImplemented",
        "Unknown",
        "UnknownMessageId",
        "UnknownVendorId",
    )
}
_NOT_SUPPORTED: Final = frozenset({"notimplemented", "notsupported"})


def answered(link: LinkNumber, command: Command, payload: bytes) -> Replied:
    """Give the end of a call that was answered; FAILED where the answer says nothing that can be read."""
    content = plain(payload)
    if not isinstance(content, dict):
        return Replied(link, command, Outcome.FAILED, detail="the answer cannot be read")
    if isinstance(command, GetConfiguration):
        return Replied(link, command, Outcome.ANSWERED, detail=_configuration(content))
    if isinstance(command, Call | GetLocalListVersion):
        return _word_for_word(link, command, content)
    status = content.get("status")
    if not isinstance(status, str) or not status.strip():
        return Replied(link, command, Outcome.FAILED, detail="the answer has no status")
    status = _STATUSES.get(status.strip().casefold(), status[:MAX_DETAIL_CHARS])
    if isinstance(command, UnlockConnector) and status == "Accepted":
        status = "Unlocked"
    detail = ""
    if isinstance(command, DataTransfer) and content.get("data") is not None:
        data = content["data"]
        detail = data if isinstance(data, str) else json.dumps(data, separators=(",", ":"))
    return Replied(link, command, Outcome.ANSWERED, status, detail)


def _word_for_word(link: LinkNumber, command: Command, content: dict[str, Any]) -> Replied:
    """The whole answer for whoever asked; many operations answer without a status."""
    status = content.get("status")
    known = status if isinstance(status, str) else ""
    return Replied(
        link, command, Outcome.ANSWERED, known[:MAX_DETAIL_CHARS], json.dumps(content, separators=(",", ":"))
    )


def refused(link: LinkNumber, command: Command, code: str, description: str) -> Replied:
    """Give the end of a call that was answered by a CALLERROR."""
    outcome = Outcome.NOT_SUPPORTED if code.strip().casefold() in _NOT_SUPPORTED else Outcome.FAILED
    return Replied(link, command, outcome, code[:MAX_DETAIL_CHARS], description[:MAX_DETAIL_CHARS])


def _configuration(content: dict[str, Any]) -> str:
    """Keys and values as text, whatever types the charger gave them (row K5)."""
    keys = content.get("configurationKey")
    unknown = content.get("unknownKey")
    return json.dumps(
        {
            "configurationKey": [
                {"key": str(row["key"]), "readonly": row.get("readonly") is True, "value": _value(row.get("value"))}
                for row in (keys if isinstance(keys, list) else [])
                if isinstance(row, dict) and row.get("key") is not None
            ],
            "unknownKey": [key for key in (unknown if isinstance(unknown, list) else []) if isinstance(key, str)],
        },
        separators=(",", ":"),
    )


def _value(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)
