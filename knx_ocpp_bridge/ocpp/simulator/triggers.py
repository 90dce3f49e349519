"""What the charger can be triggered to say, by TriggerMessage and ExtendedTriggerMessage alike."""

from datetime import datetime

from ocpp.v16.enums import MessageTrigger, TriggerMessageStatus

from knx_ocpp_bridge.ocpp.simulator.charge_point import ChargePoint
from knx_ocpp_bridge.ocpp.simulator.outbox import Letter


def trigger(charger: ChargePoint, asked: str, connector: int | None, now: datetime) -> TriggerMessageStatus:
    """Say it, everywhere where no connector is named; Rejected: there is no such connector."""
    everywhere = [charger.point, *charger.connectors.values()]
    concerned = [where for where in everywhere if connector in {None, where.id}]
    match asked:
        case MessageTrigger.boot_notification:
            charger.boot()
        case MessageTrigger.heartbeat:
            charger.outbox.put(Letter("Heartbeat", {}))
        case MessageTrigger.status_notification if concerned:
            for where in concerned:
                charger.send_status(where, now)
        case MessageTrigger.meter_values if concerned:
            for where in concerned:
                if where.id:
                    charger.send_meter_values(where, now)
        case MessageTrigger.status_notification | MessageTrigger.meter_values:
            return TriggerMessageStatus.rejected
        case _:
            return TriggerMessageStatus.not_implemented
    return TriggerMessageStatus.accepted
