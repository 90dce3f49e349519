"""The core's answer -> the payload of the confirmation, as JSON text."""

from typing import Final, assert_never

import msgspec

from knx_ocpp_bridge.core.settings import Registration
from knx_ocpp_bridge.core.step import (
    AuthorizeAnswer,
    BootAnswer,
    EmptyAnswer,
    HeartbeatAnswer,
    IdTagInfo,
    Payload,
    SignAnswer,
    StartAnswer,
    StopAnswer,
)
from knx_ocpp_bridge.ocpp.v16 import times

_REGISTRATION: Final = {
    Registration.ACCEPTED: "Accepted",
    Registration.PENDING: "Pending",
    Registration.REJECTED: "Rejected",
}


def confirmation(payload: Payload) -> str:
    """Give the confirmation, compact and without nulls (row F27), times as in row B6."""
    match payload:
        case EmptyAnswer():
            return "{}"
        case HeartbeatAnswer():
            return f'{{"currentTime":"{times.stamp(payload.now)}"}}'
        case BootAnswer():
            status = _REGISTRATION[payload.registration]
            now = times.stamp(payload.now)
            return f'{{"status":"{status}","currentTime":"{now}","interval":{payload.interval_s}}}'
        case AuthorizeAnswer():
            return f'{{"idTagInfo":{_info(payload.info)}}}'
        case StartAnswer():
            return f'{{"transactionId":{payload.transaction},"idTagInfo":{_info(payload.info)}}}'
        case SignAnswer():
            return '{"status":"Accepted"}' if payload.accepted else '{"status":"Rejected"}'
        case StopAnswer():
            return "{}" if payload.info is None else f'{{"idTagInfo":{_info(payload.info)}}}'
        case _:
            assert_never(payload)


def _info(info: IdTagInfo) -> str:
    fields = {"status": info.status.value}
    if info.parent is not None:
        fields["parentIdTag"] = info.parent
    if info.expires is not None:
        fields["expiryDate"] = times.stamp(info.expires)
    return msgspec.json.encode(fields).decode()
