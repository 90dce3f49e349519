"""The one error of the certificates."""

from pathlib import Path


class PkiError(Exception):
    """A key or certificate cannot be used, made or kept: what is wrong, with which file or request, what to do."""

    def __init__(self, what: str, where: Path | str, remedy: str) -> None:
        super().__init__(what, where, remedy)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; {self.remedy}"
