"""Encrypted connections in memory: who is served, who is told what, and what nobody can make grow (rows C19 to C21)."""

import ssl
from pathlib import Path

import pytest

from knx_ocpp_bridge.config.models import Ocpp
from knx_ocpp_bridge.core.events import Event, LinkClosed, LinkOpened, StatusNotified
from knx_ocpp_bridge.core.step import EmptyAnswer, Payload
from tests.kit.certificates import Authority
from tests.kit.dialler import Dialler, Office, bare_connection, deliver
from tests.kit.tls_dialler import TlsDialler, client_context, server_context

TLS12, TLS13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
STATUS = '[2,"1","StatusNotification",{"connectorId":1,"errorCode":"NoError","status":"Available"}]'
OURS, FOREIGN = Authority("Our CA"), Authority("Their CA")
GET = b"GET %s HTTP/1.1\r\nHost: pi:8016\r\n\r\n"


def acknowledge(event: Event) -> Payload | None:
    return EmptyAnswer() if isinstance(event, StatusNotified) else None


def office(folder: Path, mode: str = "both", clients: bytes | None = None, **more) -> Office:
    context = server_context(folder, OURS.server("rsa"), OURS.server("ec"), clients=clients, **more)
    return Office(settings=Ocpp(tls=mode), answers=acknowledge, tls=context, root=OURS.pem)


def connected(office: Office, *versions: ssl.TLSVersion, shown: Path | None = None) -> TlsDialler:
    charger = TlsDialler(office.system, client_context(OURS.pem, versions=versions or (TLS12, TLS13), shown=shown))
    assert charger.shake()
    return charger


@pytest.mark.parametrize("version", [TLS12, TLS13])
@pytest.mark.parametrize("mode", ["on", "both"])
def test_a_charger_is_served_by_wss(tmp_path: Path, mode: str, version: ssl.TLSVersion):
    building = office(tmp_path, mode)
    charger = connected(building, version)
    assert charger.dial() == 101
    charger.say(STATUS)
    assert charger.texts() == ['[3,"1",{}]']
    (opened, _) = building.told()
    assert isinstance(opened, LinkOpened)
    assert (opened.peer, opened.proof.tls, opened.proof.certificate) == ("10.0.0.2", True, None)
    assert building.failures() == []


def test_both_are_served_on_one_port(tmp_path: Path):
    building = office(tmp_path)
    assert connected(building).dial("/A") == 101
    plain = Dialler(building.system, "/B")
    assert plain.status == 101
    assert [event.proof.tls for event in building.told() if isinstance(event, LinkOpened)] == [True, False]


@pytest.mark.parametrize("chunk", [1, 7, 1000])
@pytest.mark.parametrize("version", [TLS12, TLS13])
def test_encrypted_bytes_may_come_in_any_pieces(tmp_path: Path, version: ssl.TLSVersion, chunk: int):
    charger = TlsDialler(office(tmp_path).system, client_context(OURS.pem, versions=[version]))
    charger.chunk = chunk
    assert charger.shake()
    assert charger.dial() == 101
    charger.say(STATUS, STATUS.replace('"status"', " " * 3000 + '"status"'))
    assert charger.texts() == ['[3,"1",{}]'] * 2


def test_large_messages_come_through_in_both_directions(tmp_path: Path):
    building = office(tmp_path)
    charger = connected(building)
    assert charger.dial() == 101
    charger.say(STATUS.replace('"status"', " " * 300_000 + '"status"'))
    assert charger.texts() == ['[3,"1",{}]']
    charger.connection.send(b"x" * 100_000)
    assert [len(text) for text in charger.texts()] == [100_000]


def test_a_message_is_answered_by_one_write(tmp_path: Path):
    charger = connected(office(tmp_path))
    charger.dial()
    writes = charger.transport.writes
    charger.say(STATUS)
    assert charger.transport.writes == writes + 1


def test_a_charger_that_says_goodbye_is_gone(tmp_path: Path):
    building = office(tmp_path)
    charger = connected(building)
    charger.dial()
    charger._try(charger.tls.unwrap)
    assert charger.transport.closed
    charger.transport.protocol.connection_lost(None)  # type: ignore[attr-defined]  # every protocol has it
    (closed,) = [event for event in building.told() if isinstance(event, LinkClosed)]
    assert "without a Close frame" in closed.reason
    assert building.failures() == []


def test_a_refused_charger_reads_why_and_hears_the_end_of_the_encryption(tmp_path: Path):
    building = office(tmp_path)
    charger = connected(building)
    assert charger.dial(offered="ocpp2.0.1") == 400
    assert charger.transport.closed
    charger.read()
    assert charger.tls.read(10) == b"", "close_notify, so that nobody takes the answer for cut off"
    assert building.failures()[0][0] == "protocol_version"


def test_where_tls_is_off_an_encrypted_charger_is_told_to_write_ws(tmp_path: Path):
    building = office(tmp_path, "off")
    charger = TlsDialler(building.system, client_context(OURS.pem))
    charger.shake()
    assert charger.transport.aborted
    assert building.failures() == [
        ("tls", "it speaks TLS, which is off here: its URL must begin with ws://, not wss://")
    ]


