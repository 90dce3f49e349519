"""Gateways are searched for by whoever asks, once at a time; one is chosen and stands in the file."""

import asyncio
from datetime import UTC, datetime

import pytest

from knx_ocpp_bridge.config.bus_models import Knx
from knx_ocpp_bridge.config.fields import HostPort
from knx_ocpp_bridge.daemon.building.scan_verbs import VERBS
from knx_ocpp_bridge.daemon.building.scanner import Scanner
from knx_ocpp_bridge.knx.link.scan import Found, ScanError, Tunnel
from tests.kit.front_desk import FrontDesk


def gateway(name="Hall", host="10.0.0.5", **more):
    told = {
        "tunnelling_udp": True, "tunnelling_tcp": True, "routing": False, "secure_tunnelling": False,
        "secure_routing": False, "can_secure": True, "tunnels": (Tunnel("1.1.1", True), Tunnel("1.1.2", False)),
    }  # fmt: skip
    return Found(name=name, gateway=HostPort(host, 3671), individual_address="1.1.0", **(told | more))


class Network:
    """Answers a search when it is told to."""

    def __init__(self, *found):
        self.found = found
        self.searches = []
        self.answers = asyncio.Event()

    async def __call__(self, local_address, within_s):
        self.searches.append((local_address, within_s))
        await self.answers.wait()
        if not self.found:
            raise ScanError("no network here: look at its cable")
        return self.found


def scanner(network, knx=None):
    return Scanner(lambda: knx or Knx(), lambda: datetime(2026, 11, 21, tzinfo=UTC), network)


async def test_two_who_ask_at_once_share_one_search():
    network = Network(gateway())
    one = scanner(network)
    both = [asyncio.create_task(one.scan(2)) for _ in range(2)]
    await asyncio.sleep(0)
    network.answers.set()
    assert all(each.done for each in await asyncio.gather(*both))
    assert network.searches == [(None, 2)]


async def test_a_row_says_how_the_gateway_is_best_used_and_what_is_in_the_way():
    network = Network(
        gateway(),
        gateway("Attic", "10.0.0.6", tunnels=(Tunnel("1.2.1", False),)),
        gateway("Cellar\n\x1b", "10.0.0.7", secure_tunnelling=True, tunnelling_udp=False),
    )
    network.answers.set()
    one = scanner(network, Knx(connection="tunneling", gateway="10.0.0.5"))
    await one.scan(3)
    hall, attic, cellar = one.rows
    assert (hall["connection"], hall["free"], hall["tunnels"], hall["in_use"]) == ("tunneling_tcp", 1, 2, True)
    assert (attic["connection"], attic["in_use"]) == ("", False)
    assert "the only tunnel of Attic" in attic["remark"]
    assert (cellar["connection"], cellar["secure"]) == ("tunneling_tcp_secure", "required")
    assert "keyring" in cellar["remark"]
    assert cellar["name"] == "Cellar??"


async def test_where_nothing_can_be_searched_it_says_why_and_keeps_what_it_knew():
    network = Network(gateway())
    network.answers.set()
    one = scanner(network)
    await one.scan(3)
    network.found = ()
    managed = await one.scan(3)
    assert not managed.done
    assert managed.messages == ("no network here: look at its cable",)
    assert len(one.rows) == 1


async def test_the_gateway_that_is_chosen_stands_in_the_file_and_its_comments_stay(tmp_path):
    desk = FrontDesk(tmp_path)
    desk.path.write_text("knx:  # the bus\n  connection: automatic  # for now\nchargers: []\n")
    desk.reload()
    managed = await desk.does("knx_use", connection="tunneling_tcp", gateway="10.0.0.5:3671")
    assert managed.done, managed.messages
    assert desk.path.read_text() == (
        'knx:  # the bus\n  connection: tunneling_tcp  # for now\n  gateway: "10.0.0.5:3671"\nchargers: []\n'
    )
    assert (await desk.does("knx_use", gateway="10.0.0.6", second=True)).done
    assert str(desk.loaded.bridge.knx.second_gateway) == "10.0.0.6:3671"


@pytest.mark.parametrize("options", [{"connection": "telepathy"}, {"connection": "tunneling", "gateway": "a b/c"}])
async def test_what_the_file_does_not_take_changes_nothing(tmp_path, options):
    desk = FrontDesk(tmp_path)
    before = desk.path.read_text()
    managed = await desk.does("knx_use", **options)
    assert not managed.done
    assert "knx." in managed.messages[0]
    assert desk.path.read_text() == before


def test_the_verbs_are_done_to_no_charger():
    assert {verb.charger for verb in VERBS.values()} == {False}
