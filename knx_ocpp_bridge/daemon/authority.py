"""The certificates at the start: there before the first charger dials, or said in words why not."""

import logging
import ssl
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from knx_ocpp_bridge.config.models import Bridge
from knx_ocpp_bridge.core.admission import needed
from knx_ocpp_bridge.core.security import SecurityProfile
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.daemon.announcing import HOST
from knx_ocpp_bridge.pki.errors import PkiError
from knx_ocpp_bridge.pki.keeper import Keeper
from knx_ocpp_bridge.pki.names import of_this_machine

_log = logging.getLogger(__name__)

CERTIFICATES: Final = "certs"


def opened(settings: Bridge, state: Path, utc: Callable[[], datetime]) -> Keeper | None:
    """The keeper of the certificates in the state directory; None: TLS is off.

    Where `ocpp.tls` is `both`, chargers that dial ws:// are served even if the certificates are damaged: a charging
    session is worth more than the one way that is spoilt.

    Raises:
        PkiError: `ocpp.tls` is `on`, and there is no usable certificate.
    """
    if settings.ocpp.tls == "off":
        return None
    try:
        return made(settings, state, utc)
    except PkiError as error:
        if settings.ocpp.tls == "on":
            raise
        _log.error("wss:// is not served until this is mended: %s", error)
        return None


def made(settings: Bridge, state: Path, utc: Callable[[], datetime]) -> Keeper:
    """The keeper of the certificates in the state directory, whatever they are for.

    Raises:
        PkiError: there is no usable certificate.
    """
    web = settings.web
    extra = () if web is None else (*((HOST,) if web.mdns else ()), *web.names)
    names = partial(of_this_machine, *extra)
    keeper = Keeper(state / CERTIFICATES, names, utc, installation=settings.site.name)
    keeper.open()
    return keeper


def context(settings: Bridge, keeper: Keeper | None) -> ssl.SSLContext | None:
    """What the connections are encrypted with; whether chargers are asked for a certificate is said by `ask`."""
    if keeper is None:
        return None
    made = keeper.context(compat=settings.ocpp.tls_compat, clients=True)
    made.verify_mode = ssl.CERT_NONE
    return made


def ask(made: ssl.SSLContext | None, chargers: Iterable[Charger]) -> None:
    """New connections are asked for a client certificate if any charger needs or will need one.

    Not without need: a charger that is asked may show one of its maker's, and TLS would end there.
    """
    if made is None:
        return
    profile_3 = any(
        max(needed(one.settings, one.security), one.security.wanted or SecurityProfile.OPEN)
        is SecurityProfile.TLS_CLIENT
        for one in chargers
    )
    made.verify_mode = ssl.CERT_OPTIONAL if profile_3 else ssl.CERT_NONE
