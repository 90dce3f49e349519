"""Files beside the configuration that are not what they should be: cars charge, it is said why, and the bridge ends."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.kit.ets_files import xml
from tests.kit.fake_charger import FakeCharger
from tests.kit.secured_site import KEYRING, OPEN, Site, secured_site
from tests.kit.until import until

CONFIG_ERROR = 3
SOON_S = 3.0
STRANGE = b'<?xml version="1.0" encoding="utf-9"?><Keyring xmlns="http://knx.org/xml/keyring/1" Created="2024"/>'


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with secured_site(tmp_path) as site:
        yield site


def put(path: Path, kind: str) -> None:
    """Something else than a file of the ETS."""
    path.unlink(missing_ok=True)
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "strange":
            path.write_bytes(STRANGE)
        case "bomb":
            path.write_bytes(xml(f'<x xmlns="{"A" * (7 << 20)}">{"<a/>" * 500_000}</x>'))


async def charges(site: Site) -> None:
    """A car, by card."""
    async with FakeCharger(site.bridge.url, "OPEN") as box:
        await box.plug()
        await box.card("CARD")
        await box.charges()


@pytest.mark.parametrize(("kind", "reason"), [("pipe", "this is no file"), ("strange", "the encoding 'utf-9'")])
async def test_a_keyring_that_is_none_keeps_the_bus_away_and_nothing_else(site: Site, kind: str, reason: str):
    site.prepares()
    put(site.folder / "house.knxkeys", kind)
    said = await site.tells("check", "-c", str(site.bridge.config), code=CONFIG_ERROR)
    assert reason in said
    assert "Traceback" not in said
    site.bridge.start()
    await site.says_why(reason)
    await charges(site)
    put(site.folder / "house.knxkeys", "nothing")
    KEYRING.write(site.folder / "house.knxkeys")
    await site.is_on_the_bus()
    assert "Traceback" not in site.bridge.new_log()
    assert site.bridge.terminate() < SOON_S


@pytest.mark.parametrize(("kind", "reason"), [("pipe", "is no file"), ("bomb", "namespace in it is longer than 200")])
async def test_a_project_that_is_none_has_no_names_and_holds_nobody_up(site: Site, kind: str, reason: str):
    site.prepares(project="project.xml")
    put(site.folder / "project.xml", kind)
    assert reason in await site.tells("check", "-c", str(site.bridge.config))
    site.bridge.start()
    await site.is_on_the_bus()
    await charges(site)
    await site.panel.hears(OPEN.state("status"), b"\x02")
    await until(lambda: reason in site.bridge.log.read_text(), 5, "it is said why there are no names")
    assert "Traceback" not in site.bridge.new_log()
    assert site.bridge.terminate() < SOON_S
