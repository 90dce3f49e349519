from datetime import UTC, datetime

import pytest

from knx_ocpp_bridge.ocpp.simulator import wire


def test_the_three_frames_are_read():
    assert wire.decode('[2,"1","Reset",{"type":"Soft"}]') == wire.Call("1", "Reset", {"type": "Soft"})
    assert wire.decode('[3,"1",{}]') == wire.Result("1", {})
    assert wire.decode('[4,"1","NotImplemented","no",{}]') == wire.Refusal("1", "NotImplemented", "no")


@pytest.mark.parametrize("text", ["", "{}", "[]", "[2]", '[2,1,"Reset",{}]', '[5,"1",{}]', "[3", '[3,"1",null]'])
def test_what_is_no_frame_says_so(text: str):
    with pytest.raises(wire.WireError):
        wire.decode(text)


def test_what_is_written_is_compact_and_is_read_back():
    text = wire.call("1", wire.Request("Authorize", {"idTag": "A"}))
    assert text == '[2,"1","Authorize",{"idTag":"A"}]'
    assert wire.decode(wire.result("1", {"a": 1})) == wire.Result("1", {"a": 1})
    assert wire.decode(wire.refusal("1", "NotSupported")) == wire.Refusal("1", "NotSupported", "")


def test_times_are_utc_with_a_z():
    at = datetime(2026, 6, 1, 12, 0, 0, 5000, tzinfo=UTC)
    assert wire.stamp(at) == "2026-06-01T12:00:00.005Z"
    assert wire.instant("2026-06-01T14:00:00.005+02:00") == at
    assert wire.instant("yesterday") is None
