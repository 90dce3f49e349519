"""By which names the pages may be called, and which pages may send something."""

import pytest

from knx_ocpp_bridge.web.access.headers import headers_of
from knx_ocpp_bridge.web.access.hosts import is_ours
from knx_ocpp_bridge.web.access.next_page import next_page
from knx_ocpp_bridge.web.access.origin import refusal

NAMES = ("Bridge.Example.org",)


@pytest.mark.parametrize(
    "host",
    ["192.168.1.5", "192.168.1.5:8018", "[fd00::5]:8018", "[::1]", "localhost:8018", "raspberrypi", "raspberrypi.local",
     "knx-ocpp.local.", "pi.fritz.box", "x.home.arpa", "x.internal", "bridge.example.org:443", "BRIDGE.example.ORG."],
)  # fmt: skip
def test_addresses_local_names_and_those_of_the_configuration_are_ours(host):
    assert is_ours(host, NAMES)


@pytest.mark.parametrize(
    "host",
    ["", "example.org", "elsewhere.bridge.example.org", "192.168.1.5.nip.io", "1.2.3.4.5", "0x7f.1.example",
     "local.example", "fritz.box.example", "a b",
     "a/b", "user@192.168.1.5", "[fd00::5", "x" * 300, "192.168.1.5:port",
     "bridge.local:1:2"],
)  # fmt: skip
def test_names_that_somebody_else_may_own_are_not(host):
    assert not is_ours(host, NAMES)


@pytest.mark.parametrize(
    ("headers", "scheme"),
    [
        ({"origin": "http://pi:8018", "host": "pi:8018"}, "http"),
        ({"origin": "https://pi", "host": "pi"}, "https"),
        ({"origin": "https://pi", "host": "pi"}, "http"),  # a proxy has taken the encryption off
        ({"origin": "http://PI", "host": "pi"}, "http"),
        ({"sec-fetch-site": "same-origin", "host": "pi"}, "https"),
        ({"authorization": "bearer x"}, "http"),
    ],
    ids=str,
)
def test_a_form_of_our_own_page_is_taken(headers, scheme):
    assert refusal("POST", headers, scheme) == ""


@pytest.mark.parametrize(
    ("headers", "scheme"),
    [
        ({"origin": "http://pi", "host": "pi"}, "https"),
        ({"origin": "http://pi:81", "host": "pi"}, "http"),
        ({"origin": "http://", "host": ""}, "http"),
        ({"origin": "ftp://pi", "host": "pi"}, "http"),
        ({"origin": "http://pi", "host": "pi", "sec-fetch-site": "cross-site"}, "http"),
        ({"host": "pi"}, "http"),
        ({"host": "pi", "authorization": "Basic eDp5"}, "http"),
        ({"host": "pi", "referer": "http://pi/"}, "http"),
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "post"])
def test_a_form_of_another_page_is_not(method, headers, scheme):
    assert refusal(method, headers, scheme)


def test_looking_changes_nothing():
    assert refusal("GET", {"origin": "https://elsewhere.example"}, "http") == ""
    assert refusal("HEAD", {}, "http") == ""


@pytest.mark.parametrize("path", ["/", "/sessions?month=2026-11", "/chargers/GARAGE/limits", "/chargers/a%20b"])
def test_a_page_of_ours_is_where_one_goes_on(path):
    assert next_page(path) == path


def test_over_http_nothing_is_promised_that_a_browser_keeps_over_https_alone():
    assert "cross-origin-opener-policy" in headers_of("/", 200, (), "https")
    assert "cross-origin-opener-policy" not in headers_of("/", 200, (), "http")


def test_only_the_card_is_framed_and_by_whom_the_configuration_names():
    frames = ("https://panel.local", "http://192.168.1.9:8080")
    assert headers_of("/embed/GARAGE/1", 200, frames)["content-security-policy"].endswith(" ".join(frames))
    for path, allowed in (("/", frames), ("/embedded", frames), ("/embed/GARAGE/1", ())):
        assert headers_of(path, 200, allowed)["content-security-policy"].endswith("frame-ancestors 'none'")
