"""Our protocol layer alone: the Central System's server with nobody behind it but an answer.

Arguments: the port; for TLS a folder for its certificates.
"""

import asyncio
import itertools
import sys
from datetime import UTC, datetime
from pathlib import Path

from knx_ocpp_bridge.config.models import HostPort, Ocpp
from knx_ocpp_bridge.core.events import BootNotified, Event, Heartbeat, Metered, StatusNotified, TransactionStarted
from knx_ocpp_bridge.core.settings import Registration
from knx_ocpp_bridge.core.step import (
    Answer,
    AuthorizationStatus,
    BootAnswer,
    EmptyAnswer,
    HeartbeatAnswer,
    IdTagInfo,
    StartAnswer,
)
from knx_ocpp_bridge.core.values import ChargerId, TransactionId
from knx_ocpp_bridge.ocpp.server import CentralSystem
from knx_ocpp_bridge.pki.keeper import Keeper
from knx_ocpp_bridge.pki.names import Names


async def main(port: int, certificates: Path | None) -> None:
    numbers = itertools.count(1)

    def post(charger: ChargerId, event: Event) -> None:
        match event:
            case StatusNotified() | Metered():
                central.answer(charger, Answer(event.link, event.request, EmptyAnswer()))
            case Heartbeat():
                central.answer(charger, Answer(event.link, event.request, HeartbeatAnswer(datetime.now(UTC))))
            case BootNotified():
                payload = BootAnswer(Registration.ACCEPTED, 300, datetime.now(UTC))
                central.answer(charger, Answer(event.link, event.request, payload))
            case TransactionStarted():
                info = IdTagInfo(AuthorizationStatus.ACCEPTED)
                central.answer(charger, Answer(event.link, event.request, StartAnswer(event.fresh, info)))
            case _:
                pass

    keeper = _keeper(certificates) if certificates else None
    central = CentralSystem(
        Ocpp(listen=HostPort(host="127.0.0.1", port=port)),
        lambda attempt: ChargerId(attempt.identity),
        post,
        lambda: TransactionId(next(numbers)),
        tls=keeper.context() if keeper else None,
        root=keeper.root_pem if keeper else None,
    )
    await central.run()


def _keeper(folder: Path) -> Keeper:
    keeper = Keeper(folder, lambda: Names(("127.0.0.1",), ()), lambda: datetime.now(UTC))
    keeper.open()
    return keeper


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None))
