"""What follows when a charger refuses a limit, or does not answer: the next way, a rest, or the word that it cannot."""

from math import inf
from typing import Final

from knx_ocpp_bridge.core import abilities, leases, limits, stopping, ways
from knx_ocpp_bridge.core.commands import ChangeAvailability, GetConfiguration, ProfilePurpose, SetProfile
from knx_ocpp_bridge.core.connector import Connector, Slot
from knx_ocpp_bridge.core.events import Outcome, Replied
from knx_ocpp_bridge.core.obedience import watched
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.state import Charger, Question
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.step import Level
from knx_ocpp_bridge.core.turn import Turn

LIMIT_BY: Final = "limit_by"
TX_PROFILE: Final = "tx_profile"
NONE: Final = "none"
_FIRST_REST_S: Final = 60.0
_LONGEST_REST_S: Final = 900.0
_MOST_LASTING_TRIES: Final = 5
_MOST_SILENCES: Final = 3
"""So often the first profile of a transaction is left unanswered until it is believed that none is taken."""


def known_to_work(charger: Charger) -> bool:
    """True if this charger has taken limits in the way that is in use."""
    way = ways.way_of(charger)
    return way is not None and charger.abilities.get(LIMIT_BY) == way.name


def feared(slot: Slot) -> Slot:
    """The slot whose last command was not answered: it may hold what was sent, besides what it held before."""
    if not slot.awaited or isinstance(slot.sent, GetConfiguration):
        return replace(slot, awaited=False)
    ends_s = max(slot.feared_until_s, leases.ends_at_s(slot))
    return replace(slot, awaited=False, feared_a=max(slot.feared_a, slot.sent_a), feared_until_s=ends_s)


def timed_out(turn: Turn, connector: Connector, slot: Slot, *, is_tx: bool) -> None:
    """No answer: it may hold what it was told, or what it held before."""
    unsure = replace(feared(replace(slot, awaited=True)), doubtful=slot.confirmed_a is not None)
    now_s = turn.now.monotonic_s
    if is_tx and connector.settings.fail_safe_a is not None:
        after = _waited_for(connector, unsure)
    elif is_tx:
        # It may hold what it was told: the next value is for this profile too.
        tx = replace(_rested(unsure, now_s), refused=slot.confirmed_a is None, doubtful=True)
        after = replace(connector, tx=tx)
    elif not isinstance(slot.sent, SetProfile):
        # It may have been written: it is read before it is written again.
        lost = replace(_rested(unsure, now_s), confirmed_a=None)
        after = replace(connector, default=lost)
    elif known_to_work(turn.charger) or connector.pressure.tried:
        after = replace(connector, default=_rested(unsure, now_s))
    else:
        way = turn.charger.way + 1
        after = replace(connector, default=unsure)
        if way >= len(ways.order(turn.charger)):
            # Silence is no refusal: after the last way the first one is tried again, but not at once.
            way = 0
            after = replace(connector, default=_rested(unsure, now_s))
        turn.charger = replace(turn.charger, way=way)
    quietly = connector.limit is None and is_tx and slot.tries > 0
    if quietly:
        turn.put(after)
    else:
        fail(turn, after, CommandResult.TIMED_OUT, "the charger did not answer the limit", keep=True)


def _waited_for(connector: Connector, slot: Slot) -> Connector:
    """A limit that ends by itself is said again in time, whatever became of the last word on it."""
    tries = slot.tries + 1
    if slot.confirmed_a is None:
        refused = tries >= _MOST_SILENCES
        return replace(connector, tx=replace(slot, tries=tries, refused=refused, doubtful=refused))
    renewed = slot.sent_a == slot.confirmed_a and slot.ends_at_s < inf and leases.ends_at_s(slot) < inf
    return replace(connector, tx=replace(slot, tries=tries, doubtful=not renewed))


