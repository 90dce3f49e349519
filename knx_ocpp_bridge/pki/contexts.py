"""TLS as chargers and browsers meet it: one running context for each way of listening, renewed in place."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from knx_ocpp_bridge.pki import pem
from knx_ocpp_bridge.pki.errors import PkiError

CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:ECDHE+AES"
COMPATIBLE: Final = f"{CIPHERS}:RSA+AESGCM"
"""With the static RSA suites that the security white paper of OCPP 1.6 allows (OCTT TC_086)."""


@dataclass(frozen=True, slots=True)
class Served:
    """A file with key and chain; OpenSSL serves one of each kind of key (`RSA`, `EC`) and chooses by what is asked."""

    path: Path
    kind: str


class Live:
    """One context for the whole life of the listener; connections that exist never notice a renewal."""

    def __init__(self, served: Sequence[Served], trusted: Sequence[str], *, compat: bool) -> None:
        """`trusted`: PEM text of the roots of client certificates; none: chargers are not asked for one.

        Raises:
            PkiError: a file or root cannot be used.
        """
        self._trusted = tuple(trusted)
        self._compat = compat
        self.context = self._made(served)
        self._kinds = {one.kind for one in served}

    def serve(self, served: Sequence[Served]) -> None:
        """New connections get these; to be called where connections are made (OpenSSL's contexts know no locks).

        OpenSSL can replace a certificate but not take one away. So when a kind of key is to be served no longer, the
        running context hands each new connection over to one that never had it.

        Raises:
            PkiError: a file cannot be used; nothing has changed.
        """
        fresh = self._made(served)
        kinds = {one.kind for one in served}
        if kinds >= self._kinds:
            _load(self.context, served)
            self._kinds = kinds
            self.context.sni_callback = None
        else:
            self.context.sni_callback = lambda connection, _name, _context: _hand_over(connection, fresh)

    def _made(self, served: Sequence[Served]) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
        context.num_tickets = 0  # 5 KiB for each connection, and chargers connect once a day
        context.set_ciphers(COMPATIBLE if self._compat else CIPHERS)
        if self._trusted:
            context.verify_mode = ssl.CERT_OPTIONAL
            context.load_verify_locations(cadata="".join(self._trusted))
        _load(context, served)
        return context


def trusted(roots: bytes, where: Path) -> str:
    """The roots as OpenSSL takes them.

    Raises:
        PkiError: one cannot be read, or there is none.
    """
    text = b"".join(pem.certificates(roots)).decode("ascii")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_verify_locations(cadata=text)
    except (ssl.SSLError, ValueError) as error:
        what = f"it holds no certificates in PEM text that can be read ({error})"
        raise PkiError(what, where, "put trusted roots into it, or remove it") from error
    return text


def _load(context: ssl.SSLContext, served: Sequence[Served]) -> None:
    for one in served:
        check(one.path, context)


def check(path: Path, context: ssl.SSLContext | None = None) -> None:
    """OpenSSL takes key and chain of this file.

    Raises:
        PkiError: it does not.
    """
    context = context or ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(path, password=b"")  # without one it would ask at the terminal
    except (ssl.SSLError, OSError) as error:
        what = f"OpenSSL cannot use key and certificate ({error.strerror or error})"
        raise PkiError(what, path, "put back the file from a backup") from error


def _hand_over(connection: ssl.SSLObject | ssl.SSLSocket, context: ssl.SSLContext) -> None:
    connection.context = context
