"""Encryption against clients that share nothing with us: OpenSSL's own, Node's, and Python's strict one.

Needs `openssl`, and `npm ci --prefix tests/e2e/npm` once. Rows C16, C20, C21.
"""

import asyncio
import base64
import contextlib
import json
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.frames import Frame, Opcode
from websockets.typing import Subprotocol

from knx_ocpp_bridge.config.models import HostPort, Ocpp
from knx_ocpp_bridge.core import admission
from knx_ocpp_bridge.core.events import Event, Heartbeat, LinkClosed
from knx_ocpp_bridge.core.security import NOTHING_AGREED, SecurityProfile
from knx_ocpp_bridge.core.settings import ChargerSettings
from knx_ocpp_bridge.core.step import Answer, HeartbeatAnswer
from knx_ocpp_bridge.core.values import ChargerId, TransactionId
from knx_ocpp_bridge.ocpp.handshake import Attempt, Refusal
from knx_ocpp_bridge.ocpp.server import CentralSystem
from knx_ocpp_bridge.pki.keeper import Keeper
from knx_ocpp_bridge.pki.names import Names
from tests.kit.certificates import Authority, Signed
from tests.kit.tls_dialler import server_context
from tests.kit.until import until

LOOPBACK = "127.0.0.1"
NODE = Path(__file__).parent / "npm"
RAW = bytes(range(0xEC, 0x100))
CP1 = ChargerId("CP1")
HEARTBEAT = Frame(Opcode.TEXT, b'[2,"1","Heartbeat",{}]').serialize(mask=True)
REQUEST = (
    b"GET /ocpp/CP1 HTTP/1.1\r\nHost: bridge\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    b"Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n"
)


@dataclass
class Building:
    """A Central System on loopback that answers heartbeats; `settings` say what CP1 has to show."""

    context: ssl.SSLContext
    root: Callable[[], bytes]
    settings: ChargerSettings = field(default_factory=lambda: ChargerSettings(CP1))
    attempts: list[Attempt] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator["Building"]:
        listen = Ocpp(listen=HostPort(LOOPBACK, 0))
        number = TransactionId(1)
        self.system = CentralSystem(listen, self._admit, self._post, lambda: number, tls=self.context, root=self.root)
        running = asyncio.create_task(self.system.run())
        await asyncio.wait_for(self.system.listening.wait(), 5)
        try:
            yield self
        finally:
            running.cancel()
            await asyncio.wait([running])

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.system.port}"

    async def failure(self) -> str:
        """The one failure in the book, as soon as it is there."""
        await until(lambda: bool(self.system.failures.rows()), 5, "a failure is in the book")
        (row,) = self.system.failures.rows()
        return f"{row['kind']}: {row['reason']}; {row['remedy']}"

    def _admit(self, attempt: Attempt) -> ChargerId | Refusal:
        self.attempts.append(attempt)
        denied = admission.judge(self.settings, NOTHING_AGREED, attempt.proof)
        if denied is None:
            return CP1
        return Refusal(denied.reason, 401 if denied.unauthorized else 403, denied.remedy)

    def _post(self, charger: ChargerId, event: Event) -> None:
        if isinstance(event, Heartbeat):
            self.system.answer(charger, Answer(event.link, event.request, HeartbeatAnswer(datetime.now(UTC))))
        elif isinstance(event, LinkClosed):
            self.closed.append(event.reason)


class Certificates:
    """The bridge's own keeper, whose machine can be given further names."""

    def __init__(self, folder: Path) -> None:
        self.hosts = ["localhost"]
        self.keeper = Keeper(folder / "certs", lambda: Names((LOOPBACK,), tuple(self.hosts)), lambda: datetime.now(UTC))
        self.keeper.open()
        self.root = folder / "root.pem"
        self.root.write_bytes(self.keeper.root_pem())

    def building(self, *, compat: bool = False, clients: bool = False, **settings) -> Building:
        context = self.keeper.context(compat=compat, clients=clients)
        return Building(context, self.keeper.root_pem, ChargerSettings(CP1, **settings))


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("pki"))


