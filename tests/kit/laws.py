"""What must hold at every step of every charger's life, whatever happens."""

from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import Final

from knx_ocpp_bridge.core.charger import Charger, advance, deadline
from knx_ocpp_bridge.core.commands import (
    ChangeConfiguration,
    ClearProfile,
    Command,
    ProfilePurpose,
    RateUnit,
    SetProfile,
    TriggerMessage,
)
from knx_ocpp_bridge.core.connector import Connector, Reminder
from knx_ocpp_bridge.core.energy.view import view
from knx_ocpp_bridge.core.events import (
    AuthorizeAsked,
    BootNotified,
    ByOthers,
    CertificateAsked,
    Event,
    Heartbeat,
    LinkClosed,
    LinkOpened,
    Metered,
    Reconfigured,
    StatusNotified,
    TransactionStarted,
    TransactionStopped,
    Wished,
    Woken,
)
from knx_ocpp_bridge.core.facts import Transaction, TransactionRecorded
from knx_ocpp_bridge.core.leases import leases
from knx_ocpp_bridge.core.limits import least_a
from knx_ocpp_bridge.core.settings import ConnectorSettings, Registration
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.step import StartAnswer, Step
from knx_ocpp_bridge.core.values import CHARGE_POINT, ConnectorId, LinkNumber, Moment, TransactionId, Value
from knx_ocpp_bridge.core.ways import can_limit, refuses_zero

_REQUESTS: Final = (
    CertificateAsked,
    BootNotified,
    Heartbeat,
    StatusNotified,
    Metered,
    TransactionStarted,
    TransactionStopped,
    AuthorizeAsked,
)
_TOLD_WITHIN_S: Final = 300.0
_GAVE_WAY: Final = ("a newer wish", "taken back", "taken out")
"""Wishes that another wish has overtaken: that one is told."""


