"""Whether each outlet keeps to an order of the grid operator, and since when: what the log of evidence says of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from knx_ocpp_bridge.core.energy.amperes import NO_LESS_A
from knx_ocpp_bridge.core.energy.ruling import EvidenceRow, SiteNote
from knx_ocpp_bridge.core.energy.scene import Evidence, OutletView
from knx_ocpp_bridge.core.energy.terms import OutletKey
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.step import AlarmKind, Level

_TRIES: Final = 3
"""So often an outlet is held at 0 A under one order; from then on until the order is over."""


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
    is_sent: bool = False
    is_confirmed: bool = False
    """It was written down that it obeys."""
    is_escalated: bool = False
    """It is held at 0 A."""
    tries: int = 0
    """How often it was; one that obeys at 0 A alone is not let begin again and again."""


@dataclass(frozen=True, slots=True)
class Proven:
    """One outlet as it stands, with what is to be told."""

    proof: Proof
    notes: tuple[SiteNote, ...] = ()
    evidence: tuple[EvidenceRow, ...] = ()


def obeys(view: OutletView, limit_a: float, since_s: float) -> bool:
    """It can draw no more than this; or nothing flows at all, or it was measured since then that no more flows."""
    if view.disobeys:
        return False
    if view.promised_a <= limit_a + NO_LESS_A:
        return True
    if not view.online:
        return False
    if not view.charging:
        return not view.current_a
    measured = view.current_a is not None and view.measured_at_s is not None and view.measured_at_s > since_s
    return measured and view.current_a is not None and view.current_a <= limit_a + NO_LESS_A


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
    if obeys(view, proof.limit_a, proof.since_s):
        proof = replace(proof, obeys_since_s=now_s if proof.obeys_since_s is None else proof.obeys_since_s)
    elif proof.obeys_since_s is not None:
        proof = replace(proof, obeys_since_s=None, since_s=now_s)
    return _told(proof, key, view, now_s, within_s)


def over(proofs: Mapping[OutletKey, Proof]) -> tuple[SiteNote, ...]:
    """The orders for these outlets have ended: nobody is alarmed any more."""
    return tuple(
        SiteNote(Level.INFO, key, "the limit that it did not keep to is over", AlarmKind.LOAD, over=True)
        for key, proof in sorted(proofs.items())
        if proof.is_escalated
    )


def due_s(proof: Proof, within_s: float) -> float | None:
    """When it has to be looked at again though nothing happens, monotonic."""
    if proof.obeys_since_s is not None:
        return proof.obeys_since_s + within_s if proof.is_escalated and proof.tries < _TRIES else None
    return None if proof.is_escalated else proof.since_s + within_s


def _told(proof: Proof, key: OutletKey, view: OutletView, now_s: float, within_s: float) -> Proven:
    notes: list[SiteNote] = []
    rows: list[EvidenceRow] = []
    if view.online and not proof.is_sent:
        proof = replace(proof, is_sent=True)
        rows.append(EvidenceRow(Evidence.SENT, key, proof.limit_w, f"{proof.limit_a:.1f} A"))
    if proof.obeys_since_s is not None:
        steady = now_s - proof.obeys_since_s >= within_s
        if proof.is_escalated and steady and proof.tries < _TRIES:
            proof = replace(proof, is_escalated=False, is_confirmed=False)
            notes.append(
                SiteNote(Level.INFO, key, "it keeps to the grid operator's limit again", AlarmKind.LOAD, over=True)
            )
        if not proof.is_escalated and not proof.is_confirmed:
            proof = replace(proof, is_confirmed=True)
            rows.append(EvidenceRow(Evidence.CONFIRMED, key, proof.limit_w, _state(view)))
    elif not proof.is_escalated and now_s - proof.since_s >= within_s:
        proof = replace(proof, is_escalated=True, is_confirmed=False, tries=proof.tries + 1)
        rows.append(EvidenceRow(Evidence.ESCALATED, key, proof.limit_w, _state(view)))
        text = (
            f"the grid operator's limit of {proof.limit_w:.0f} W was not kept to within {within_s:.0f} s"
            f" ({_state(view)}): it is held at 0 A until it obeys"
        )
        notes.append(SiteNote(Level.WARNING, key, text, AlarmKind.LOAD))
    return Proven(proof, tuple(notes), tuple(rows))


def _state(view: OutletView) -> str:
    """What speaks for it, or against it."""
    online = "" if view.online else "offline, "
    flows = f", {view.current_a:.1f} A flow" if view.charging and view.current_a is not None else ""
    return f"{online}at most {view.promised_a:.1f} A by what it was told{flows}"
