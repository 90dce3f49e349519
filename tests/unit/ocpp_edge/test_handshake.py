"""Who is let in (catalogue rows C1, C2, C5, C8, C9, C12)."""

import pytest

from knx_ocpp_bridge.ocpp.handshake import Refusal, Visit, Welcome, judge


def verdict(path: str = "/CP1", *offered: str, host: str = "pi:8016", upgrade: str = "websocket"):
    return judge(path, host, [upgrade] if upgrade else [], list(offered))


@pytest.mark.parametrize(
    ("path", "identity"),
    [
        ("/CP1", "CP1"),
        ("/CP1/", "CP1"),
        ("/ocpp/CP1", "CP1"),
        ("/a/b//CP1//", "CP1"),
        ("/ocpp/CP1?token=x", "CP1"),
        ("/ocpp/CP1#part", "CP1"),
        ("/ws/webSocket?=sn", "webSocket"),
        ("/ws://192.168.1.2:9000/CP_1/SERIAL", "SERIAL"),
        ("CP1", "CP1"),
        ("http://pi:8016/ocpp/CP1", "CP1"),
    ],
)
def test_c8_the_identity_is_the_last_part_of_the_path(path: str, identity: str):
    assert verdict(path) == Welcome(identity, None)


@pytest.mark.parametrize(
    ("path", "identity"),
    [("/RDAM%7C123", "RDAM|123"), ("/RDAM%20123", "RDAM 123"), ("/K%C3%B6ln", "Köln"), ("/%2541", "%41")],
)
def test_c9_the_identity_is_percent_decoded_once(path: str, identity: str):
    assert verdict(path) == Welcome(identity, None)


@pytest.mark.parametrize("path", ["/CP%", "/CP%zz", "/CP%FF"])
def test_c9_broken_encoding_is_taken_as_it_stands_and_told(path: str):
    welcome = verdict(path)
    assert isinstance(welcome, Welcome)
    assert welcome.identity == path[1:]
    assert "percent-encoding" in welcome.warning


def test_c12_blanks_round_the_identity_are_not_part_of_it():
    assert verdict("/%20CP1%20") == Welcome("CP1", None)


@pytest.mark.parametrize("path", ["/C%3DP", "/C%2FP", "/C(P", "/C)P", "/C%3CP", "/C>P", "/C%00P", "/C%0AP", "/a=b"])
def test_c12_characters_that_no_identity_holds_are_refused(path: str):
    refusal = verdict(path)
    assert isinstance(refusal, Refusal)
    assert refusal.status == 400
    assert "character" in refusal.reason


@pytest.mark.parametrize("path", ["/", "", "//", "/?id=CP1", "/%20"])
def test_a_url_that_names_no_charge_point_is_refused_with_the_remedy(path: str):
    refusal = verdict(path)
    assert isinstance(refusal, Refusal)
    assert refusal.status == 404
    assert "identity" in refusal.reason


def test_an_identity_has_at_most_255_characters():
    assert isinstance(verdict("/" + "x" * 255), Welcome)
    assert isinstance(verdict("/" + "x" * 256), Refusal)


@pytest.mark.parametrize("offered", [(), ("",), (" , ",), ('""',)])
def test_c1_no_subprotocol_is_version_1_6_and_none_is_sent_back(offered: tuple[str, ...]):
    assert verdict("/CP1", *offered) == Welcome("CP1", None)


@pytest.mark.parametrize(
    "offered",
    [("ocpp2.0.1, ocpp1.6",), ("ocpp1.6, ocpp1.5",), ("ocpp2.0.1", "ocpp1.6"), ("ocpp0.1,ocpp1.6,",)],
)
def test_c2_of_several_subprotocols_ocpp_1_6_is_chosen(offered: tuple[str, ...]):
    assert verdict("/CP1", *offered) == Welcome("CP1", "ocpp1.6")


def test_c2_the_standard_spelling_is_preferred():
    assert verdict("/CP1", "ocpp1.6j, ocpp1.6") == Welcome("CP1", "ocpp1.6")


@pytest.mark.parametrize("offered", ["ocpp2.0.1", "ocpp0.1", "ocpp1.5, ocpp2.0", "mqtt"])
def test_c2_only_other_versions_are_refused_with_400(offered: str):
    refusal = verdict("/CP1", offered)
    assert isinstance(refusal, Refusal)
    assert refusal.status == 400
    assert offered in refusal.reason


@pytest.mark.parametrize("spelling", ["OCPP1.6", "ocpp16", "ocpp1.6j", "OCPP1.6J", '"ocpp1.6"', "Ocpp16J"])
def test_c5_odd_spellings_are_echoed_exactly(spelling: str):
    assert verdict("/CP1", f"  {spelling} ,") == Welcome("CP1", spelling)


def test_a_browser_is_told_what_is_here_and_which_url_to_type():
    visit = verdict("/", host="192.168.1.10:8016", upgrade="")
    assert isinstance(visit, Visit)
    assert "OCPP 1.6" in visit.text
    assert "ws://192.168.1.10:8016/<identity>" in visit.text


def test_a_host_header_that_is_none_is_not_repeated():
    visit = verdict("/", host="<script>", upgrade="")
    assert isinstance(visit, Visit)
    assert "script" not in visit.text
