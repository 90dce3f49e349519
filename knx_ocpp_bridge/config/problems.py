"""What is wrong with a configuration, told so that the installer can put it right."""

from dataclasses import dataclass

KeyPath = tuple[str | int, ...]
"""The way from the top of the file to a value: keys, and positions in lists counted from 0."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to put right. No secret and no whole idTag stands in it."""

    where: str
    """`file:line`, or the environment variable that is to blame."""
    path: str
    """E.g. `chargers[0].connectors[1].group_objects.status.state_address`; empty: the file as a whole."""
    reason: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.where}: {self.path}" if self.path else self.where
        return f"{place}: {self.reason}; {self.remedy}"


class ConfigError(Exception):
    """The configuration cannot be used. `problems` are all of them, in the order of the files' lines; `warnings` are
    sentences about the same places, which may be the cause.
    """

    def __init__(self, problems: tuple[Problem, ...], warnings: tuple[str, ...] = ()) -> None:
        super().__init__(problems)
        self.problems = problems
        self.warnings = warnings

    def __str__(self) -> str:
        return "\n".join((*map(str, self.problems), *(f"warning: {each}" for each in self.warnings)))


def spell(path: KeyPath) -> str:
    """The path as messages show it."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text
