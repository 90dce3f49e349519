"""What can be done to a charge point on the page of its maintenance: one function for each act, by its name."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from knx_ocpp_bridge.control.protocol import Called, Ended, Failed, Managed
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.web.upkeep_words import ANSWERS
from knx_ocpp_bridge.web.visit import Visit

Form = Mapping[str, str]


class TypedError(ValueError):
    """What was typed is none; says in words of the visitor why."""


@dataclass(frozen=True, slots=True)
class Told:
    """How an act ended; with `answer` the page shows what the charge point answered, as JSON."""

    good: bool
    words: str
    answer: str = ""


Act = Callable[[Visit, str, Form], Awaitable[Told]]

_FOR_A_CARD: Final = 1000
"""reservationId of a card's reservation of connector n is this and n, as on the command line; the bridge's own is n."""
_MOST: Final = 10**6
_EXTENDED: Final = frozenset({"LogStatusNotification", "SignChargePointCertificate"})
TRIGGERS: Final = (
    "BootNotification",
    "DiagnosticsStatusNotification",
    "FirmwareStatusNotification",
    "Heartbeat",
    "MeterValues",
    "StatusNotification",
    "LogStatusNotification",
    "SignChargePointCertificate",
)
"""MessageTrigger of OCPP 1.6 ed. 2 section 7.35, and what the security white paper adds to it."""


async def _reset(visit: Visit, charger: str, form: Form) -> Told:
    hard = form.get("kind") == "hard"
    return _of_wish(visit, await visit.wish(charger, 0, "hard_reset" if hard else "reset", True))


async def _availability(visit: Visit, charger: str, form: Form) -> Told:
    operative = form.get("operative") == "1"
    ended = await visit.wish(charger, connector(visit, form, 0), "availability", operative)
    told = _of_wish(visit, ended)
    if isinstance(ended, Ended) and ended.reason == "Scheduled":
        return Told(True, f"{told.words}: " + visit.say("it follows when the running transaction has ended"))
    return told


async def _unlock(visit: Visit, charger: str, form: Form) -> Told:
    return _of_wish(visit, await visit.wish(charger, connector(visit, form), "unlock", True))


async def _clear_cache(visit: Visit, charger: str, _form: Form) -> Told:
    return _of_wish(visit, await visit.wish(charger, 0, "clear_cache", True))


async def _reserve(visit: Visit, charger: str, form: Form) -> Told:
    number, tag = connector(visit, form), form.get("tag", "").strip()
    if not tag:
        return _of_wish(visit, await visit.wish(charger, number, "reservation", True))
    minutes = whole(visit, form, "minutes", 1, 7 * 24 * 60)
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=minutes or 60)
    payload = {"reservationId": _FOR_A_CARD + number, "connectorId": number, "idTag": tag, "expiryDate": _stamp(until)}
    return _of_call(visit, await visit.call(charger, "ReserveNow", payload))


async def _free(visit: Visit, charger: str, form: Form) -> Told:
    number = connector(visit, form)
    if form.get("card") == "1":
        payload = {"reservationId": _FOR_A_CARD + number}
        return _of_call(visit, await visit.call(charger, "CancelReservation", payload))
    return _of_wish(visit, await visit.wish(charger, number, "reservation", False))


async def _trigger(visit: Visit, charger: str, form: Form) -> Told:
    message, number = form.get("message", ""), connector(visit, form, 0)
    if message not in TRIGGERS:
        raise TypedError(visit.say("There is no such message."))
    payload: dict[str, Any] = {"requestedMessage": message}
    payload |= {"connectorId": number} if number else {}
    action = "ExtendedTriggerMessage" if message in _EXTENDED else "TriggerMessage"
    return _of_call(visit, await visit.call(charger, action, payload))


async def _list_version(visit: Visit, charger: str, _form: Form) -> Told:
    called = await visit.call(charger, "GetLocalListVersion", {})
    version = called.answer.get("listVersion") if isinstance(called, Called) and called.answer else None
    if isinstance(version, int) and not isinstance(version, bool):
        return Told(True, visit.say("The charge point holds version %(version)s.") % {"version": version})
    return _of_call(visit, called)


async def _list_send(visit: Visit, charger: str, _form: Form) -> Told:
    return _of_verb(visit, await visit.manage("local_list_send", charger))


async def _diagnostics(visit: Visit, charger: str, form: Form) -> Told:
    payload = {"location": location(visit, form), **_retries(visit, form)}
    payload |= {name: at for name in ("startTime", "stopTime") if (at := moment(visit, form, name))}
    return _of_call(visit, await visit.call(charger, "GetDiagnostics", payload), always=True)


async def _log(visit: Visit, charger: str, form: Form) -> Told:
    kind = "SecurityLog" if form.get("kind") == "security" else "DiagnosticsLog"
    log = {"remoteLocation": location(visit, form)}
    payload = {"logType": kind, "requestId": _request(), "log": log, **_retries(visit, form)}
    return _of_call(visit, await visit.call(charger, "GetLog", payload), always=True)


async def _firmware(visit: Visit, charger: str, form: Form) -> Told:
    at = moment(visit, form, "retrieveDate") or _stamp(datetime.now(UTC).replace(microsecond=0))
    certificate, signature = form.get("certificate", "").strip(), form.get("signature", "").strip()
    if not certificate and not signature:
        payload: dict[str, Any] = {"location": location(visit, form), "retrieveDate": at, **_retries(visit, form)}
        return _of_call(visit, await visit.call(charger, "UpdateFirmware", payload))
    if not certificate or not signature:
        raise TypedError(visit.say("Signed firmware needs both its certificate and its signature."))
    firmware = {
        "location": location(visit, form),
        "retrieveDateTime": at,
        "signingCertificate": certificate,
        "signature": signature,
    }
    payload = {"requestId": _request(), "firmware": firmware, **_retries(visit, form)}
    return _of_call(visit, await visit.call(charger, "SignedUpdateFirmware", payload))


async def _clear_profiles(visit: Visit, charger: str, form: Form) -> Told:
    number = connector(visit, form, -1)
    payload = {} if number < 0 else {"connectorId": number}
    return _of_call(visit, await visit.call(charger, "ClearChargingProfile", payload))


async def _composite(visit: Visit, charger: str, form: Form) -> Told:
    minutes = whole(visit, form, "minutes", 1, 7 * 24 * 60) or 60
    payload = {"connectorId": connector(visit, form, 0), "duration": minutes * 60}
    return _of_call(visit, await visit.call(charger, "GetCompositeSchedule", payload), always=True)


async def _data_transfer(visit: Visit, charger: str, form: Form) -> Told:
    names = (("vendorId", "vendor"), ("messageId", "message"), ("data", "data"))
    payload = {name: text for name, field in names if (text := form.get(field, "").strip())}
    return _of_call(visit, await visit.call(charger, "DataTransfer", payload), always=True)


async def _call(visit: Visit, charger: str, form: Form) -> Told:
    try:
        payload = json.loads(form.get("payload", "").strip() or "{}")
    except (ValueError, RecursionError) as error:
        raise TypedError(visit.say("The request is no JSON: %(why)s") % {"why": error}) from error
    if not isinstance(payload, dict):
        raise TypedError(visit.say("The request is a JSON object, such as {}."))
    return _of_call(visit, await visit.call(charger, form.get("action", ""), payload), always=True)


async def _secure(visit: Visit, charger: str, form: Form) -> Told:
    profile = whole(visit, form, "profile", 1, 3)
    if profile is None:
        raise TypedError(visit.say("Choose a security profile."))
    return _of_verb(visit, await visit.manage("secure", charger, profile=profile, wait=False))


async def _password(visit: Visit, charger: str, form: Form) -> Told:
    typed = form.get("password", "").strip()
    options: dict[str, object] = {"password": typed} if typed else {}
    if form.get("kind") == "forget":
        options = {"none": True, "profile": 0}
    return _of_verb(visit, await visit.manage("password", charger, **options))


ACTS: Final[Mapping[str, Act]] = {
    "reset": _reset,
    "availability": _availability,
    "unlock": _unlock,
    "clear_cache": _clear_cache,
    "reserve": _reserve,
    "free": _free,
    "trigger": _trigger,
    "list_version": _list_version,
    "list_send": _list_send,
    "diagnostics": _diagnostics,
    "log": _log,
    "firmware": _firmware,
    "clear_profiles": _clear_profiles,
    "composite": _composite,
    "data_transfer": _data_transfer,
    "call": _call,
    "secure": _secure,
    "password": _password,
}
DANGEROUS: Final = frozenset({"reset", "firmware", "clear_profiles", "secure", "password", "call"})
"""Only with a tick in the box that asks whether somebody is sure."""


def connector(visit: Visit, form: Form, least: int = 1) -> int:
    """The connector that the form names; -1 is all, where that is meant.

    Raises:
        TypedError: it is none.
    """
    try:
        number = int(form.get("connector", ""))
    except ValueError:
        number = least - 1
    if not least <= number <= 255:
        raise TypedError(visit.say("Choose a connector."))
    return number


def whole(visit: Visit, form: Form, name: str, low: int, high: int) -> int | None:
    """The whole number of this field; None: it was left empty.

    Raises:
        TypedError: it is none, or out of its range.
    """
    text = form.get(name, "").strip()
    if not text:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 9 or not low <= int(text) <= high:
        raise TypedError(visit.say("It must be a whole number from %(low)s to %(high)s.") % {"low": low, "high": high})
    return int(text)


def location(visit: Visit, form: Form) -> str:
    """The URL of this form.

    Raises:
        TypedError: it is none.
    """
    text = form.get("location", "").strip()
    if "://" not in text or not text.isprintable() or " " in text:
        raise TypedError(visit.say("Write a whole URL, such as ftp://192.168.1.10/uploads/."))
    return text


def moment(visit: Visit, form: Form, name: str) -> str:
    """A time by the clocks of the site as OCPP writes it; empty: it was left empty.

    Raises:
        TypedError: it is none.
    """
    text = form.get(name, "").strip()
    if not text:
        return ""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise TypedError(visit.say("That is no time.")) from error
    local = at if at.tzinfo is not None else at.replace(tzinfo=visit.website.zone())
    return _stamp(local.astimezone(UTC))


def _retries(visit: Visit, form: Form) -> dict[str, int]:
    found = {
        "retries": whole(visit, form, "retries", 0, 100),
        "retryInterval": whole(visit, form, "retryInterval", 0, _MOST),
    }
    return {name: value for name, value in found.items() if value is not None}


def _request() -> int:
    """A number that no other request of the same day has."""
    return int(datetime.now(UTC).timestamp()) % 2**31


def _stamp(at: datetime) -> str:
    return f"{at.replace(tzinfo=None).isoformat()}Z"


def _of_wish(visit: Visit, ended: Ended | Failed) -> Told:
    if isinstance(ended, Failed):
        return Told(False, ended.error)
    return Told(ended.result is CommandResult.ACCEPTED, _worded(visit, ended.result, ended.reason))


def _of_call(visit: Visit, called: Called | Failed, *, always: bool = False) -> Told:
    """With `always` the whole answer is shown."""
    if isinstance(called, Failed):
        return Told(False, called.error)
    answer = json.dumps(called.answer, indent=2, ensure_ascii=False) if called.answer is not None and always else ""
    return Told(called.result is CommandResult.ACCEPTED, _worded(visit, called.result, called.reason), answer)


def _of_verb(visit: Visit, managed: Managed) -> Told:
    words = " ".join(managed.messages)
    return Told(managed.done, words if managed.done else _worded(visit, managed.because, words))


def _worded(visit: Visit, result: CommandResult, reason: str) -> str:
    word = visit.say(ANSWERS[result.name])
    return f"{word} ({reason})" if reason and reason.casefold() != word.casefold() else word