def test_without_a_certificate_tls_is_off_whatever_is_set():
    building = Office(settings=Ocpp(tls="both"))
    charger = TlsDialler(building.system, client_context(OURS.pem))
    charger.shake()
    assert charger.transport.aborted
    assert Dialler(building.system).status == 101


def test_where_only_wss_is_spoken_a_plain_charger_reads_which_url_to_type(tmp_path: Path):
    building = office(tmp_path, "on")
    charger = Dialler(building.system)
    assert charger.status == 426
    assert charger.response is not None
    assert b"speaks wss only; type wss://bridge:8016/" in charger.response.body
    assert [kind for kind, _ in building.failures()] == ["tls"]


def test_the_root_certificate_can_be_downloaded_without_a_login_plainly_and_encrypted(tmp_path: Path):
    building = office(tmp_path, "on")
    building.admits = lambda _attempt: pytest.fail("a download is nobody's login")
    connection, transport = bare_connection(building.system)
    deliver(connection, GET % b"/OCPP-CA.pem")
    head, _, body = bytes(transport.written).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert b"application/x-pem-file" in head
    assert b'attachment; filename="OCPP-CA.pem"' in head
    assert body == OURS.pem
    head, _, body = connected(building).ask(GET % b"/OCPP-CA.crt").partition(b"\r\n\r\n")
    assert b"application/x-x509-ca-cert" in head
    assert f"Content-Length: {len(body)}".encode() in head
    assert body == ssl.PEM_cert_to_DER_cert(OURS.pem.decode())


def test_a_browser_is_answered_by_https_too(tmp_path: Path):
    assert b"wss://pi:8016/<identity>" in connected(office(tmp_path)).ask(GET % b"/")


# What goes wrong


def only_failure(building: Office) -> dict[str, str | int]:
    (row,) = building.system.failures.rows()
    assert row["kind"] == "tls"
    assert row["remedy"]
    return row


@pytest.mark.parametrize("version", [TLS12, TLS13])
def test_c21_a_charger_that_does_not_know_our_root_is_told_of_in_words(tmp_path: Path, version: ssl.TLSVersion):
    building = office(tmp_path)
    charger = TlsDialler(building.system, client_context(FOREIGN.pem, versions=[version]))
    assert not charger.shake()
    row = only_failure(building)
    assert row["reason"] == "the charger does not know our root certificate"
    assert "OCPP-CA.pem" in str(row["remedy"])
    assert charger.transport.closed


def test_c21_a_charger_that_goes_on_although_it_does_not_trust_us_counts_once(tmp_path: Path):
    building = office(tmp_path)
    for _ in range(5):
        TlsDialler(building.system, client_context(FOREIGN.pem)).shake()
    assert only_failure(building)["times"] == 5


def test_c21_a_charger_whose_clock_is_wrong_is_told_of_in_words(tmp_path: Path):
    building = office(tmp_path)
    building.tls.load_cert_chain(OURS.server("ec", days=-1).save(tmp_path / "old.pem"))  # type: ignore[union-attr]
    charger = TlsDialler(
        building.system, client_context(OURS.pem, ciphers="ECDHE-ECDSA-AES128-GCM-SHA256", versions=[TLS12])
    )
    assert not charger.shake()
    row = only_failure(building)
    assert "out of date: its clock is wrong" in str(row["reason"])
    assert "clock" in str(row["remedy"])


def test_c21_no_server_name_is_needed(tmp_path: Path):
    charger = TlsDialler(office(tmp_path).system, client_context(OURS.pem), host=None)
    assert charger.shake()
    assert charger.dial() == 101


def test_c21_a_charger_that_leaves_during_the_handshake_without_a_word_is_told_of(tmp_path: Path):
    building = office(tmp_path)
    charger = TlsDialler(building.system, client_context(OURS.pem))
    charger._try(charger.tls.do_handshake)
    charger.transport.protocol.eof_received()  # type: ignore[attr-defined]
    charger.transport.protocol.connection_lost(None)  # type: ignore[attr-defined]
    assert "during the TLS handshake" in str(only_failure(building)["reason"])


def test_c21_a_charger_that_leaves_when_it_has_seen_our_certificate_is_told_of(tmp_path: Path):
    building = office(tmp_path)
    charger = connected(building)
    charger.transport.protocol.connection_lost(None)  # type: ignore[attr-defined]
    row = only_failure(building)
    assert "closed it before it asked for anything" in str(row["reason"])
    assert "OCPP-CA.pem" in str(row["remedy"])


def test_c19_an_old_version_of_tls_is_refused_in_words(tmp_path: Path):
    building = office(tmp_path)
    connection, transport = bare_connection(building.system)
    hello = bytes.fromhex("0301") + bytes(32) + b"\0" + bytes.fromhex("0004002f0035") + bytes.fromhex("0100")
    message = b"\x01" + len(hello).to_bytes(3, "big") + hello
    deliver(connection, b"\x16\x03\x01" + len(message).to_bytes(2, "big") + message)
    row = only_failure(building)
    assert row["reason"] == "the charger speaks a version of TLS older than 1.2"
    assert row["offered"] == "TLS 1.0; suites 002f 0035"
    assert bytes(transport.written[-2:]) == bytes((2, 70)), "a fatal alert: protocol_version"


