"""Transactions: opened, recognised when sent again, closed, adopted, and the energy of each."""

from datetime import datetime
from typing import Final

from knx_ocpp_bridge.core import curve, leases, sampling, starting, tags
from knx_ocpp_bridge.core.authorization import masked
from knx_ocpp_bridge.core.closing import Ending, close, correct, last_gap, orphan
from knx_ocpp_bridge.core.connector import Connector, Reminder, Slot, StartStage
from knx_ocpp_bridge.core.events import TransactionStarted, TransactionStopped
from knx_ocpp_bridge.core.facts import Point, Remembered, Transaction, TransactionRecorded, Wishes
from knx_ocpp_bridge.core.metering import Reading
from knx_ocpp_bridge.core.modes import without_session
from knx_ocpp_bridge.core.registers import begun
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.sampling import LATE_AFTER, plausible
from knx_ocpp_bridge.core.settings import ChargerSettings, ConnectorSettings
from knx_ocpp_bridge.core.status import MEANING, StopReason
from knx_ocpp_bridge.core.step import AlarmKind, AuthorizationStatus, IdTagInfo, Level, StartAnswer, StopAnswer
from knx_ocpp_bridge.core.stopping import wanting_a_stop
from knx_ocpp_bridge.core.turn import Turn, with_reminder, without
from knx_ocpp_bridge.core.values import CHARGE_POINT, Clock, ConnectorId, Moment, TransactionId

ENFORCE_AFTER_S: Final = 30.0
_LATE_STOP_AWAITED_FOR_S: Final = 60.0
NOTE_METER_EVERY_S: Final = 900.0


def remembered_connector(
    settings: ChargerSettings, connector_id: ConnectorId, remembered: Remembered, now: Moment
) -> Connector:
    """The connector as the journal knows it after a power cut."""
    transaction = next((one for one in reversed(remembered.open) if one.connector == connector_id), None)
    mine = [one for one in remembered.ended if one.connector == connector_id and (one.accepted or one.energy_wh)]
    last = mine[-1] if mine else None
    shown = transaction if transaction is not None and transaction.accepted else last
    point = None if transaction is None else remembered.points.get(transaction.id)
    meter = remembered.meters.get(connector_id)
    taken = meter is not None and transaction is not None and meter.register_wh > transaction.meter_start_wh
    late = transaction is not None and transaction.late
    own = settings.connectors.get(connector_id, ConnectorSettings(connector_id))
    return Connector(
        settings=own,
        transaction=transaction,
        tx=Slot() if transaction is None else leases.of_before(own, remembered.abilities, transaction.id, now),
        was_active=taken,
        hidden=late,
        reading=_reading_of(transaction, point),
        reminders={} if transaction is None else _reminders_of(transaction, now.monotonic_s, hidden=late),
        session_closed_wh=None if transaction is None else transaction.session_base_wh,
        session=None if transaction is None else session_of(transaction),
        curve=None if transaction is None else curve.remembered(transaction, point, settings.zone),
        opens_transactions=transaction is not None or last is not None,
        last_start=shown.started_at if shown is not None and shown.clock_sane else None,
        last_end=last.stopped_at if last is not None and last.clock_sane else None,
        last_energy_wh=last.energy_wh if last is not None else None,
        meter=meter,
        noted_meter=meter,
        wishes=remembered.wishes.get(connector_id, Wishes()),
    )


def _reading_of(transaction: Transaction | None, point: Point | None) -> Reading:
    """The register as it was at least, as far as the log tells: an end that is only assumed keeps what was taken."""
    if transaction is None or transaction.base_wh is None:
        return Reading()
    taken_wh = max(sum(day.energy_wh for day in transaction.days), 0 if point is None else point.energy_wh)
    return Reading(energy_wh=transaction.base_wh + taken_wh) if taken_wh else Reading()


