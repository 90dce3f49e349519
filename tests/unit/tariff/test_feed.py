import asyncio
import stat
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from knx_ocpp_bridge.config.tariff_models import Tariff
from knx_ocpp_bridge.tariff import feed as feed_module
from knx_ocpp_bridge.tariff import fetch
from knx_ocpp_bridge.tariff.error import PriceError
from knx_ocpp_bridge.tariff.feed import PriceFeed
from knx_ocpp_bridge.tariff.kept import Kept
from knx_ocpp_bridge.tariff.price_file import PriceFile
from knx_ocpp_bridge.tariff.slots import Written, slots

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TABLE = "2026-11-21T12:00Z;0.3\n2026-11-21T13:00Z;0.2\n"
SERVICE = Tariff(url="https://prices.example.org/?key=sesame")
KNOWN = slots([Written(NOON.timestamp(), None, 0.3)], 1.0, UTC)


class Listener:
    """What a feed tells, until so many things were told."""

    def __init__(self) -> None:
        self.told: list[tuple[float, ...]] = []
        self.said: list[str] = []
        self._news = asyncio.Event()

    def tell(self, prices) -> None:
        self.told.append(tuple(each.price for each in prices))
        self._news.set()

    def say(self, _level: int, text: str) -> None:
        self.said.append(text)
        self._news.set()

    async def hears(self, source: Tariff, state, count: int = 1) -> None:
        feed = PriceFeed(source, UTC, state=state, now=lambda: NOON, tell=self.tell, say=self.say)
        running = asyncio.create_task(feed.run())
        try:
            async with asyncio.timeout(20):
                while len(self.told) + len(self.said) < count:
                    await self._news.wait()
                    self._news.clear()
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running


async def test_a_file_is_read(tmp_path):
    (tmp_path / "prices.csv").write_text(TABLE)
    listener = Listener()
    await listener.hears(Tariff(file=str(tmp_path / "prices.csv")), None)
    assert listener.told == [(0.3, 0.2)]


async def test_a_file_that_is_not_there_is_told_once(tmp_path):
    listener = Listener()
    await listener.hears(Tariff(file=str(tmp_path / "prices.csv")), None)
    assert listener.told == []
    assert "No such file" in listener.said[0]


def test_a_file_is_read_again_when_it_is_another(tmp_path):
    path = tmp_path / "prices.csv"
    path.write_text(TABLE)
    file = PriceFile(path)
    assert file.news() == TABLE.encode()
    assert file.news() is None
    path.write_text(TABLE + "2026-11-21T14:00Z;0.1\n")
    assert file.news() is not None
    path.unlink()
    with pytest.raises(PriceError):
        file.news()
    path.write_text(TABLE)
    assert file.news() == TABLE.encode()


def test_a_folder_is_no_file_of_prices(tmp_path):
    with pytest.raises(PriceError):
        PriceFile(tmp_path).news()


async def test_what_a_service_tells_is_known_after_a_restart_without_network(tmp_path, monkeypatch):
    monkeypatch.setattr(fetch, "fetch", lambda _url: TABLE.encode())
    first = Listener()
    await first.hears(SERVICE, tmp_path)
    kept = tmp_path / "prices.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert "sesame" not in kept.read_text()

    def fails(_url):
        raise PriceError("the service of prices cannot be asked", "see `tariff.url`")

    monkeypatch.setattr(fetch, "fetch", fails)
    second = Listener()
    await second.hears(SERVICE, tmp_path, count=2)
    assert second.told == [(0.3, 0.2)]
    assert "known until 2026-11-21 14:00" in second.said[0]
    assert "sesame" not in second.said[0]


def test_prices_of_another_source_are_not_taken(tmp_path):
    Kept(tmp_path, SERVICE).save(KNOWN)
    assert Kept(tmp_path, SERVICE).load() == KNOWN
    assert Kept(tmp_path, Tariff(url="https://other.example.org/")).load() == ()
    assert Kept(tmp_path, SERVICE.model_copy(update={"late": False})).load() == KNOWN


@pytest.mark.parametrize(
    "spoilt",
    ["", "{", "[]", '{"version": 1}', '{"version": 1, "source": "SOURCE", "slots": [[1], [2, 3, 4]]}', "[" * 99999],
)
def test_a_spoilt_memory_is_none(tmp_path, spoilt):
    kept = Kept(tmp_path, SERVICE)
    kept.save(KNOWN)
    path = tmp_path / "prices.json"
    source = path.read_text().split('"source": "')[1].split('"')[0]
    path.write_text(spoilt.replace("SOURCE", source))
    assert kept.load() == ()


async def test_a_disk_that_is_full_stops_no_prices(tmp_path, monkeypatch):
    monkeypatch.setattr(fetch, "fetch", lambda _url: TABLE.encode())
    listener = Listener()
    await listener.hears(SERVICE, tmp_path / "gone")
    assert listener.told == [(0.3, 0.2)]


async def test_a_service_that_ends_never_is_given_up_and_its_late_answer_ignored(tmp_path, monkeypatch):
    over = threading.Event()
    monkeypatch.setattr(fetch, "fetch", lambda _url: over.wait(20) and TABLE.encode())
    monkeypatch.setattr(feed_module, "_PATIENCE_S", 0.05)
    try:
        for sentence in ("does not answer in time", "does not answer in time", "have not ended"):
            listener = Listener()
            await listener.hears(SERVICE, tmp_path)
            assert sentence in listener.said[0]
            assert listener.told == []
    finally:
        over.set()


async def test_a_number_without_end_is_told_and_the_feed_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(fetch, "fetch", lambda _url: f'[{{"begin": 1{"0" * 400}, "price": 1}}]'.encode())
    listener = Listener()
    await listener.hears(SERVICE.model_copy(update={"format": "rows"}), tmp_path)
    assert "is no time" in listener.said[0]


async def test_old_prices_are_forgotten_and_those_of_the_day_kept(tmp_path, monkeypatch):
    begins = {hours: (NOON - timedelta(hours=hours)).timestamp() for hours in (40, 20)}
    old = slots([Written(begin, begin + 3600, hours) for hours, begin in begins.items()], 1.0, UTC)
    Kept(tmp_path, SERVICE).save(old)
    monkeypatch.setattr(fetch, "fetch", lambda _url: TABLE.encode())
    listener = Listener()
    await listener.hears(SERVICE, tmp_path, count=2)
    assert listener.told == [(40, 20), (20, 0.3, 0.2)]