def _rested(slot: Slot, now_s: float, *, refused: bool = False) -> Slot:
    """The same value once more, but later each time; what goes to flash memory not without news."""
    tries = slot.tries + 1
    lasting = ways.is_lasting(slot.sent) and (refused or tries >= _MOST_LASTING_TRIES)
    rest_s = inf if lasting else min(_FIRST_REST_S * 2.0 ** min(tries - 1, 8), _LONGEST_REST_S)
    return replace(slot, rests_until_s=now_s + rest_s, tries=tries)


def tx_refused(turn: Turn, connector: Connector, slot: Slot, event: Replied) -> None:
    """A profile of the transaction is refused: 0 A, this value, a limit that ends by itself, or all of them."""
    if slot.sent_a == 0.0:
        _zero_refused(turn, connector, slot, event)
        return
    ends = leases.ends_at_s(slot) < inf
    if slot.confirmed_a is not None or (ends and turn.charger.abilities.get(leases.LEASES) == abilities.YES):
        value_refused(turn, replace(connector, tx=slot), slot, event)
        return
    if ends and not slot.plain:
        turn.note(Level.INFO, connector.id, "the charger refuses a limit that ends by itself; a lasting one is tried")
        turn.put(replace(connector, tx=replace(slot, plain=True)))
        return
    if event.outcome is Outcome.NOT_SUPPORTED or event.status == "NotSupported":
        abilities.learn(turn, TX_PROFILE, abilities.NO)
    turn.note(Level.INFO, connector.id, "the charger takes no TxProfile; its default holds")
    turn.put(watched(turn, replace(connector, tx=replace(slot, refused=True))))


def refused(turn: Turn, connector: Connector, slot: Slot, event: Replied) -> None:
    """A default profile is refused: 0 A, this value, this way, or all of them."""
    after = replace(connector, default=slot)
    charger = turn.charger
    if event.outcome is Outcome.NOT_SUPPORTED:
        abilities.learn(turn, LIMIT_BY, NONE)
        turn.charger = replace(turn.charger, way=len(ways.WAYS))
        if _stops_the_car(after):
            _stop_instead(turn, after)
            return
        reason = "this charger has no smart charging; it cannot be limited"
        fail(turn, after, CommandResult.NOT_SUPPORTED, reason, keep=False)
        return
    if slot.confirmed_a is not None or known_to_work(charger) or connector.pressure.tried:
        # One that is pressed is led through the ways by `core.escalation`.
        value_refused(turn, after, slot, event)
        return
    _ask_for_the_unit(turn)
    if slot.sent_a == 0.0:
        _zero_refused(turn, after, slot, event)
        return
    turn.charger = replace(turn.charger, way=charger.way + 1)
    turn.note(Level.INFO, connector.id, f"the charger refused a charging profile ({event.status or event.detail})")
    if ways.can_limit(turn.charger):
        turn.put(after)
    else:
        result = CommandResult.NOT_SUPPORTED if event.status == "NotSupported" else CommandResult.REJECTED
        fail(turn, after, result, "the charger refused the limit in every form", keep=False)


def _ask_for_the_unit(turn: Turn) -> None:
    """Once, and only where nobody has said it: it may be the unit that is refused (row S7)."""
    charger = turn.charger
    if Question.RATE_UNIT not in charger.asked and charger.flags.rate_unit == "auto" and not charger.settings.quiet:
        turn.charger = replace(charger, asked=charger.asked | {Question.RATE_UNIT})
        turn.commands.append(GetConfiguration((Question.RATE_UNIT.value,)))