def started(turn: Turn, event: TransactionStarted) -> None:
    """StartTransaction: one number for one transaction, however often it is sent (rows T1, T6, T24, T27)."""
    connector = _where(turn, event.connector)
    known = connector.transaction
    charged_before = connector.session is not None or (known is not None and not connector.hidden)
    again = known if known is not None and _is_the_same(turn, known, event) else _assumed_ended(turn, connector, event)
    if again is not None:
        turn.reply(event, StartAnswer(again.id, _info_again(turn, again)))
        return
    if known is not None:
        turn.note(Level.WARNING, connector.id, f"transaction {known.id} was never stopped; a new one begins")
        close(
            turn,
            connector,
            Ending(turn.now.utc, StopReason.OTHER, assumed=True, clock_sane=turn.now.clock is Clock.SANE),
        )
        connector = turn.connector(connector.id)
    at = event.at if plausible(event.at, turn.now) else None
    if at is not None and sampling.is_behind(turn, at):
        words = f"its clock shows {at:%Y-%m-%d %H:%M} UTC although it was connected since: the bridge's time counts"
        turn.note(Level.WARNING, connector.id, words)
        at = None
    late = at is not None and turn.now.clock is Clock.SANE and turn.now.utc - at > LATE_AFTER
    info = tags.verdict(turn, event.id_tag, connector, late=late)
    goes_on = not late and _session_goes_on(connector) and not _has_left(turn, connector, at or turn.now.utc)
    meter_start_wh = _meter_start(connector, event)
    transaction = Transaction(
        id=event.fresh,
        connector=connector.id,
        id_tag=tags.booked(turn.charger, event.id_tag),
        meter_start_wh=meter_start_wh,
        base_wh=meter_start_wh or None,
        started_at=at or turn.now.utc,
        charger_time=event.at,
        accepted=info.status is AuthorizationStatus.ACCEPTED,
        late=late,
        clock_sane=at is not None or turn.now.clock is Clock.SANE,
        session_base_wh=(connector.session_closed_wh or 0) if goes_on else 0,
        session=connector.session if goes_on else None,
        started_by=starting.started_by(turn, connector, event.id_tag),
        meter_serial=sampling.meter_serial(turn),
    )
    turn.facts.append(TransactionRecorded(transaction))
    _tell(turn, transaction, info)
    if not late:
        connector = _come_anew(turn, connector) if charged_before and not goes_on else connector
        tags.held(turn, event.id_tag, info.status, connector)
        if transaction.accepted:
            connector = _mode_of_card(turn, connector, transaction)
    _open(turn, connector, transaction, event)
    turn.reply(event, StartAnswer(transaction.id, info))


def stopped(turn: Turn, event: TransactionStopped) -> None:
    """StopTransaction is always accepted; it ends what it can only mean (rows T2, T3, T4, T10, T11)."""
    turn.reply(event, StopAnswer(IdTagInfo(AuthorizationStatus.ACCEPTED) if event.id_tag else None))
    connector = _meant(turn, event)
    at = event.at if plausible(event.at, turn.now) and not _began_behind(turn, connector, event) else None
    ending = Ending(
        at=at or turn.now.utc,
        clock_sane=at is not None or turn.now.clock is Clock.SANE,
        reason=event.reason,
        meter_stop_wh=event.meter_stop_wh,
        readings=event.readings,
    )
    if connector is not None:
        close(turn, connector, ending)
        if event.reason is StopReason.EV_DISCONNECTED and not connector.hidden:
            _car_gone(turn, connector.id)
        return
    ended = next((one for one in turn.charger.ended if _is_its_stop(one, event, ending)), None)
    if ended is None:
        orphan(turn, event, ending)
    elif ended.assumed:
        correct(turn, ended, ending)
        then = turn.connector(ended.connector)
        is_last = then.transaction is None and then.session == session_of(ended)
        if event.reason is StopReason.EV_DISCONNECTED and is_last:
            _car_gone(turn, ended.connector)


def session_of(transaction: Transaction) -> TransactionId | None:
    """The session that the next transaction of this car goes on with; one that came late is alone."""
    return None if transaction.late else transaction.session or transaction.id


def _car_gone(turn: Turn, connector_id: ConnectorId) -> None:
    """The charger has seen the car leave, even where another one was there before its state could be told."""
    turn.keep(replace(_come_anew(turn, turn.connector(connector_id)), session=None))


def _come_anew(turn: Turn, connector: Connector) -> Connector:
    """Whoever charges next is another car: what was wanted of the session before is over."""
    turn.keep(replace(connector, wishes=without_session(connector.wishes)))
    return turn.connector(connector.id)


def _session_opened(turn: Turn, connector: Connector, transaction: Transaction) -> TransactionId | None:
    """None: it was told after its car had left, or may have; who charges next is another car, or nobody knows."""
    return None if _has_left(turn, connector, transaction.started_at) else session_of(transaction)


