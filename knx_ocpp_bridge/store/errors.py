"""The one error of the journal."""

from pathlib import Path


class StoreError(Exception):
    """The journal cannot be opened or written: what happened, to which file, and what to do about it."""

    def __init__(self, what: str, where: Path, remedy: str) -> None:
        super().__init__(what, where, remedy)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; {self.remedy}"
