"""The keyring that ETS exports (`.knxkeys`): opened, or said in one sentence why not; and what it says about us."""

import base64
import hashlib
import hmac
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.dom.minidom import parseString
from xml.parsers import expat

from xknx.io.const import DEFAULT_INDIVIDUAL_ADDRESS
from xknx.secure.keyring import InterfaceType, Keyring, decrypt_aes128cbc, hash_keyring_password
from xknx.telegram import GroupAddress, IndividualAddress

from knx_ocpp_bridge.config.bus_models import Knx
from knx_ocpp_bridge.whole_file import open_file

MOST_BYTES: Final = 8 * 1024 * 1024
_NAMESPACE: Final = "http://knx.org/xml/keyring/1"
_NOT_SIGNED: Final = frozenset({"xmlns", "Signature"})
_BEGIN, _END = 1, 2
_LENGTH_MASK: Final = 0xFF
"""The signature knows the low eight bits of a length; a list of many senders is longer."""
_EXPORT: Final = "export the keyring again in ETS (project, Security, Export keyring)"
_NAME_IT: Final = f"name the .knxkeys file; {_EXPORT}"
_PASSWORDS: Final = ("Password", "ManagementPassword", "Authentication")
_TRIED: Final = 16
"""As many sealed passwords tell a wrong password from a changed file."""
_MOST_ELEMENTS: Final = 250_000
"""Each of 65535 group addresses stands once for itself and again for each interface that hears it."""
_DEEPEST: Final = 20
_LONGEST_NAMESPACE: Final = 200
_ENCODINGS: Final = frozenset({"utf-8", "utf-16", "us-ascii", "iso-8859-1"})
"""Those the parser knows by itself: others would be looked up among all that Python has, by a name in the file."""
_KEY_BYTES: Final = 16


class KeyringError(Exception):
    """The keyring cannot be used: which, why, and what to do about it. No secret stands in it."""

    def __init__(self, path: Path, reason: str, remedy: str) -> None:
        super().__init__(f"{path}: {reason}; {remedy}")
        self.path = path
        self.reason = reason
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Tunnel:
    """One tunnel of the keyring."""

    address: str
    """Individual address, e.g. `1.1.240`."""
    host: str
    """Individual address of the interface that it is one of; empty: not told."""
    secure: bool
    """The keyring has user and password of it."""


@dataclass(frozen=True, slots=True)
class SecuredAddress:
    """One of our group addresses that is secured."""

    address: int
    senders: tuple[str, ...]
    """Individual addresses that ETS lets be heard on it, as far as an interface of the keyring is linked to it."""
    linked: bool | None
    """Our own individual address is linked to it in ETS: else devices refuse what the bridge sends, and ETS tells
    nobody's sequence numbers to it. None: our individual address is not known."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a keyring says about this bridge."""

    project: str
    created: str
    tunnels: tuple[Tunnel, ...]
    backbone: bool
    """It has the key of secure routing."""
    secured: tuple[SecuredAddress, ...]
    plain: tuple[int, ...]
    """Our group addresses that are not in it: they are sent and heard as they are."""


def load(path: Path, password: str) -> Keyring:
    """The keyring, its signature proved. Takes up to half a second on a Raspberry Pi: nothing for the event loop.

    Raises:
        KeyringError: it cannot be used.
    """
    return opened(path, _read(path), password)


def opened(path: Path, raw: bytes, password: str) -> Keyring:
    """As `load`, of what would stand in this file.

    Raises:
        KeyringError: it cannot be used.
    """
    if len(raw) > MOST_BYTES:
        raise KeyringError(path, "this is no keyring (larger than 8 MiB)", "name the .knxkeys file")
    try:
        return _loaded(path, raw, password)
    except KeyringError:
        raise
    except Exception as error:  # whatever a file makes parser and library raise: it stops no charger
        raise KeyringError(path, f"its contents cannot be understood ({type(error).__name__})", _EXPORT) from error


def _loaded(path: Path, raw: bytes, password: str) -> Keyring:
    secret = hash_keyring_password(password.encode(errors="surrogatepass"))
    try:
        signed = _Signed(raw, secret)
    except expat.ExpatError as error:
        raise KeyringError(path, f"this is no keyring (not XML: {error})", _NAME_IT) from error
    except _ForbiddenError as error:
        raise KeyringError(path, f"this is no keyring of ETS (it has {error})", _EXPORT) from error
    if signed.root != "Keyring" or signed.namespace != _NAMESPACE or not signed.created:
        raise KeyringError(path, f"this is XML, and no keyring (it begins with {signed.root[:40]!r})", _NAME_IT)
    if not hmac.compare_digest(signed.proof, signed.signature):
        raise _not_proved(path, signed, secret)
    keyring = Keyring()  # xknx's own loader would read the file once more, and log a traceback
    document = parseString(raw)  # noqa: S318 - no document type and no size that does harm: _Signed has seen all of it
    keyring.parse_xml(document.getElementsByTagName("Keyring")[0])
    keyring.decrypt(password)
    keyring.get_data_secure_senders()
    backbone = None if keyring.backbone is None else keyring.backbone.decrypted_key
    for key in (backbone, *keyring.get_data_secure_group_keys().values()):
        if key is not None and len(key) != _KEY_BYTES:
            raise KeyringError(path, "a key in it is none", _EXPORT)
    return keyring


