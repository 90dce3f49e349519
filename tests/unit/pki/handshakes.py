"""TLS without a socket: two ends that hand each other their bytes."""

import ssl
from dataclasses import dataclass, field


@dataclass
class Line:
    """One connection, from a charger to the bridge."""

    charger: ssl.SSLObject
    bridge: ssl.SSLObject
    to_charger: ssl.MemoryBIO
    to_bridge: ssl.MemoryBIO
    from_charger: ssl.MemoryBIO
    from_bridge: ssl.MemoryBIO
    broken: list[ssl.SSLError] = field(default_factory=list)

    def carry(self) -> None:
        self.to_bridge.write(self.from_charger.read())
        self.to_charger.write(self.from_bridge.read())

    def say(self, text: bytes) -> bytes:
        """What the bridge hears of it, and the charger of the bridge's echo."""
        self.charger.write(text)
        self.carry()
        self.bridge.write(self.bridge.read())
        self.carry()
        return self.charger.read()

    def shown(self) -> bytes:
        """The server's certificate, DER."""
        return self.charger.getpeercert(binary_form=True) or b""

    def cipher(self) -> str:
        return (self.charger.cipher() or ("none",))[0]


def connect(bridge: ssl.SSLContext, charger: ssl.SSLContext, host: str | None = "192.168.1.10") -> Line:
    """A connection that both ends agree on; raises what the end says that refuses first."""
    to_charger, from_charger, to_bridge, from_bridge = (ssl.MemoryBIO() for _ in range(4))
    line = Line(
        charger.wrap_bio(to_charger, from_charger, server_hostname=host),
        bridge.wrap_bio(to_bridge, from_bridge, server_side=True),
        to_charger, to_bridge, from_charger, from_bridge,
    )  # fmt: skip
    for _ in range(10):
        if all([_step(line.charger), _step(line.bridge)]):
            break
        line.carry()
    line.carry()
    return line


def _step(end: ssl.SSLObject) -> bool:
    try:
        end.do_handshake()
    except ssl.SSLWantReadError:
        return False
    return True


def charger(root: bytes | None, version: ssl.TLSVersion | None = None, ciphers: str = "") -> ssl.SSLContext:
    """A charger as strict as Python 3.13's defaults."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
    if root is not None:
        context.load_verify_locations(cadata=root.decode())
    if version is not None:
        context.minimum_version = context.maximum_version = version
    if ciphers:
        context.set_ciphers(ciphers)
    return context
