"""Words of a charge point's upkeep, by what the daemon calls it: translated where they are shown."""

from collections.abc import Mapping
from typing import Final


def _(text: str) -> str:
    """Marks a text for the catalogues."""
    return text


MEANINGS: Final[Mapping[str, str]] = {
    "AllowOfflineTxForUnknownId": _("While offline, unknown cards may charge"),
    "AuthorizationCacheEnabled": _("Remember which cards were accepted"),
    "AuthorizeRemoteTxRequests": _("Ask for authorization of a remote start as well"),
    "BlinkRepeat": _("How often the lights blink when they signal"),
    "ClockAlignedDataInterval": _("Interval of clock-aligned meter values; 0: none"),
    "ConnectionTimeOut": _("How long a start waits for the cable"),
    "ConnectorPhaseRotation": _("Phase rotation of each connector, e.g. 1.RST"),
    "GetConfigurationMaxKeys": _("Most keys that may be asked for at once"),
    "HeartbeatInterval": _("Interval of Heartbeat"),
    "LightIntensity": _("Brightness of the lights"),
    "LocalAuthorizeOffline": _("While offline, cards known locally may charge"),
    "LocalPreAuthorize": _("Start for cards known locally without waiting for an answer"),
    "MaxEnergyOnInvalidId": _("Most energy after a card was found invalid"),
    "MeterValuesAlignedData": _("Measurands of clock-aligned meter values"),
    "MeterValuesSampledData": _("Measurands of sampled meter values"),
    "MeterValueSampleInterval": _("Interval of meter values in a transaction; 0: none"),
    "MinimumStatusDuration": _("How long a state must last before it is reported"),
    "NumberOfConnectors": _("How many connectors it has"),
    "ResetRetries": _("How often a reset that failed is tried again"),
    "StopTransactionOnEVSideDisconnect": _("Unplugging at the car ends the transaction"),
    "StopTransactionOnInvalidId": _("A card found invalid ends the transaction"),
    "StopTxnAlignedData": _("Clock-aligned measurands in StopTransaction"),
    "StopTxnSampledData": _("Sampled measurands in StopTransaction"),
    "SupportedFeatureProfiles": _("Parts of OCPP that it knows"),
    "TransactionMessageAttempts": _("How often a transaction message is sent"),
    "TransactionMessageRetryInterval": _("Wait before a transaction message is sent again"),
    "UnlockConnectorOnEVSideDisconnect": _("Unplugging at the car unlocks the connector"),
    "WebSocketPingInterval": _("Interval of its WebSocket pings; 0: none"),
    "LocalAuthListEnabled": _("Use the local list of cards"),
    "LocalAuthListMaxLength": _("Most cards of the local list"),
    "SendLocalListMaxLength": _("Most cards in one SendLocalList"),
    "ReserveConnectorZeroSupported": _("It can reserve without naming a connector"),
    "ChargeProfileMaxStackLevel": _("Highest stack level of a charging profile"),
    "ChargingScheduleAllowedChargingRateUnit": _("Current, Power or both in charging profiles"),
    "ChargingScheduleMaxPeriods": _("Most periods of a charging schedule"),
    "ConnectorSwitch3to1PhaseSupported": _("It can go from three phases to one while charging"),
    "MaxChargingProfilesInstalled": _("Most charging profiles at one time"),
    "SupportedFileTransferProtocols": _("How it fetches firmware and sends diagnostics"),
    "AdditionalRootCertificateCheck": _("One root certificate only, and a new one must be signed"),
    "AuthorizationKey": _("Its password, 16 to 20 bytes in hex"),
    "CertificateSignedMaxChainSize": _("Most bytes of a certificate chain it is sent"),
    "CertificateStoreMaxLength": _("Most root certificates it keeps"),
    "CpoName": _("Operator's name, which stands in its certificate"),
    "SecurityProfile": _("0 nothing, 1 password, 2 TLS and password, 3 TLS and certificate"),
}
"""The sentences of `core.configuration_keys` by the name of the key; others are shown as the daemon gives them."""