def facts(keyring: Keyring, ours: Iterable[int], own: str | None) -> Facts:
    """What it says about these group addresses, for a bridge with this individual address (None: not known)."""
    keys = keyring.get_data_secure_group_keys()
    mine = sorted(set(ours))
    return Facts(
        project=keyring.project_name or "",
        created=keyring.created or "",
        tunnels=tuple(
            Tunnel(
                str(each.individual_address), str(each.host or ""), _is_secure(each.user_id, each.decrypted_password)
            )
            for each in keyring.interfaces
            if each.type is InterfaceType.TUNNELING
        ),
        backbone=keyring.backbone is not None and keyring.backbone.decrypted_key is not None,
        secured=tuple(_secured(keyring, each, own) for each in mine if GroupAddress(each) in keys),
        plain=tuple(each for each in mine if GroupAddress(each) not in keys),
    )


def own_address(keyring: Keyring, knx: Knx) -> str | None:
    """The individual address that the bridge will have, as far as it is known before it is connected."""
    if knx.individual_address is not None:
        return knx.individual_address
    if knx.connection.startswith("routing"):
        return str(DEFAULT_INDIVIDUAL_ADDRESS)
    tunnels = [each for each in keyring.interfaces if each.type is InterfaceType.TUNNELING]
    return str(tunnels[0].individual_address) if len(tunnels) == 1 else None


def _is_secure(user: int | None, password: str | None) -> bool:
    return user is not None and password is not None


def _secured(keyring: Keyring, address: int, own: str | None) -> SecuredAddress:
    group = GroupAddress(address)
    links = {
        each.individual_address: each.group_addresses[group]
        for each in keyring.interfaces
        if group in each.group_addresses
    }
    linked = None if own is None else IndividualAddress(own) in links or _sends(links.values(), own)
    senders = sorted({each for heard in links.values() for each in heard}, key=lambda each: each.raw)
    return SecuredAddress(address, tuple(str(each) for each in senders), linked)


def _sends(heard: Iterable[list[IndividualAddress]], own: str) -> bool:
    """Another interface is told to believe our address: it is a known sender, if no tunnel of the keyring."""
    return any(IndividualAddress(own) in senders for senders in heard)


def _read(path: Path) -> bytes:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise KeyringError(path, "this is no file", "name the .knxkeys file")
        with open_file(path) as file:
            raw = file.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise KeyringError(path, "this keyring is not there", "put it there, or correct knx.keyring") from error
    except OSError as error:
        reason = f"the keyring cannot be read ({error.strerror or error})"
        raise KeyringError(path, reason, "let the user of the service read it (docs/knx.md)") from error
    return raw


class _ForbiddenError(Exception):
    """It has what no keyring has, and what could be made to do harm."""


class _Signed:
    """One pass over the file, which allows no more than a keyring has: what is signed in it, and with what."""

    def __init__(self, raw: bytes, secret: bytes) -> None:
        self.root = self.namespace = self.created = ""
        self.signature = b""
        self.sealed: list[str] = []
        self._signed = bytearray()
        self._elements = self._depth = 0
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._forbid
        parser.XmlDeclHandler = self._declared
        parser.Parse(raw, True)
        self._append(base64.b64encode(secret))
        self.proof = hashlib.sha256(self._signed).digest()[:16]

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        if not self.root:
            self.root, self.namespace = name, attributes.get("xmlns", "")
            self.created, self.signature = attributes.get("Created", ""), _decoded(attributes.get("Signature", ""))
        self._bound(attributes)
        self._signed.append(_BEGIN)
        self._append(name.encode())
        for key in sorted(attributes.keys() - _NOT_SIGNED):
            self._append(key.encode())
            self._append(attributes[key].encode())
        if len(self.sealed) < _TRIED:
            self.sealed += [attributes[each] for each in _PASSWORDS if each in attributes]

    def _bound(self, attributes: dict[str, str]) -> None:
        """Refuse what would cost the library memory or time beyond all measure."""
        self._elements += 1
        self._depth += 1
        if self._elements > _MOST_ELEMENTS:
            raise _ForbiddenError(f"more than {_MOST_ELEMENTS} elements")
        if self._depth > _DEEPEST:
            raise _ForbiddenError(f"elements nested deeper than {_DEEPEST}")
        if any(key.startswith("xmlns") and len(attributes[key]) > _LONGEST_NAMESPACE for key in attributes):
            raise _ForbiddenError(f"a namespace of more than {_LONGEST_NAMESPACE} characters")

    def _end(self, _name: str) -> None:
        self._depth -= 1
        self._signed.append(_END)

    def _append(self, value: bytes) -> None:
        self._signed.append(len(value) & _LENGTH_MASK)
        self._signed.extend(value)

    @staticmethod
    def _forbid(*_declared: object) -> None:
        raise _ForbiddenError("a document type")

    @staticmethod
    def _declared(_version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.casefold() not in _ENCODINGS:
            raise _ForbiddenError(f"the encoding {encoding[:40]!r}")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except ValueError:  # also for a letter that is not ASCII
        return b""


def _not_proved(path: Path, signed: _Signed, secret: bytes) -> KeyringError:
    """Either the password or the file is wrong: passwords in the file open with the right one alone."""
    iv = hashlib.sha256(signed.created.encode()).digest()[:16]
    if 2 * sum(_opens(each, secret, iv) for each in signed.sealed) > len(signed.sealed):
        reason = "the keyring was changed after ETS wrote it (its signature does not fit)"
        return KeyringError(path, reason, f"copy the file again as it is, or {_EXPORT}")
    return KeyringError(
        path, "the keyring cannot be opened with knx.keyring_password",
        "write the password that was given when the keyring was exported, not that of the project",
    )  # fmt: skip


def _opens(sealed: str, secret: bytes, iv: bytes) -> bool:
    """It ends with as many octets of filling as each of them says; by chance one in 256 does."""
    data = _decoded(sealed)
    if not data or len(data) % 16:
        return False
    plain = decrypt_aes128cbc(data, secret, iv)
    filling = plain[-1]
    return 0 < filling <= 16 and plain.endswith(bytes([filling]) * filling)
