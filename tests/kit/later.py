"""Timers that ring when the test says that time passes; a stand-in for `call_later` of a loop."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Bell:
    """One timer."""

    at_s: float
    ring: Callable[[], None]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


@dataclass(slots=True)
class Later:
    """The monotonic clock, and all that waits for it."""

    now_s: float = 1000.0
    bells: list[Bell] = field(default_factory=list)

    def call_later(self, after_s: float, what: Callable[[], None]) -> Bell:
        bell = Bell(self.now_s + after_s, what)
        self.bells.append(bell)
        return bell

    @property
    def waiting(self) -> list[Bell]:
        """Those that will ring."""
        return [bell for bell in self.bells if not bell.cancelled]

    def passes(self, seconds: float) -> None:
        """Every timer rings at its own time, those included that are set meanwhile."""
        end_s = self.now_s + seconds
        while due := [bell for bell in self.waiting if bell.at_s <= end_s]:
            bell = min(due, key=lambda each: each.at_s)
            self.bells.remove(bell)
            self.now_s = max(self.now_s, bell.at_s)
            bell.ring()
        self.now_s = end_s
