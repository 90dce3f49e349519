"""The configuration keys of the simulated charger (OCPP 1.6 ed. 2 section 9): one table.

A key that can be written is one that this charger obeys.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ocpp.v16.enums import ConfigurationStatus, Measurand

from knx_ocpp_bridge.ocpp.simulator.certificates import MAX_SUBJECT_CHARS
from knx_ocpp_bridge.ocpp.simulator.local_list import MAX_LENGTH, SEND_MAX_LENGTH
from knx_ocpp_bridge.ocpp.simulator.security import MAX_CHAIN_CHARS, MAX_ROOTS
from knx_ocpp_bridge.ocpp.simulator.wire import Json

MEASURANDS: Final = (
    Measurand.energy_active_import_register,
    Measurand.current_import,
    Measurand.power_active_import,
    Measurand.voltage,
)
SECOND_MEASURANDS: Final = (Measurand.soc,)
"""Told only where the configuration asks for them: most chargers do not know the car's battery."""

_SWITCHES: Final = {
    "AllowOfflineTxForUnknownId": "false",
    "AuthorizeRemoteTxRequests": "false",
    "LocalAuthListEnabled": "true",
    "LocalAuthorizeOffline": "true",
    "LocalPreAuthorize": "false",
    "StopTransactionOnEVSideDisconnect": "true",
    "StopTransactionOnInvalidId": "true",
}
_NUMBERS: Final = {
    "ConnectionTimeOut": "60",
    "HeartbeatInterval": "300",
    "MeterValueSampleInterval": "60",
    "TransactionMessageAttempts": "3",
    "TransactionMessageRetryInterval": "10",
}
_LISTS: Final = {"MeterValuesSampledData": ",".join(MEASURANDS), "StopTxnSampledData": ""}
_TEXTS: Final = {"CpoName": ""}
_DESCRIPTIONS: Final = {
    "AdditionalRootCertificateCheck": "false",
    "AuthorizationCacheEnabled": "true",
    "CertificateSignedMaxChainSize": str(MAX_CHAIN_CHARS),
    "CertificateStoreMaxLength": str(MAX_ROOTS),
    "ChargeProfileMaxStackLevel": "9",
    "ChargingScheduleAllowedChargingRateUnit": "Current,Power",
    "ChargingScheduleMaxPeriods": "24",
    "ClockAlignedDataInterval": "0",
    "ConnectorPhaseRotation": "0.RST",
    "GetConfigurationMaxKeys": "50",
    "LocalAuthListMaxLength": str(MAX_LENGTH),
    "MaxChargingProfilesInstalled": "10",
    "NumberOfConnectors": "1",
    "ReserveConnectorZeroSupported": "false",
    "SendLocalListMaxLength": str(SEND_MAX_LENGTH),
    "SupportedFeatureProfiles": (
        "Core,FirmwareManagement,LocalAuthListManagement,Reservation,RemoteTrigger,SmartCharging"
    ),
    "UnlockConnectorOnEVSideDisconnect": "true",
    "WebSocketPingInterval": "0",
}


@dataclass(slots=True)
class Configuration:
    """The values in force. They survive a power cycle."""

    values: dict[str, str] = field(default_factory=lambda: _SWITCHES | _NUMBERS | _LISTS | _TEXTS | _DESCRIPTIONS)

    def on(self, key: str) -> bool:
        """Whether a switch is on."""
        return self.values[key].lower() == "true"

    def seconds(self, key: str) -> int:
        """A duration or a count."""
        return int(self.values[key])

    def measurands(self, key: str) -> frozenset[str]:
        """What the readings of this list carry."""
        return frozenset(self.values[key].split(","))

    def change(self, key: str, value: str) -> ConfigurationStatus:
        """The answer to ChangeConfiguration; Accepted: the value is in force."""
        if key not in self.values:
            return ConfigurationStatus.not_supported
        if not _fits(key, value):
            return ConfigurationStatus.rejected
        self.values[key] = value
        return ConfigurationStatus.accepted

    def answer(self, keys: list[str], more: Mapping[str, str | None], without: frozenset[str]) -> Json:
        """GetConfiguration.conf; no keys asks for all. `more`: keys that live elsewhere; None: write-only."""
        values: dict[str, str | None] = {**self.values, **more}
        known = [key for key in keys or values if key in values and key not in without]
        rows = [_row(key, values[key]) for key in known]
        answer: Json = {"configurationKey": rows}
        unknown = [key for key in keys if key not in known]
        return answer | {"unknownKey": unknown} if unknown else answer


def _row(key: str, value: str | None) -> Json:
    row: Json = {"key": key, "readonly": key in _DESCRIPTIONS}
    return row if value is None else row | {"value": value}


def _fits(key: str, value: str) -> bool:
    if key in _SWITCHES:
        return value.lower() in {"true", "false"}
    if key in _NUMBERS:
        return value.isdecimal()
    if key in _LISTS:
        return not value or set(value.split(",")) <= {*MEASURANDS, *SECOND_MEASURANDS}
    if key in _TEXTS:
        return len(value) <= MAX_SUBJECT_CHARS
    return False