@dataclass(slots=True)
class Laws:
    """Watches a life; raises AssertionError at the first step that breaks a law."""

    on_disk: dict[TransactionId, Transaction] = field(default_factory=dict)
    said: dict[tuple[ConnectorId, str], Value] = field(default_factory=dict)
    waiting: dict[int, tuple[float, Wished]] = field(default_factory=dict)
    """Wishes with a number that have no verdict yet, and since when."""
    judged: set[int] = field(default_factory=set)
    profiles: dict[tuple[object, ...], tuple[float, SetProfile]] = field(default_factory=dict)
    written_at_s: dict[str, float] = field(default_factory=dict)
    triggered_at_s: float = float("-inf")
    newest_link: LinkNumber | None = None
    link_open: bool = False

    def restarted(self) -> None:
        """The bridge was killed: who waited is gone, and what was said has to be said again."""
        self.said.clear()
        self.waiting.clear()
        self.profiles.clear()
        self.written_at_s.clear()
        self.triggered_at_s = float("-inf")
        self.newest_link, self.link_open = None, False

    def __call__(self, before: Charger, event: Event, now: Moment, after: Charger, step: Step) -> None:
        assert advance(before, event, now) == (after, step), "the same input gives the same output"
        if self._is_old(event):
            assert (after, step) == (before, Step()), "events of an old link change nothing"
            return
        self._link(event)
        self._answer(event, step)
        self._facts(step, after.settings.zone)
        self._samples(step)
        self._commands(before, event, after, now, step)
        self._updates(event, step)
        self._verdicts(event, now, step)
        self._promises(now, after)
        self._bounds(event, now, after)

    def _is_old(self, event: Event) -> bool:
        if isinstance(event, LinkOpened):
            return self.newest_link is not None and event.link <= self.newest_link
        return not isinstance(event, ByOthers) and (not self.link_open or event.link != self.newest_link)

    def _link(self, event: Event) -> None:
        if isinstance(event, LinkOpened):
            self.newest_link, self.link_open = event.link, True
        elif isinstance(event, LinkClosed):
            self.link_open = False

    def _answer(self, event: Event, step: Step) -> None:
        if isinstance(event, _REQUESTS):
            assert step.answer is not None, "every request is answered"
            assert (step.answer.link, step.answer.request) == (event.link, event.request)
        else:
            assert step.answer is None, "nothing but a request is answered"

    def _facts(self, step: Step, zone: tzinfo) -> None:
        for fact in step.facts:
            if isinstance(fact, TransactionRecorded):
                new = fact.transaction
                old = self.on_disk.get(new.id)
                if old is not None:
                    identity = (new.connector, new.id_tag, new.charger_time, new.meter_start_wh)
                    assert identity == (old.connector, old.id_tag, old.charger_time, old.meter_start_wh), "one number"
                assert new.energy_wh is None or new.energy_wh >= 0, "energy is never negative"
                assert (new.stopped_at is None) == (new.energy_wh is None)
                self._days(new, zone)
                assert new.session is None or new.session in self.on_disk, "a session is named by its first"
                self.on_disk[new.id] = new
        if step.answer is not None and isinstance(step.answer.payload, StartAnswer):
            assert step.answer.payload.transaction in self.on_disk, "a number is on disk before the charger learns it"

    def _days(self, one: Transaction, zone: tzinfo) -> None:
        assert one.clock_sane or one.stopped_at is None or not one.days, "without a clock there are no days"
        assert all(day.energy_wh >= 0 for day in one.days), "no day takes less than nothing"
        days = [day.day for day in one.days]
        assert days == sorted(set(days)), "each day once, in order"
        assert not days or days[0] >= one.started_at.astimezone(zone).date()
        if one.stopped_at is not None and one.clock_sane:
            assert sum(day.energy_wh for day in one.days) == one.energy_wh, "the days are the energy"
            assert days[-1] <= one.stopped_at.astimezone(zone).date()

    def _samples(self, step: Step) -> None:
        for sample in step.samples:
            assert sample.transaction in self.on_disk, "a curve is that of a transaction"
            assert sample.energy_wh >= 0

    def _commands(self, before: Charger, event: Event, after: Charger, now: Moment, step: Step) -> None:
        if step.commands:
            assert self.link_open, "no command to an absent charger"
            # Only whether it will boot may be asked before: it was told to wait, and is accepted now.
            asked_to_boot = all(one == TriggerMessage("BootNotification") for one in step.commands)
            assert after.registered or asked_to_boot, "no command to a charger that was not admitted"
            assert after.settings.registration is Registration.ACCEPTED
        if isinstance(event, Reconfigured) and before.settings.flags != after.settings.flags:
            self.profiles.clear()  # what was said in another way counts for nothing
        if isinstance(event, BootNotified) and after.registered:
            self.profiles.clear()  # what it may have lost is said once more for each boot, at once
        for command in step.commands:
            if isinstance(command, SetProfile):
                self._profile(after, now, command)
            elif isinstance(command, ClearProfile):
                where = (command.connector, command.purpose)  # what was taken out may be put in again at once
                self.profiles = {key: said for key, said in self.profiles.items() if key[:2] != where}
            elif isinstance(command, TriggerMessage):
                admitted = isinstance(event, Reconfigured)  # each admission asks for a boot, once
                assert admitted or now.monotonic_s - self.triggered_at_s > 9.999, "one question in ten seconds"
                self.triggered_at_s = now.monotonic_s
            elif isinstance(command, ChangeConfiguration) and command.key == after.flags.limit_key:
                written_at_s = self.written_at_s.get(command.key, float("-inf"))
                assert now.monotonic_s - written_at_s > 59.999, "a key is written at most once in a minute"
                self.written_at_s[command.key] = now.monotonic_s
            if after.settings.quiet:
                self._quiet(before, event, command)

    def _quiet(self, before: Charger, event: Event, command: Command) -> None:
        assert not isinstance(command, TriggerMessage | ClearProfile), "a quiet bridge asks for nothing"
        limits = isinstance(command, SetProfile | ChangeConfiguration)
        wished = isinstance(event, Wished) or any(one.limit is not None for one in before.connectors.values())
        written = isinstance(command, ChangeConfiguration) and command.key != before.flags.limit_key
        assert not limits or wished or written, "a quiet bridge limits nothing that nobody wished for"

    def _profile(self, after: Charger, now: Moment, command: SetProfile) -> None:
        outlets = after.settings.connectors
        settings = [outlets[command.connector]] if command.connector != CHARGE_POINT else list(outlets.values())
        phases = [command.number_phases or one.phases for one in settings]
        volts = [230.0 * number if command.unit is RateUnit.WATT else 1.0 for number in phases]
        assert command.limit == round(command.limit, 1), "one decimal"
        assert command.limit == 0 or all(
            int(6 * volt) <= command.limit <= one.max_current_a * volt
            for one, volt in zip(settings, volts, strict=True)
        ), f"never between 0 and 6 A, nor above the maximum: {command}"
        key = (command.connector, command.purpose, command.transaction)
        self._caps(after, settings, command)
        last = self.profiles.get(key)
        if last is not None and replace(last[1], start=None) == replace(command, start=None):
            assert now.monotonic_s - last[0] > 59.999, "never the same profile twice within a minute"
        self.profiles[key] = (now.monotonic_s, command)

    def _caps(self, after: Charger, settings: list[ConnectorSettings], command: SetProfile) -> None:
        """What the site allows is never exceeded, and what is above the fail-safe ends by itself, or is a default."""
        volts = 230.0 * (command.number_phases or settings[0].phases) if command.unit is RateUnit.WATT else 1.0
        for one in settings:
            connector = after.connectors[one.id]
            if _stands_for_zero(after, connector, command.limit / volts):
                continue
            lasting_only = command.purpose is not ProfilePurpose.TX and leases(after, connector)
            caps = [cap.current_a for cap in connector.caps if cap.lasting or not lasting_only]
            assert command.limit <= min(caps, default=command.limit) * volts + 1e-6, f"above a cap: {command}"
            if command.duration_s is not None:
                assert one.fail_safe_a is not None, "without a fail-safe what was told last holds"
                assert command.purpose is ProfilePurpose.TX, "a default never ends"
                assert command.duration_s <= one.lease_s + 60, "a lease is no longer than it was set"
            if lasting_only and one.fail_safe_a is not None:
                assert command.limit <= one.fail_safe_a * volts, f"above the fail-safe without an end: {command}"
            if not connector.capped and one.circuit:
                assert command.limit <= (one.fail_safe_a or 0.0) * volts, f"before the site has looked: {command}"

    def _updates(self, event: Event, step: Step) -> None:
        # An object that is new in the configuration has not been told anything yet.
        repeats = isinstance(event, Reconfigured)
        seen = set()
        for update in step.updates:
            key = (update.connector, update.key)
            assert key not in seen, f"{key} is said once in a step"
            seen.add(key)
            if update.value is None:
                assert self.said.pop(key, None) is not None, "only what was said can be withdrawn"
                continue
            assert update.value == update.value, "not a number is not a value"
            assert update.again or repeats or self.said.get(key) != update.value, f"{key}: only news is said"
            if update.key in {"transaction_energy", "session_energy"}:
                assert isinstance(update.value, int)
                assert update.value >= 0
            self.said[key] = update.value

    def _verdicts(self, event: Event, now: Moment, step: Step) -> None:
        if isinstance(event, Wished) and event.number:
            self.waiting[event.number] = now.monotonic_s, event
        for verdict in step.verdicts:
            assert verdict.number in self.waiting, "one verdict on each wish, and only on wishes"
            assert verdict.number not in self.judged
            self.judged.add(verdict.number)
            _, wish = self.waiting.pop(verdict.number)
            if verdict.result is not CommandResult.ACCEPTED and not any(word in verdict.reason for word in _GAVE_WAY):
                key = (wish.connector, wish.key)
                # What is not known any more is withdrawn, and not said.
                again = [one for one in step.updates if (one.connector, one.key) == key and one.value is not None]
                assert len(again) == (key in self.said), f"{key}: a wish that failed says the state once"
                results = [one.value for one in step.updates if one.key == "command_result"]
                assert int(verdict.result) in results, "and what became of it"
        if isinstance(event, Woken):
            late = [number for number, (at_s, _) in self.waiting.items() if now.monotonic_s > at_s + _TOLD_WITHIN_S]
            assert not late, f"wishes {late} wait for a verdict"

    def _promises(self, now: Moment, after: Charger) -> None:
        """What the charger may hold by all that it was told is promised."""
        for connector in after.connectors.values():
            if connector.id == CHARGE_POINT or connector.id not in after.settings.connectors:
                continue
            seen = view(after, connector, now)
            assert 0 <= seen.promised_a <= connector.settings.max_current_a
            if connector.default.confirmed_a is None and connector.tx.confirmed_a is None:
                assert seen.promised_a == connector.settings.max_current_a, "what is not confirmed limits nothing"
            in_force_a = connector.in_force_a
            if in_force_a is not None and can_limit(after):
                most_a = min(in_force_a, connector.settings.max_current_a)
                assert seen.promised_a >= most_a, "no less is promised than is in force"
            ends_s = connector.tx.ends_at_s
            assert connector.tx.confirmed_a is None or ends_s > now.monotonic_s, "what has ended is not in force"

    def _bounds(self, event: Event, now: Moment, after: Charger) -> None:
        due_s = deadline(after)
        if isinstance(event, Woken) and due_s is not None:
            assert due_s > now.monotonic_s, "a bridge that was woken does not ask to be woken at once"
        assert len(after.connectors) <= 33
        assert len(after.ended) <= 8
        assert len(after.errands) <= 64
        assert all(len(connector.reminders) <= len(Reminder) for connector in after.connectors.values())


def _stands_for_zero(charger: Charger, connector: Connector, limit_a: float) -> bool:
    """Row S10: it has refused 0 A in this form, so that the least that it takes is less than what it draws now."""
    refuses = any(refuses_zero(charger, connector, slot) for slot in (connector.default, connector.tx))
    return refuses and limit_a <= least_a(connector.settings, charger.flags) + 1e-6


def limits_told(commands: list[Command]) -> list[float]:
    """The limit of each SetChargingProfile, in order."""
    return [command.limit for command in commands if isinstance(command, SetProfile)]
