"""What a journal would give back: facts in, `Remembered` out, without a disk."""

from dataclasses import dataclass, field

from knx_ocpp_bridge.core.events import Identity, SignedValue
from knx_ocpp_bridge.core.facts import (
    AbilityLearned,
    Fact,
    IdentityLearned,
    Meter,
    MeterNoted,
    Point,
    Remembered,
    SecurityKept,
    SignedKept,
    TagIssued,
    Transaction,
    TransactionRecorded,
    Wishes,
    WishesKept,
)
from knx_ocpp_bridge.core.security import NOTHING_AGREED, Security
from knx_ocpp_bridge.core.step import Sampled
from knx_ocpp_bridge.core.values import ConnectorId, IdTag, TransactionId

_ENDED_KEPT = 8


@dataclass(slots=True)
class Memory:
    """The truth of one charger on an imagined disk."""

    transactions: dict[TransactionId, Transaction] = field(default_factory=dict)
    wishes: dict[ConnectorId, Wishes] = field(default_factory=dict)
    meters: dict[ConnectorId, Meter] = field(default_factory=dict)
    abilities: dict[str, str] = field(default_factory=dict)
    identity: Identity | None = None
    own_tag: IdTag | None = None
    security: Security = NOTHING_AGREED
    signed: dict[TransactionId, list[SignedValue]] = field(default_factory=dict)
    points: dict[TransactionId, Point] = field(default_factory=dict)

    def keep(self, fact: Fact) -> None:
        match fact:
            case TransactionRecorded(transaction):
                self.transactions[transaction.id] = transaction
            case WishesKept(connector, wishes):
                self.wishes[connector] = wishes
            case MeterNoted(connector, meter):
                self.meters[connector] = meter
            case IdentityLearned(identity):
                self.identity = identity
            case AbilityLearned(name, value):
                self.abilities[name] = value
            case TagIssued(id_tag):
                self.own_tag = id_tag
            case SecurityKept(security):
                self.security = security
            case SignedKept(transaction, values):
                self.signed.setdefault(transaction, []).extend(values)

    def draw(self, sampled: Sampled) -> None:
        """A point of the curve; in time they may come in any order."""
        known = self.points.get(sampled.transaction)
        if known is None or sampled.at >= known.at:
            self.points[sampled.transaction] = Point(sampled.at, sampled.energy_wh)

    def remembered(self) -> Remembered:
        by_number = [self.transactions[number] for number in sorted(self.transactions)]
        return Remembered(
            own_tag=self.own_tag,
            identity=self.identity,
            open=tuple(one for one in by_number if one.stopped_at is None),
            ended=tuple(one for one in by_number if one.stopped_at is not None)[-_ENDED_KEPT:],
            points={
                number: point
                for number, point in self.points.items()
                if number in self.transactions and self.transactions[number].stopped_at is None
            },
            wishes=dict(self.wishes),
            meters=dict(self.meters),
            abilities=dict(self.abilities),
            security=self.security,
        )
