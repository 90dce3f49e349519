"""A charger's side of an encrypted WebSocket without socket or clock."""

import contextlib
import ssl
from collections.abc import Callable, Sequence
from pathlib import Path

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from knx_ocpp_bridge.ocpp.server import CentralSystem
from tests.kit.certificates import Signed
from tests.kit.dialler import bare_connection

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:ECDHE+AES"


def server_context(folder: Path, *served: Signed, clients: bytes | None = None, compat: bool = False) -> ssl.SSLContext:
    """What the bridge listens with; `clients` is the root of chargers' certificates."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(f"{CIPHERS}:RSA+AESGCM" if compat else CIPHERS)
    for number, one in enumerate(served):
        context.load_cert_chain(one.save(folder / f"served-{number}.pem"))
    if clients is not None:
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_verify_locations(cadata=clients.decode())
    return context


def client_context(
    root: bytes,
    *,
    versions: Sequence[ssl.TLSVersion] = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3),
    ciphers: str = "DEFAULT",
    shown: Path | None = None,
) -> ssl.SSLContext:
    """What a charger dials with: it trusts `root` and shows the certificate in `shown`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=root.decode())
    context.set_ciphers(ciphers)
    context.minimum_version, context.maximum_version = versions[0], versions[-1]
    if shown is not None:
        context.load_cert_chain(shown)
    return context


class TlsDialler:
    """One charger that dials by wss; `error` is why TLS failed for it."""

    def __init__(
        self, system: CentralSystem, context: ssl.SSLContext, address: str = "10.0.0.2", host: str | None = "bridge"
    ) -> None:
        self.connection, self.transport = bare_connection(system, address)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context.check_hostname = host is not None
        self.tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self.error: ssl.SSLError | None = None
        self.chunk = 64 * 1024
        self._seen = 0

    def hello(self) -> bytes:
        """Give the first bytes that a charger sends, without sending them."""
        with contextlib.suppress(ssl.SSLWantReadError):
            self.tls.do_handshake()
        return self._outgoing.read()

    def shake(self) -> bool:
        """Do the TLS handshake; True if it was good for the charger."""
        for _ in range(4):
            self._try(self.tls.do_handshake)
        return self.error is None

    def dial(self, path: str = "/CP1", offered: str | None = "ocpp1.6", **headers: str) -> int:
        """Send the WebSocket's handshake and give the HTTP status of the answer."""
        protocols = None if offered is None else [Subprotocol(offered)]
        self.client = ClientProtocol(parse_uri(f"wss://bridge:8016{path}"), subprotocols=protocols, max_size=None)
        request = self.client.connect()
        for name, value in headers.items():
            request.headers[name.replace("_", "-")] = value
        self.client.send_request(request)
        self._carry()
        events = self._events()
        return next((event.status_code for event in events if isinstance(event, Response)), 0)

    def ask(self, request: bytes) -> bytes:
        """Send any bytes through the encryption and give what comes back."""
        self.tls.write(request)
        self.pump()
        return self.read()

    def say(self, *texts: str) -> None:
        """Send text messages."""
        for text in texts:
            self.client.send_text(text.encode())
        self._carry()

    def texts(self) -> list[str]:
        """Give the text messages received since last asked."""
        frames = [event for event in self._events() if isinstance(event, Frame)]
        return [bytes(frame.data).decode() for frame in frames if frame.opcode is Opcode.TEXT]

    def read(self) -> bytes:
        """Give what was received and decrypted since last asked."""
        self.pump()
        received = bytearray()
        more = -1
        while more != len(received):
            more = len(received)
            self._try(lambda: received.extend(self.tls.read(65536)))
        return bytes(received)

    def pump(self) -> None:
        """Carry the bytes that wait in both directions."""
        data = self._outgoing.read()
        for start in range(0, len(data), self.chunk):
            if not self.transport.closed and not self.transport.aborted:
                self.transport.deliver(data[start : start + self.chunk])
        new = bytes(self.transport.written[self._seen :])
        self._seen = len(self.transport.written)
        if new:
            self._incoming.write(new)

    def _events(self) -> list[object]:
        self.client.receive_data(self.read())
        return list(self.client.events_received())

    def _carry(self) -> None:
        for data in self.client.data_to_send():
            if data:
                self.tls.write(data)
        self.pump()

    def _try(self, act: Callable[[], object]) -> bool:
        try:
            act()
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLError as error:
            self.error = self.error or error
            return False
        finally:
            self.pump()
        return True
