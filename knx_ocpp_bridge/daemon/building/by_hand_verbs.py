"""Reading and writing by hand as verbs for whoever may command."""

import re
from collections.abc import Mapping
from typing import Final

from knx_ocpp_bridge.config.addresses import AddressError, parse_group_address
from knx_ocpp_bridge.control.options import MisuseError, Option
from knx_ocpp_bridge.control.protocol import Managed
from knx_ocpp_bridge.daemon.desk import Desk, Order, Verb
from knx_ocpp_bridge.knx.monitor.any_datapoint import transcoder

_LONGEST_VALUE: Final = 64
_DPT: Final = re.compile(r"(?:DPS?T-?)?([0-9]{1,3})(?:[.-]([0-9]{1,5}))?", re.IGNORECASE)


async def _read(desk: Desk, order: Order) -> Managed:
    return await desk.building.by_hand.read(_address(order), _dpt(order))


async def _write(desk: Desk, order: Order) -> Managed:
    address, dpt, value = _address(order), _dpt(order), order.options["value"]
    if len(value) > _LONGEST_VALUE:
        raise MisuseError(f"a value has at most {_LONGEST_VALUE} characters")
    return await desk.building.by_hand.write(address, value, dpt, order.origin)


def _address(order: Order) -> int:
    try:
        return parse_group_address(order.options["address"])
    except AddressError as error:
        raise MisuseError(f"{error.reason}: {error.remedy}") from error


def _dpt(order: Order) -> str:
    """`main.sub` with three digits, or `main`; empty: none is given. ETS's own spelling (DPST-9-1) is understood."""
    written = order.options["dpt"].strip()
    if not written:
        return ""
    found = _DPT.fullmatch(written)
    dpt = "" if found is None else str(int(found[1])) + (f".{int(found[2]):03}" if found[2] else "")
    if not dpt or transcoder(dpt) is None:
        raise MisuseError(f"there is no datapoint type {written[:32]!r} that the bridge knows: write it like 9.001")
    return dpt


VERBS: Final[Mapping[str, Verb]] = {
    "knx_read": Verb(_read, {"address": Option(str, ""), "dpt": Option(str, "")}, charger=False),
    "knx_write": Verb(
        _write, {"address": Option(str, ""), "value": Option(str, ""), "dpt": Option(str, "")}, charger=False
    ),
}
