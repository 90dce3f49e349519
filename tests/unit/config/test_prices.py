"""Prices by the year: exact as they are typed, and refused in words where they are none."""

from decimal import Decimal

import pytest

from knx_ocpp_bridge.config.schema import schema


def test_a_price_is_the_decimal_that_was_typed(installer):
    site = installer.load(
        'site: {prices: {2025: 0.1, 2026: {price: 0.3499, basis: "contract"}, 2027: "0.30"}}'
    ).bridge.site
    assert [(year, each.price, each.basis) for year, each in site.prices.items()] == [
        ("2025", Decimal("0.1"), ""),
        ("2026", Decimal("0.3499"), "contract"),
        ("2027", Decimal("0.30"), ""),
    ]


def test_nothing_is_priced_unless_somebody_says_so(installer):
    site = installer.load("site: {}").bridge.site
    assert (site.currency, site.prices) == ("EUR", {})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "site: {currency: euro}",
            "site.currency: euro is no currency; write three capital letters, like EUR (ISO 4217)",
        ),
        (
            "site: {prices: 0.34}",
            "site.prices: prices stand under their years; write a year and what one kWh costs, like 2026: 0.34",
        ),
        (
            "site: {prices: {2026: {price: 0,35}}}",
            "site.prices.2026.35: 35 is what stands behind a decimal comma; write the price with a point, like 0.35",
        ),
        ("site: {prices: {26: 0.34}}", "site.prices: 26 is no year; write four digits, like 2026: 0.34"),
        (
            "site: {prices: {2026: -1}}",
            "site.prices.2026.price: -1 is out of range; write what one kWh costs, like 0.34",
        ),
        (
            "site: {prices: {2026: .nan}}",
            "site.prices.2026.price: nan is out of range; write what one kWh costs, like 0.34",
        ),
        (
            "site: {prices: {2026: yes}}",
            "site.prices.2026.price: 'yes' is no price; write what one kWh costs, like 0.34",
        ),
        (
            "site: {prices: {2026: true}}",
            "site.prices.2026.price: this is no price; write what one kWh costs, like 0.34",
        ),
        ("site: {prices: {2026: 0,34}}", "site.prices: 34 is no year; write four digits, like 2026: 0.34"),
        (
            "site: {prices: {2026: '0,34'}}",
            "site.prices.2026.price: '0,34' is no price; write what one kWh costs, like 0.34",
        ),
        (
            "site: {prices: {2026: 0.1234567}}",
            "site.prices.2026.price: 0.1234567 has more than 6 decimals; write what one kWh costs, like 0.34",
        ),
        ("site: {prices: {2026: {basis: x}}}", "site.prices.2026.price: price is missing; add price: 0.34"),
        (
            "site: {prices: {2026: {price: 1, bases: x}}}",
            "site.prices.2026.bases: bases is not a key of this section; did you mean basis?",
        ),
    ],
)
def test_what_is_no_price_is_refused(installer, text, message):
    assert installer.messages(text) == [f"bridge.yaml:1: {message}"]


def test_the_schema_takes_a_number_and_a_group_of_keys():
    prices = schema()["$defs"]["Site"]["properties"]["prices"]["additionalProperties"]
    assert {"$ref": "#/$defs/Price"} in prices["anyOf"]
    assert {"type": "number"} in prices["anyOf"]