def _has_left(turn: Turn, connector: Connector, began: datetime) -> bool:
    gap = last_gap(turn, connector)
    return gap is not None and began < gap


def show(connector: Connector) -> Connector:
    """A transaction that was delivered late proves to be running: from now on the building sees it."""
    transaction = connector.transaction
    if not connector.hidden or transaction is None:
        return connector
    return replace(
        connector,
        hidden=False,
        session=None,
        session_closed_wh=transaction.session_base_wh,
        last_start=transaction.started_at if transaction.clock_sane else None,
        reminders=without(connector.reminders, Reminder.LATE),
    )


def _open(turn: Turn, connector: Connector, transaction: Transaction, event: TransactionStarted) -> None:
    hidden = transaction.late and not (connector.fresh and connector.active)
    reminders = without(connector.reminders, Reminder.ASSUME_END, Reminder.START_ENDS)
    reminders.update(_reminders_of(transaction, turn.now.monotonic_s, hidden=hidden))
    shown = transaction.accepted and not hidden
    if shown and transaction.clock_sane:
        turn.again.add((connector.id, "start_time"))
    opened = replace(
        begun(connector, event.meter_start_wh),
        transaction=transaction,
        reading=replace(connector.reading, energy_wh=None),
        session_closed_wh=connector.session_closed_wh if hidden else transaction.session_base_wh,
        session=connector.session if hidden else _session_opened(turn, connector, transaction),
        curve=sampling.begun(turn, transaction),
        signed=0,
        opens_transactions=True,
        was_active=connector.active,
        plugged=connector.plugged if hidden else True,
        hidden=hidden,
        last_start=transaction.started_at if shown and transaction.clock_sane else connector.last_start,
        start=None,
        stop=None,
        tx=Slot(transaction=transaction.id),
        reminders=reminders,
    )
    _fulfil(turn, opened, connector, transaction)


def _reminders_of(transaction: Transaction, now_s: float, *, hidden: bool) -> dict[Reminder, float]:
    """What has to be looked at while this transaction is open."""
    reminders = {Reminder.NOTE_METER: now_s + NOTE_METER_EVERY_S}
    if hidden:
        reminders[Reminder.LATE] = now_s + _LATE_STOP_AWAITED_FOR_S
    if not transaction.accepted and not transaction.late:
        reminders[Reminder.ENFORCE] = now_s + ENFORCE_AFTER_S
    return reminders


def _tell(turn: Turn, transaction: Transaction, info: IdTagInfo) -> None:
    """People are told that it charges, unless it is refused or long over."""
    card, how = masked(transaction.id_tag), transaction.started_by.value
    text = f"transaction {transaction.id} begins ({how}), card {card}: {info.status.value}"
    if transaction.accepted and not transaction.late:
        turn.charge(AlarmKind.CHARGING_STARTED, transaction.connector, text, transaction.id)
    else:
        turn.note(Level.INFO, transaction.connector, text + ", delivered late" * transaction.late)


def _mode_of_card(turn: Turn, connector: Connector, transaction: Transaction) -> Connector:
    """A card may bring its own mode, which holds until the cable is pulled or somebody chooses another one."""
    card = tags.card_charging(turn.charger, transaction.id_tag)
    if card is None or card.mode is None or card.mode is connector.wishes.session_mode:
        return connector
    words = card.mode.name.lower().replace("_", " ")
    turn.note(Level.INFO, connector.id, f"card {masked(transaction.id_tag)} charges in its own mode: {words}")
    turn.keep(replace(connector, wishes=replace(connector.wishes, session_mode=card.mode)))
    return turn.connector(connector.id)


def _session_goes_on(connector: Connector) -> bool:
    """The car that charged before is still plugged in; where nobody can know, a new session begins."""
    status = connector.status if connector.fresh else None
    plugged = connector.plugged is True and status is not None and MEANING[status].plugged
    return plugged and connector.session is not None


