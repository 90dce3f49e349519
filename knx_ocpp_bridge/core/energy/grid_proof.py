"""Whether each outlet keeps to an order of the grid operator, and since when: what the log of evidence says of it.

Where a charger measures, what it measures after it has accepted the order decides. What was measured before, or while
its car was still on its way, says nothing of the order: if it was above, a newer one is waited for, and only if none
comes in time it counts that the order was accepted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from knx_ocpp_bridge.core.energy.amperes import NO_LESS_A
from knx_ocpp_bridge.core.energy.habit import SETTLES_S
from knx_ocpp_bridge.core.energy.ruling import EvidenceRow, SiteNote
from knx_ocpp_bridge.core.energy.scene import Evidence, OutletView
from knx_ocpp_bridge.core.energy.terms import OutletKey
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.step import AlarmKind, Level

_TRIES: Final = 3
"""So often an outlet is told 0 A under one order; the last time until the order is over."""
_EXACT_A: Final = 0.5
_EXACT_SHARE: Final = 0.02
"""Chargers measure and set no more exactly than this: the greater of both."""


class Kept(Enum):
    """Whether an outlet keeps to its limit, and what says so."""

    MEASURED = "measured"
    """No more flows, by a measurement after it was told."""
    ACCEPTED = "accepted"
    """It can draw no more by what it was told; nothing newer was measured."""
    NOTHING = "nothing"
    """Nothing is charged there, and nothing flows."""
    OPEN = "open"
    """It was accepted, more flowed before, and it has not been measured since."""
    NOT = "not"
    """More flows, or may flow."""


_KEPT: Final = frozenset({Kept.MEASURED, Kept.ACCEPTED, Kept.NOTHING})


@dataclass(frozen=True, slots=True)
class Proof:
    """One outlet under an order. Times are monotonic."""

    number: int
    """Of the order."""
    limit_a: float
    limit_w: float
    """Of the order itself."""
    since_s: float
    """Since then it has this limit or a higher one, and was not seen to keep to it; or since when it does not."""
    obeys_since_s: float | None = None
    """None: it does not, as far as anybody knows."""
    accepted_since_s: float | None = None
    """It can draw no more than its limit by what it was told since then; None: it can."""
    is_sent: bool = False
    is_confirmed: bool = False
    """It was written down that it obeys, and nothing has spoken against it since."""
    is_measured: bool = False
    """And that this was measured."""
    is_escalated: bool = False
    """It is told 0 A."""
    tries: int = 0
    """How often it was; one that obeys at 0 A alone is not let begin again and again."""


@dataclass(frozen=True, slots=True)
class Proven:
    """One outlet as it stands, with what is to be told."""

    proof: Proof
    notes: tuple[SiteNote, ...] = ()
    evidence: tuple[EvidenceRow, ...] = ()


@dataclass(frozen=True, slots=True)
class _Look:
    key: OutletKey
    view: OutletView
    now_s: float
    within_s: float


def kept(proof: Proof, view: OutletView, now_s: float, within_s: float) -> Kept:
    """What is known of it now. More than the limit, measured after the order reached it, is never kept to it."""
    if view.disobeys:
        return Kept.NOT
    accepted_s = proof.accepted_since_s
    is_above = view.current_a is not None and view.current_a > _most_a(proof.limit_a)
    if _is_measured_since(view, _reached_s(proof)):
        if not is_above and (view.online or accepted_s is not None):
            return Kept.MEASURED
        if is_above and (accepted_s is None or _is_measured_since(view, accepted_s + SETTLES_S)):
            return Kept.NOT
    if accepted_s is not None:
        return Kept.OPEN if is_above and now_s < accepted_s + max(SETTLES_S, within_s) else Kept.ACCEPTED
    return Kept.NOTHING if view.online and not view.charging and not view.current_a else Kept.NOT


def _most_a(limit_a: float) -> float:
    return limit_a + max(_EXACT_A, _EXACT_SHARE * limit_a) + NO_LESS_A


def _reached_s(proof: Proof) -> float:
    return proof.since_s if proof.accepted_since_s is None else proof.accepted_since_s


def _is_measured_since(view: OutletView, since_s: float) -> bool:
    return view.current_a is not None and view.measured_at_s is not None and view.measured_at_s > since_s


def proven(before: Proof | None, asked: Proof, key: OutletKey, view: OutletView, within_s: float) -> Proven:
    """One look more. `asked` is the proof of an order that was just given (its `since_s` is now)."""
    now_s = asked.since_s
    if before is None or before.number != asked.number:
        held = before is not None and before.is_escalated
        proof = replace(asked, is_escalated=held, tries=1 if held else 0)
    elif asked.limit_a < before.limit_a - NO_LESS_A:
        proof = replace(before, limit_a=asked.limit_a, since_s=now_s, obeys_since_s=None)
    else:
        proof = replace(before, limit_a=asked.limit_a)
    proof = _accepted(proof, view, now_s)
    how = kept(proof, view, now_s, within_s)
    if how in _KEPT:
        proof = replace(proof, obeys_since_s=now_s if proof.obeys_since_s is None else proof.obeys_since_s)
    elif proof.obeys_since_s is not None:
        proof = replace(proof, obeys_since_s=None, since_s=now_s)
    if how is Kept.NOT:
        proof = replace(proof, is_confirmed=False, is_measured=False)
    return _told(proof, how, _Look(key, view, now_s, within_s))


def _accepted(proof: Proof, view: OutletView, now_s: float) -> Proof:
    if view.promised_a > proof.limit_a + NO_LESS_A:
        return replace(proof, accepted_since_s=None)
    return proof if proof.accepted_since_s is not None else replace(proof, accepted_since_s=now_s)


def over(proofs: Mapping[OutletKey, Proof]) -> tuple[SiteNote, ...]:
    """The orders for these outlets have ended: nobody is alarmed any more."""
    return tuple(
        SiteNote(Level.INFO, key, "the limit that it did not keep to is over", AlarmKind.LOAD, over=True)
        for key, proof in sorted(proofs.items())
        if proof.is_escalated
    )


def due_s(proof: Proof, within_s: float, now_s: float) -> float | None:
    """When it has to be looked at again though nothing happens, monotonic and after `now_s`."""
    if proof.obeys_since_s is not None:
        return proof.obeys_since_s + within_s if proof.is_escalated and proof.tries < _TRIES else None
    if proof.is_escalated:
        return None
    times = (proof.since_s + within_s, _reached_s(proof) + max(SETTLES_S, within_s))
    return min((each for each in times if each > now_s), default=None)


def _told(proof: Proof, how: Kept, look: _Look) -> Proven:
    notes: list[SiteNote] = []
    rows: list[EvidenceRow] = []
    key, said = look.key, _words(proof, how, look.view)
    if look.view.online and not proof.is_sent:
        proof = replace(proof, is_sent=True)
        rows.append(EvidenceRow(Evidence.SENT, key, proof.limit_w, f"{proof.limit_a:.1f} A"))
    if proof.obeys_since_s is not None:
        steady = look.now_s - proof.obeys_since_s >= look.within_s
        if proof.is_escalated and steady and proof.tries < _TRIES:
            proof = replace(proof, is_escalated=False, is_confirmed=False)
            notes.append(
                SiteNote(Level.INFO, key, "it keeps to the grid operator's limit again", AlarmKind.LOAD, over=True)
            )
        is_measured = how is Kept.MEASURED
        if not proof.is_escalated and (not proof.is_confirmed or (is_measured and not proof.is_measured)):
            proof = replace(proof, is_confirmed=True, is_measured=is_measured)
            rows.append(EvidenceRow(Evidence.CONFIRMED, key, proof.limit_w, said))
    elif how is Kept.NOT and not proof.is_escalated and look.now_s - proof.since_s >= look.within_s:
        proof = replace(proof, is_escalated=True, is_confirmed=False, tries=proof.tries + 1)
        rows.append(EvidenceRow(Evidence.ESCALATED, key, proof.limit_w, said))
        notes.append(SiteNote(Level.WARNING, key, _alarm(proof, said, look.within_s), AlarmKind.LOAD))
    return Proven(proof, tuple(notes), tuple(rows))


def _alarm(proof: Proof, said: str, within_s: float) -> str:
    until = "the order is over" if proof.tries >= _TRIES else f"it has kept to it for {within_s:.0f} s"
    return (
        f"the grid operator's limit of {proof.limit_w:.0f} W was not kept to within {within_s:.0f} s ({said}): it is "
        f"told 0 A until {until}; if it goes on all the same, switch the charger off on site"
    )


def _words(proof: Proof, how: Kept, view: OutletView) -> str:
    """What speaks for it, or against it. A figure that is older than the order says nothing."""
    is_newer = how is not Kept.ACCEPTED and _is_measured_since(view, _reached_s(proof))
    flows = f"measured: {view.current_a:.1f} A flow" if is_newer else ""
    accepted = "not accepted" if proof.accepted_since_s is None else "accepted"
    may = f"{accepted}: at most {view.promised_a:.1f} A by what it was told"
    if how is Kept.NOTHING:
        return "nothing is charged, and nothing flows"
    said = ("" if view.online else "offline", flows, "" if how is Kept.MEASURED else may)
    return ", ".join(each for each in said if each)
