import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from knx_ocpp_bridge.config.price_source import PriceFields
from knx_ocpp_bridge.config.tariff_models import Tariff
from knx_ocpp_bridge.tariff.error import PriceError
from knx_ocpp_bridge.tariff.reading import LARGEST, read
from knx_ocpp_bridge.tariff.slots import MOST, Written, merged, slots

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def table(text: str, **source) -> list[tuple[datetime, datetime, float]]:
    told = read(text.encode(), Tariff(file="prices.csv", **source), AMSTERDAM)
    return [(each.begins, each.ends, each.price) for each in told]


def test_a_table_of_begin_and_price_lasts_from_line_to_line():
    text = "2026-11-21T13:00;0.30\n2026-11-21T13:15;0,25\n2026-11-21T13:30;-0.01\n"
    quarter = timedelta(minutes=15)
    assert table(text) == [
        (NOON, NOON + quarter, 0.30),
        (NOON + quarter, NOON + 2 * quarter, 0.25),
        (NOON + 2 * quarter, NOON + 3 * quarter, -0.01),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "begin,end,price\n2026-11-21T12:00Z,2026-11-21T13:00Z,0.3\n",
        "Von\tBis\tPreis\n2026-11-21 13:00\t2026-11-21 14:00\t0,3\n",
        "# of tomorrow\n\n2026-11-21T13:00+01:00;2026-11-21T14:00+01:00;0.3\n",
        "\ufeffprice;begin\n0.3;1795262400\n",
        "1795262400000;0.3\n",
    ],
)
def test_tables_of_many_kinds_say_the_same(text):
    assert table(text) == [(NOON, NOON + HOUR, 0.3)]


def test_columns_are_found_by_their_names():
    text = "area;eur;from\nNL;300;2026-11-21T13:00\n"
    fields = PriceFields(begin="from", price="EUR")
    assert table(text, fields=fields, factor=0.001) == [(NOON, NOON + HOUR, pytest.approx(0.3))]


def test_rows_in_the_shape_of_a_market_service():
    data = {
        "object": "list",
        "data": [
            {"start_timestamp": 1795262400000, "end_timestamp": 1795266000000, "marketprice": 42.09, "unit": "Eur/MWh"},
            {"start_timestamp": 1795266000000, "end_timestamp": 1795269600000, "marketprice": -5.12, "unit": "Eur/MWh"},
        ],
    }
    fields = PriceFields(rows="data", begin="start_timestamp", end="end_timestamp", price="marketprice")
    source = Tariff(url="https://prices.example.org/", format="rows", fields=fields, factor=0.001)
    told = read(json.dumps(data).encode(), source, AMSTERDAM)
    assert [(each.begins, each.price) for each in told] == [
        (NOON, pytest.approx(0.04209)),
        (NOON + HOUR, pytest.approx(-0.00512)),
    ]


def test_arrays_in_the_shape_of_a_market_service():
    data = {"unix_seconds": [1795262400, 1795263300, 1795264200], "price": [80.0, None, 60.5], "unit": "EUR / MWh"}
    source = Tariff(
        url="https://prices.example.org/", format="arrays", fields=PriceFields(begin="unix_seconds"), factor=0.001
    )
    told = read(json.dumps(data).encode(), source, AMSTERDAM)
    assert [each.price for each in told] == [pytest.approx(0.08), pytest.approx(0.0605)]


def test_a_gap_stays_a_gap():
    text = "2026-11-21T12:00Z;0.3\n2026-11-21T13:00Z;0.3\n2026-11-21T18:00Z;0.3\n2026-11-21T19:00Z;0.3\n"
    assert [ends - begins for begins, ends, _ in table(text)] == [HOUR] * 4


def test_hours_and_quarters_may_follow_each_other():
    text = "2026-11-21T12:00Z;1\n2026-11-21T13:00Z;2\n2026-11-21T13:15Z;3\n2026-11-21T13:30Z;4\n"
    assert [(ends - begins) / HOUR for begins, ends, _ in table(text)] == [1, 0.25, 0.25, 0.25]


def test_the_hour_that_comes_twice_is_read_in_its_order():
    text = (
        "".join(f"2026-10-25T0{hour}:00;0.{hour}\n" for hour in (1, 2)) + "2026-10-25T02:00;0.9\n2026-10-25T03:00;0.3\n"
    )
    told = table(text)
    assert [begins.hour for begins, _, _ in told] == [23, 0, 1, 2]
    assert [price for _, _, price in told] == [0.1, 0.2, 0.9, 0.3]


