"""Stands where a book is not kept yet: it is empty, and nothing can be written into it."""

from collections.abc import Mapping
from pathlib import Path

from knx_ocpp_bridge.daemon.books import Row


class NoFailures:
    """A failure book without entries."""

    def rows(self, after: int = 0) -> list[Row]:  # noqa: ARG002 - the signature is the book's
        return []


class NoDiary:
    """A diary without entries."""

    def log_rows(
        self,
        charger: str | None = None,  # noqa: ARG002
        about: str | None = None,  # noqa: ARG002
        after: int = 0,  # noqa: ARG002
        limit: int = 1000,  # noqa: ARG002
        *,
        newest: bool,  # noqa: ARG002
    ) -> list[Row]:
        return []

    def set_rejected(self, charger: str, on: bool) -> None:  # noqa: FBT001
        """Kept until the bridge ends."""

    def forget(self, charger: str) -> None:
        """There is nothing to forget."""


class NoEditor:
    """A configuration file that is changed by hand alone."""

    def adopt(self, text: str, charger_id: str, name: str, connectors: int) -> str:  # noqa: ARG002
        raise PermissionError("not in this version")

    def write(self, path: Path, new_text: str, environ: Mapping[str, str]) -> None:  # noqa: ARG002
        raise PermissionError("not in this version")
