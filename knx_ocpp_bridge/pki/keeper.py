"""What keeps the certificates: served at once on every start, and renewed while connections go on."""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from itertools import chain, repeat
from pathlib import Path
from typing import Final

from knx_ocpp_bridge.pki import folder, pem
from knx_ocpp_bridge.pki.card import Card
from knx_ocpp_bridge.pki.contexts import Live
from knx_ocpp_bridge.pki.errors import PkiError
from knx_ocpp_bridge.pki.names import Names
from knx_ocpp_bridge.pki.stock import CLIENTS, IMPORTED, OWN, PUBLIC, ROOT, Stock
from knx_ocpp_bridge.pki.terms import DUE, REMINDED, ROOT_REMINDED, SANE_FROM

_LOG = logging.getLogger(__name__)

SOON_S: Final = (60.0, 120.0, 300.0, 600.0, 1200.0)
"""Waits between the looks soon after a start, when the clock is set and addresses come."""
HOUR_S: Final = 3600.0
_MOST_IMPORTED: Final = 64 * 1024


class Keeper:
    """The certificates of one installation.

    While `run` goes on, other threads may call it too: what new connections are served is changed in the loop alone,
    where connections are made, for OpenSSL's contexts know no locks.
    """

    def __init__(
        self,
        folder: Path,
        names: Callable[[], Names],
        utc: Callable[[], datetime],
        *,
        installation: str = "",
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Nothing is touched before `open`; `names` is asked in every look and must not wait for the network."""
        self._stock = Stock(folder, installation)
        self._names = names
        self._utc = utc
        self._sleep = sleep
        self._live: dict[tuple[bool, bool], Live] = {}
        self._reminded: dict[str, datetime] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self) -> None:
        """Root and server certificates are there: made if this is the first start, in about a second.

        Raises:
            PkiError: the folder cannot be used, or the root or an imported certificate is lost or damaged.
        """
        self._stock.open(self._names().usable(), self._utc())

    def context(self, *, compat: bool = False, clients: bool = False) -> ssl.SSLContext:
        """The one running context of this kind, renewed in place; nobody else sets its `sni_callback`.

        `compat` adds static RSA suites. `clients` asks for a client certificate: a connection without one is made, one
        with a certificate that neither our root nor one in clients.pem has signed is not.

        Raises:
            PkiError: a file in the folder cannot be used.
        """
        if (compat, clients) not in self._live:
            trusted = self._stock.trusted() if clients else []
            self._live[compat, clients] = Live(self._stock.served(), trusted, compat=compat)
        return self._live[compat, clients].context

    def root_pem(self) -> bytes:
        """Our root's certificate as PEM text, as chargers are given it."""
        return self._stock.root_pem

    def root_der(self) -> bytes:
        """The same in DER."""
        return ssl.PEM_cert_to_DER_cert(self._stock.root_pem.decode("ascii"))

    def export_root(self) -> Path:
        """The path of `OCPP-CA.pem`, which holds our root's certificate and may be given to anybody.

        Raises:
            PkiError: it cannot be written.
        """
        path = self._stock.path / PUBLIC
        folder.write(path, self._stock.root_pem, mode=0o644)
        return path

    def facts(self) -> dict[str, object]:
        """What is served and trusted, as plain JSON."""
        cards = self._stock.cards
        imported = cards.get(IMPORTED)
        return {
            "folder": str(self._stock.path),
            "root": {"file": ROOT} | cards[ROOT].told(),
            "served": "own" if imported is None else "imported",
            "own": [{"file": name} | cards[name].told() for name in OWN],
            "imported": None if imported is None else {"file": IMPORTED} | imported.told(),
            "further_client_roots": (self._stock.path / CLIENTS).exists(),
        }

    def sign(self, csr: str, charger_id: str) -> str:
        """The client certificate for this charger's request, as PEM text.

        Raises:
            PkiError: the request is not sound, or not this charger's.
        """
        from knx_ocpp_bridge.pki import requests

        return requests.answer(self._stock.authority(), csr, charger_id, self._utc())

    def import_leaf(self, chain_pem: str, key_pem: str) -> None:
        """The given certificate is served instead of ours to new connections, restarts included, until it is removed.

        `chain_pem`: the server's certificate first, then its issuers; `key_pem`: its key, without a password.

        Raises:
            PkiError: it cannot be a server's certificate; nothing has changed.
        """
        from knx_ocpp_bridge.pki.examine import Pair

        where = "certificate to import"
        if len(chain_pem) + len(key_pem) > _MOST_IMPORTED:
            raise PkiError(f"it is longer than {_MOST_IMPORTED // 1024} KiB", where, "give its own chain and key only")
        keys = pem.private_keys(key_pem.encode("utf-8", "replace"))
        certificates = pem.certificates(chain_pem.encode("utf-8", "replace"))
        data = b"".join((*keys, *certificates))
        pair = Pair(data, where, "give the server's certificate with all of its issuers (full chain), and its key")
        pair.must_serve(self._utc())
        found = pair.card()
        self._stock.put_imported(data, found)
        self._serve()
        if len(certificates) == 1:
            _LOG.warning("the imported certificate came without its issuers: most chargers need the full chain")
        _LOG.info("an imported certificate is served now: %s", _described(found))

    def remove_imported(self) -> bool:
        """Our own certificates are served again to new connections; False: there was no imported one.

        Raises:
            PkiError: the file cannot be removed.
        """
        if not self._stock.drop_imported():
            return False
        self._serve()
        _LOG.info("the imported certificate was removed, our own are served again")
        return True

    def renew_if_due(self) -> bool:
        """Our server certificates were renewed, as they end soon or lack a name; False: there was no need.

        For programs that have nothing else to do; `run` holds nobody up.

        Raises:
            PkiError: they cannot be made or written.
        """
        names = self._names().usable()
        reason = self._due(names)
        if reason:
            self._stock.issue(OWN, names, self._utc())
            self._renewed(reason)
        return bool(reason)

    async def renew(self, reason: str = "as asked") -> None:
        """Our server certificates have new keys and all names of now; new connections get them.

        Raises:
            PkiError: they cannot be made or written.
        """
        await asyncio.to_thread(self._stock.issue, OWN, self._names().usable(), self._utc())
        self._renewed(reason)

    async def run(self) -> None:
        """Looks at once, a few times soon after, then hourly; trouble is told and tried again the next time."""
        self._loop = asyncio.get_running_loop()
        for wait_s in chain(SOON_S, repeat(HOUR_S)):
            self._remind()
            reason = self._due(self._names().usable())
            if reason:
                try:
                    await self.renew(reason)
                except PkiError as error:
                    _LOG.error("the server certificates cannot be renewed (%s): %s", reason, error)
            await self._sleep(wait_s)

    def _due(self, names: Names) -> str:
        """Why our server certificates should be renewed now; a name that has gone is no reason."""
        now = self._utc()
        cards = [self._stock.cards[name] for name in OWN]
        for each in cards:
            new = [one for one in names.addresses if one not in each.addresses]
            new += [one for one in names.hosts if one not in each.hosts]
            if new:
                return f"{', '.join(new)} is new"
        if now < SANE_FROM:
            return ""
        if any(each.not_after - now <= DUE for each in cards):
            return f"it is valid until {min(each.not_after for each in cards):%Y-%m-%d} only"
        if any(now < each.not_before for each in cards):
            return "it was made while the clock was ahead"
        return ""

    def _renewed(self, reason: str) -> None:
        self._serve()
        card = self._stock.cards[next(iter(OWN))]
        _LOG.info("the server certificates were renewed (%s): %s; no connection was closed", reason, _described(card))

    def _serve(self) -> None:
        """New connections get what is in the folder; returns when they do."""
        if self._loop is None or _is_here(self._loop):
            self._serve_here()
        else:
            asyncio.run_coroutine_threadsafe(self._serve_there(), self._loop).result()

    async def _serve_there(self) -> None:
        self._serve_here()

    def _serve_here(self) -> None:
        served = self._stock.served()
        for live in self._live.values():
            live.serve(served)

    def _remind(self) -> None:
        """Of what only people can renew; a clock in the past makes no reminder."""
        self._remind_of(IMPORTED, DUE, "import a new one, or remove it (ca import)")
        self._remind_of(ROOT, ROOT_REMINDED, "every charger needs a new root before then")

    def _remind_of(self, name: str, left: timedelta, remedy: str) -> None:
        now = self._utc()
        card = self._stock.cards.get(name)
        if card is None or card.not_after - now > left:
            return
        last = self._reminded.get(name)
        if last is None or now - last >= REMINDED:
            self._reminded[name] = now
            ends = "ended on" if card.not_after <= now else "ends on"
            _LOG.warning(
                "the certificate %s (%s) %s %s; %s", name, card.subject, ends, f"{card.not_after:%Y-%m-%d}", remedy
            )


def _is_here(loop: asyncio.AbstractEventLoop) -> bool:
    """The loop runs in this thread, or not at all."""
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return not loop.is_running()


def _described(card: Card) -> str:
    return f"{card.subject}, valid until {card.not_after:%Y-%m-%d}, for {', '.join((*card.addresses, *card.hosts))}"
