"""Prices of a service and of a file: asked for, bounded, kept over a power cut, and seen in the plan of a bridge."""

import asyncio
import json
import ssl
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from knx_ocpp_bridge.tariff import fetch as fetching
from knx_ocpp_bridge.tariff.error import PriceError
from knx_ocpp_bridge.tariff.fetch import fetch
from knx_ocpp_bridge.tariff.reading import LARGEST
from tests.kit.bridge import COMMAND, BridgeProcess
from tests.kit.certificates import Authority
from tests.kit.house import CHARGERS_ONLINE_GA, House, Outlet, charger, connector
from tests.kit.knxd import Knxd
from tests.kit.price_service import Answer, PriceService

HOUSE_OBJECTS = {"chargers_online": {"state_address": CHARGERS_ONLINE_GA}}
BOX = charger("BOX", connector(Outlet(1), "online"))
KNOWN_WITHIN_S = 20.0


def rows(*prices: float) -> bytes:
    """Of the hours from the present one on, in EUR/MWh."""
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    begins = [int((hour + place * timedelta(hours=1)).timestamp() * 1000) for place in range(len(prices))]
    data = [
        {"start_timestamp": begin, "end_timestamp": begin + 3_600_000, "marketprice": price}
        for begin, price in zip(begins, prices, strict=True)
    ]
    return json.dumps({"object": "list", "data": data}).encode()


def test_a_service_is_asked():
    with PriceService({"/": Answer(b"hello"), "/old": Answer(status=302, headers={"Location": "/"})}) as service:
        assert fetch(service.url("/?day=2026-11-21")) == b"hello"
        assert service.asked == ["/?day=2026-11-21"]
        assert fetch(service.url("/old")) == b"hello"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(status=500), "answers 500"),
        (Answer(status=404), "answers 404"),
        (Answer(b"0" * (LARGEST + 2)), "more than 1024 KiB"),
        (Answer(status=302, headers={"Location": "/"}), "leads on and on"),
        (Answer(status=302), "answers 302"),
        (Answer(status=302, headers={"Location": "file:///etc/hostname"}), "answers 302"),
        (Answer(status=302, headers={"Location": "data:text/plain,hello"}), "answers 302"),
        (Answer(b"short", headers={"Content-Length": "100"}), "cannot be asked"),
    ],
)
def test_what_a_service_does_wrong_is_told(answer, words):
    with PriceService({"/": answer}) as service, pytest.raises(PriceError, match=words):
        fetch(service.url("/"))


def test_a_service_that_is_slow_is_given_up(monkeypatch):
    monkeypatch.setattr(fetching, "_SILENCE_S", 0.3)
    with PriceService({"/": Answer(b"hello", pause_s=5)}) as service, pytest.raises(PriceError, match="in time"):
        fetch(service.url("/"))
    monkeypatch.setattr(fetching, "_SILENCE_S", 5.0)
    monkeypatch.setattr(fetching, "_WHOLE_S", 0.3)
    with PriceService({"/": Answer(b"hello" * 9, pause_s=0.1)}) as service, pytest.raises(PriceError, match="in time"):
        fetch(service.url("/"))


def test_a_service_that_is_not_there_is_told():
    with PriceService({}) as service:
        url = service.url("/")
    with pytest.raises(PriceError, match="refused"):
        fetch(url)
    with pytest.raises(PriceError, match="cannot be asked"):
        fetch("http://prices.invalid/")


def test_a_service_has_to_prove_who_it_is(tmp_path, monkeypatch):
    authority = Authority()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(authority.server().save(tmp_path / "service.pem"))
    answers = {"/": Answer(b"hello"), "/away": Answer(status=302)}
    with PriceService(answers, tls) as service, PriceService({"/": Answer(b"hello")}) as plain:
        with pytest.raises(PriceError, match="does not prove who it is"):
            fetch(service.url("/"))
        (tmp_path / "root.pem").write_bytes(authority.pem)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "root.pem"))
        assert fetch(service.url("/")) == b"hello"
        answers["/away"] = Answer(status=302, headers={"Location": plain.url("/")})
        with pytest.raises(PriceError, match="from https to http"):
            fetch(service.url("/away"))


class Tariff:
    """A bridge with this section `tariff`."""

    def __init__(self, folder: Path, knxd: Knxd, tariff: dict[str, Any]) -> None:
        more = {"tariff": tariff, "group_objects": HOUSE_OBJECTS}
        self.bridge = BridgeProcess(folder, House((BOX,), more=more), knxd.port)

    def prices(self) -> list[float | None]:
        command = [sys.executable, "-c", COMMAND, "prices", "--json", "--hours", "3", "--socket"]
        root = Path(__file__).parents[2]
        run = subprocess.run(
            [*command, str(self.bridge.socket)], cwd=root, capture_output=True, text=True, check=True, timeout=30
        )
        return [json.loads(line)["price"] for line in run.stdout.splitlines()]

    async def become(self, *wanted: float) -> None:
        """Of the hours from the one on in which the test began; that may be the one before by now."""
        hours = (list(wanted), list(wanted[1:]))
        shown: list[float | None] = []
        async with asyncio.timeout(KNOWN_WITHIN_S):
            while not any(each and shown[: len(each)] == each for each in hours):
                await asyncio.sleep(0.5)
                shown = await asyncio.to_thread(self.prices)


async def test_prices_of_a_service_outlive_a_power_cut_without_a_network(tmp_path, knxd):
    tariff = {
        "format": "rows",
        "fields": {"rows": "data", "begin": "start_timestamp", "end": "end_timestamp", "price": "marketprice"},
        "factor": 0.001,
        "surcharge": 0.1,
    }
    with PriceService({"/v1": Answer(rows(200, 50, -20, 70))}) as service:
        house = Tariff(tmp_path, knxd, tariff | {"url": service.url("/v1?day={today}&key=sesame")})
        await asyncio.to_thread(house.bridge.start)
        try:
            await house.become(0.3, 0.15, 0.08)
            assert "{" not in service.asked[0]
            house.bridge.kill9()
        except BaseException:
            house.bridge.terminate()
            raise
    await asyncio.to_thread(house.bridge.start)
    try:
        await house.become(0.3, 0.15, 0.08)
        log = house.bridge.new_log()
        assert "prices of tariff.url" in log
        assert "sesame" not in log
    finally:
        house.bridge.terminate()


async def test_a_file_of_prices_counts_as_soon_as_it_is_another(tmp_path, knxd):
    house = Tariff(tmp_path, knxd, {"file": "prices.csv", "price": 0.5})
    await asyncio.to_thread(house.bridge.start)
    try:
        await house.become(0.5)
        assert "prices.csv" in house.bridge.new_log()
        hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        lines = [f"{(hour + place * timedelta(hours=1)).isoformat()};0.{place + 1}" for place in range(3)]
        (tmp_path / "prices.csv").write_text("\n".join(lines))
        await house.become(0.1, 0.2, 0.3)
    finally:
        house.bridge.terminate()
