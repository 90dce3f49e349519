"""What an event is about, in one word: the message type of the general log."""

from typing import Final

from knx_ocpp_bridge.core import events
from knx_ocpp_bridge.core.events import CallAsked, Event, Notified, Replied

_WORDS: Final[dict[type, str]] = {
    events.LinkOpened: "connection",
    events.LinkClosed: "connection",
    events.BootNotified: "BootNotification",
    events.Heartbeat: "Heartbeat",
    events.StatusNotified: "StatusNotification",
    events.Metered: "MeterValues",
    events.TransactionStarted: "StartTransaction",
    events.TransactionStopped: "StopTransaction",
    events.AuthorizeAsked: "Authorize",
    events.CertificateAsked: "SignCertificate",
    events.Wished: "wish",
    events.Capped: "energy",
    events.ListAsked: "SendLocalList",
    events.SecureAsked: "security",
    events.SecuritySet: "security",
    events.CertificateIssued: "security",
    events.Woken: "time",
    events.Reconfigured: "configuration",
    events.TagBookChanged: "configuration",
    events.CardForgotten: "configuration",
}
_CALLS: Final = {"RemoteStart": "RemoteStartTransaction", "RemoteStop": "RemoteStopTransaction"} | {
    "SetProfile": "SetChargingProfile",
    "ClearProfile": "ClearChargingProfile",
    "AskForCertificateRequest": "ExtendedTriggerMessage",
}


def of(event: Event) -> str:
    """OCPP's name of the message, or what else happened."""
    word = _WORDS.get(type(event))
    if word is not None:
        return word
    match event:
        case Notified(action=action):
            return action
        case CallAsked(command=command):
            return command.action
        case Replied(command=command):
            name = type(command).__name__
            return getattr(command, "action", "") or _CALLS.get(name, name)
        case _:
            return ""
