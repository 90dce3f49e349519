"""The one error of the control socket."""

from pathlib import Path


class ControlError(OSError):
    """The socket cannot be opened, reached or understood: what happened, where, and what to do about it."""

    def __init__(self, what: str, where: Path, remedy: str) -> None:
        super().__init__(what, where, remedy)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; {self.remedy}"
