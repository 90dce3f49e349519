"""Local authorization list: version, full and differential lists, refusals."""

from knx_ocpp_bridge.core.status import CommandResult

ENTRY = {"idTag": "OCTTVALID", "idTagInfo": {"status": "Accepted", "parentIdTag": "OCTTGROUP"}}
FULL = {"listVersion": 1, "updateType": "Full", "localAuthorizationList": [ENTRY]}


def test_tc_042_1_version_of_a_charger_without_lists(station, operator):
    called = operator.has(station, "GetLocalListVersion", {}, {"listVersion": -1})
    assert called.result is CommandResult.ACCEPTED


def test_tc_042_2_version_of_an_empty_list(does):
    does("SendLocalList", {"listVersion": 1, "updateType": "Full"})
    does("GetLocalListVersion", {}, {"listVersion": 0})


def test_tc_043_1_send_to_a_charger_without_lists(fails):
    fails("SendLocalList", FULL, "NotSupported")


def test_tc_043_3_send_fails(fails):
    fails("SendLocalList", FULL, "Failed")


def test_tc_043_4_send_full(does):
    does("SendLocalList", FULL)
    does("GetLocalListVersion", {}, {"listVersion": 1})


def test_tc_043_5_send_differential(does):
    does("GetLocalListVersion", {}, {"listVersion": 1})
    gone = {"idTag": "OCTTEXPIRED"}
    does("SendLocalList", {"listVersion": 2, "updateType": "Differential", "localAuthorizationList": [ENTRY, gone]})
    does("GetLocalListVersion", {}, {"listVersion": 2})
