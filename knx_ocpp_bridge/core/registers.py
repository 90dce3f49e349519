"""Energy registers of a connector: the lifetime meter that never falls, and where a transaction began in it."""

from typing import Final

from knx_ocpp_bridge.core.connector import Connector
from knx_ocpp_bridge.core.facts import Meter, Transaction
from knx_ocpp_bridge.core.metering import Reading
from knx_ocpp_bridge.core.replacing import replace

_LOWER_REGISTERS_FOR_A_NEW_BASE: Final = 3
_NO_SESSION_REGISTER_WH: Final = 50_000
"""No car takes this much before its first sample: a first register above it is an absolute one."""


def begun(connector: Connector, register_wh: int | None) -> Connector:
    """The connector with the register that a StartTransaction named; a 0 says nothing of the lifetime."""
    return _advanced(connector, register_wh) if register_wh else connector


def counted(connector: Connector, reading: Reading) -> Connector:
    """The connector after this reading: a lower register counts only as the third in a row (rows T13, M15)."""
    register_wh = reading.energy_wh
    if register_wh is None or register_wh < 0:
        return replace(connector, reading=_with_register(reading, connector.reading.energy_wh))
    if connector.transaction is not None and connector.transaction.base_wh is None:
        connector = _based(connector, connector.transaction, register_wh)
    if _goes_up(connector, register_wh):
        if _says_nothing_new(connector, reading):
            return connector
        offset_wh = 0 if connector.meter is None else connector.meter.offset_wh
        return replace(connector, reading=reading, meter=Meter(register_wh, offset_wh), lower_registers=0)
    after = replace(_advanced(connector, register_wh), reading=reading)
    seen_wh = connector.reading.energy_wh
    rebased = (
        connector.meter is not None and after.meter is not None and after.meter.offset_wh != connector.meter.offset_wh
    )
    if seen_wh is not None and register_wh < seen_wh and not rebased:
        return replace(after, reading=_with_register(reading, seen_wh))
    return after


def _says_nothing_new(connector: Connector, reading: Reading) -> bool:
    """The same values again, of a register that stands still."""
    return (
        reading == connector.reading
        and connector.meter is not None
        and connector.meter.register_wh == reading.energy_wh
        and connector.lower_registers == 0
    )


def _with_register(reading: Reading, register_wh: int | None) -> Reading:
    return replace(reading, energy_wh=register_wh)


def finished(connector: Connector, register_wh: int) -> Connector:
    """The connector with the register that a StopTransaction named."""
    transaction, meter = connector.transaction, connector.meter
    if transaction is not None and transaction.base_wh is None and transaction.meter_start_wh == 0:
        connector = replace(connector, meter=_anew(meter, register_wh), transaction=replace(transaction, base_wh=0))
    return _advanced(connector, register_wh)


def running_wh(connector: Connector) -> int:
    """The energy of the open transaction so far, by the registers that were believed."""
    register_wh = connector.reading.energy_wh
    if connector.transaction is None or register_wh is None or connector.transaction.base_wh is None:
        return 0
    return max(0, register_wh - connector.transaction.base_wh)


def lifetime_wh(meter: Meter) -> int:
    """What the connector has ever delivered, in Wh."""
    return meter.offset_wh + meter.register_wh


def _goes_up(connector: Connector, register_wh: int) -> bool:
    seen_wh, meter = connector.reading.energy_wh, connector.meter
    return (seen_wh is None or register_wh >= seen_wh) and (meter is None or register_wh >= meter.register_wh)


def _based(connector: Connector, transaction: Transaction, register_wh: int) -> Connector:
    """The first register of a transaction tells what kind of register its meterStart was."""
    if transaction.meter_start_wh != 0:
        return replace(connector, transaction=replace(transaction, base_wh=transaction.meter_start_wh))
    if register_wh > _NO_SESSION_REGISTER_WH:
        return replace(connector, transaction=replace(transaction, base_wh=register_wh))
    began = replace(transaction, base_wh=0)
    return replace(connector, transaction=began, meter=_anew(connector.meter, register_wh))


def _anew(meter: Meter | None, register_wh: int) -> Meter | None:
    """Row T13: a meterStart of 0 and a register below the last one is a register that begins anew each session."""
    if meter is None or register_wh >= meter.register_wh:
        return meter
    return Meter(0, lifetime_wh(meter))


def _advanced(connector: Connector, register_wh: int) -> Connector:
    meter = connector.meter
    if meter is None:
        return replace(connector, meter=Meter(max(0, register_wh)))
    if register_wh >= meter.register_wh:
        return replace(connector, meter=Meter(register_wh, meter.offset_wh), lower_registers=0)
    lower = connector.lower_registers + 1
    if lower < _LOWER_REGISTERS_FOR_A_NEW_BASE:
        return replace(connector, lower_registers=lower)
    transaction = connector.transaction
    if transaction is not None and transaction.base_wh is not None and transaction.base_wh > register_wh:
        # It began in the old register: what it has taken so far stays.
        transaction = replace(transaction, base_wh=transaction.base_wh - (meter.register_wh - register_wh))
    rebased = Meter(register_wh, lifetime_wh(meter) - register_wh)
    return replace(connector, meter=rebased, lower_registers=0, transaction=transaction)
