"""The configuration keys of the simulated charger (OCPP 1.6 ed. 2 section 9): one table.

A key that can be written is one that this charger obeys.
"""

from dataclasses import dataclass, field
from typing import Final

from ocpp.v16.enums import ConfigurationStatus, Measurand

from knx_ocpp_bridge.ocpp.simulator.wire import Json

MEASURANDS: Final = (
    Measurand.energy_active_import_register,
    Measurand.current_import,
    Measurand.power_active_import,
    Measurand.voltage,
)

_SWITCHES: Final = {
    "AllowOfflineTxForUnknownId": "false",
    "AuthorizeRemoteTxRequests": "false",
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
_LISTS: Final = {"MeterValuesSampledData": ",".join(MEASURANDS)}
_DESCRIPTIONS: Final = {
    "AuthorizationCacheEnabled": "true",
    "ChargeProfileMaxStackLevel": "9",
    "ChargingScheduleAllowedChargingRateUnit": "Current,Power",
    "ChargingScheduleMaxPeriods": "24",
    "ClockAlignedDataInterval": "0",
    "ConnectorPhaseRotation": "0.RST",
    "GetConfigurationMaxKeys": "50",
    "MaxChargingProfilesInstalled": "10",
    "ReserveConnectorZeroSupported": "false",
    "SupportedFeatureProfiles": "Core,Reservation,RemoteTrigger,SmartCharging",
    "UnlockConnectorOnEVSideDisconnect": "true",
    "WebSocketPingInterval": "0",
}


@dataclass(slots=True)
class Configuration:
    """The values in force. They survive a power cycle."""

    values: dict[str, str] = field(default_factory=lambda: _SWITCHES | _NUMBERS | _LISTS | _DESCRIPTIONS)

    def on(self, key: str) -> bool:
        """Whether a switch is on."""
        return self.values[key].lower() == "true"

    def seconds(self, key: str) -> int:
        """A duration or a count."""
        return int(self.values[key])

    def measurands(self) -> frozenset[str]:
        """What MeterValues carry."""
        return frozenset(self.values["MeterValuesSampledData"].split(","))

    def change(self, key: str, value: str) -> ConfigurationStatus:
        """The answer to ChangeConfiguration; Accepted: the value is in force."""
        if key not in self.values:
            return ConfigurationStatus.not_supported
        if not _fits(key, value):
            return ConfigurationStatus.rejected
        self.values[key] = value
        return ConfigurationStatus.accepted

    def answer(self, keys: list[str]) -> Json:
        """GetConfiguration.conf; no keys asks for all."""
        known = [key for key in keys or self.values if key in self.values]
        rows = [{"key": key, "readonly": key in _DESCRIPTIONS, "value": self.values[key]} for key in known]
        answer: Json = {"configurationKey": rows}
        unknown = [key for key in keys if key not in self.values]
        return answer | {"unknownKey": unknown} if unknown else answer


def _fits(key: str, value: str) -> bool:
    if key in _SWITCHES:
        return value.lower() in {"true", "false"}
    if key in _NUMBERS:
        return value.isdecimal()
    if key in _LISTS:
        return set(value.split(",")) <= set(MEASURANDS)
    return False