UNITS: Final[Mapping[str, str]] = {
    "times": _("times"),
    "entries": _("entries"),
    "keys": _("keys"),
    "cards": _("cards"),
    "connectors": _("connectors"),
    "periods": _("periods"),
    "profiles": _("profiles"),
    "bytes": _("bytes"),
    "certificates": _("certificates"),
}
"""Units that are words; s, % and Wh are the same in every language."""

TYPES: Final[Mapping[str, str]] = {
    "boolean": _("true or false"),
    "integer": _("whole number"),
    "list": _("words with commas between them"),
    "text": _("text"),
}

TRIALS: Final[Mapping[str, str]] = {
    "connection": _("Connection"),
    "status": _("Status"),
    "clock": _("Clock"),
    "keys": _("Configuration keys"),
    "ready": _("Preparation"),
    "start": _("Starting"),
    "limit": _("Limit to the least current"),
    "pause": _("Pause"),
    "fast": _("Fast"),
    "stop": _("Stopping"),
    "unlock": _("Unlock"),
}
"""The trials of the self-test, by `core.selftest_trials.TRIALS`."""

OUTCOMES: Final[Mapping[str, tuple[str, str]]] = {
    "passed": ("good", _("passed")),
    "not seen": ("warn", _("accepted, not seen")),
    "failed": ("bad", _("failed")),
    "not tried": ("", _("not tried")),
}
"""Kind of the badge, and the word, by `core.selftest.Outcome`."""

EXCHANGES: Final[Mapping[str, tuple[str, str]]] = {
    "answered": ("", _("answered")),
    "refused": ("bad", _("refused")),
    "unanswered": ("warn", _("unanswered")),
    "unreadable": ("bad", _("unreadable")),
}
"""How an exchange of the trace ended."""

ABILITIES: Final[Mapping[str, str]] = {
    "clear_cache": _("Clearing the cache of cards"),
    "diagnostics": _("Diagnostics"),
    "firmware": _("Firmware"),
    "local_list": _("Local list of cards"),
    "profiles": _("Charging profiles"),
    "reservation": _("Reservation"),
    "trigger": _("Asking for a message"),
    "unlock": _("Unlocking a connector"),
}
"""What may be missing, by the topic `upkeep`."""

STEPS: Final[Mapping[str, str]] = {
    "InstallCertificate": _("Root certificate"),
    "AskForCertificateRequest": _("Certificate request"),
    "CertificateSigned": _("Its own certificate"),
    "AuthorizationKey": _("Password"),
    "SecurityProfile": _("Security profile"),
}
"""Of securing a charger."""

ANSWERS: Final[Mapping[str, str]] = {
    "ACCEPTED": _("accepted"),
    "REJECTED": _("rejected"),
    "NOT_SUPPORTED": _("not supported"),
    "TIMED_OUT": _("timed out"),
    "OFFLINE": _("offline"),
    "NOT_ALLOWED_NOW": _("not allowed now"),
}
"""How a command ended, in a word: by the name of `core.status.CommandResult`."""

SAID: Final = (
    _("at each boot (ocpp.heartbeat_interval)"),
    _("when the charger is secured"),
    _("the current limit (flags.limit_key)"),
    _("to false when a start is refused (flags.sets_authorize_remote)"),
    _("while a car charges no meter values come: 30 s is good"),
    _("meter values come seldom: 30 s is good"),
    _("without Energy.Active.Import.Register the energy is not known"),
    _("without Current.Import or Power.Active.Import no current is known"),
    _("without SmartCharging the current cannot be limited"),
    _("cards that it knows start before the bridge was asked"),
    _("while it is offline any card may charge"),
    _("no car is plugged in"),
    _("the charger is not connected"),
    _("it did not start"),
    _("the charge has ended meanwhile"),
    _("it has ended"),
    _("0 A accepted, nothing flows"),
    _("0 A accepted, not measured: it has told neither a state nor a current since"),
    _("the cable is still in from the last charge: unplug the car and plug it in again"),
)
"""Sentences of the daemon that are always the same: they are looked up as they come."""
