"""Telegrams as rows of a group monitor: plain JSON values, decoded when they are looked at."""

from datetime import UTC
from typing import Any, Final

from xknx.dpt.payload import DPTArray

from knx_ocpp_bridge.config.addresses import AddressStyle, format_address
from knx_ocpp_bridge.knx.datapoints import Payload, payload_text
from knx_ocpp_bridge.knx.monitor.address_book import AddressBook
from knx_ocpp_bridge.knx.monitor.any_datapoint import shown, transcoder
from knx_ocpp_bridge.knx.monitor.number_words import word_of
from knx_ocpp_bridge.knx.monitor.telegrams import Passed, Service

TYPES: Final = {
    Service.WRITE: "GroupValueWrite",
    Service.READ: "GroupValueRead",
    Service.RESPONSE: "GroupValueResponse",
}


def row(number: int, passed: Passed, book: AddressBook, style: AddressStyle, dpt: str | None = None) -> dict[str, Any]:
    """One telegram with the fields number, at, direction, source, source_name, destination, name, type, dpt, payload,
    value, misfit and failure.

    `at` is ISO 8601 in UTC with milliseconds; `source_name` is `bridge` for our own, as no file of the ETS that is read
    names devices; `name`, `dpt` and `value` are empty where nobody knows them; `misfit`
    says that the payload cannot be of that type, `failure` why a telegram of ours did not arrive. `dpt` is the type to
    read it by; None: as the book says.
    """
    dpt = book.dpt(passed.destination) if dpt is None else dpt
    value, misfit = ("", "") if passed.payload is None else described(passed.destination, dpt, passed.payload, book)
    return {
        "number": number,
        "at": passed.at.astimezone(UTC).isoformat(timespec="milliseconds"),
        "direction": "out" if passed.ours else "in",
        "source": passed.source,
        "source_name": "bridge" if passed.ours else "",
        "destination": format_address(passed.destination, style),
        "name": book.name(passed.destination),
        "type": TYPES[passed.service],
        "dpt": dpt,
        "payload": "" if passed.payload is None else payload_text(passed.payload),
        "value": value,
        "misfit": misfit,
        "failure": passed.failure,
    }


def described(destination: int, dpt: str, payload: Payload, book: AddressBook) -> tuple[str, str]:
    """The value in words, and why it is none; each may be empty."""
    if not dpt:
        return "", ""
    text = shown(dpt, payload)
    if text is None:
        return "", f"no value of {dpt}" if transcoder(dpt) is not None else f"{dpt} is not known"
    return text + _meaning(book.key(destination), payload), ""


def _meaning(key: str, payload: Payload) -> str:
    word = word_of(key, payload.value[0]) if isinstance(payload, DPTArray) else ""
    return f" ({word})" if word else ""
