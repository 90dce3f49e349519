"""A charger's life told in sentences: `begin` and `advance` with a clock that moves only when it is told to.

The charger on the other side takes every command that reaches it, unless a test has told it otherwise
(`answers`), or has taken the answers into its own hand (`silent`).
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from knx_ocpp_bridge.core.caps import Cap
from knx_ocpp_bridge.core.charger import Charger, advance, begin, deadline
from knx_ocpp_bridge.core.commands import Command, SetProfile
from knx_ocpp_bridge.core.events import (
    AuthorizeAsked,
    BootNotified,
    Capped,
    Event,
    Heartbeat,
    Identity,
    LinkClosed,
    LinkOpened,
    Metered,
    MeterReading,
    Origin,
    Outcome,
    Reconfigured,
    Replied,
    Sample,
    StatusNotified,
    TransactionStarted,
    TransactionStopped,
    Wished,
    Woken,
)
from knx_ocpp_bridge.core.facts import Remembered
from knx_ocpp_bridge.core.settings import ChargerSettings, ConnectorSettings, Tag, TagBook
from knx_ocpp_bridge.core.status import CommandResult, ConnectorStatus, ErrorCode, LimitReason, StopReason
from knx_ocpp_bridge.core.step import CardShown, IdTagInfo, Note, Payload, Sampled, Step, Verdict
from knx_ocpp_bridge.core.values import ChargerId, Clock, ConnectorId, IdTag, LinkNumber, Moment, TransactionId, Value
from tests.kit.memory import Memory

NOON: Final = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ONE: Final = ConnectorId(1)
TWO: Final = ConnectorId(2)
CARD: Final = IdTag("04A1B2C3")
STRANGER: Final = IdTag("DEADBEEF")
OWN_TAG: Final = IdTag("B0B1B2B3B4B5B6")
BOX: Final = Identity(vendor="Box", model="One", firmware="1.0")
CARDS: Final = TagBook(tags={CARD.casefold(): Tag(CARD, "card", group=IdTag("FAMILY"))})

ENERGY: Final = "Energy.Active.Import.Register"
CURRENT: Final = "Current.Import"
POWER: Final = "Power.Active.Import"

Reply = str | Outcome
Observer = Callable[[Charger, Event, Moment, Charger, Step], None]


def garage(*outlets: ConnectorSettings, **changes: Any) -> ChargerSettings:
    """A configured charger with one outlet (10 A normally, 16 A fast and at most) unless others are given."""
    connectors = outlets or (outlet(),)
    settings = ChargerSettings(
        ChargerId("GARAGE"), connectors={one.id: one for one in connectors}, tag_book=CARDS, name="Garage"
    )
    return replace(settings, **changes)


def outlet(number: int = 1, **changes: Any) -> ConnectorSettings:
    return replace(ConnectorSettings(ConnectorId(number), normal_current_a=10.0), **changes)


def plugged(**outlet_settings: Any) -> "Life":
    """A car is plugged in at a charger with one such outlet, and all was said that there was to say."""
    life = Life(garage(outlet(**outlet_settings)))
    life.arrives()
    life.reports(ConnectorStatus.PREPARING)
    life.passes(1)
    life.heard()
    return life


@dataclass(slots=True)
class Life:
    """One charger, one bridge, and the building that listens."""

    settings: ChargerSettings = field(default_factory=garage)
    memory: Memory = field(default_factory=Memory)
    now_s: float = 1000.0
    utc: datetime = NOON
    clock: Clock = Clock.SANE
    answers: dict[type[Command], Reply] = field(default_factory=dict)
    """What the charger says to a command, if not Accepted."""
    silent: set[type[Command]] = field(default_factory=set)
    """Commands that the charger leaves unanswered until a test answers them."""
    takes_zero: bool = True
    """False: it refuses each profile of 0 A, and takes all others (row S10)."""
    observers: list[Observer] = field(default_factory=list)
    charger: Charger = field(init=False)
    commands: list[Command] = field(default_factory=list)
    """Everything the charger was ever told."""
    unanswered: deque[Command] = field(default_factory=deque)
    verdicts: list[Verdict] = field(default_factory=list)
    said: dict[tuple[ConnectorId, str], Value] = field(default_factory=dict)
    """The last value of each object on the bus."""
    telegrams: list[tuple[ConnectorId, str, Value]] = field(default_factory=list)
    """What was said since `heard` was asked last."""
    words: list[str] = field(default_factory=list)
    alarms: list[Note] = field(default_factory=list)
    samples: list[Sampled] = field(default_factory=list)
    cards: list[CardShown] = field(default_factory=list)
    answered: Payload | None = None
    """The answer to the charger's last request."""
    link: LinkNumber | None = None
    links: int = 0
    requests: int = 0

    def __post_init__(self) -> None:
        self.restarts()

    # the house

    @property
    def moment(self) -> Moment:
        return Moment(self.now_s, self.utc, self.clock)

    def restarts(self) -> None:
        """The bridge is killed and started again: all that is left is what was on disk."""
        self.link = None
        self.unanswered.clear()
        self.said.clear()
        remembered: Remembered = self.memory.remembered()
        self.charger = begin(self.settings, remembered, remembered.own_tag or OWN_TAG, self.moment)

    def happens(self, event: Event) -> Step:
        """One event, and everything that follows from it at this moment."""
        before, now = self.charger, self.moment
        self.charger, step = advance(before, event, now)
        for fact in step.facts:
            self.memory.keep(fact)
        self.answered = step.answer.payload if step.answer is not None else self.answered
        for update in step.updates:
            if update.value is None:
                self.said.pop((update.connector, update.key), None)
            else:
                self.said[update.connector, update.key] = update.value
                self.telegrams.append((update.connector, update.key, update.value))
        self.commands += step.commands
        self.unanswered += step.commands
        self.verdicts += step.verdicts
        self.words += [note.text for note in step.notes]
        self.alarms += [note for note in step.notes if note.alarm is not None]
        self.samples += step.samples
        for sampled in step.samples:
            self.memory.draw(sampled)
        self.cards += step.cards
        for observe in self.observers:
            observe(before, event, now, self.charger, step)
        self._oblige()
        return step

    def passes(self, seconds: float) -> None:
        """Time passes, and the bridge is woken whenever it asked for it."""
        until_s = self.now_s + seconds
        for _ in range(10_000):
            due_s = deadline(self.charger)
            if due_s is None or due_s > until_s:
                break
            self._to(max(due_s, self.now_s))
            self.happens(Woken())
        else:
            raise AssertionError("the bridge wants to be woken without end")
        self._to(until_s)

    def reconfigured(self, settings: ChargerSettings) -> Step:
        self.settings = settings
        return self.happens(Reconfigured(settings))

    # the charger

    def connects(self) -> Step:
        self.links += 1
        self.link = LinkNumber(self.links)
        self.unanswered.clear()
        return self.happens(LinkOpened(self.link, "192.0.2.7"))

    def disconnects(self) -> Step:
        link, self.link = self._link, None
        self.unanswered.clear()
        return self.happens(LinkClosed(link, "gone"))

    def boots(self, identity: Identity = BOX) -> Step:
        return self.happens(BootNotified(self._link, self._request(), identity))

    def arrives(self, status: ConnectorStatus = ConnectorStatus.AVAILABLE) -> None:
        """Connects, boots, reports its connectors and has been told what it must know."""
        self.connects()
        self.boots()
        for connector in self.settings.connectors:
            self.reports(status, connector)
        self.passes(3)
        self.heard()

    def returns(self) -> None:
        """Reconnects without a boot and without closing the old connection."""
        self.connects()
        self.beats()

    def beats(self) -> Step:
        return self.happens(Heartbeat(self._link, self._request()))

    def reports(
        self,
        status: ConnectorStatus | None,
        connector: ConnectorId = ONE,
        error_code: ErrorCode = ErrorCode.NO_ERROR,
        info: str = "",
    ) -> Step:
        return self.happens(
            StatusNotified(self._link, self._request(), connector, status, error_code, info=info, at=self.utc)
        )

    def presents(self, id_tag: IdTag) -> Step:
        return self.happens(AuthorizeAsked(self._link, self._request(), id_tag))

    def starts(
        self,
        id_tag: IdTag = CARD,
        meter_wh: int | None = 1000,
        connector: ConnectorId = ONE,
        ago: timedelta = timedelta(),
    ) -> TransactionId:
        """StartTransaction; returns the number the charger was given."""
        at = self.utc - ago
        self.happens(self.start_request(id_tag, meter_wh, connector, at))
        return self.number

    def start_request(
        self, id_tag: IdTag, meter_wh: int | None, connector: ConnectorId, at: datetime | None
    ) -> TransactionStarted:
        fresh = TransactionId(max(self.memory.transactions, default=0) + 1)
        return TransactionStarted(self._link, self._request(), connector, id_tag, meter_wh, at, fresh)

    def stops(
        self,
        transaction: int | None,
        meter_wh: int | None = 2000,
        reason: StopReason = StopReason.LOCAL,
        ago: timedelta = timedelta(),
        id_tag: IdTag | None = None,
        readings: tuple[MeterReading, ...] = (),
    ) -> Step:
        number = None if transaction is None else TransactionId(transaction)
        fresh = TransactionId(max(self.memory.transactions, default=0) + 1)
        at = self.utc - ago
        event = TransactionStopped(self._link, self._request(), number, id_tag, meter_wh, at, reason, readings, fresh)
        return self.happens(event)

    def meters(
        self,
        register_wh: float | None = None,
        current_a: float | None = None,
        transaction: int | None = None,
        connector: ConnectorId = ONE,
        power_w: float | None = None,
        ago: timedelta = timedelta(),
    ) -> Step:
        pairs = ((ENERGY, register_wh), (CURRENT, current_a), (POWER, power_w))
        samples = tuple(Sample(measurand, value) for measurand, value in pairs if value is not None)
        return self.tells((MeterReading(self.utc - ago, samples),), transaction, connector)

    def measures(self, samples: Iterable[Sample], transaction: int | None = None, connector: ConnectorId = ONE) -> Step:
        return self.tells((MeterReading(self.utc, tuple(samples)),), transaction, connector)

    def tells(
        self, readings: tuple[MeterReading, ...], transaction: int | None = None, connector: ConnectorId = ONE
    ) -> Step:
        number = None if transaction is None else TransactionId(transaction)
        return self.happens(Metered(self._link, self._request(), connector, number, readings))

    def charges(self, id_tag: IdTag = CARD, meter_wh: int = 1000, connector: ConnectorId = ONE) -> TransactionId:
        """A whole start as most chargers report it: plugged in, transaction, Charging."""
        if self.charger.connectors[connector].status is not ConnectorStatus.PREPARING:
            self.reports(ConnectorStatus.PREPARING, connector)
        number = self.starts(id_tag, meter_wh, connector)
        self.reports(ConnectorStatus.CHARGING, connector)
        return number

    def replies(self, status: Reply = "Accepted", detail: str = "") -> Step:
        """The charger answers the oldest command that it has left unanswered."""
        return self.happens(self._reply(self.unanswered.popleft(), status, detail))

    # the building

    def presses(self, value: float, key: str = "charging", connector: ConnectorId = ONE, number: int = 0) -> Step:
        """A telegram from the wall arrives (or, with a number, somebody at a prompt who waits for the verdict)."""
        return self.wishes(Wished(connector, key, value, Origin.KNX if not number else Origin.CLI, number))

    def wishes(self, event: Wished) -> Step:
        return self.happens(event)

    # the site

    def caps(
        self,
        *caps: tuple[LimitReason, float] | Cap,
        connector: ConnectorId = ONE,
        phases: int | None = None,
        urgent: bool = False,
    ) -> Step:
        """The site sets these, in place of all that it has set before."""
        told = tuple(one if isinstance(one, Cap) else Cap(*one) for one in caps)
        return self.happens(Capped(connector, told, phases, urgent))

    # what there is to see

    def heard(self, *keys: str, connector: ConnectorId = ONE) -> list[tuple[str, Value]]:
        """What this connector said on the bus since the last time, of these objects (else: of all)."""
        told = [(key, value) for number, key, value in self.telegrams if number == connector]
        self.telegrams.clear()
        return [(key, value) for key, value in told if not keys or key in keys]

    def told(self, kind: type[Command]) -> list[Command]:
        """Every command of this kind that the charger was ever told."""
        return [command for command in self.commands if isinstance(command, kind)]

    def state(self, key: str, connector: ConnectorId = ONE) -> Value | None:
        return self.said.get((connector, key))

    def verdict(self, number: int) -> CommandResult:
        """The one verdict on this wish."""
        results = [verdict.result for verdict in self.verdicts if verdict.number == number]
        assert len(results) == 1, f"{len(results)} verdicts on {number}"
        return results[0]

    @property
    def number(self) -> TransactionId:
        number: TransactionId = getattr(self.answered, "transaction")  # noqa: B009  any other answer has none
        return number

    @property
    def info(self) -> IdTagInfo:
        info: IdTagInfo = getattr(self.answered, "info")  # noqa: B009  any other answer has none
        return info

    # inside

    @property
    def _link(self) -> LinkNumber:
        assert self.link is not None, "the charger is not connected"
        return self.link

    def _request(self) -> str:
        self.requests += 1
        return f"request-{self.requests}"

    def _to(self, now_s: float) -> None:
        self.utc += timedelta(seconds=now_s - self.now_s)
        self.now_s = now_s

    def _oblige(self) -> None:
        while self.link is not None:
            command = next((one for one in self.unanswered if type(one) not in self.silent), None)
            if command is None:
                return
            self.unanswered.remove(command)
            zero = isinstance(command, SetProfile) and command.limit == 0 and not self.takes_zero
            self.happens(self._reply(command, "Rejected" if zero else self.answers.get(type(command), "Accepted"), ""))

    def _reply(self, command: Command, reply: Reply, detail: str) -> Replied:
        if isinstance(reply, Outcome):
            return Replied(self._link, command, reply, detail=detail)
        return Replied(self._link, command, Outcome.ANSWERED, reply, detail)
