"""Nonsense by raw sockets at the real daemon: openings, first TLS records, client certificates. It goes on serving.

The bytes are hypothesis's, the same in every run; what they do inside of the process is the matter of
tests/properties/test_hostile_bytes.py.
"""

import contextlib
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.kit.bridge import BridgeProcess
from tests.kit.hostile import handshakes, hellos, streams
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.neighbour import Neighbour
from tests.kit.raw_peer import Door, RawPeer, root_of

HOUSE = House((charger("CALM", connector(Outlet(1))), charger("CERT", connector(Outlet(2)), security_profile=3)))
Example = TypeVar("Example")


def collect(strategy: st.SearchStrategy[Example], count: int) -> list[Example]:
    """That many examples, the same in every run."""
    found: list[Example] = []

    @settings(
        max_examples=count, database=None, derandomize=True, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(strategy)
    def note(example: Example) -> None:
        found.append(example)

    note()
    return found


@pytest.fixture
def unshaken(bridge: BridgeProcess) -> Iterator[None]:
    """After all of it the neighbour has been answered all the while, and nothing was raised."""
    with Neighbour(bridge.ocpp_port, "CALM") as calm:
        yield
    print(f"the neighbour waited {calm.worst_s * 1e3:.0f} ms at most")
    assert calm.worst_s < 1
    assert bridge.pid
    assert "Traceback" not in bridge.log.read_text(errors="replace")


def said(peer: RawPeer, data: bytes) -> bytes:
    """What the bridge answers to these bytes and the end of all bytes."""
    answer = b""
    peer.socket.settimeout(5)
    with contextlib.suppress(ConnectionError):
        peer.socket.sendall(data)
        peer.socket.shutdown(1)
        while more := peer.socket.recv(65536):
            answer += more
    return answer


def test_any_opening_gets_an_answer_in_http_or_none(bridge: BridgeProcess, unshaken: None):
    openings = collect(handshakes(), 400)
    answers = []
    for opening in openings:
        with RawPeer(Door(bridge.ocpp_port)) as peer:
            answers.append(said(peer, opening))
    assert all(answer == b"" or answer.startswith(b"HTTP/1.1 ") for answer in answers)
    statuses = {answer[9:12] for answer in answers if answer}
    assert statuses >= {b"101", b"400"}


def test_any_frames_behind_a_good_opening(bridge: BridgeProcess, unshaken: None):
    for data in collect(streams(), 200):
        with RawPeer(Door(bridge.ocpp_port)) as peer:
            assert peer.upgrade("WILD") == 101
            said(peer, data)


def test_any_first_record_of_tls_is_answered_by_tls_or_nothing(bridge: BridgeProcess, unshaken: None):
    for data in collect(hellos(), 300):
        with RawPeer(Door(bridge.ocpp_port)) as peer:
            answer = said(peer, data)
            assert answer[:1] in {b"", b"\x15", b"\x16"}, data


class Forge:
    """Client certificates signed by the bridge's own root, whose key this test takes from the state directory."""

    def __init__(self, bridge: BridgeProcess, folder: Path) -> None:
        both = (bridge.state / "certs" / "ca.pem").read_bytes()
        key = serialization.load_pem_private_key(both, None)
        assert isinstance(key, rsa.RSAPrivateKey)
        self.root, self.root_key, self.folder = x509.load_pem_x509_certificate(both), key, folder
        self.key = ec.generate_private_key(ec.SECP256R1())

    def context(
        self,
        bridge: BridgeProcess,
        names: list[str],
        change: Callable[[x509.CertificateBuilder], x509.CertificateBuilder],
    ) -> ssl.SSLContext:
        """A client that shows a certificate with these common names, changed so."""
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name, _validate=False) for name in names])
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.root.subject)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=2))
            .not_valid_after(now + timedelta(days=2))
        )
        made = change(builder).sign(self.root_key, hashes.SHA256())
        file = self.folder / "shown.pem"
        file.write_bytes(
            self.key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + made.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.create_default_context(cadata=root_of(bridge.ocpp_port))
        context.load_cert_chain(file)
        return context


def as_it_is(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    return builder


def outdated(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    builder._not_valid_before, builder._not_valid_after = datetime(2020, 1, 1), datetime(2021, 1, 1)  # noqa: DTZ001
    return builder


def for_servers(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    return builder.add_extension(x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)


def of_many_hosts(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    hosts = [x509.DNSName(f"CERT.{number}.test") for number in range(1500)]
    return builder.add_extension(x509.SubjectAlternativeName(hosts), critical=False)


def of_an_unknown_kind(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    odd = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4.5"), b"\x00" * 500)
    return builder.add_extension(odd, critical=True)


@pytest.mark.parametrize(
    ("names", "change"),
    [
        ([], as_it_is),
        (["OTHER"], as_it_is),
        (["CERT", "OTHER"], as_it_is),
        (["OTHER", "CERT"], as_it_is),
        (["CERT\x00.evil.test"], as_it_is),
        (["CERT "], as_it_is),
        (["C\N{LATIN CAPITAL LETTER E WITH ACUTE}RT" * 12], as_it_is),
        (["x" * 64], as_it_is),
        (["CERT"] * 40, as_it_is),
        (["CERT"], outdated),
        (["CERT"], for_servers),
        (["CERT"], of_an_unknown_kind),
        (["OTHER"], of_many_hosts),
    ],
)
def test_a_client_certificate_with_odd_fields_opens_nothing(
    bridge: BridgeProcess,
    unshaken: None,
    tmp_path: Path,
    names: list[str],
    change: Callable[[x509.CertificateBuilder], x509.CertificateBuilder],
):
    forge = Forge(bridge, tmp_path)
    try:
        with RawPeer(Door(bridge.ocpp_port, forge.context(bridge, names, change))) as peer:
            assert peer.upgrade("CERT") in {0, 403}
    except ssl.SSLError:
        pass


def test_the_right_client_certificate_opens(bridge: BridgeProcess, unshaken: None, tmp_path: Path):
    with RawPeer(Door(bridge.ocpp_port, Forge(bridge, tmp_path).context(bridge, ["CERT"], as_it_is))) as peer:
        assert peer.upgrade("CERT") == 101
