"""The configuration keys that a charge point of OCPP 1.6 may have: type, unit, access, and one sentence each.

Sources: OCPP 1.6 ed. 2 section 9 (core, local list, reservation, smart charging) and the white paper "Improved security
for OCPP 1.6-J" (security); SupportedFileTransferProtocols is said to stand in the errata (unverified).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

AUTHORIZATION_KEY: Final = "AuthorizationKey"
SECURITY_PROFILE: Final = "SecurityProfile"
NUMBER_OF_CONNECTORS: Final = "NumberOfConnectors"


class KeyType(Enum):
    """How a value is written; on the wire all of them are text of at most 500 characters."""

    BOOLEAN = "true or false"
    INTEGER = "whole number"
    LIST = "words with commas between them"
    TEXT = "text"


class Access(Enum):
    """What a Central System may do with it."""

    READ = "R"
    WRITE = "W"
    READ_WRITE = "RW"
    CHOICE = "R or RW"
    """The charge point decides."""


@dataclass(frozen=True, slots=True)
class ConfigurationKey:
    """One key of the standard."""

    name: str
    type: KeyType
    unit: str
    access: Access
    profile: str
    """Feature profile, or `Security`."""
    sentence: str
    required: bool = False
    """A charge point of that profile has it."""


_B, _I, _L, _T = KeyType.BOOLEAN, KeyType.INTEGER, KeyType.LIST, KeyType.TEXT
_R, _RW = Access.READ, Access.READ_WRITE
_CORE, _LOCAL, _RESERVATION = "Core", "LocalAuthListManagement", "Reservation"
_SMART, _FIRMWARE, _SECURITY = "SmartCharging", "FirmwareManagement", "Security"

_ROWS: Final = (
    ("AllowOfflineTxForUnknownId", _B, "", _RW, _CORE, "While offline, unknown cards may charge"),
    ("AuthorizationCacheEnabled", _B, "", _RW, _CORE, "Remember which cards were accepted"),
    ("AuthorizeRemoteTxRequests!", _B, "", Access.CHOICE, _CORE, "Ask for authorization of a remote start as well"),
    ("BlinkRepeat", _I, "times", _RW, _CORE, "How often the lights blink when they signal"),
    ("ClockAlignedDataInterval!", _I, "s", _RW, _CORE, "Interval of clock-aligned meter values; 0: none"),
    ("ConnectionTimeOut!", _I, "s", _RW, _CORE, "How long a start waits for the cable"),
    ("ConnectorPhaseRotation!", _L, "", _RW, _CORE, "Phase rotation of each connector, e.g. 1.RST"),
    ("ConnectorPhaseRotationMaxLength", _I, "entries", _R, _CORE, "Most entries of ConnectorPhaseRotation"),
    ("GetConfigurationMaxKeys!", _I, "keys", _R, _CORE, "Most keys that may be asked for at once"),
    ("HeartbeatInterval!", _I, "s", _RW, _CORE, "Interval of Heartbeat"),
    ("LightIntensity", _I, "%", _RW, _CORE, "Brightness of the lights"),
    ("LocalAuthorizeOffline!", _B, "", _RW, _CORE, "While offline, cards known locally may charge"),
    ("LocalPreAuthorize!", _B, "", _RW, _CORE, "Start for cards known locally without waiting for an answer"),
    ("MaxEnergyOnInvalidId", _I, "Wh", _RW, _CORE, "Most energy after a card was found invalid"),
    ("MeterValuesAlignedData!", _L, "", _RW, _CORE, "Measurands of clock-aligned meter values"),
    ("MeterValuesAlignedDataMaxLength", _I, "entries", _R, _CORE, "Most entries of MeterValuesAlignedData"),
    ("MeterValuesSampledData!", _L, "", _RW, _CORE, "Measurands of sampled meter values"),
    ("MeterValuesSampledDataMaxLength", _I, "entries", _R, _CORE, "Most entries of MeterValuesSampledData"),
    ("MeterValueSampleInterval!", _I, "s", _RW, _CORE, "Interval of meter values in a transaction; 0: none"),
    ("MinimumStatusDuration", _I, "s", _RW, _CORE, "How long a state must last before it is reported"),
    ("NumberOfConnectors!", _I, "connectors", _R, _CORE, "How many connectors it has"),
    ("ResetRetries!", _I, "times", _RW, _CORE, "How often a reset that failed is tried again"),
    ("StopTransactionOnEVSideDisconnect!", _B, "", _RW, _CORE, "Unplugging at the car ends the transaction"),
    ("StopTransactionOnInvalidId!", _B, "", _RW, _CORE, "A card found invalid ends the transaction"),
    ("StopTxnAlignedData!", _L, "", _RW, _CORE, "Clock-aligned measurands in StopTransaction"),
    ("StopTxnAlignedDataMaxLength", _I, "entries", _R, _CORE, "Most entries of StopTxnAlignedData"),
    ("StopTxnSampledData!", _L, "", _RW, _CORE, "Sampled measurands in StopTransaction"),
    ("StopTxnSampledDataMaxLength", _I, "entries", _R, _CORE, "Most entries of StopTxnSampledData"),
    ("SupportedFeatureProfiles!", _L, "", _R, _CORE, "Parts of OCPP that it knows"),
    ("SupportedFeatureProfilesMaxLength", _I, "entries", _R, _CORE, "Most entries of SupportedFeatureProfiles"),
    ("TransactionMessageAttempts!", _I, "times", _RW, _CORE, "How often a transaction message is sent"),
    ("TransactionMessageRetryInterval!", _I, "s", _RW, _CORE, "Wait before a transaction message is sent again"),
    ("UnlockConnectorOnEVSideDisconnect!", _B, "", _RW, _CORE, "Unplugging at the car unlocks the connector"),
    ("WebSocketPingInterval", _I, "s", _RW, _CORE, "Interval of its WebSocket pings; 0: none"),
    ("LocalAuthListEnabled!", _B, "", _RW, _LOCAL, "Use the local list of cards"),
    ("LocalAuthListMaxLength!", _I, "cards", _R, _LOCAL, "Most cards of the local list"),
    ("SendLocalListMaxLength!", _I, "cards", _R, _LOCAL, "Most cards in one SendLocalList"),
    ("ReserveConnectorZeroSupported", _B, "", _R, _RESERVATION, "It can reserve without naming a connector"),
    ("ChargeProfileMaxStackLevel!", _I, "", _R, _SMART, "Highest stack level of a charging profile"),
    ("ChargingScheduleAllowedChargingRateUnit!", _L, "", _R, _SMART, "Current, Power or both in charging profiles"),
    ("ChargingScheduleMaxPeriods!", _I, "periods", _R, _SMART, "Most periods of a charging schedule"),
    ("ConnectorSwitch3to1PhaseSupported", _B, "", _R, _SMART, "It can go from three phases to one while charging"),
    ("MaxChargingProfilesInstalled!", _I, "profiles", _R, _SMART, "Most charging profiles at one time"),
    ("SupportedFileTransferProtocols", _L, "", _R, _FIRMWARE, "How it fetches firmware and sends diagnostics"),
    (
        "AdditionalRootCertificateCheck",
        _B,
        "",
        _R,
        _SECURITY,
        "One root certificate only, and a new one must be signed",
    ),
    ("AuthorizationKey", _T, "", Access.WRITE, _SECURITY, "Its password, 16 to 20 bytes in hex"),
    ("CertificateSignedMaxChainSize", _I, "bytes", _R, _SECURITY, "Most bytes of a certificate chain it is sent"),
    ("CertificateStoreMaxLength", _I, "certificates", _R, _SECURITY, "Most root certificates it keeps"),
    ("CpoName", _T, "", _RW, _SECURITY, "Operator's name, which stands in its certificate"),
    ("SecurityProfile", _I, "", _RW, _SECURITY, "0 nothing, 1 password, 2 TLS and password, 3 TLS and certificate"),
)
"""An exclamation mark: required."""

KEYS: Final[Mapping[str, ConfigurationKey]] = {
    name.rstrip("!").casefold(): ConfigurationKey(
        name.rstrip("!"), kind, unit, access, profile, sentence, name.endswith("!")
    )
    for name, kind, unit, access, profile, sentence in _ROWS
}
"""By the name in lower case: configuration keys compare without regard to case (CiString50Type)."""

LONGEST_VALUE: Final = 500
"""ChangeConfiguration.req: CiString500Type."""
LONGEST_NAME: Final = 50
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}")
SECRET_WORDS: Final = ("authorizationkey", "password", "passphrase", "secret")
"""A configuration key with one of these words in its name has a value that is nobody's business."""


def known(name: str) -> ConfigurationKey | None:
    """The key of that name, spelled however; None: it is a vendor's own."""
    return KEYS.get(name.strip().casefold())


def is_secret(name: str) -> bool:
    """The value of a key of that name is never shown."""
    folded = name.casefold()
    return any(word in folded for word in SECRET_WORDS)


def unfit(key: ConfigurationKey, value: str) -> str:
    """Why this is no value for the key, as a sentence; empty: it is one."""
    match key.type:
        case KeyType.BOOLEAN if value.casefold() not in {"true", "false"}:
            return f"{key.name} is true or false"
        case KeyType.INTEGER if not _INTEGER.fullmatch(value) or int(value) < 0:
            return f"{key.name} is a whole number from 0 on" + (f", in {key.unit}" if key.unit else "")
        case KeyType.LIST if any(not word.strip() for word in value.split(",")) and value:
            return f"{key.name} is a list of words with commas between them"
        case _:
            return f"a value has at most {LONGEST_VALUE} characters" if len(value) > LONGEST_VALUE else ""
