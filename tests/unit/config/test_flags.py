"""How a charger deviates: the flags of the core as keys of the file."""

from dataclasses import fields

import pytest

from knx_ocpp_bridge.config.models import Flags as Written
from knx_ocpp_bridge.config.schema import schema
from knx_ocpp_bridge.core.flags import Flags, acting


def charger(flags: str) -> str:
    return f"chargers:\n  - id: A\n    connectors: [{{id: 1}}]\n    flags: {flags}\n"


def test_every_flag_of_the_core_is_a_key_with_its_default_and_its_sentence():
    assert {name: field.default for name, field in Written.model_fields.items()} == {
        each.name: each.default for each in fields(Flags)
    }
    told = schema()["$defs"]["Flags"]["properties"]
    assert all(told[each.name]["description"] for each in fields(Flags))


def test_only_what_the_installer_wrote_counts_over_the_brand(installer):
    written = installer.load(charger("{stack_level: 0, any_username: true}")).chargers["A"].flags
    assert written == {"stack_level": 0, "any_username": True}
    assert installer.load(charger("{}")).chargers["A"].flags == {}


def test_a_flag_that_repeats_its_default_counts_over_the_brand_all_the_same(installer):
    flags = installer.load(charger('{rate_unit: "auto"}')).chargers["A"].flags
    assert acting("Huawei", "AC", {}).rate_unit == "W"
    assert acting("Huawei", "AC", flags).rate_unit == "auto"


@pytest.mark.parametrize("each", fields(Flags), ids=lambda each: each.name)
def test_the_default_of_every_flag_may_be_written(installer, each):
    default = f'"{each.default}"' if isinstance(each.default, str) else str(each.default).lower()
    flags = installer.load(charger(f"{{{each.name}: {default}}}")).chargers["A"].flags
    assert flags == {each.name: each.default}
    assert type(flags[each.name]) is type(each.default)


@pytest.mark.parametrize(
    ("flags", "reason", "remedy"),
    [
        ("{stack_levle: 1}", "stack_levle is not a key of this section", "did you mean stack_level?"),
        ("{stack_level: high}", "'high' is not a whole number", "write a whole number"),
        ("{stack_level: 1.5}", "1.5 is not a whole number", "write a whole number"),
        ("{stack_level: true}", "yes or no is not a number", "write a number"),
        ("{any_username: perhaps}", "'perhaps' is neither yes nor no", "write true or false"),
        ("{any_username: 7}", "7 is neither yes nor no", "write true or false"),
        (
            "{rate_unit: kW}",
            "'kW' is none of the values of this key",
            "did you mean W? Allowed: auto | A | W",
        ),
        (
            "{stack_level: 100}",
            "stack_level must be 0 to 99",
            "see its row in docs/configuration.md, or take it out",
        ),
        (
            "{limit_key: 0042}",
            "0042 without quotes is the number 42 to YAML, not a text",
            'put quotes round it: limit_key: "0042"',
        ),
        ("x", "'x' stands where a group of keys belongs", "write keys with their values, indented below"),
        ("[x]", "a list stands where a group of keys belongs", "write keys with their values, indented below"),
    ],
)
def test_a_flag_that_there_is_not_or_that_has_no_such_value_is_refused(installer, flags, reason, remedy):
    (problem,) = installer.problems(charger(flags))
    assert problem.where == "bridge.yaml:4"
    assert problem.path.startswith("chargers[0].flags")
    assert (problem.reason, problem.remedy) == (reason, remedy)