@contextlib.asynccontextmanager
async def s_client(building: Building, root: Path, *options: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """OpenSSL's client, which verifies the certificate by `root` and carries what is said through the encryption."""
    process = await asyncio.create_subprocess_exec(
        *("openssl", "s_client", "-quiet", "-connect", building.address, "-CAfile", str(root)),
        *("-verify_return_error", "-verify_ip", LOOPBACK, *options),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def said(process: asyncio.subprocess.Process, words: bytes) -> bytes:
    """What the process has received, as soon as `words` are among it, or all until its end."""
    heard = b""
    async with asyncio.timeout(10):
        while words not in heard:
            more = await process.stdout.read(4096)
            if not more:
                break
            heard += more
    return heard


async def talks(process: asyncio.subprocess.Process) -> bool:
    """True if it became a charger that is answered."""
    process.stdin.write(REQUEST + HEARTBEAT)
    heard = await said(process, b'[3,"1"')
    return heard.startswith(b"HTTP/1.1 101") and b'[3,"1",{"currentTime"' in heard


async def node(plan: dict[str, object]) -> dict[str, object]:
    assert (NODE / "node_modules" / "ws").exists(), "ws is not installed: npm ci --prefix tests/e2e/npm"
    process = await asyncio.create_subprocess_exec(
        "node", str(NODE / "dial.mjs"), json.dumps(plan), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await asyncio.wait_for(process.communicate(), 20)
    return json.loads(out)


def basic(user: bytes, password: bytes) -> dict[str, str]:
    return {"user": base64.b64encode(user).decode(), "password": base64.b64encode(password).decode()}


EVERY_WAY = [
    ("-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"),
    ("-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"),
    ("-tls1_3", "-sigalgs", "rsa_pss_rsae_sha256"),
    ("-tls1_3", "-sigalgs", "ecdsa_secp256r1_sha256"),
]


@pytest.mark.parametrize("way", EVERY_WAY, ids=[" ".join(way) for way in EVERY_WAY])
async def test_openssl_is_served_with_both_kinds_of_key_in_both_versions(certificates: Certificates, way: tuple[str]):
    async with certificates.building().open() as building, s_client(building, certificates.root, *way) as client:
        assert await talks(client)
    assert building.attempts[0].proof.tls


@pytest.mark.parametrize(
    "cipher",
    [
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "AES128-GCM-SHA256",
        "AES256-GCM-SHA384",
    ],
)
async def test_c20_both_cipher_sets_of_tc_086_connect(certificates: Certificates, cipher: str):
    way = ("-tls1_2", "-cipher", cipher)
    building = certificates.building(compat=True)
    async with building.open(), s_client(building, certificates.root, *way) as client:
        assert await talks(client)


async def test_c20_static_rsa_without_tls_compat_is_refused_with_the_setting(certificates: Certificates):
    way = ("-tls1_2", "-cipher", "AES128-GCM-SHA256")
    async with certificates.building().open() as building, s_client(building, certificates.root, *way) as client:
        assert not await talks(client)
        assert "tls_compat: true" in await building.failure()


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
async def test_c21_a_client_that_does_not_know_our_root_is_told_of(
    certificates: Certificates, tmp_path: Path, version: str
):
    other = tmp_path / "other.pem"
    other.write_bytes(Authority("Somebody else").pem)
    async with certificates.building().open() as building, s_client(building, other, version):
        failure = await building.failure()
    assert failure.startswith("tls: the charger does not know our root certificate; install OCPP-CA.pem")


async def test_c21_a_certificate_that_is_out_of_date_is_told_of(tmp_path: Path):
    ours = Authority()
    root = tmp_path / "root.pem"
    root.write_bytes(ours.pem)
    building = Building(server_context(tmp_path, ours.server("ec", days=-1)), lambda: ours.pem)
    async with building.open(), s_client(building, root):
        failure = await building.failure()
    assert failure.startswith("tls: for the charger our certificate is out of date")
    assert "clock" in failure


async def test_a_certificate_is_renewed_while_a_session_goes_on(tmp_path: Path):
    own = Certificates(tmp_path)
    async with own.building().open() as building, s_client(building, own.root) as old:
        assert await talks(old)
        own.hosts.append("garage.example")
        assert own.keeper.renew_if_due()
        named = ("-verify_hostname", "garage.example")
        async with s_client(building, own.root, *named) as new:
            new.stdin.write(b"GET /OCPP-CA.pem HTTP/1.1\r\nHost: bridge\r\n\r\n")
            assert own.keeper.root_pem() in await said(new, b"END CERTIFICATE-----\n")
        old.stdin.write(HEARTBEAT)
        assert b"currentTime" in await said(old, b"currentTime")
        assert building.closed == []


async def test_strict_python_accepts_the_certificates(certificates: Certificates):
    strict = ssl.create_default_context(cafile=certificates.root)
    strict.verify_flags |= ssl.VERIFY_X509_STRICT
    async with certificates.building().open() as building:
        dial = connect(f"wss://{building.address}/CP1", ssl=strict, subprotocols=[Subprotocol("ocpp1.6")], proxy=None)
        async with dial as charger:
            await charger.send('[2,"1","Heartbeat",{}]')
            assert json.loads(await asyncio.wait_for(charger.recv(), 5))[:2] == [3, "1"]
            assert charger.transport.get_extra_info("cipher")[1] == "TLSv1.3"


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
async def test_node_is_served(certificates: Certificates, version: str):
    options = {"minVersion": version, "maxVersion": version}
    async with certificates.building().open() as building:
        plan = {"url": f"wss://{building.address}/CP1", "ca": str(certificates.root), "options": options}
        result = await node(plan)
    assert result["status"] == 101
    assert building.system.failures.rows() == []


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
async def test_node_that_does_not_know_our_root_is_told_of(certificates: Certificates, tmp_path: Path, version: str):
    other = tmp_path / "other.pem"
    other.write_bytes(Authority("Somebody else").pem)
    options = {"minVersion": version, "maxVersion": version}
    async with certificates.building().open() as building:
        plan = {"url": f"wss://{building.address}/CP1", "ca": str(other), "options": options}
        result = await node(plan)
        failure = await building.failure()
    assert result["status"] == 0
    assert "OCPP-CA.pem" in failure


@pytest.mark.parametrize("password", [b"a:b::c", RAW, RAW.hex().encode()], ids=["colons", "raw bytes", "hex"])
async def test_c16_passwords_with_colons_and_raw_bytes_open_the_door(certificates: Certificates, password: bytes):
    written = "a:b::c" if b":" in password else RAW.hex()
    building = certificates.building(security_profile=SecurityProfile.TLS_BASIC, password=written)
    async with building.open():
        plan = {"url": f"wss://{building.address}/CP1", "ca": str(certificates.root)}
        right = await node(plan | basic(b"CP1", password))
        wrong = await node(plan | basic(b"CP1", password + b"x"))
        plain = await node({"url": f"ws://{building.address}/CP1"} | basic(b"CP1", password))
    assert right["status"] == 101
    assert (wrong["status"], wrong["login"]) == (401, 'Basic realm="OCPP"')
    assert plain["status"] == 403
    kinds = [row["kind"] for row in building.system.failures.rows()]
    assert kinds == ["unauthorized", "refused"]


async def test_profile_3_lets_in_the_certificate_that_we_signed_for_this_charger(
    certificates: Certificates, tmp_path: Path
):
    building = certificates.building(clients=True, security_profile=SecurityProfile.TLS_CLIENT)
    ours = keeper_signed(certificates.keeper, "CP1", tmp_path / "cp1")
    other = keeper_signed(certificates.keeper, "CP2", tmp_path / "cp2")
    async with building.open():
        plan = {"url": f"wss://{building.address}/CP1", "ca": str(certificates.root)}
        assert (await node(plan | ours))["status"] == 101
        refused = await node(plan | other)
        none = await node(plan)
        async with s_client(building, certificates.root, "-cert", ours["cert"], "-key", ours["key"]) as client:
            assert await talks(client)
    assert (refused["status"], none["status"]) == (403, 403)
    assert "not for 'CP1'" in str(refused["body"])
    assert "shows no client certificate" in str(none["body"])
    assert [attempt.proof.certificate for attempt in building.attempts] == ["CP1", "CP2", None, "CP1"]


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
async def test_profile_3_refuses_a_foreign_certificate(certificates: Certificates, tmp_path: Path, version: str):
    building = certificates.building(clients=True, security_profile=SecurityProfile.TLS_CLIENT)
    foreign = files(Authority("Somebody else").client("CP1"), tmp_path / "foreign")
    show = ("-cert", foreign["cert"], "-key", foreign["key"])
    async with building.open(), s_client(building, certificates.root, version, *show):
        failure = await building.failure()
    assert failure.startswith("tls: the charger shows a client certificate that is not of our CA")
    assert building.attempts == []


def files(signed: Signed, stem: Path) -> dict[str, str]:
    cert, key = stem.with_suffix(".crt"), stem.with_suffix(".key")
    cert.write_bytes(signed.certificate)
    key.write_bytes(signed.key)
    return {"cert": str(cert), "key": str(key)}


def keeper_signed(keeper: Keeper, charger: str, stem: Path) -> dict[str, str]:
    """A charger's key, and the certificate that the bridge gives for it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, charger)])
    csr = x509.CertificateSigningRequestBuilder().subject_name(name).sign(private, hashes.SHA256())
    pem = keeper.sign(csr.public_bytes(serialization.Encoding.PEM).decode(), charger)
    key = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return files(Signed(pem.encode(), key), stem)
