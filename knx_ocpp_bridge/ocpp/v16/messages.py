"""What a charge point may send (OCPP 1.6 ed. 2 sections 6 and 7, security whitepaper): parsed and checked in one pass.

These types take what the official schemas take, a little more (strings to 255 characters, numbers in quotes, null for
absent, extra fields), and nothing else. What they refuse is for `coerce`.
"""

from typing import Annotated, Final, Literal

import msgspec

MAX_CHARS: Final = 255
MAX_CSR_CHARS: Final = 5500
MAX_SIGNED_BYTES: Final = 32 * 1024
SIGNED: Final = "(signed)"
"""No charger calls a field so."""

Text = Annotated[str, msgspec.Meta(max_length=MAX_CHARS)]
Whole = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""What a database can hold; the standard names no range."""

Status = Literal[
    "Available",
    "Preparing",
    "Charging",
    "SuspendedEV",
    "SuspendedEVSE",
    "Finishing",
    "Reserved",
    "Unavailable",
    "Faulted",
]
ChargePointErrorCode = Literal[
    "NoError",
    "ConnectorLockFailure",
    "EVCommunicationError",
    "GroundFailure",
    "HighTemperature",
    "InternalError",
    "LocalListConflict",
    "OtherError",
    "OverCurrentFailure",
    "OverVoltage",
    "PowerMeterFailure",
    "PowerSwitchFailure",
    "ReaderFailure",
    "ResetFailure",
    "UnderVoltage",
    "WeakSignal",
]
Reason = Literal[
    "DeAuthorized",
    "EmergencyStop",
    "EVDisconnected",
    "HardReset",
    "Local",
    "Other",
    "PowerLoss",
    "Reboot",
    "Remote",
    "SoftReset",
    "UnlockCommand",
]
Context = Literal[
    "Interruption.Begin",
    "Interruption.End",
    "Other",
    "Sample.Clock",
    "Sample.Periodic",
    "Transaction.Begin",
    "Transaction.End",
    "Trigger",
]
Format = Literal["Raw", "SignedData"]
Measurand = Literal[
    "Current.Export",
    "Current.Import",
    "Current.Offered",
    "Energy.Active.Export.Register",
    "Energy.Active.Import.Register",
    "Energy.Reactive.Export.Register",
    "Energy.Reactive.Import.Register",
    "Energy.Active.Export.Interval",
    "Energy.Active.Import.Interval",
    "Energy.Reactive.Export.Interval",
    "Energy.Reactive.Import.Interval",
    "Frequency",
    "Power.Active.Export",
    "Power.Active.Import",
    "Power.Factor",
    "Power.Offered",
    "Power.Reactive.Export",
    "Power.Reactive.Import",
    "RPM",
    "SoC",
    "Temperature",
    "Voltage",
]
Phase = Literal["L1", "L2", "L3", "N", "L1-N", "L2-N", "L3-N", "L1-L2", "L2-L3", "L3-L1"]
Location = Literal["Body", "Cable", "EV", "Inlet", "Outlet"]
Unit = Literal[
    "Wh",
    "kWh",
    "varh",
    "kvarh",
    "W",
    "kW",
    "VA",
    "kVA",
    "var",
    "kvar",
    "A",
    "V",
    "Celsius",
    "Celcius",
    "Fahrenheit",
    "K",
    "Percent",
    "Hertz",
    "mWh",
    "MWh",
    "MW",
    "mW",
    "mA",
    "mV",
]
"""The standard's, the schema's misspelling, and the prefixes that chargers put before them."""


class SampledValue(msgspec.Struct, gc=False):
    """SampledValue with its defaults; the value is a string on the wire. Not frozen: `samples` resolves the unit.

    A signed one is no number, and `coerce` tells it: its value is NaN and its text is in `signed`.
    """

    value: float
    context: Context = "Sample.Periodic"
    format: Literal["Raw"] = "Raw"
    measurand: Measurand = "Energy.Active.Import.Register"
    phase: Phase | None = None
    location: Location = "Outlet"
    unit: Unit | None = None
    signed: Annotated[str, msgspec.Meta(max_length=MAX_SIGNED_BYTES)] = msgspec.field(default="", name=SIGNED)


class MeterValue(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """MeterValue"""

    timestamp: Text | None
    sampled_value: tuple[SampledValue, ...]


class BootNotification(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """BootNotification.req"""

    charge_point_vendor: Text
    charge_point_model: Text
    charge_point_serial_number: Text | None = None
    charge_box_serial_number: Text | None = None
    firmware_version: Text | None = None
    iccid: Text | None = None
    imsi: Text | None = None
    meter_type: Text | None = None
    meter_serial_number: Text | None = None


class Heartbeat(msgspec.Struct, frozen=True, gc=False):
    """Heartbeat.req"""


class StatusNotification(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """StatusNotification.req"""

    connector_id: Whole
    error_code: ChargePointErrorCode
    status: Status | None
    info: Text | None = None
    timestamp: Text | None = None
    vendor_id: Text | None = None
    vendor_error_code: Text | None = None


class MeterValues(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """MeterValues.req"""

    connector_id: Whole
    meter_value: tuple[MeterValue, ...]
    transaction_id: Whole | None = None


class StartTransaction(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """StartTransaction.req"""

    connector_id: Whole
    id_tag: Text
    meter_start: Whole | None
    timestamp: Text | None
    reservation_id: Whole | None = None


class StopTransaction(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """StopTransaction.req"""

    transaction_id: Whole | None
    meter_stop: Whole | None
    timestamp: Text | None
    id_tag: Text | None = None
    reason: Reason | None = None
    transaction_data: tuple[MeterValue, ...] | None = None


class Authorize(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """Authorize.req"""

    id_tag: Text


class DataTransfer(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """DataTransfer.req; its data may be any JSON and is not looked at."""

    vendor_id: Text
    message_id: Text | None = None


class DiagnosticsStatusNotification(msgspec.Struct, frozen=True, gc=False):
    """DiagnosticsStatusNotification.req"""

    status: Text


class FirmwareStatusNotification(msgspec.Struct, frozen=True, gc=False):
    """FirmwareStatusNotification.req"""

    status: Text


class SecurityEventNotification(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """SecurityEventNotification.req of the security whitepaper"""

    type: Text
    timestamp: Text | None
    tech_info: Text | None = None


class LogStatusNotification(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """LogStatusNotification.req of the security whitepaper"""

    status: Text
    request_id: Whole | None = None


class SignedFirmwareStatusNotification(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """SignedFirmwareStatusNotification.req of the security whitepaper"""

    status: Text
    request_id: Whole | None = None


class SignCertificate(msgspec.Struct, frozen=True, gc=False):
    """SignCertificate.req of the security whitepaper"""

    csr: Annotated[str, msgspec.Meta(max_length=MAX_CSR_CHARS)]


Request = (
    BootNotification
    | Heartbeat
    | StatusNotification
    | MeterValues
    | StartTransaction
    | StopTransaction
    | Authorize
    | DataTransfer
    | DiagnosticsStatusNotification
    | FirmwareStatusNotification
    | SecurityEventNotification
    | LogStatusNotification
    | SignedFirmwareStatusNotification
    | SignCertificate
)
