"""What the charger's socket shows and demands: Basic authentication, its roots, its client certificate."""

import base64
import ssl
import tempfile
from http import HTTPStatus
from pathlib import Path

from websockets.exceptions import InvalidStatus

from knx_ocpp_bridge.ocpp.simulator.security import ROOT, Security


def authorization(charger_id: str, security: Security) -> dict[str, str]:
    """The header of security profiles 1 and 2 (RFC 7617), none for the others."""
    if not security.access.basic:
        return {}
    pair = charger_id.encode() + b":" + security.password()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


def tls_context(security: Security) -> ssl.SSLContext:
    """Trusts the installed roots, or this machine's where none is; shows the client certificate for profile 3.

    Raises:
        ssl.SSLError: a root or the certificate cannot be used.
    """
    roots = "".join(pem if pem.endswith("\n") else pem + "\n" for pem in security.roots.get(ROOT, ()))
    context = ssl.create_default_context(cadata=roots or None)
    access = security.access
    if access.profile == 3:
        with tempfile.TemporaryDirectory() as folder:  # 0700; OpenSSL reads certificate and key from files alone
            file = Path(folder) / "charger.pem"
            file.write_text(access.private_key.rstrip() + "\n" + access.chain)
            context.load_cert_chain(file)
    return context


def security_event(error: Exception) -> str:
    """The security event of the white paper that a failed connection is; empty: none."""
    match error:
        case ssl.SSLCertVerificationError():
            return "InvalidCentralSystemCertificate"
        case InvalidStatus(response=response) if response.status_code == HTTPStatus.UNAUTHORIZED:
            return "FailedToAuthenticateAtCentralSystem"
        case _:
            return ""
