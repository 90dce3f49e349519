"""What must be true once a chaos charger has been left in peace: on the line, in the journal, on the bus."""

from typing import Final

from knx_ocpp_bridge.core.abilities import NO
from knx_ocpp_bridge.core.facts import Transaction
from knx_ocpp_bridge.core.local_list import LOCAL_LIST
from knx_ocpp_bridge.core.status import ConnectorStatus
from knx_ocpp_bridge.core.values import ConnectorId, TransactionId
from knx_ocpp_bridge.ocpp.memory import MAX_ANSWERS, MAX_REPORTS
from knx_ocpp_bridge.ocpp.session import MAX_QUEUED
from tests.kit.chaos import ChaosCharger
from tests.kit.chaos_ledger import Entry
from tests.kit.quirks import IMPLAUSIBLE, Quirk

_STATUS: Final = {status.name.replace("_", "").casefold(): status for status in ConnectorStatus}
_OUT_OF_SERVICE: Final = frozenset({ConnectorStatus.UNAVAILABLE, ConnectorStatus.FAULTED})
_MOST_TIMERS: Final = 64


def leave_in_peace(charger: ChaosCharger) -> None:
    """All switches are off, the line is there, and some minutes pass."""
    charger.on.clear()
    charger.cut = False
    charger.passes(120)
    if charger.wiped or charger.ledger.kept & charger.untold:
        # The bridge has no way to know that profiles are gone, or a transaction whose state it never heard of.
        charger.hang_up()
        charger.passes(15)
    if charger.untold or charger.bridge.actor.charger.abilities.get("ask_status") == NO:
        # One that cannot be asked tells its states when it likes.
        charger.tell_states()
        charger.untold.clear()
    charger.passes(600)


def check(charger: ChaosCharger) -> None:
    """The link answers, the books are right, the building sees what is, and nothing has grown without bound."""
    link_answers(charger)
    for number, entry in charger.ledger.entries.items():
        is_in_the_journal_once(charger, TransactionId(number), entry)
        is_as_it_was_told(charger.bridge.memory.transactions[TransactionId(number)], entry)
    is_open_where_it_runs(charger)
    for connector in charger.machine.connectors:
        building_sees_the_state(charger, ConnectorId(connector))
        building_sees_what_flows(charger, ConnectorId(connector))
    charger_knows_the_cards(charger)
    nothing_has_grown(charger)


def link_answers(charger: ChaosCharger) -> None:
    assert charger.line is not None, f"it cannot stay connected: {charger.bridge.notes[-5:]}"
    charger._say("Heartbeat", {})
    charger.pump()
    assert not +charger.due, f"never answered: {+charger.due}"
    assert charger.machine.online
    assert charger.bridge.bus[ConnectorId(0), "online"] is True


def is_in_the_journal_once(charger: ChaosCharger, number: TransactionId, entry: Entry) -> None:
    kept = charger.bridge.memory.transactions
    assert number in kept, f"transaction {number} is in no journal"
    found = kept[number]
    assert (found.connector, found.id_tag) == (entry.connector, entry.id_tag)
    if Quirk.T13 not in entry.quirks:
        assert found.meter_start_wh == entry.meter_start
    twins = [one.id for one in kept.values() if _face(one) == _face(found) and one.id not in charger.ledger.entries]
    assert not twins or found.charger_time is None, f"transaction {number} is in the journal as {twins} too"


def is_as_it_was_told(found: Transaction, entry: Entry) -> None:
    assert found.accepted == entry.accepted
    assert found.energy_wh is None or found.energy_wh >= 0
    assert (found.energy_wh is None) == (found.stopped_at is None)
    assert all(day.energy_wh >= 0 for day in found.days)
    if found.stopped_at is not None:
        assert sum(day.energy_wh for day in found.days) == (found.energy_wh if found.clock_sane else 0)
    if not entry.stop_told or entry.meter_stop is None:
        return
    if entry.quirks & {Quirk.T4, Quirk.F2}:
        return
    assert found.stopped_at is not None, f"transaction {found.id} was ended and is open"
    assert not found.assumed
    if not entry.quirks & IMPLAUSIBLE:
        assert found.energy_wh == entry.meter_stop - entry.meter_start, f"{found} is not {entry}"


