"""Keyrings as ETS exports them (`.knxkeys`), signed, with keys and passwords of the test's own."""

import base64
import hashlib
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

PASSWORD: Final = "pwd-Test1"
_NAMESPACE: Final = "http://knx.org/xml/keyring/1"
_SALT: Final = b"1.keyring.ets.knx.org"
_ELEMENT_BEGINS: Final = 1
_ELEMENT_ENDS: Final = 2


def raw(address: str) -> int:
    """The 16 bits of a three-level group address."""
    main, middle, sub = (int(each) for each in address.split("/"))
    return main << 11 | middle << 8 | sub


def key_of(name: str) -> bytes:
    """16 octets that are the same for the same name in every test."""
    return hashlib.sha256(f"test key {name}".encode()).digest()[:16]


@dataclass(frozen=True, slots=True)
class Backbone:
    """Secure routing."""

    key: bytes = key_of("backbone")
    multicast: str = "224.0.23.12"
    latency_ms: int = 1000


@dataclass(frozen=True, slots=True)
class Interface:
    """One tunnel of an interface, with the senders that may be heard through it on each secured group address."""

    address: str
    host: str = "1.1.0"
    user: int | None = None
    """None: a tunnel without IP Secure."""
    password: str = ""
    authentication: str = "dev-auth"
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    kind: str = "Tunneling"
    """`Tunneling`, `USB`, or `IP` for an interface of the line."""


@dataclass(frozen=True, slots=True)
class Device:
    """One secured device of the project."""

    address: str
    sequence_number: int = 0


@dataclass(frozen=True, slots=True)
class Keyring:
    """What ETS writes for a project."""

    backbone: Backbone | None = None
    interfaces: tuple[Interface, ...] = ()
    groups: dict[str, bytes] = field(default_factory=dict)
    """Key of each secured group address."""
    devices: tuple[Device, ...] = ()
    project: str = "a house"
    created: str = "2026-01-01T00:00:00"

    def document(self, password: str = PASSWORD) -> bytes:
        """The file, signed."""
        safe = _Safe(password, self.created)
        root = ET.Element("Keyring", {"Project": self.project, "CreatedBy": "tests", "Created": self.created})
        self._backbone(root, safe)
        self._interfaces(root, safe)
        self._groups(root, safe)
        self._devices(root, safe)
        root.set("Signature", _signature(root, safe))
        root.set("xmlns", _NAMESPACE)
        document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
        return document

    def write(self, path: Path, password: str = PASSWORD) -> Path:
        """The file at this place, which is returned."""
        path.write_bytes(self.document(password))
        return path

    def _backbone(self, root: ET.Element, safe: "_Safe") -> None:
        if self.backbone is None:
            return
        told = {"MulticastAddress": self.backbone.multicast, "Latency": str(self.backbone.latency_ms)}
        ET.SubElement(root, "Backbone", {**told, "Key": safe.key(self.backbone.key)})

    def _interfaces(self, root: ET.Element, safe: "_Safe") -> None:
        for each in self.interfaces:
            told = {"Type": each.kind, "Host": each.host, "IndividualAddress": each.address}
            if each.user is not None:
                told["UserID"] = str(each.user)
                told["Password"] = safe.password(each.password)
                told["Authentication"] = safe.password(each.authentication)
            element = ET.SubElement(root, "Interface", told)
            for address, senders in each.groups.items():
                ET.SubElement(element, "Group", {"Address": str(raw(address)), "Senders": " ".join(senders)})

    def _groups(self, root: ET.Element, safe: "_Safe") -> None:
        if not self.groups:
            return
        parent = ET.SubElement(root, "GroupAddresses")
        for address, key in self.groups.items():
            ET.SubElement(parent, "Group", {"Address": str(raw(address)), "Key": safe.key(key)})

    def _devices(self, root: ET.Element, safe: "_Safe") -> None:
        if not self.devices:
            return
        parent = ET.SubElement(root, "Devices")
        for each in self.devices:
            told = {"IndividualAddress": each.address, "SequenceNumber": str(each.sequence_number)}
            told["ToolKey"] = safe.key(key_of(f"tool {each.address}"))
            told["ManagementPassword"] = safe.password("mgmt-pw")
            told["Authentication"] = safe.password("dev-auth")
            ET.SubElement(parent, "Device", told)


class _Safe:
    """Seals keys and passwords with the password of the file."""

    def __init__(self, password: str, created: str) -> None:
        kdf = PBKDF2HMAC(algorithm=hashes.SHA256(), length=16, salt=_SALT, iterations=65536)
        self.secret = kdf.derive(password.encode())
        self._iv = hashlib.sha256(created.encode()).digest()[:16]

    def key(self, plain: bytes) -> str:
        """16 octets, sealed."""
        encryptor = Cipher(algorithms.AES(self.secret), modes.CBC(self._iv)).encryptor()
        return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()

    def password(self, plain: str) -> str:
        """Eight octets of salt, the text, and as many octets to fill up as each of them says."""
        salted = bytes(8) + plain.encode()
        missing = 16 - len(salted) % 16
        return self.key(salted + bytes([missing]) * missing)


def _signature(root: ET.Element, safe: _Safe) -> str:
    signed = bytearray()

    def text(value: bytes) -> None:
        signed.append(len(value) % 256)  # a list of many senders is longer
        signed.extend(value)

    def element(each: ET.Element) -> None:
        signed.append(_ELEMENT_BEGINS)
        text(each.tag.encode())
        for name in sorted(each.attrib):
            text(name.encode())
            text(each.attrib[name].encode())
        for child in each:
            element(child)
        signed.append(_ELEMENT_ENDS)

    element(root)
    text(base64.b64encode(safe.secret))
    return base64.b64encode(hashlib.sha256(signed).digest()[:16]).decode()
