"""The requests that need no decision: answered here, and told to the core for its log."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec

from knx_ocpp_bridge.core.events import Notified
from knx_ocpp_bridge.core.values import LinkNumber
from knx_ocpp_bridge.ocpp.v16 import coerce, messages


@dataclass(frozen=True, slots=True)
class Notice:
    """How one action is answered and summed up."""

    kind: type[msgspec.Struct]
    answer: str
    """JSON text of the confirmation's payload."""
    fields: tuple[str, ...]
    """What the summary names, in its order."""


NOTICES: Final = {
    "DataTransfer": Notice(messages.DataTransfer, '{"status":"UnknownVendorId"}', ("vendor_id", "message_id")),
    "DiagnosticsStatusNotification": Notice(messages.DiagnosticsStatusNotification, "{}", ("status",)),
    "FirmwareStatusNotification": Notice(messages.FirmwareStatusNotification, "{}", ("status",)),
    "SecurityEventNotification": Notice(messages.SecurityEventNotification, "{}", ("type", "tech_info")),
    "LogStatusNotification": Notice(messages.LogStatusNotification, "{}", ("status",)),
    "SignedFirmwareStatusNotification": Notice(messages.SignedFirmwareStatusNotification, "{}", ("status",)),
}
"""Rows O5 and O6: no vendor's data is known."""


def notified(notice: Notice, action: str, payload: bytes, link: LinkNumber, report: Callable[[str], None]) -> Notified:
    """Give the note for the log; total, as every request is."""
    try:
        message = msgspec.json.decode(payload, type=notice.kind, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        message = coerce.fit(notice.kind, payload, report)
    words = (getattr(message, name) for name in notice.fields)
    return Notified(link, action, ", ".join(str(word) for word in words if word)[: messages.MAX_CHARS])