def test_c20_a_charger_with_other_ciphers_only_is_told_of_with_the_setting(tmp_path: Path):
    building = office(tmp_path)
    charger = TlsDialler(building.system, client_context(OURS.pem, ciphers="AES128-GCM-SHA256", versions=[TLS12]))
    assert not charger.shake()
    row = only_failure(building)
    assert "tls_compat: true" in str(row["remedy"])
    assert "009c" in str(row["offered"])


@pytest.mark.parametrize(
    "cipher",
    [
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "AES128-GCM-SHA256",
        "AES256-GCM-SHA384",
    ],
)
def test_c20_both_cipher_sets_of_the_white_paper_connect(tmp_path: Path, cipher: str):
    building = office(tmp_path, compat=True)
    charger = TlsDialler(building.system, client_context(OURS.pem, ciphers=cipher, versions=[TLS12]))
    assert charger.shake()
    assert charger.dial() == 101


@pytest.mark.parametrize("version", [TLS12, TLS13])
def test_the_name_in_a_certificate_of_ours_is_the_proof_of_profile_3(tmp_path: Path, version: ssl.TLSVersion):
    building = office(tmp_path, clients=OURS.pem)
    shown = OURS.client("CP1").save(tmp_path / "client.pem")
    assert connected(building, version, shown=shown).dial() == 101
    assert building.attempts[0].proof.certificate == "CP1"
    assert connected(building, version).dial("/CP2") == 101
    assert building.attempts[1].proof.certificate is None


@pytest.mark.parametrize("version", [TLS12, TLS13])
def test_a_certificate_of_somebody_else_is_refused_in_words(tmp_path: Path, version: ssl.TLSVersion):
    building = office(tmp_path, clients=OURS.pem)
    shown = FOREIGN.client("CP1").save(tmp_path / "client.pem")
    charger = TlsDialler(building.system, client_context(OURS.pem, versions=[version], shown=shown))
    charger.shake()
    charger.read()
    assert charger.error is not None
    assert "not of our CA" in str(only_failure(building)["reason"])
    assert building.attempts == []


def test_a_charger_that_turns_to_nonsense_is_dropped_and_told_of(tmp_path: Path):
    building = office(tmp_path)
    charger = connected(building)
    charger.dial("/CP1")
    charger.transport.deliver(b"\x17\x03\x03\x00\x20" + bytes(32))
    row = only_failure(building)
    assert row["path"] == "CP1"
    assert charger.transport.closed


# What nobody can make grow


def test_a_charger_that_sends_a_byte_a_second_has_10_seconds_for_its_handshake(tmp_path: Path):
    building = office(tmp_path)
    charger = TlsDialler(building.system, client_context(OURS.pem))
    charger._try(lambda: None)
    hello = bytes.fromhex("1603010200010001fc0303") + bytes(200)
    for position in range(12):
        if not charger.transport.aborted:
            charger.transport.deliver(hello[position : position + 1])
        building.pass_time(1)
    assert charger.transport.aborted
    assert [kind for kind, _ in building.failures()] == ["timeout"]


def test_tls_inside_of_tls_is_no_request(tmp_path: Path):
    building = office(tmp_path)
    assert b"HTTP/1.1 400" in connected(building).ask(b"\x16\x03\x01\x00\x05hello\r\n\r\n")
    assert [kind for kind, _ in building.failures()] == ["malformed"]


def test_a_peer_that_does_not_read_is_dropped(tmp_path: Path):
    building = office(tmp_path)
    charger = connected(building)
    charger.dial()
    charger.transport.protocol.pause_writing()
    building.timers.advance(0)
    assert charger.transport.aborted


def test_reading_stops_for_a_charger_that_asks_too_much(tmp_path: Path):
    building = office(tmp_path)
    building.answers = lambda _event: None
    charger = connected(building)
    charger.dial()
    charger.say(*[f'[2,"{n}","StatusNotification",{{}}]' for n in range(32)])
    assert not charger.transport.reading


def test_oversized_messages_are_refused_although_they_are_encrypted(tmp_path: Path):
    building = office(tmp_path)
    charger = connected(building)
    charger.dial()
    charger.ask(b"\x81\xff" + (1 << 40).to_bytes(8, "big") + b"abcd")
    assert building.failures() == [("frame_too_large", "it sends a message longer than 1048576 bytes")]


def test_nothing_is_written_after_the_end(tmp_path: Path):
    charger = connected(office(tmp_path))
    charger.dial()
    charger.connection.close()
    for _ in range(4):
        charger.connection.sweep(10_000.0, 180.0, 30.0)
    written = len(charger.transport.written)
    charger.connection.send(b"x")
    assert len(charger.transport.written) == written
