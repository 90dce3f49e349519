"""Requests that need no decision (catalogue rows F22, O5, O6)."""

import pytest

from knx_ocpp_bridge.core.events import Notified
from knx_ocpp_bridge.core.values import LinkNumber
from knx_ocpp_bridge.ocpp.v16.notices import NOTICES, notified


def summary(action: str, payload: bytes) -> str:
    event = notified(NOTICES[action], action, payload, LinkNumber(1), lambda _: None)
    assert event == Notified(LinkNumber(1), action, event.summary)
    return event.summary


@pytest.mark.parametrize("data", [b'"text"', b"{}", b"[1,2]", b"5", b"null"])
def test_f22_data_of_any_kind_does_no_harm(data: bytes):
    assert summary("DataTransfer", b'{"vendorId":"acme","messageId":"m","data":' + data + b"}") == "acme, m"


def test_o6_the_log_hears_what_it_is_about():
    assert summary("FirmwareStatusNotification", b'{"status":"Downloading"}') == "Downloading"
    assert summary("DiagnosticsStatusNotification", b'{"status":"Odd"}') == "Odd"
    assert summary("SecurityEventNotification", b'{"type":"Tamper","timestamp":"x","techInfo":"lid"}') == "Tamper, lid"


@pytest.mark.parametrize("action", NOTICES)
@pytest.mark.parametrize("payload", [b"{}", b"[]", b"7", b"garbage", b'{"status":["x"],"type":{},"vendorId":null}'])
def test_nonsense_is_noted_all_the_same(action: str, payload: bytes):
    assert summary(action, payload) == ""


def test_a_summary_is_bounded():
    assert len(summary("DataTransfer", b'{"vendorId":"%s","messageId":"%s"}' % (b"v" * 999, b"m" * 999))) == 255