def value_refused(turn: Turn, connector: Connector, slot: Slot, event: Replied) -> None:
    """A charger that takes limits refuses this one: what held before holds again."""
    if slot.sent_a == 0.0 and event.status != "RebootRequired":
        _zero_refused(turn, connector, slot, event)
        return
    rested = _rested(slot, turn.now.monotonic_s, refused=True)
    if event.status == "RebootRequired":
        # It is written and does not act yet: after the restart it is read.
        reason = f"{slot.sent_a:g} A come into force only when the charger is restarted"
        after = replace(connector, default=replace(rested, confirmed_a=None))
        fail(turn, after, CommandResult.REJECTED, reason, keep=True)
        return
    is_tx = isinstance(slot.sent, SetProfile) and slot.sent.purpose is ProfilePurpose.TX
    if slot.doubtful and slot.sent_a == slot.confirmed_a and not is_tx:
        # It took this before, and after a boot or a silence it does not: nobody knows what holds.
        rested = replace(rested, confirmed_a=None)
    after = replace(connector, tx=rested) if is_tx else replace(connector, default=rested)
    reason = f"the charger refuses {slot.sent_a:g} A ({event.status or event.detail})"
    fail(turn, after, CommandResult.REJECTED, reason, keep=False)


def _zero_refused(turn: Turn, connector: Connector, slot: Slot, event: Replied) -> None:
    """Row S10: 0 A alone says nothing of other limits. The least one stands for it, and a wish for 0 A has failed."""
    is_tx = isinstance(slot.sent, SetProfile) and slot.sent.purpose is ProfilePurpose.TX
    by_inoperative = isinstance(slot.sent, ChangeAvailability)
    held_a = None if slot.doubtful and slot.confirmed_a == 0.0 else slot.confirmed_a
    if by_inoperative:
        marked = _rested(slot, turn.now.monotonic_s, refused=True)
    else:
        marked = replace(slot, no_zero=ways.form(turn.charger), confirmed_a=held_a, rests_until_s=0.0, tries=0)
    after = replace(connector, tx=marked) if is_tx else replace(connector, default=marked)
    wish, refusal = connector.limit, f"0 A ({event.status or event.detail})"
    if _stops_the_car(connector):
        _stop_instead(turn, after)
    elif wish is not None and _wants_zero(turn, connector):
        fail(turn, after, CommandResult.REJECTED, f"the charger refuses {refusal}", keep=False)
    elif by_inoperative:
        fail(turn, after, CommandResult.REJECTED, f"the charger does not become Inoperative for {refusal}", keep=True)
    else:
        least_a = limits.least_a(connector.settings, turn.charger.flags)
        turn.put(after)
        turn.note(Level.WARNING, connector.id, f"the charger refuses {refusal}: it is told {least_a:g} A instead")


def _wants_zero(turn: Turn, connector: Connector) -> bool:
    """It is the owner who wants 0 A, and no limit of the site."""
    return limits.wanted(connector.settings, connector.wishes, turn.charger.flags).current_a == 0.0


def _stops_the_car(connector: Connector) -> bool:
    """0 A stands for a stop that somebody wished for by `charging`."""
    by_charging = connector.limit is not None and connector.limit.key == "charging"
    return by_charging and connector.wishes.paused and connector.transaction is not None


def _stop_instead(turn: Turn, connector: Connector) -> None:
    """0 A is refused although limits are taken (row S10): a stop by pause becomes a real stop."""
    transaction, wish = connector.transaction, connector.limit
    if transaction is None or wish is None:
        return
    unpaused = replace(connector, wishes=replace(connector.wishes, paused=False), limit=None)
    turn.keep(stopping.wanting_a_stop(turn, unpaused, transaction.id, wish.number))
    turn.note(Level.WARNING, connector.id, "the charger refused 0 A: the transaction is stopped instead")


def fail(turn: Turn, connector: Connector, result: CommandResult, reason: str, *, keep: bool) -> None:
    """Whoever wished for the limit is told; the wish stays only if it is to be kept."""
    wish = connector.limit
    if wish is None:
        turn.put(connector)
        turn.note(Level.WARNING, connector.id, f"max_current: {reason}")
        return
    if not keep:
        connector = replace(connector, wishes=wish.before, wishers=wish.before_by)
    turn.keep(replace(connector, limit=None))
    turn.fail(connector.id, wish.key, wish.number, result, reason)
