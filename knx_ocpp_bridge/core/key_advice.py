"""What the bridge has to do with a configuration key: it sets it itself, or a value of it stands in the way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from knx_ocpp_bridge.core.abilities import words
from knx_ocpp_bridge.core.configuration_keys import AUTHORIZATION_KEY, SECURITY_PROFILE
from knx_ocpp_bridge.core.state import Charger, Question

_SLOWEST_SAMPLES_S: Final = 300
_ENERGY: Final = "energy.active.import.register"
_FLOW: Final = frozenset({"current.import", "power.active.import"})


@dataclass(frozen=True, slots=True)
class Advice:
    """One key whose value matters for the building."""

    key: str
    hinders: Callable[[str], bool]
    sentence: str
    """What such a value means, and what is better."""
    grave: bool = True
    """The building does not work as it should; else it is a remark."""


def _number(value: str) -> int | None:
    text = value.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _no_samples(value: str) -> bool:
    return _number(value) == 0


def _slow_samples(value: str) -> bool:
    return (_number(value) or 0) > _SLOWEST_SAMPLES_S


def _no_energy(value: str) -> bool:
    return _ENERGY not in words(value)


def _no_flow(value: str) -> bool:
    return not _FLOW & set(words(value))


def _no_smart_charging(value: str) -> bool:
    return "smartcharging" not in words(value)


def _true(value: str) -> bool:
    return value.strip().casefold() == "true"


ADVICE: Final = (
    Advice("MeterValueSampleInterval", _no_samples, "while a car charges no meter values come: 30 s is good"),
    Advice("MeterValueSampleInterval", _slow_samples, "meter values come seldom: 30 s is good"),
    Advice("MeterValuesSampledData", _no_energy, "without Energy.Active.Import.Register the energy is not known"),
    Advice("MeterValuesSampledData", _no_flow, "without Current.Import or Power.Active.Import no current is known"),
    Advice("SupportedFeatureProfiles", _no_smart_charging, "without SmartCharging the current cannot be limited"),
    Advice("LocalPreAuthorize", _true, "cards that it knows start before the bridge was asked", grave=False),
    Advice("AllowOfflineTxForUnknownId", _true, "while it is offline any card may charge", grave=False),
)
"""In the order in which they are looked at. What a key lacks that the charger does not have is no advice."""

MATTER: Final = tuple(dict.fromkeys(each.key for each in ADVICE))
"""The keys whose values are judged."""


def advice(key: str, value: str) -> Advice | None:
    """What stands against this value of that key; None: nothing that is known."""
    folded = key.casefold()
    return next((each for each in ADVICE if each.key.casefold() == folded and each.hinders(value)), None)


def set_by_the_bridge(charger: Charger) -> Mapping[str, str]:
    """Keys that the bridge writes itself, in lower case, and when; what a person writes there does not last."""
    found = {
        "HeartbeatInterval": "at each boot (ocpp.heartbeat_interval)",
        AUTHORIZATION_KEY: "when the charger is secured",
        SECURITY_PROFILE: "when the charger is secured",
    }
    if charger.flags.limit_key:
        found[charger.flags.limit_key] = "the current limit (flags.limit_key)"
    if charger.flags.sets_authorize_remote:
        key = Question.AUTHORIZE_REMOTE.value
        found[key] = "to false when a start is refused (flags.sets_authorize_remote)"
    return {key.casefold(): sentence for key, sentence in found.items()}
