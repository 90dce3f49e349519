"""A file for somebody far away: all that is needed to find a fault, and nothing that opens a door or names a person."""

import io
import json
import tarfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from knx_ocpp_bridge.control import support_bundle as bundles
from knx_ocpp_bridge.control.caller import COMMAND_LINE
from knx_ocpp_bridge.control.protocol import Failed, Listing, Query, Request, Response, Snapshot
from knx_ocpp_bridge.control.support_bundle import support_bundle
from knx_ocpp_bridge.core.step import Level, Note
from knx_ocpp_bridge.core.values import ChargerId
from tests.kit.website import Site

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
CARD = "04A1B2C3D4E5F6"
SECRET = "Zx81-hush-hush"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.desk.path.write_text(
        f'site: {{name: "Villa"}}\nchargers:\n  - {{id: GARAGE, password: "{SECRET}", connectors: [{{id: 1}}]}}\n'
        f'knx: {{connection: automatic}}  # {SECRET}\nauthorization: {{own_tag_group: "{CARD}"}}\n'
    )
    site.desk.reload()
    site.desk.arrives("GARAGE")
    for text in (f'[2,"1","Authorize",{{"idTag":"{CARD}"}}]',
                 f'[2,"2","ChangeConfiguration",{{"key":"AuthorizationKey","value":"{SECRET}"}}]'):  # fmt: skip
        site.desk.trace(ChargerId("GARAGE"), "in", text)
    return site


async def unpacked(site: Site) -> Mapping[str, str]:
    async def ask(request: Request) -> Response:
        return await site.ask(request, COMMAND_LINE)

    with tarfile.open(fileobj=io.BytesIO(await support_bundle(ask, NOW)), mode="r:gz") as tar:
        return {
            entry.name.removeprefix("support-bundle/"): file.read().decode()
            for entry in tar
            if (file := tar.extractfile(entry)) is not None
        }


async def test_it_holds_what_support_asks_for_first(site: Site):
    files = await unpacked(site)
    assert json.loads(files["status.json"])["chargers"][0]["id"] == "GARAGE"
    assert any(row["finding"] == "bus_lost" for row in json.loads(files["health.json"]))
    assert json.loads(files["versions.json"])[0]["name"] == "knx-ocpp-bridge"
    assert json.loads(files["masked_configuration.json"])[0]["data"]["chargers"][0]["id"] == "GARAGE"
    assert "Authorize" in files["trace/001.json"]
    assert "Villa" in files["README.txt"]
    assert set(files) >= {"bus.json", "inputs.json", "alarms.json", "log.json", "failures.json", "chargers/001.json"}


async def test_no_secret_and_no_whole_card_is_in_it(site: Site):
    everything = "\n".join((await unpacked(site)).values())
    assert SECRET not in everything
    assert CARD not in everything
    assert CARD[-4:] in everything


async def test_nobody_is_named_in_it(site: Site):
    row = {"number": 1, "kind": "charging_started", "text": "a charge began", "name": "Lodger", "id_tag": "…E5F6"}
    site.answers["alarms"] = Listing((row,))
    alarms = (await unpacked(site))["alarms.json"]
    assert json.loads(alarms) == [{"number": 1, "kind": "charging_started", "text": "a charge began"}]


PERSON = "Ludger van de Lodge"


