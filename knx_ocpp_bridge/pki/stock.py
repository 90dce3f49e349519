"""The folder of one installation's certificates: what is in it, looked into as little as a fast start allows.

The index tells what good files hold. Only for a file that the index does not know is the library imported that looks
into certificates, and for issuing.
"""

import logging
import threading
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from knx_ocpp_bridge.pki import card, contexts, folder, pem
from knx_ocpp_bridge.pki.card import Card
from knx_ocpp_bridge.pki.contexts import Served
from knx_ocpp_bridge.pki.errors import PkiError
from knx_ocpp_bridge.pki.names import Names

if TYPE_CHECKING:
    from knx_ocpp_bridge.pki.authority import Root
    from knx_ocpp_bridge.pki.examine import Pair

_LOG = logging.getLogger(__name__)

ROOT: Final = "ca.pem"
OWN: Final = {"server-rsa.pem": "RSA", "server-ecdsa.pem": "EC"}
IMPORTED: Final = "imported.pem"
CLIENTS: Final = "clients.pem"
INDEX: Final = "index.json"
PUBLIC: Final = "OCPP-CA.pem"

_RESTORE: Final = "put back the file from a backup"
_RESTORE_ROOT: Final = (
    "put back ca.pem from a backup; to begin with a new authority instead, which every charger must then be given by "
    "hand, remove this folder"
)
_RESTORE_IMPORTED: Final = "put back the file from a backup, or remove it: our own certificates are served then"


