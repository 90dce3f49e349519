"""Which flags act for a charger, and why: the installer, what its firmware was found to do, its brand, the default."""

from dataclasses import fields

import pytest

from knx_ocpp_bridge.core.flags import BRANDS, NO_FLAGS, Flags, acting, refusal


def test_a_charger_of_an_unknown_make_follows_the_standard():
    assert acting("", "", {}) is NO_FLAGS
    assert acting("Nobody", "Has Heard Of", {}) == Flags()


def test_a_brand_is_known_by_the_beginning_of_its_name_in_any_case():
    assert acting("NECHARGE GmbH", "X", {}).limits_a == "6 8 10 13 16"
    assert acting("My NEcharge", "X", {}).limits_a == ""


def test_the_more_particular_row_of_a_brand_adds_to_the_others():
    elvi, other = acting("EVBox", "Elvi 2", {}), acting("EVBox", "Livo", {})
    assert (elvi.settle_s, elvi.limit_key_factor) == (10, 10)
    assert (other.settle_s, other.limit_key_factor) == (2, 10)


def test_a_brand_may_be_known_by_its_model_alone():
    """Row S7: Huawei's chargers leave chargePointVendor empty."""
    assert acting("", "ACChargePoint", {}).rate_unit == "W"


def test_what_the_firmware_was_found_to_do_counts_more_than_its_brand():
    assert acting("Huawei", "", {}, {"rate_unit": "A"}).rate_unit == "A"
    assert acting("Wallbox", "", {}, {"ask_meter_s": "0"}).ask_meter_s == 0


def test_the_word_of_the_installer_counts_most():
    assert acting("Huawei", "", {"rate_unit": "auto"}, {"rate_unit": "W"}).rate_unit == "auto"


@pytest.mark.parametrize("ability", [("rate_unit", "kW"), ("tx_profile", ""), ("reservation", "no"), ("nonsense", "1")])
def test_an_ability_that_is_no_flag_changes_none(ability: tuple[str, str]):
    assert acting("", "", {}, dict([ability])) == Flags()


@pytest.mark.parametrize("brand", BRANDS, ids=lambda brand: f"{brand.vendor} {brand.model}")
def test_every_row_of_the_table_names_flags_that_exist_and_says_why(brand):
    assert brand.vendor or brand.model
    assert brand.flags
    assert not [why for name, value in brand.flags.items() if (why := refusal(name, value))]
    assert "(row" in brand.reason
    defaults = {field.name: field.default for field in fields(Flags)}
    assert all(value != defaults[name] for name, value in brand.flags.items()), "a row says what is different"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("stack_levle", 0, "there is no flag"),
        ("stack_level", 1.5, "whole number"),
        ("stack_level", True, "whole number"),
        ("stack_level", 100, "0 to 99"),
        ("number_phases", 4, "one of 0, 1, 2, 3"),
        ("number_phases", True, "one of 0, 1, 2, 3"),
        ("rate_unit", "kW", "one of auto, A, W"),
        ("ask_boot", "no", "true or false"),
        ("ask_meter_s", 5, "0, or 30 to 86400"),
        ("settle_s", 0, "2 to 120"),
        ("limits_a", "3 6", "currents in A"),
        ("limits_a", "six", "currents in A"),
        ("limit_key", 5, "text"),
        ("limit_key", "x" * 51, "50 characters"),
        ("power_factor", float("nan"), "1e-06 to 1e+06"),
    ],
)
def test_a_flag_that_cannot_be_meant_is_refused_in_words(name: str, value: object, words: str):
    assert words in refusal(name, value)


@pytest.mark.parametrize("field", fields(Flags), ids=lambda field: field.name)
def test_every_default_can_be_written(field):
    assert refusal(field.name, field.default) == ""


def test_what_cannot_be_meant_does_not_act():
    assert acting("", "", {"stack_level": "much", "nonsense": True}) == Flags()
