"""Our protocol layer alone: the Central System's server with nobody behind it but an answer. Argument: the port."""

import asyncio
import itertools
import sys
from datetime import UTC, datetime

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


async def main(port: int) -> None:
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

    central = CentralSystem(
        Ocpp(listen=HostPort(host="127.0.0.1", port=port)),
        lambda identity, _peer: ChargerId(identity),
        post,
        lambda: TransactionId(next(numbers)),
    )
    await central.run()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
