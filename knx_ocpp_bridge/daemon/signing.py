"""Certificate requests of chargers: signed by our own authority, beside the event loop."""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

from knx_ocpp_bridge.core.events import CertificateIssued, Event
from knx_ocpp_bridge.core.values import ChargerId
from knx_ocpp_bridge.pki.errors import PkiError

_MOST_AT_ONCE: Final = 8


class Authority(Protocol):
    """The part of the keeper of certificates that signs."""

    def sign(self, csr: str, charger_id: str) -> str: ...


class Signing:
    """Signs in a thread, one after the other; what becomes of a request is posted to its charger."""

    def __init__(self, authority: Authority | None, post: Callable[[ChargerId, Event], None]) -> None:
        self._authority = authority
        self._post = post
        self._at_work: set[asyncio.Task[None]] = set()

    def sign(self, charger_id: ChargerId, common_name: str, csr: str) -> None:
        """`CertificateIssued` will be posted; at once, with the reason, where too many requests wait already."""
        if self._authority is None:
            self._post(charger_id, CertificateIssued("", "TLS is off here (ocpp.tls), so there is no authority"))
            return
        if len(self._at_work) >= _MOST_AT_ONCE:
            self._post(charger_id, CertificateIssued("", "too many certificate requests are being signed"))
            return
        task = asyncio.create_task(self._signed(self._authority, charger_id, common_name, csr), name="sign")
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)

    async def _signed(self, authority: Authority, charger_id: ChargerId, common_name: str, csr: str) -> None:
        try:
            chain = await asyncio.to_thread(authority.sign, csr, common_name)
        except PkiError as error:
            self._post(charger_id, CertificateIssued("", str(error)))
        else:
            self._post(charger_id, CertificateIssued(chain))
