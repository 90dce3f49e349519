"""A request as the library gives it, in the words of those who judge it and answer it."""

import ssl
from collections.abc import Callable
from typing import Final

from websockets.http11 import Request

from knx_ocpp_bridge.core.security import Proof
from knx_ocpp_bridge.ocpp import credentials
from knx_ocpp_bridge.ocpp.failures import Dialled
from knx_ocpp_bridge.ocpp.handshake import ROOT_PEM, Head

EXTRA: Final = {
    401: (("WWW-Authenticate", 'Basic realm="OCPP"'),),
    405: (("Allow", "GET"),),
    426: (("Upgrade", "TLS/1.2"),),
}
"""Headers that belong to an HTTP status (RFC 9110 section 15.5)."""


def dialled(request: Request) -> Dialled:
    """What the failure book shows of it."""
    headers = request.headers
    return Dialled(
        request.path, ", ".join(headers.get_all("User-Agent")), ", ".join(headers.get_all("Sec-WebSocket-Protocol"))
    )


def head(request: Request, *, tls: bool) -> Head:
    """What is judged of it."""
    values = request.headers.get_all
    return Head(
        path=request.path,
        host=",".join(values("Host")),
        protocol=request.protocol,
        tls=tls,
        upgrade=values("Upgrade"),
        connection=values("Connection"),
        key=values("Sec-WebSocket-Key"),
        version=values("Sec-WebSocket-Version"),
        offered=values("Sec-WebSocket-Protocol"),
    )


def proof(known: Callable[[str], object], shown: credentials.Credentials) -> Proof:
    """What it has shown, by TLS and by HTTP; `known` is what its transport knows."""
    name = known("common_name")
    return Proof(
        tls=known("ssl_object") is not None,
        user=shown.user,
        password=shown.password,
        certificate=name if isinstance(name, str) else None,
    )


def root_as(name: str, pem: bytes) -> tuple[bytes, str]:
    """The root certificate in the form that the file name says, and its media type."""
    if name == ROOT_PEM:
        return pem, "application/x-pem-file"
    return ssl.PEM_cert_to_DER_cert(pem.decode().strip()), "application/x-x509-ca-cert"
