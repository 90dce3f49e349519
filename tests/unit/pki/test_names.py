"""What this machine is called: by whom it can be dialled, nothing that changes every day."""

import socket

import ifaddr
import pytest

from knx_ocpp_bridge.pki import names
from knx_ocpp_bridge.pki.names import MOST_ADDRESSES, MOST_HOSTS, Names, of_this_machine, temporary_addresses

IF_INET6 = """\
00000000000000000000000000000001 01 80 10 80       lo
fd000000000000000000000000000010 02 40 00 80     eth0
fd00000000000000aaaabbbbccccdddd 02 40 00 01     eth0
fe80000000000000000000fffe000001 02 40 20 80     eth0
broken
"""


def card(name: str, *addresses: str) -> ifaddr.Adapter:
    ips = [ifaddr.IP((one, 0, 0) if ":" in one else one, 64, name) for one in addresses]
    return ifaddr.Adapter(name, name, ips)


@pytest.fixture
def machine(monkeypatch, tmp_path):
    cards = [
        card("lo", "127.0.0.1", "::1"),
        card("eth0", "fe80::ff:fe00:1", "fd00::aaaa:bbbb:cccc:dddd", "fd00::10", "192.168.1.10"),
        card("docker0", "172.17.0.1"),
    ]
    monkeypatch.setattr(ifaddr, "get_adapters", lambda: cards)
    monkeypatch.setattr(socket, "gethostname", lambda: "Bridge")
    (tmp_path / "if_inet6").write_text(IF_INET6)
    monkeypatch.setattr(names, "_INTERFACES", tmp_path / "if_inet6")
    return tmp_path


def test_the_address_that_chargers_dial_comes_first_and_containers_and_loopback_last(machine):
    assert of_this_machine().addresses == ("192.168.1.10", "fd00::10", "172.17.0.1", "127.0.0.1", "::1")


def test_the_host_is_named_alone_and_under_local(machine):
    assert of_this_machine().hosts == ("bridge", "bridge.local", "localhost")


def test_a_host_with_a_domain_is_named_with_and_without_it(machine, monkeypatch):
    monkeypatch.setattr(socket, "gethostname", lambda: "bridge.fritz.box.")
    assert of_this_machine().hosts == ("bridge.fritz.box", "bridge", "bridge.local", "localhost")


def test_further_names_and_addresses_are_added(machine):
    found = of_this_machine("Charging.Example", "10.8.0.1", "not a name")
    assert found.addresses[-1] == "10.8.0.1"
    assert found.hosts[-1] == "charging.example"


def test_a_machine_without_ipv6_is_no_trouble(machine):
    (machine / "if_inet6").unlink()
    assert "192.168.1.10" in of_this_machine().addresses


def test_temporary_addresses_are_recognised():
    assert {str(one) for one in temporary_addresses(IF_INET6)} == {"fd00::aaaa:bbbb:cccc:dddd"}


def test_this_very_machine_has_a_name_and_an_address():
    found = of_this_machine()
    assert "127.0.0.1" in found.addresses
    assert "localhost" in found.hosts


def test_names_become_canonical_and_are_not_repeated():
    odd = Names(("FD00:0::10", "fd00::10", "10.0.0.1"), ("A.Example.", "a.example"))
    assert odd.usable() == Names(("fd00::10", "10.0.0.1"), ("a.example",))


@pytest.mark.parametrize("host", ["", "-a", "a..b", "a b", "ü", "a" * 64, "*.example", "a/b", ".".join(["a" * 60] * 5)])
def test_what_is_no_name_is_left_out(host):
    assert Names((), (host,)).usable().hosts == ()


def test_a_machine_with_hundreds_of_addresses_has_a_certificate_that_chargers_can_hold():
    many = Names(tuple(f"10.0.{n}.1" for n in range(200)), tuple(f"h{n}" for n in range(200))).usable()
    assert (len(many.addresses), len(many.hosts)) == (MOST_ADDRESSES, MOST_HOSTS)
    assert many.addresses[0] == "10.0.0.1"
