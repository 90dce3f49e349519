"""One OCPP message as one line that a person can read."""

from typing import Final, cast

from knx_ocpp_bridge.ocpp.simulator.wire import Json, object_of, objects_of, text_of

_READINGS: Final = frozenset({"meterValue", "transactionData"})
_MAX_VALUE: Final = 40
"""Signed values are longer, and no reader of a line reads them."""


def sentence(action: str, payload: Json) -> str:
    """The action and its fields; readings are shortened to `Current.Import L1 10.0 A`."""
    return " ".join([action, *(_field(key, value) for key, value in payload.items())])


def _field(key: str, value: object) -> str:
    if key in _READINGS:
        return ", ".join(_reading(sample) for at in _objects(value) for sample in objects_of(at, "sampledValue"))
    if key == "csChargingProfiles" and isinstance(value, dict):
        return _profile(cast("Json", value))
    return f"{key}={_plain(value)}"


def _plain(value: object) -> str:
    match value:
        case dict():
            return "{" + " ".join(_field(str(key), item) for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(_plain(item) for item in value) + "]"
        case _:
            return str(value)


def _reading(sample: Json) -> str:
    words = [text_of(sample, key) for key in ("measurand", "phase", "value", "unit")]
    return " ".join(_cut(word) for word in words if word)


def _cut(word: str) -> str:
    return word if len(word) <= _MAX_VALUE else f"{word[:_MAX_VALUE]}…"


def _profile(profile: Json) -> str:
    schedule = object_of(profile, "chargingSchedule")
    unit = text_of(schedule, "chargingRateUnit")
    periods = objects_of(schedule, "chargingSchedulePeriod")
    limits = ", ".join(f"{period.get('limit')} {unit} from {period.get('startPeriod')} s" for period in periods)
    transaction = f" of transaction {profile['transactionId']}" if "transactionId" in profile else ""
    return f"{text_of(profile, 'chargingProfilePurpose')}{transaction}: {limits}"


def _objects(value: object) -> list[Json]:
    return objects_of({"items": value}, "items")