async def test_of_whatever_it_is_made_nobody_is_named_and_nothing_opens_a_door(site: Site):
    site.answers["tags"] = Listing(({"name": PERSON, "id_tag": "…E5F6", "cost_centre": "Lodge & Sons", "group": None},))
    site.answers["users"] = Listing(({"name": "ludger", "role": "installer"},))
    site.answers["tokens"] = Listing(({"name": "Panel of Ludger", "role": "viewer"},))
    said = f"{PERSON.upper()} (Lodge & Sons) began; ludger (10.0.0.7) by Panel of Ludger stopped it"
    person: dict[str, Any] = {
        "number": 1,
        "text": said,
        "source": PERSON,
        "who": "k1",
        "user": "Ludger van de",
        "name": PERSON,
    }
    for topic in (
        "health",
        "versions",
        "bus",
        "inputs",
        "security",
        "strangers",
        "window",
        "ca",
        "failures",
        "log",
        "trace",
    ):
        site.answers[topic] = Listing(({**person, "name": "GARAGE"},))
    site.answers["alarms"] = Listing((person,))
    values = {"user": "Ludger van de", "last_user": f"..{CARD[-4:]}", "power": 3700.0}
    outlet = {"id": 1, "values": values, "limit": {"source": "ludger"}, "transaction": {"id": 7, "id_tag": "…E5F6"}}
    now = site.snapshot()
    charger = {**now.chargers[0], "connectors": [outlet]}
    site.answers["charger"] = Listing((charger,))
    site.answers["status"] = Snapshot({**now.bridge, "site": f"Villa of {PERSON}"}, (charger,))
    files = await unpacked(site)
    for name, content in files.items():
        assert "ludger" not in content.casefold(), name
        assert "Sons" not in content, name
        assert CARD[-4:] not in content or name.startswith(("trace/", "masked_configuration")), name
        assert SECRET not in content, name
    assert "10.0.0.7" in files["log.json"]
    assert json.loads(files["status.json"])["chargers"][0]["connectors"][0]["values"] == {"power": 3700.0}


async def test_names_are_taken_from_all_cards_however_many(site: Site):
    asked: list[Query] = []

    async def ask(request: Request) -> Response:
        if isinstance(request, Query) and request.topic == "tags":
            asked.append(request)
            after = request.options.get("after", 0)
            rows = tuple({"name": f"Lodger{number}"} for number in range(after, min(after + 500, 1200)))
            return Listing(rows, after + len(rows))
        if isinstance(request, Query) and request.topic == "health":
            return Listing(({"text": "Lodger3, lodger700 and Lodger1199 but no Lodger1200"},))
        return await site.ask(request, COMMAND_LINE)

    with tarfile.open(fileobj=io.BytesIO(await support_bundle(ask, NOW)), mode="r:gz") as tar:
        health = tar.extractfile("support-bundle/health.json")
        assert health is not None
        assert json.load(health) == [{"text": "…, … and … but no Lodger1200"}]


async def test_where_names_cannot_be_asked_for_that_is_said(site: Site):
    site.answers["users"] = Failed("no room")
    assert "users: no room; so their names may stand in other files" in (await unpacked(site))["README.txt"]


async def test_the_log_is_the_newest_part_in_its_order(site: Site):
    for number in range(1200):
        site.desk.memory.log("GARAGE", Note(Level.INFO, None, f"line {number}"))
    lines = [row["text"] for row in json.loads((await unpacked(site))["log.json"])]
    assert lines == [f"line {number}" for number in range(1200)]


async def test_what_the_bridge_does_not_tell_is_missed_in_words(site: Site):
    site.answers["ca"] = Failed("TLS is off")
    assert "ca : TLS is off" in (await unpacked(site))["README.txt"]


async def test_a_large_building_does_not_make_it_endless(site: Site, monkeypatch: pytest.MonkeyPatch):
    frames: tuple[dict[str, Any], ...] = tuple({"number": number, "text": "x" * 1000} for number in range(500))
    site.answers["trace"] = Listing(frames)
    monkeypatch.setattr(bundles, "LARGEST", 400_000)
    files = await unpacked(site)
    assert "trace/001.json" not in files
    assert "trace/001.json is left out" in files["README.txt"]


async def test_it_asks_only_and_changes_nothing(site: Site):
    await unpacked(site)
    assert {type(request).__name__ for request in site.asked} == {"Query", "Status"}
    assert all(request.options.get("tags") is not True for request in site.asked if isinstance(request, Query))