def is_open_where_it_runs(charger: ChaosCharger) -> None:
    for connector, where in charger.machine.connectors.items():
        running = where.transaction
        if running is None or running.id not in charger.ledger.entries:
            continue
        entry = charger.ledger.entries[running.id]
        found = charger.bridge.memory.transactions[TransactionId(running.id)]
        if not entry.quirks & {Quirk.T4, Quirk.F2}:
            assert found.stopped_at is None, f"transaction {found.id} of connector {connector} runs and is closed"


def building_sees_the_state(charger: ChaosCharger, connector: ConnectorId) -> None:
    bus, where = charger.bridge.bus, charger.machine.connectors[connector]
    real = _STATUS[where.status(charger.machine.limit_a(where, charger.now)).value.casefold()]
    assert bus[connector, "status"] == real, f"{connector} is {real.name}"
    assert bus[connector, "availability"] == (real not in _OUT_OF_SERVICE)
    charges = where.transaction is not None
    unknowable = (connector in charger.ledger.free and charges) or (
        connector in charger.ledger.kept and real is not ConnectorStatus.AVAILABLE
    )
    if not unknowable and not (real is not ConnectorStatus.AVAILABLE and _last_was_confused(charger, connector)):
        assert bus[connector, "charging"] == charges, f"{connector} is {real.name}"


def building_sees_what_flows(charger: ChaosCharger, connector: ConnectorId) -> None:
    bus, where = charger.bridge.bus, charger.machine.connectors[connector]
    flows_a = charger.machine.current_a(where, charger.now)
    seen_a = bus.get((connector, "current"), 0.0)
    assert isinstance(seen_a, float)
    assert abs(seen_a - flows_a) < 0.2, f"{flows_a} A flow at {connector}"
    limit_a = bus.get((connector, "max_current"))
    # A charger that takes no limit any more (row S15) keeps the last one that it took, or forgets it: nobody knows.
    if connector in charger.ledger.stubborn | charger.ledger.kept | charger.ledger.free:
        return
    if _last_was_confused(charger, connector):
        return
    if isinstance(limit_a, float):
        obeyed_a = charger.machine.limit_a(where, charger.now)
        assert abs(obeyed_a - limit_a) < 0.2, f"{connector} is limited to {obeyed_a} A"


def charger_knows_the_cards(charger: ChaosCharger) -> None:
    """Where the bridge believes that the local list is the tag book's, it is."""
    known = charger.bridge.actor.charger
    can = known.abilities.get(LOCAL_LIST) != NO
    if known.settings.local_list and can and known.card_list.settled_for is known.settings:
        assert charger.machine.local_list.entries.keys() == known.settings.tag_book.tags.keys()


def nothing_has_grown(charger: ChaosCharger) -> None:
    bridge = charger.bridge
    assert len(bridge.timers._due) <= _MOST_TIMERS
    assert len(bridge.system._connections) == 1
    assert len(bridge.actor._inbox) == 0
    assert len(bridge.actor.charger.errands) <= 64
    assert len(bridge.actor.charger.ended) <= 16
    ((link, _),) = bridge.system._links.values()
    assert not link._pending
    assert link._unanswered == 0
    assert len(link._session._queue) <= MAX_QUEUED
    memory = bridge.system._memories[bridge.id]
    assert len(memory._answers) <= MAX_ANSWERS
    assert len(memory._awaited) <= MAX_ANSWERS
    assert len(memory._reported) <= MAX_REPORTS


def _last_was_confused(charger: ChaosCharger, connector: ConnectorId) -> bool:
    """Some stop without a number may, or may not, have been that of this connector's newest transaction."""
    quirks = [entry.quirks for entry in charger.ledger.entries.values() if entry.connector == connector]
    return bool(quirks and quirks[-1] & {Quirk.T4, Quirk.F2})


def _face(one: Transaction) -> tuple[object, ...]:
    return one.connector, one.id_tag, one.meter_start_wh, one.charger_time