class Stock:
    """Reads and writes the files; may be used from a thread, as writing is done one after the other."""

    def __init__(self, path: Path, installation: str) -> None:
        """Nothing is touched before `open`. `installation` goes into the name of a new root."""
        self.path = path
        self._installation = installation
        self._writing = threading.Lock()
        self.root_pem = b""
        self.cards: dict[str, Card] = {}
        """By file name: the root, our own, the imported one if there is one."""

    def open(self, names: Names, now: datetime) -> None:
        """All that must be there is there: made on the first start, in about a second.

        A damaged server certificate of our own is moved aside and made anew, for no charger notices. The root never
        is, and neither is an imported certificate.

        Raises:
            PkiError: the folder cannot be used, or the root or an imported certificate is lost or damaged.
        """
        folder.prepare(self.path)
        known = card.load(folder.read(self.path / INDEX))
        root = self._open_root(known.get(ROOT)) or self._found(now)
        cards = {ROOT: root, **self._open_own(known, root), **self._open_imported(known.get(IMPORTED))}
        self.cards = cards
        missing = [name for name in OWN if name not in cards]
        if missing:
            self.issue(missing, names, now)
        elif cards != known:
            with self._writing:
                self._keep(cards)

    def issue(self, which: Iterable[str], names: Names, now: datetime) -> None:
        """These of our own have new keys, all the names, and are on the disk; takes up to a second or two.

        Raises:
            PkiError: they cannot be made or written; what was there is still good.
        """
        from knx_ocpp_bridge.pki.authority import new_server

        root = self.authority()
        made = {name: new_server(root, OWN[name], names, now) for name in which}
        cards = {
            name: self._pair(data, self.path / name, sound=True).card(self.root_pem) for name, data in made.items()
        }
        with self._writing:
            for name, data in made.items():
                folder.write(self.path / name, data)
            self._keep(self.cards | cards)

    def put_imported(self, data: bytes, found: Card) -> None:
        """Key and chain are the imported ones.

        Raises:
            PkiError: OpenSSL does not take it, or it cannot be written; what was there still is.
        """
        with self._writing:
            folder.write(self.path / IMPORTED, data, check=contexts.check)
            self._keep(self.cards | {IMPORTED: found})

    def drop_imported(self) -> bool:
        """There is no imported one; False: there was none.

        Raises:
            PkiError: it cannot be removed.
        """
        with self._writing:
            was_there = folder.remove(self.path / IMPORTED)
            self._keep({name: found for name, found in self.cards.items() if name != IMPORTED})
        return was_there

    def authority(self) -> "Root":
        """The root with its key, from the disk: it is not kept in memory.

        Raises:
            PkiError: it is lost or damaged.
        """
        path = self.path / ROOT
        data = folder.read(path)
        if data is None:
            raise PkiError("it is missing", path, _RESTORE_ROOT)
        sound = card.digest(data) == self.cards[ROOT].digest
        return self._pair(data, path, _RESTORE_ROOT, sound=sound).must_be_a_root()

    def served(self) -> list[Served]:
        """The imported one alone, or all of our own."""
        names = [IMPORTED] if IMPORTED in self.cards else list(OWN)
        return [Served(self.path / name, self.cards[name].key) for name in names]

    def trusted(self) -> list[str]:
        """PEM text of the roots of client certificates: ours, and those that the user has put into clients.pem.

        Raises:
            PkiError: clients.pem cannot be read, or holds no certificate.
        """
        path = self.path / CLIENTS
        further = folder.read(path, private=False)
        own = self.root_pem.decode("ascii")
        return [own] if further is None else [own, contexts.trusted(further, path)]

    def _open_root(self, known: Card | None) -> Card | None:
        path = self.path / ROOT
        data = folder.read(path)
        if data is None:
            if any((self.path / name).exists() for name in (*OWN, INDEX, PUBLIC)):
                raise PkiError("the root is missing that has made the certificates beside it", path, _RESTORE_ROOT)
            return None
        if known is None or known.digest != card.digest(data):
            pair = self._pair(data, path, _RESTORE_ROOT)
            pair.must_be_a_root()
            known = pair.card()
        self.root_pem = pem.certificates(data)[0]
        return known

    def _found(self, now: datetime) -> Card:
        """The first start: a new authority."""
        from knx_ocpp_bridge.pki.authority import new_root

        path = self.path / ROOT
        data = new_root(self._installation, now)
        found = self._pair(data, path, sound=True).card()
        folder.write(path, data)
        self.root_pem = pem.certificates(data)[0]
        _LOG.warning(
            "a certification authority was made for this installation: %s, SHA-256 %s; keep a backup of %s, for "
            "without it every charger must be visited again",
            found.subject,
            found.fingerprint,
            path,
        )
        return found

    def _open_own(self, known: dict[str, Card], root: Card) -> dict[str, Card]:
        cards = {}
        for name in OWN:
            path = self.path / name
            try:
                found = self._look(name, known.get(name), root)
            except PkiError as error:
                _LOG.error("%s: %s; it was moved to %s and is made anew", path, error.what, folder.move_aside(path))
                continue
            if found is not None:
                cards[name] = found
        return cards

    def _look(self, name: str, known: Card | None, root: Card) -> Card | None:
        path = self.path / name
        data = folder.read(path)
        if data is None:
            return None
        if known is not None and known.digest == card.digest(data) and known.issuer == root.fingerprint:
            return known
        pair = self._pair(data, path)
        found = pair.card(self.root_pem)
        if found.issuer != root.fingerprint or pem.certificates(data)[1:] != [self.root_pem]:
            raise pair.wrong("it was not issued by the root beside it")
        if found.key != OWN[name]:
            raise pair.wrong(f"its key is {found.key}, and should be {OWN[name]}")
        return found

    def _open_imported(self, known: Card | None) -> dict[str, Card]:
        path = self.path / IMPORTED
        data = folder.read(path)
        if data is None:
            return {}
        if known is None or known.digest != card.digest(data):
            known = self._pair(data, path, _RESTORE_IMPORTED).card()
        return {IMPORTED: known}

    def _keep(self, cards: dict[str, Card]) -> None:
        """The caller holds the lock."""
        self.cards = cards
        folder.write(self.path / INDEX, card.dump(cards))

    @staticmethod
    def _pair(data: bytes, path: Path, remedy: str = _RESTORE, *, sound: bool = False) -> "Pair":
        from knx_ocpp_bridge.pki.examine import Pair

        return Pair(data, path, remedy, sound=sound)
