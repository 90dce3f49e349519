"""How telegrams are shown to people: one line each, in the trace, the demo and the log."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from knx_ocpp_bridge.config.addresses import AddressStyle, format_address
from knx_ocpp_bridge.core.group_objects import Quantity
from knx_ocpp_bridge.core.values import Value
from knx_ocpp_bridge.knx.bindings import StateObject

_UNITS: Final = {
    Quantity.CURRENT: " A",
    Quantity.VOLTAGE: " V",
    Quantity.POWER: " W",
    Quantity.ENERGY: " Wh",
    Quantity.DURATION: " s",
    Quantity.PERCENT: " %",
    Quantity.PRICE: " per kWh",
}
_WHOLE: Final = 1e6
"""From here on nobody reads decimals."""


def value_text(value: Value, quantity: Quantity, zone: ZoneInfo) -> str:
    """The value as a person reads it: switches as 1 and 0, units of the core, times in the site's zone."""
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, str):
        return repr(value)
    if quantity is Quantity.MINUTE_OF_DAY:
        return f"{int(value) // 60:02}:{int(value) % 60:02}"
    shown = f"{value:.6g}" if isinstance(value, float) and abs(value) < _WHOLE else f"{value:.0f}"
    return shown + _UNITS.get(quantity, "")


class Teller:
    """Writes one line per telegram, without the time: `KNX <- 9/7/2 charging 1 (1.1.5)`."""

    def __init__(self, style: AddressStyle, zone: ZoneInfo) -> None:
        self._style = style
        self._zone = zone

    def address(self, raw: int) -> str:
        """The group address in the installer's style."""
        return format_address(raw, self._style)

    def state(self, state: StateObject) -> str:
        """The object that the bridge sends, with its group address."""
        charger = "bridge" if state.bound.charger is None else f"{state.bound.charger}/{state.bound.connector}"
        return f"{charger} {state.bound.row.key} on {self.address(state.address)}"

    def heard(self, raw: int, key: str, value: str, source: str) -> str:
        """A telegram of somebody else; `value` may be `read`."""
        return f"KNX <- {self.address(raw)} {key} {value} ({source})"

    def said(self, raw: int, key: str, value: str, *, remark: str = "") -> str:
        """A telegram of ours; the remark tells that it was an answer, or why it failed."""
        return f"KNX -> {self.address(raw)} {key} {value}" + (f" ({remark})" if remark else "")

    def value(self, value: Value, quantity: Quantity) -> str:
        """As `value_text`."""
        return value_text(value, quantity, self._zone)
