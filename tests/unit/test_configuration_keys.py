"""The keys of the standard: all of them, each with its type, and a slip of the pen is caught before it is sent."""

import pytest
from ocpp.v16.enums import ConfigurationKey as Names

from knx_ocpp_bridge.core.configuration_keys import KEYS, Access, known, unfit

ISO_15118 = {
    "CentralContractValidationAllowed",
    "CertSigningWaitMinimum",
    "CertSigningRepeatTimes",
    "ContractValidationOffline",
    "ISO15118PnCEnabled",
}


def test_every_key_of_section_9_and_of_the_security_white_paper_is_there():
    assert {str(name) for name in Names} - ISO_15118 <= {key.name for key in KEYS.values()}


def test_keys_compare_without_regard_to_case():
    key = known("heartbeatINTERVAL")
    assert key is not None
    assert key.name == "HeartbeatInterval"
    assert known("MaxCurrent") is None


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("HeartbeatInterval", "300", ""),
        ("HeartbeatInterval", "5 min", "a whole number from 0 on, in s"),
        ("HeartbeatInterval", "-1", "a whole number"),
        ("LocalPreAuthorize", "True", ""),
        ("LocalPreAuthorize", "yes", "is true or false"),
        ("MeterValuesSampledData", "Current.Import,Power.Active.Import", ""),
        ("MeterValuesSampledData", "", ""),
        ("MeterValuesSampledData", "Current.Import,,Voltage", "a list of words"),
        ("CpoName", "x" * 501, "at most 500 characters"),
    ],
)
def test_a_value_of_the_wrong_type_is_caught(name, value, why):
    key = known(name)
    assert key is not None
    said = unfit(key, value)
    assert why in said
    assert bool(said) is bool(why)


def test_each_key_has_a_sentence_and_what_cannot_be_written_is_marked():
    assert all(key.sentence and not key.sentence.endswith(".") for key in KEYS.values())
    assert KEYS["numberofconnectors"].access is Access.READ
    assert KEYS["authorizationkey"].access is Access.WRITE
