"""What the chaos charger answers to a call, where a switch does not let it answer as a good one would."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from tests.kit.quirks import Quirk

Json = dict[str, Any]
Instead = Json | str
"""The payload of a CALLRESULT, or the code of a CALLERROR."""

REJECTED: Final[Json] = {"status": "Rejected"}
ACCEPTED: Final[Json] = {"status": "Accepted"}
_NOT_IMPLEMENTED: Final = "NotImplemented"


def instead(on: set[Quirk], action: str, payload: Json, count: Iterator[int]) -> Instead | None:
    """What it answers without doing anything; None: it does what it is asked."""
    odd = _ODD.get(action)
    if action == "SetChargingProfile":
        return _refused_profile(on, payload)
    if odd is None:
        return None
    for quirk, answers in odd.items():
        if quirk in on:
            answer = answers[next(count) % len(answers)]
            return answer(payload) if callable(answer) else answer
    return None


def _refused_profile(on: set[Quirk], payload: Json) -> Instead | None:
    profile: Json = payload["csChargingProfiles"]
    schedule: Json = profile["chargingSchedule"]
    periods: list[Json] = schedule["chargingSchedulePeriod"]
    limits = [period["limit"] for period in periods]
    refuses = {
        Quirk.S1: profile["stackLevel"] > 0,
        Quirk.S2: profile["chargingProfilePurpose"] == "ChargePointMaxProfile",
        Quirk.S3: profile["chargingProfileKind"] == "Relative",
        Quirk.S4: profile["chargingProfilePurpose"] == "TxDefaultProfile",
        Quirk.S5: profile["chargingProfilePurpose"] == "TxProfile",
        Quirk.S6: payload["connectorId"] == 0,
        Quirk.S7: schedule["chargingRateUnit"] == "A",
        Quirk.S8: any("numberPhases" in period for period in periods),
        Quirk.S9: any(round(limit, 1) != limit for limit in limits),
        Quirk.S10: 0 in limits,
        Quirk.S20: any(key in profile for key in ("validFrom", "validTo", "recurrencyKind")),
    }
    if Quirk.S15 in on:
        return _NOT_IMPLEMENTED
    return REJECTED if any(refused and quirk in on for quirk, refused in refuses.items()) else None


def _unit(payload: Json) -> Json:
    keys = payload.get("key", [])
    return {"configurationKey": [{"key": key, "readonly": True, "value": "Power"} for key in keys]}


_Answer = Instead | Callable[[Json], Json | None]
_ODD: Final[dict[str, dict[Quirk, tuple[_Answer, ...]]]] = {
    "UnlockConnector": {Quirk.F23: (ACCEPTED,), Quirk.O1: ({"status": "NotSupported"},)},
    "ReserveNow": {Quirk.O2: (REJECTED, _NOT_IMPLEMENTED, "NotSupported")},
    "CancelReservation": {Quirk.O2: (REJECTED, _NOT_IMPLEMENTED)},
    "Reset": {Quirk.O3: (REJECTED,)},
    "RemoteStartTransaction": {
        Quirk.T18: (lambda payload: REJECTED if "connectorId" in payload else None,),
        Quirk.T19: (ACCEPTED,),
    },
    "RemoteStopTransaction": {Quirk.T26: (REJECTED, "InternalError")},
    "ChangeConfiguration": {Quirk.K3: ({"status": "RebootRequired"},)},
    "GetConfiguration": {
        Quirk.S7: (_unit,),
        Quirk.K5: (
            {"configurationKey": [{"key": "A", "readonly": "false", "value": 7}, {"key": "B"}], "unknownKey": None},
            {"configurationKey": []},
            {},
        ),
        Quirk.K7: ({"unknownKey": ["SupportedFeatureProfiles"]},),
    },
    "TriggerMessage": {Quirk.K9: ({"status": "NotImplemented"}, REJECTED, _NOT_IMPLEMENTED)},
    "GetCompositeSchedule": {Quirk.S18: (REJECTED, "NotSupported")},
    "ClearChargingProfile": {Quirk.S22: ({"status": "Unknown"},)},
    "SendLocalList": {Quirk.O10: ({"status": "Failed"}, {"status": "NotSupported"}, {"status": "VersionMismatch"})},
    "GetLocalListVersion": {Quirk.O10: ({"listVersion": -1}, "NotSupported")},
}