def _fulfil(turn: Turn, opened: Connector, before: Connector, transaction: Transaction) -> None:
    """The wish that led here, if any, has come true; one that was taken back stops what it started."""
    wish = before.start
    if wish is not None and transaction.late and not tags.fits(turn.charger, transaction.id_tag, wish.id_tag):
        reminders = with_reminder(
            opened.reminders, Reminder.START_ENDS, before.reminders.get(Reminder.START_ENDS, turn.now.monotonic_s)
        )
        turn.put(replace(opened, start=wish, reminders=reminders))
        return
    if wish is not None and wish.cancelled and tags.fits(turn.charger, transaction.id_tag, wish.id_tag):
        turn.put(wanting_a_stop(turn, opened, transaction.id))
        turn.note(Level.INFO, opened.id, "the start was taken back meanwhile: the transaction is stopped")
        return
    turn.put(opened)
    if wish is not None and wish.stage is not StartStage.PROMISED and not wish.told and not wish.cancelled:
        turn.succeed(opened.id, wish.number, f"transaction {transaction.id} has begun")


def _is_the_same(turn: Turn, known: Transaction, event: TransactionStarted) -> bool:
    return (
        tags.alike(turn.charger, known.id_tag, event.id_tag)
        and known.charger_time == event.at
        and (event.meter_start_wh is None or known.meter_start_wh == event.meter_start_wh)
    )


def _assumed_ended(turn: Turn, connector: Connector, event: TransactionStarted) -> Transaction | None:
    """The start of a transaction whose end was only assumed: its meter values or its stop will tell (row T1)."""
    if not plausible(event.at, turn.now):
        return None
    ended = (one for one in turn.charger.ended if one.assumed and one.connector == connector.id)
    return next((one for one in ended if _is_the_same(turn, one, event)), None)


def _info_again(turn: Turn, known: Transaction) -> IdTagInfo:
    info = tags.verdict(turn, known.id_tag, late=known.late)
    if known.accepted:
        return info if info.status is AuthorizationStatus.ACCEPTED else IdTagInfo(AuthorizationStatus.ACCEPTED)
    return IdTagInfo(AuthorizationStatus.INVALID) if info.status is AuthorizationStatus.ACCEPTED else info


def _meter_start(connector: Connector, event: TransactionStarted) -> int:
    if event.meter_start_wh is not None:
        return event.meter_start_wh
    return connector.meter.register_wh if connector.meter is not None else 0


def _meant(turn: Turn, event: TransactionStopped) -> Connector | None:
    """The connector whose open transaction this stop can only mean."""
    open_ones = [connector for connector in turn.charger.connectors.values() if connector.transaction is not None]
    for connector in open_ones:
        if connector.transaction is not None and connector.transaction.id == event.transaction:
            return connector
    if _is_number(event.transaction) and any(one.id == event.transaction for one in turn.charger.ended):
        return None
    fitting = [connector for connector in open_ones if _could_be(turn, connector, event)]
    return fitting[0] if len(fitting) == 1 else None


def _began_behind(turn: Turn, connector: Connector | None, event: TransactionStopped) -> bool:
    """The charger's clock was behind when this transaction began, and still is."""
    transaction = None if connector is None else connector.transaction
    if transaction is None or transaction.charger_time is None or event.at is None:
        return False
    return min(transaction.started_at - transaction.charger_time, turn.now.utc - event.at) > LATE_AFTER


def _is_number(transaction: TransactionId | None) -> bool:
    """0 and below are what chargers say that know no number (row T4)."""
    return transaction is not None and transaction > 0


def _is_its_stop(ended: Transaction, event: TransactionStopped, ending: Ending) -> bool:
    """The stop of a transaction that has ended, sent again; one without a number shows it by what it says."""
    if _is_number(event.transaction) and ended.id == event.transaction:
        return True
    same_words = ended.meter_stop_wh == event.meter_stop_wh and ended.reason is event.reason
    return same_words and event.at is not None and ended.stopped_at == ending.at


def _where(turn: Turn, connector_id: ConnectorId) -> Connector:
    """Where a transaction begins: nonsense means the only outlet, or the charge point if there are several."""
    outlets = turn.outlets()
    if connector_id <= 0 and len(outlets) == 1:
        return outlets[0]
    reported = turn.reported(connector_id)
    return turn.connector(CHARGE_POINT) if reported is None else reported


def _could_be(turn: Turn, connector: Connector, event: TransactionStopped) -> bool:
    transaction = connector.transaction
    if transaction is None:
        return False
    if event.id_tag and not tags.may_stop(turn.charger, event.id_tag, transaction.id_tag):
        return False
    if event.at is not None and transaction.charger_time is not None and event.at < transaction.charger_time:
        return False
    if not _is_number(event.transaction):
        return True
    return bool(event.id_tag) or (event.meter_stop_wh or 0) >= transaction.meter_start_wh
