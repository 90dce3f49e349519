"""Whatever a service or a file tells: it is prices, or it is refused with a sentence."""

import json
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from knx_ocpp_bridge.config.price_source import PriceFields
from knx_ocpp_bridge.config.tariff_models import Tariff
from knx_ocpp_bridge.tariff.error import PriceError
from knx_ocpp_bridge.tariff.reading import read

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
HUGE = st.integers(1, 4000).map(lambda digits: 10**digits)
NUMBERS = st.integers() | st.floats() | HUGE | HUGE.map(lambda each: -each) | st.integers(1_790_000_000, 1_800_000_000)
WORDS = st.text() | st.datetimes().map(datetime.isoformat) | NUMBERS.map(str) | st.sampled_from(["", "0001-01-01", "-"])
THINGS = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", "begin"]) | WORDS, inner),
    max_leaves=8,
)
ROWS = st.lists(st.fixed_dictionaries({"begin": THINGS, "price": THINGS}, optional={"end": THINGS}) | THINGS)
ARRAYS = st.fixed_dictionaries({"begin": st.lists(THINGS, max_size=3), "price": st.lists(THINGS, max_size=3)})
LINES = st.lists(st.lists(WORDS, min_size=1, max_size=4).map(";".join)).map("\n".join)


def judged(raw: bytes, source: Tariff) -> None:
    try:
        prices = read(raw, source, AMSTERDAM)
    except PriceError as error:
        refused = error
    else:
        refused = None
    if refused is not None:
        assert refused.remedy
        assert len(str(refused)) < 400
        return
    assert prices
    assert all(timedelta() < each.ends - each.begins and abs(each.price) <= 1000 for each in prices)
    assert all(before.ends <= after.begins for before, after in pairwise(prices))


@given(ROWS | THINGS, st.sampled_from(["", "end"]))
def test_any_json_of_rows_is_prices_or_refused(data, end):
    source = Tariff(file="x", format="rows", fields=PriceFields(begin="begin", end=end, price="price"))
    judged(json.dumps(data).encode(), source)


@given(ARRAYS | THINGS)
def test_any_json_of_arrays_is_prices_or_refused(data):
    judged(json.dumps(data).encode(), Tariff(file="x", format="arrays"))


@given(LINES | st.text())
def test_any_table_is_prices_or_refused(text):
    judged(text.encode("utf-8", "surrogatepass"), Tariff(file="x"))


@given(st.binary(), st.sampled_from(["csv", "rows", "arrays"]))
def test_any_bytes_are_prices_or_refused(raw, written):
    judged(raw, Tariff(file="x", format=written))
