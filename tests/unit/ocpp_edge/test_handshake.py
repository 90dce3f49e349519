"""Who is let in (catalogue rows C1, C2, C5 to C10, C12)."""

import base64

import pytest

from knx_ocpp_bridge.ocpp.failures import Kind
from knx_ocpp_bridge.ocpp.handshake import Download, Head, Manner, Refusal, Visit, Welcome, judge

BOTH = Manner(("wss", "ws"), root=True)
WSS_ONLY = Manner(("wss",), root=True)
KEY = base64.b64encode(bytes(16)).decode()


def head(path: str = "/CP1", *offered: str, **headers) -> Head:
    proper = {"host": "pi:8016", "upgrade": ["websocket"], "connection": ["Upgrade"], "key": [KEY], "version": ["13"]}
    return Head(path, offered=list(offered), **(proper | headers))


def verdict(path: str = "/CP1", *offered: str, manner: Manner = BOTH, **headers):
    return judge(head(path, *offered, **headers), manner)


def visit(path: str = "/", manner: Manner = BOTH, **headers):
    return judge(Head(path, **headers), manner)


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
    assert "percent-encoding" in welcome.warnings[0]


def test_c12_blanks_round_the_identity_are_not_part_of_it():
    assert verdict("/%20CP1%20") == Welcome("CP1", None)


UNSEEN = ["/C%00P", "/C%0AP", "/C%E2%80%8BP", "/C%E2%80%AEP", "/C%E2%80%A8P", "/%EF%BB%BFC"]


@pytest.mark.parametrize("path", ["/C%3DP", "/C%2FP", "/C(P", "/C)P", "/C%3CP", "/C>P", "/a=b", *UNSEEN])
def test_c12_characters_that_no_identity_holds_are_refused(path: str):
    refusal = verdict(path)
    assert isinstance(refusal, Refusal)
    assert refusal.status == 400
    assert "character" in refusal.reason


@pytest.mark.parametrize("path", ["/", "", "//", "/?id=CP1", "/%20"])
def test_c10_a_url_that_names_no_charge_point_is_passed_on_with_the_remedy(path: str):
    welcome = verdict(path)
    assert isinstance(welcome, Welcome)
    assert welcome.identity == ""
    assert "end it with the charge point's identity" in welcome.warnings[0]


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


def test_c6_a_connection_header_that_is_wrong_or_missing_is_forgiven_and_told():
    for connection in ([], ["keep-alive"], ["close"]):
        welcome = verdict(connection=connection)
        assert isinstance(welcome, Welcome)
        assert "Connection: " in welcome.warnings[0]
    assert verdict(connection=["keep-alive, Upgrade"]) == Welcome("CP1", None)


def test_c6_an_upgrade_header_that_offers_more_is_forgiven_and_told():
    welcome = verdict(upgrade=["h2c, WebSocket"])
    assert isinstance(welcome, Welcome)
    assert "Upgrade: h2c" in welcome.warnings[0]
    assert verdict(upgrade=["WebSocket"]) == Welcome("CP1", None)


@pytest.mark.parametrize(
    ("headers", "status", "words"),
    [
        ({"protocol": "HTTP/1.0"}, 505, "HTTP/1.0"),
        ({"key": []}, 400, "no Sec-WebSocket-Key"),
        ({"key": [KEY, KEY]}, 400, "more than one Sec-WebSocket-Key"),
        ({"key": [KEY.rstrip("=")]}, 400, "not 16 bytes"),
        ({"key": [base64.b64encode(bytes(8)).decode()]}, 400, "not 16 bytes"),
        ({"key": ["h\u00e9llo"]}, 400, "not 16 bytes"),
        ({"version": []}, 400, "is not 13 (none)"),
        ({"version": ["8"]}, 400, "is not 13 (8)"),
        ({"version": ["13", "13"]}, 400, "is not 13"),
        ({"upgrade": []}, 400, "lacks the header Upgrade"),
    ],
)
def test_c7_a_handshake_that_lacks_something_is_told_what(headers: dict[str, object], status: int, words: str):
    refusal = verdict(**headers)
    assert isinstance(refusal, Refusal)
    assert (refusal.status, refusal.kind) == (status, Kind.MALFORMED)
    assert words in refusal.reason
    assert refusal.remedy


def test_where_only_wss_is_spoken_a_plain_charger_is_told_which_url_to_type():
    refusal = verdict(manner=WSS_ONLY, host="192.168.1.10:8016")
    assert isinstance(refusal, Refusal)
    assert refusal.status == 426
    assert "speaks wss only; type wss://192.168.1.10:8016/" in refusal.reason
    assert verdict(manner=WSS_ONLY, tls=True) == Welcome("CP1", None)


@pytest.mark.parametrize(
    ("manner", "there", "missing"),
    [
        (Manner(), "ws://192.168.1.10:8016/<identity>", "wss://"),
        (WSS_ONLY, "wss://192.168.1.10:8016/<identity>", "  ws://"),
        (BOTH, "wss://192.168.1.10:8016/<identity>\n  ws://192.168.1.10:8016/<identity>", "sign in"),
    ],
)
def test_a_browser_is_told_what_is_here_and_which_url_to_type(manner: Manner, there: str, missing: str):
    greeting = visit(host="192.168.1.10:8016", manner=manner)
    assert isinstance(greeting, Visit)
    assert "OCPP 1.6" in greeting.text
    assert there in greeting.text
    assert missing not in greeting.text
    assert ("OCPP-CA.pem" in greeting.text) == manner.root


def test_a_host_header_that_is_none_is_not_repeated():
    greeting = visit(host="<script>")
    assert isinstance(greeting, Visit)
    assert "script" not in greeting.text


@pytest.mark.parametrize("name", ["OCPP-CA.pem", "OCPP-CA.crt", "OCPP-CA.der"])
def test_the_root_certificate_is_there_for_everybody_by_http_and_by_https(name: str):
    assert visit(f"/{name}") == Download(name)
    assert visit(f"/{name.lower()}?x=1", tls=True) == Download(name)
    assert visit(f"/{name}", manner=WSS_ONLY) == Download(name)


def test_without_a_certificate_there_is_none_to_download():
    assert isinstance(visit("/OCPP-CA.pem", manner=Manner()), Visit)
