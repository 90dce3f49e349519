"""A house whose ETS project has two levels, or none: what it writes works, and all that it reads is written so."""

import json
import logging
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from xknx.dpt.payload import DPTArray, DPTBinary
from xknx.telegram import Telegram, TelegramDirection
from xknx.telegram.address import GroupAddress, IndividualAddress
from xknx.telegram.apci import GroupValueWrite

from knx_ocpp_bridge.cli.main import main
from knx_ocpp_bridge.knx.bindings import BindingTable
from knx_ocpp_bridge.knx.hearing import Hearing
from knx_ocpp_bridge.knx.words import Teller
from tests.kit.configuration import Installer
from tests.kit.knx_means import means

HOUSE = """\
knx: {{group_address_style: {style}}}
group_objects:
  release: {{address: {release}}}
chargers:
  - id: GARAGE
    connectors:
      - id: 1
        group_objects:
          charging: {{address: [{first}, {second}], state_address: {state}}}
          max_current: {{address: {limit}}}
"""
STYLES = {
    "three_level": {
        "release": "1/7/250",
        "first": "9/7/2",
        "second": "9/0/9",
        "state": "9/7/1",
        "limit": "9/7/42",
    },
    "two_level": {"release": "1/2042", "first": "9/1794", "second": "9/9", "state": "9/1793", "limit": "9/1834"},
    "free": {"release": "4090", "first": "20226", "second": "18441", "state": "20225", "limit": "20266"},
}
RAW = {"release": 4090, "first": 20226, "second": 18441, "state": 20225, "limit": 20266}

pytestmark = pytest.mark.parametrize("style", STYLES)


@pytest.fixture
def installer(tmp_path: Path) -> Installer:
    return Installer(tmp_path)


def house(style: str) -> str:
    return HOUSE.format(style=style, **STYLES[style])


def test_what_is_written_is_the_same_address_in_every_style(installer: Installer, style: str):
    table = BindingTable(installer.load(house(style)).objects)
    assert set(table.commands) == {RAW["first"], RAW["second"], RAW["limit"]}
    assert (set(table.states), set(table.inputs)) == ({RAW["state"]}, {RAW["release"]})
    assert installer.load(house(style)).warnings == installer.load(house("three_level")).warnings


def test_the_table_of_check_is_in_the_style_of_the_house(installer: Installer, style: str):
    written = STYLES[style]
    result = CliRunner().invoke(main, ["check", "-c", str(installer.write(house(style))), "--json"])
    shown = [line["group_addresses"] for line in json.loads(result.stdout)["objects"]]
    assert sorted(shown) == sorted(
        [[written["release"]], [written["state"]], [written["first"], written["second"]], [written["limit"]]]
    )


def test_a_mistake_is_told_in_the_style_of_the_house(installer: Installer, style: str):
    written = STYLES[style]
    twice = house(style).replace(f"address: {written['limit']}", f"address: {written['state']}")
    (problem,) = installer.messages(twice)
    assert f"max_current of GARAGE/1 receives on {written['state']}, on which charging of GARAGE/1" in problem


def test_what_is_heard_is_told_in_the_style_of_the_house(
    installer: Installer, style: str, caplog: pytest.LogCaptureFixture
):
    loaded = installer.load(house(style))
    wishes, lines = [], []
    watched = means(lambda charger, wish: wishes.append((charger, wish.key, wish.value)), trace=lines.append)
    teller = Teller(loaded.bridge.knx.style, ZoneInfo("UTC"))
    hearing = Hearing(BindingTable(loaded.objects), watched, teller, lambda _: None, lambda _: None)
    for raw, payload in (
        (RAW["first"], DPTBinary(1)),
        (RAW["second"], DPTBinary(0)),
        (RAW["release"], DPTBinary(1)),
        (RAW["limit"], DPTArray((1, 2))),
        (RAW["state"], DPTBinary(1)),
    ):
        service = GroupValueWrite(payload)
        with caplog.at_level(logging.WARNING):
            hearing.heard(Telegram(GroupAddress(raw), TelegramDirection.INCOMING, service, IndividualAddress("1.1.5")))
    written = STYLES[style]
    assert wishes == [("GARAGE", "charging", True), ("GARAGE", "charging", False)]
    assert lines == [
        f"KNX <- {written['first']} charging 1 (1.1.5)",
        f"KNX <- {written['second']} charging 0 (1.1.5)",
        f"KNX <- {written['release']} release 1 (1.1.5)",
    ]
    assert f"on {written['limit']} (max_current)" in caplog.messages[0]
    assert f"on {written['state']}, where only the bridge sends" in caplog.messages[1]