def test_prices_in_any_order_come_in_order_and_do_not_lie_over_each_other():
    text = "2026-11-21T13:00Z;2026-11-21T15:00Z;0.2\n2026-11-21T12:00Z;2026-11-21T14:00Z;0.1\n"
    assert table(text) == [(NOON, NOON + HOUR, 0.1), (NOON + HOUR, NOON + 3 * HOUR, 0.2)]


@pytest.mark.parametrize(
    ("text", "source", "words"),
    [
        ("", {}, "no prices"),
        ("begin;price\n", {}, "no prices"),
        ("hello\n", {}, "no table"),
        ("2026-11-21T13:00;cheap\n2026-11-21T14:00;0.2\n", {}, "'cheap' is no price"),
        ("begin;price\nsoon;0.2\n", {}, "'soon' is no time"),
        ("begin;price\n2026-11-21T13:00;nan\n", {}, "no price of a kWh"),
        ("begin;price\n2026-11-21T13:00;5000\n", {}, "factor"),
        ("begin;price\n2026-11-21T13:00\n", {}, "too short"),
        ("begin;price\n1921-11-21T13:00;1\n", {}, "no time"),
        ("2026-11-21T13:00Z;2026-11-21T12:00Z;0.2\n", {}, "before it begins"),
        ('"', {}, "no table"),
        ("{", {"format": "rows"}, "no JSON"),
        ("[" * 100_000, {"format": "rows"}, "no JSON"),
        ("{}", {"format": "rows"}, "no list"),
        ("[{}]", {"format": "rows"}, "no 'begin'"),
        ('[{"begin": true, "price": 1}]', {"format": "rows"}, "True is no time"),
        ('[{"begin": 1795262400, "price": true}]', {"format": "rows"}, "True is no price"),
        ('[{"begin": 1e300, "price": 1}]', {"format": "rows"}, "no time"),
        (f'[{{"begin": 1{"0" * 400}, "price": 1}}]', {"format": "rows"}, "no time"),
        (f'[{{"begin": 1795262400, "price": 1{"0" * 400}}}]', {"format": "rows"}, "no price"),
        (f"begin;price\n1{'0' * 400};0.2\n", {}, "no time"),
        ('{"begin": [1, 2], "price": [1]}', {"format": "arrays"}, "not of the same length"),
        ('{"begin": 1, "price": [1]}', {"format": "arrays"}, "no list at 'begin'"),
    ],
)
def test_what_holds_no_prices_is_told_with_a_remedy(text, source, words):
    with pytest.raises(PriceError, match=words) as refused:
        table(text, **source)
    assert refused.value.remedy
    assert len(str(refused.value)) < 300


def test_what_is_too_large_is_not_read():
    with pytest.raises(PriceError, match="larger than 1024 KiB"):
        table("0" * (LARGEST + 1))
    with pytest.raises(PriceError, match=f"more than {MOST}"):
        slots((Written(1795262400 + place, None, 1) for place in range(MOST + 1)), 1.0, UTC)
    with pytest.raises(PriceError, match="UTF-8"):
        read(b"\xff\xfe", Tariff(file="x"), UTC)


def test_ways_into_json_go_through_objects_and_lists():
    data = {"a": [{"b": {"times": [1795262400], "prices": [0.5]}}]}
    fields = PriceFields(begin="a.0.b.times", price="a.0.b.prices")
    told = read(json.dumps(data).encode(), Tariff(file="x", format="arrays", fields=fields), UTC)
    assert told[0].price == 0.5


def test_new_prices_take_the_place_of_old_ones_and_what_is_over_goes():
    def hours(*prices: float, begins=NOON):
        written = (Written((begins + place * HOUR).timestamp(), None, price) for place, price in enumerate(prices))
        return slots(written, 1.0, UTC)

    old, new = hours(0.1, 0.2, 0.3, 0.4), hours(0.9, 0.8, begins=NOON + HOUR)
    assert [each.price for each in merged(old, new, NOON)] == [0.1, 0.9, 0.8, 0.4]
    assert [each.price for each in merged(old, new, NOON + 2 * HOUR)] == [0.8, 0.4]
