"""The root certificate, for chargers and for browsers: it is no secret, and whoever needs it has not logged in yet."""

import ssl
from typing import Final

from starlette.responses import Response

from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.visit import Page, Visit

PEM: Final = "/ca.pem"
DER: Final = "/ca.der"
_FILE: Final = "OCPP-CA"
"""As the port of the chargers names it."""


async def _pem(visit: Visit) -> Response:
    return _file(await _root(visit), "pem", "application/x-pem-file")


async def _der(visit: Visit) -> Response:
    root = await _root(visit)
    return _file(ssl.PEM_cert_to_DER_cert(root.decode().strip()), "crt", "application/x-x509-ca-cert")


async def _root(visit: Visit) -> bytes:
    (row,) = (await visit.look("ca", root=True)).rows
    return str(row["root_pem"]).encode("ascii")


def _file(content: bytes, ending: str, media: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{_FILE}.{ending}"'}
    return Response(content, headers=headers, media_type=media)


PAGES: Final = (Page(PEM, _pem, Role.NOBODY), Page(DER, _der, Role.NOBODY))
