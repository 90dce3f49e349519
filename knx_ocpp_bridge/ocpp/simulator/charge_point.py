"""The simulated charger: connectors, cards, transactions, and what it tells its Central System.

Mutable, but pure: nothing waits, nothing is read from outside, and time is an argument. Whoever owns the socket calls
`next_request`, `answered`, `asked` (see `answers`), `linked`, `unlinked` and, several times a second, `tick`.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Final

from ocpp.v16.enums import AuthorizationStatus, ChargePointErrorCode, ReadingContext, Reason, RegistrationStatus

from knx_ocpp_bridge.ocpp.simulator.clock import Clock
from knx_ocpp_bridge.ocpp.simulator.configuration import Configuration
from knx_ocpp_bridge.ocpp.simulator.connector import Appetite, Authorized, Connector, Transaction
from knx_ocpp_bridge.ocpp.simulator.local_list import LocalList
from knx_ocpp_bridge.ocpp.simulator.maintenance import Maintenance
from knx_ocpp_bridge.ocpp.simulator.metering import Reading, flow_wh, meter_value, signed_sample
from knx_ocpp_bridge.ocpp.simulator.outbox import Letter, Outbox
from knx_ocpp_bridge.ocpp.simulator.plan import Plan
from knx_ocpp_bridge.ocpp.simulator.power import Power
from knx_ocpp_bridge.ocpp.simulator.profiles import Grant, Profiles
from knx_ocpp_bridge.ocpp.simulator.records import beginning
from knx_ocpp_bridge.ocpp.simulator.security import Security
from knx_ocpp_bridge.ocpp.simulator.wire import Json, Request, object_of, text_of, whole_of

_FACE: Final = ("status", "errorCode", "info", "vendorErrorCode")
_REGISTRATIONS: Final = {status.value: status for status in RegistrationStatus}


class ChargePoint:
    """One simulated charge point."""

    def __init__(self, plan: Plan, now: datetime, security: Security | None = None) -> None:
        self.plan = plan
        self.firmware = plan.firmware
        self.clock = Clock()
        self.security = security or Security()
        self.point = Connector(0)
        self.connectors = {n: Connector(n, meter_wh=plan.meter_wh) for n in range(1, plan.connectors + 1)}
        self.profiles = Profiles()
        self.configuration = Configuration()
        self.configuration.values["NumberOfConnectors"] = str(plan.connectors)
        self.maintenance = Maintenance(plan.work_s)
        self.local_list = LocalList()
        self.outbox = Outbox()
        self.cache: dict[str, str] = {}
        """idTag -> parentIdTag of the cards that were accepted."""
        self.registration: RegistrationStatus | None = None
        self.news: list[str] = []
        """Sentences about what happened, for whoever watches; taken by the owner."""
        self.wants_link = True
        self.held_offline = False
        self._linked = False
        self._boot_due = True
        self._boot_again_at: datetime | None = None
        self._power = Power()
        self._told: dict[int, tuple[str, ...]] = {}
        self._last_flow = now
        self._last_word = now

    # The link

    def linked(self, now: datetime) -> None:
        """The WebSocket is open."""
        self._linked = True
        self._last_word = now
        self.security.let_in()
        if self._boot_due or self.plan.boots_on_reconnect:
            self.registration = None
            self.boot()
        self.tick(now)

    def unlinked(self, now: datetime) -> None:
        """The WebSocket is gone; transactions are told when it is back."""
        if not self._linked:
            return
        self._linked = False
        for connector in self.outbox.link_lost():
            self._told.pop(connector, None)
        self.tick(now)

    def turned_away(self, event: str, reason: str, now: datetime) -> None:
        """Dialling has failed; `event`: the security event of the white paper that this is, if it is one."""
        self.security.turned_away()
        if event:
            self.security_event(event, reason, now)

    @property
    def online(self) -> bool:
        """Whether the Central System listens and has accepted this charger."""
        return self._linked and self.registration is RegistrationStatus.accepted

    @property
    def settled(self) -> bool:
        """The Central System has heard everything, or is out of reach because somebody wanted it so."""
        return self.held_offline or (self.online and self.outbox.empty)

    def next_request(self, now: datetime) -> Request | None:
        """What the charger wants to send now; it waits for the answer of the one before."""
        if not self._linked:
            return None
        request = self.outbox.take(now, boot_only=not self.online)
        if request is not None:
            self._last_word = now
        return request

    def answered(self, payload: Json, now: datetime) -> None:
        """The CALLRESULT of the request in flight."""
        self._flow(now)
        self.outbox.answered(payload, now)
        self._tell(now)

    def unanswered(self, now: datetime) -> None:
        """The request in flight got a CALLERROR, or nothing in time."""
        attempts = self.configuration.seconds("TransactionMessageAttempts")
        self.outbox.failed(attempts, self.configuration.seconds("TransactionMessageRetryInterval"), now)
        if self.registration is not RegistrationStatus.accepted and self._boot_again_at is None:
            self._boot_again_at = now + timedelta(seconds=10)

    def boot(self) -> None:
        """Queue a BootNotification."""
        self._boot_again_at = None
        self.outbox.put(Letter("BootNotification", self.plan.introduction(self.firmware), self._booted))

    def _booted(self, payload: Json, now: datetime) -> None:
        self.registration = _REGISTRATIONS.get(text_of(payload, "status"), RegistrationStatus.rejected)
        interval_s = whole_of(payload, "interval") or 0
        self.news.append(f"boot {self.registration.value}, interval {interval_s} s")
        if self.registration is not RegistrationStatus.accepted:
            self._boot_again_at = now + timedelta(seconds=interval_s or 60)
            return
        self._boot_due = False
        self._told.clear()
        if interval_s:
            self.configuration.change("HeartbeatInterval", str(interval_s))

    # Time

    def tick(self, now: datetime) -> None:
        """Let time pass: energy flows, waits end, readings are due."""
        self._flow(now)
        for where in self.connectors.values():
            self.news += where.expire(now)
        self._maintain(now)
        self._restart_when_due(now)
        if self._linked and self._boot_again_at is not None and now >= self._boot_again_at:
            self.boot()
        heartbeat_s = self.configuration.seconds("HeartbeatInterval")
        silence = (now - self._last_word).total_seconds()
        if self.online and 0 < heartbeat_s <= silence and self.outbox.empty:
            self.outbox.put(Letter("Heartbeat", {}))
        interval_s = self.configuration.seconds("MeterValueSampleInterval")
        for where in self.connectors.values():
            due = where.metered_at is not None and (now - where.metered_at).total_seconds() >= interval_s
            if where.transaction is not None and interval_s and due:
                self.send_meter_values(where, now)
        self._tell(now)

    def granted(self, where: Connector, now: datetime) -> Grant:
        """What may flow, by all profiles and by how the charger is built."""
        most = Grant(self.plan.hardware_max_a, self.plan.phases)
        found = self.profiles.grant(where.id, where.began, most.phases, now) or most
        return Grant(min(found.limit_a, most.limit_a), found.phases)

    def limit_a(self, where: Connector, now: datetime) -> float:
        """The limit in force per phase."""
        return self.granted(where, now).limit_a

    def current_a(self, where: Connector, now: datetime) -> float:
        """What flows now per phase."""
        return where.current_a(self.limit_a(where, now), self.plan.car_max_a)

    def _flow(self, now: datetime) -> None:
        then, seconds = self._last_flow, max(0.0, (now - self._last_flow).total_seconds()) * self.plan.time_lapse
        for where in self.connectors.values():
            energy_wh = flow_wh(self.current_a(where, then), self.granted(where, then).phases, seconds)
            where.meter_wh += energy_wh
            where.taken_wh += energy_wh
        self._last_flow = now

    # Restarts

    def restart(self, reason: Reason, now: datetime) -> None:
        """Reset: transactions end. Soft waits until that is told, the others go dark at once."""
        for where in self.connectors.values():
            self.stop(where, reason, now)
        self._power.restart(now, farewell=reason is Reason.soft_reset and self._linked)

    def power_cycle(self, now: datetime) -> None:
        """The power goes and comes back: reason PowerLoss."""
        self.restart(Reason.power_loss, now)
        self.tick(now)

    def _restart_when_due(self, now: datetime) -> None:
        if self.security.redial:
            self.security.redial = False
            self._power.redial(now, at_once=self.security.hasty)
        if self._power.restarts(now, self.plan.reboot_s, all_said=self.outbox.empty):
            self._boot_due = True
            self.registration = None
            self.security.restarted()
            for where in self.connectors.values():
                where.authorized = None
            self.news.append("restarts")
        self.wants_link = not self._power.dark and not self.held_offline
        self.news += self.security.news
        self.security.news.clear()

    def _maintain(self, now: datetime) -> None:
        idle = all(where.transaction is None for where in self.connectors.values())
        for job, stage in self.maintenance.due(now, online=self.online, idle=idle):
            if stage.status:
                self.outbox.put(Letter(job.kind.value, job.payload()))
            if stage.event:
                self.security_event(stage.event, "", now)
            if stage.restart:
                self.firmware = job.firmware or self.firmware
                self.restart(Reason.reboot, now)

    # Hands

    def plug(self, connector: int, now: datetime) -> None:
        """A car is plugged in; it starts if somebody is authorised."""
        where = self.connectors[connector]
        self._flow(now)
        where.plugged, where.served, where.taken_wh = True, False, 0.0
        if where.authorized is not None:
            self.begin(where, where.authorized.id_tag, where.authorized.parent, now)
        self._tell(now)

    def unplug(self, connector: int, now: datetime) -> None:
        """The cable is pulled out: a transaction ends (or is suspended, by StopTransactionOnEVSideDisconnect)."""
        where = self.connectors[connector]
        self._flow(now)
        where.plugged = where.served = False
        if self.configuration.on("StopTransactionOnEVSideDisconnect"):
            self.stop(where, Reason.ev_disconnected, now)
        self._tell(now)

    def car(self, connector: int, appetite: Appetite, full_at_wh: float | None, now: datetime) -> None:
        """What the car on this connector does."""
        self._flow(now)
        where = self.connectors[connector]
        where.appetite, where.full_at_wh = appetite, full_at_wh
        self._tell(now)

    def fault(self, connector: int, error: ChargePointErrorCode, info: str, vendor_code: str, now: datetime) -> None:
        """An error that stops the flow of energy; NoError clears it. Connector 0 is the whole charge point."""
        self._flow(now)
        where = self.connectors.get(connector, self.point)
        where.error, where.info, where.vendor_error_code = error, info, vendor_code
        self._tell(now)

    def meter(self, connector: int, energy_wh: float, now: datetime) -> None:
        """The register jumps by this much and is told."""
        self._flow(now)
        where = self.connectors[connector]
        where.meter_wh += energy_wh
        where.taken_wh += energy_wh
        self.send_meter_values(where, now)
        self._tell(now)

    def card(self, connector: int, id_tag: str, now: datetime) -> None:
        """A card is held to the reader: it stops its own transaction, else it asks for one."""
        self._flow(now)
        where = self.connectors[connector]
        listed = self.local_list.find(id_tag) if self.configuration.on("LocalAuthListEnabled") else None
        known = self.cache.get(id_tag) if listed is None else listed.group(now)
        if where.transaction is not None and where.transaction.id_tag.casefold() == id_tag.casefold():
            self.stop(where, Reason.local, now, id_tag)
        elif self.online and not (known is not None and self.configuration.on("LocalPreAuthorize")):
            self.authorize(where, id_tag)
        elif known is not None and (self.online or self.configuration.on("LocalAuthorizeOffline")):
            self._accept_card(where, id_tag, known, now)
        elif listed is None and self.configuration.on("AllowOfflineTxForUnknownId"):
            self._accept_card(where, id_tag, "", now)
        else:
            self.news.append(f"connector {connector}: offline, and the card is not known here")
        self._tell(now)

    # Transactions

    def authorize(self, where: Connector, id_tag: str) -> None:
        """Ask the Central System about a card."""
        self.outbox.put(Letter("Authorize", {"idTag": id_tag}, partial(self._authorized, where, id_tag)))

    def _authorized(self, where: Connector, id_tag: str, payload: Json, now: datetime) -> None:
        info = object_of(payload, "idTagInfo")
        status = text_of(info, "status")
        if status != AuthorizationStatus.accepted:
            self.cache.pop(id_tag, None)
            self.news.append(f"connector {where.id}: card refused: {status or 'no answer'}")
            return
        self.cache[id_tag] = text_of(info, "parentIdTag")
        self._accept_card(where, id_tag, self.cache[id_tag], now)

    def _accept_card(self, where: Connector, id_tag: str, parent: str, now: datetime) -> None:
        transaction = where.transaction
        if transaction is not None:
            if parent and parent == transaction.parent:
                self.stop(where, Reason.local, now, id_tag)
            else:
                self.news.append(f"connector {where.id}: somebody else charges here")
        elif objection := where.objection(id_tag, parent):
            self.news.append(f"connector {where.id}: {objection}")
        else:
            self.allow(where, id_tag, parent, now)

    def allow(self, where: Connector, id_tag: str, parent: str, now: datetime) -> None:
        """Start now, or when the cable is plugged in within ConnectionTimeOut."""
        until = now + timedelta(seconds=self.configuration.seconds("ConnectionTimeOut"))
        where.authorized = Authorized(id_tag, until, parent)
        if where.plugged:
            self.begin(where, id_tag, parent, now)

    def begin(self, where: Connector, id_tag: str, parent: str, now: datetime) -> Transaction:
        """Open a transaction and tell it."""
        begin = self._look(where, now, ReadingContext.transaction_begin)
        transaction = Transaction(where.id, id_tag, round(begin.meter_wh), now, parent=parent)
        payload = beginning(begin, where.id, id_tag)
        if where.reservation is not None:
            payload["reservationId"] = where.reservation.id
        where.transaction, where.authorized, where.reservation = transaction, None, None
        where.metered_at = now
        self.outbox.put(Letter("StartTransaction", payload, partial(self._started, transaction), transaction))
        transaction.record.note(begin, self.configuration.measurands("StopTxnSampledData"))
        if self.plan.signs:
            self._send_reading(where, begin, frozenset(), signed_sample(begin, self.plan.meter_serial, id_tag))
        return transaction

    def _started(self, transaction: Transaction, payload: Json, now: datetime) -> None:
        info = object_of(payload, "idTagInfo")
        transaction.id = whole_of(payload, "transactionId")
        transaction.parent = text_of(info, "parentIdTag") or transaction.parent
        where = self.connectors[transaction.connector]
        self.news.append(f"connector {where.id}: transaction {transaction.id}")
        refused = text_of(info, "status") != AuthorizationStatus.accepted
        if refused and where.transaction is transaction and self.configuration.on("StopTransactionOnInvalidId"):
            self.stop(where, Reason.de_authorized, now)

    def stop(self, where: Connector, reason: Reason, now: datetime, id_tag: str = "") -> None:
        """End the transaction, if there is one, and tell it."""
        transaction = where.transaction
        if transaction is None:
            return
        end = self._look(where, now, ReadingContext.transaction_end)
        signed = [signed_sample(end, self.plan.meter_serial, transaction.id_tag)] if self.plan.signs else []
        transaction.record.note(end, self.configuration.measurands("StopTxnSampledData"), *signed)
        payload = transaction.record.ending(end, reason, id_tag)
        self.outbox.put(Letter("StopTransaction", payload, transaction=transaction))
        where.transaction = None
        where.served = where.plugged
        self.profiles.forget_transaction(where.id)
        if where.inoperative_next:
            where.operative, where.inoperative_next = False, False

    # Telling

    def security_event(self, event: str, info: str, now: datetime) -> None:
        """Queue a SecurityEventNotification (white paper), unless the same one waits already."""
        if not any(letter.payload.get("type") == event for letter in self.outbox.waiting):
            payload: Json = {"type": event, "timestamp": self.clock.says(now)}
            self.outbox.put(Letter("SecurityEventNotification", payload | ({"techInfo": info} if info else {})))

    def send_meter_values(self, where: Connector, now: datetime, current_a: float | None = None) -> None:
        """Queue the readings of this moment; `current_a`: what flows per phase, else what the car takes."""
        reading, transaction = self._look(where, now, ReadingContext.sample_periodic, current_a), where.transaction
        where.metered_at = now
        if transaction is not None:
            transaction.record.note(reading, self.configuration.measurands("StopTxnSampledData"))
        if transaction is not None or self.online:
            self._send_reading(where, reading, self.configuration.measurands("MeterValuesSampledData"))

    def _look(self, where: Connector, now: datetime, context: ReadingContext, flow_a: float | None = None) -> Reading:
        flow_a = self.current_a(where, now) if flow_a is None else flow_a
        used, wired = self.granted(where, now).phases, self.plan.phases
        return Reading(self.clock.says(now), where.meter_wh, flow_a, used, context, where.soc, wired)

    def _send_reading(self, where: Connector, reading: Reading, measurands: frozenset[str], *more: Json) -> None:
        payload: Json = {"connectorId": where.id, "meterValue": [meter_value(reading, measurands, *more)]}
        self.outbox.put(Letter("MeterValues", payload, transaction=where.transaction))

    def send_status(self, where: Connector, now: datetime) -> None:
        """Queue a StatusNotification, news or not."""
        face = self._face(where, now)
        payload: Json = {"connectorId": where.id, "timestamp": self.clock.says(now)}
        payload |= {key: value for key, value in zip(_FACE, face, strict=True) if value}
        self._told[where.id] = face
        self.outbox.put(Letter("StatusNotification", payload, status_of=where.id))

    def _tell(self, now: datetime) -> None:
        if not self.online:
            return
        for where in (self.point, *self.connectors.values()):
            if self._told.get(where.id) != self._face(where, now):
                self.send_status(where, now)

    def _face(self, where: Connector, now: datetime) -> tuple[str, ...]:
        return (where.status(self.limit_a(where, now)).value, where.error.value, where.info, where.vendor_error_code)
