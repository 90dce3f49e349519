"""A figure that rises at once and falls only when it has been lower for a while."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Slow:
    """`value` is never below what was seen last, and was reached at some time not long ago."""

    value: float
    lower: float | None = None
    """The greatest that was seen since `since_s`; None: it is not lower."""
    since_s: float = 0.0

    def wake_at_s(self, after_s: float) -> float | None:
        """When it may fall; None: when something happens."""
        return None if self.lower is None else self.since_s + after_s


def follow(before: Slow | None, least: float, most: float, now_s: float, after_s: float) -> Slow:
    """The figure after it was seen somewhere from `least` to `most`: it rises to `least` at once, and falls to the
    greatest `most` of the last `after_s` seconds when that was lower all the time.
    """
    if before is None or least >= before.value:
        return Slow(least if before is None else max(least, before.value))
    if most >= before.value:
        return Slow(before.value)
    if before.lower is None:
        return Slow(before.value, most, now_s)
    if now_s - before.since_s >= after_s:
        return Slow(max(before.lower, most))
    return Slow(before.value, max(before.lower, most), before.since_s)
