"""Chargers that nobody configured: who was sent away, and how one is forgotten."""

import sqlite3
from typing import Final

from knx_ocpp_bridge.core.status import StopReason
from knx_ocpp_bridge.store.cells import Statement, cell

_TABLES: Final = ("wishes", "meters", "identities", "abilities", "own_tags", "securities", "rejected", "log")
_END: Final = (
    "UPDATE transactions SET stopped_at = ?, reason = ?, assumed = 1, noted_at = ? "
    "WHERE charger = ? AND stopped_at IS NULL"
)


def rejected(connection: sqlite3.Connection) -> set[str]:
    """Who was sent away."""
    return {str(charger) for (charger,) in connection.execute("SELECT charger FROM rejected")}


def rejecting(charger: str, *, on: bool, noted_at: str) -> Statement:
    """What sends this charger away, or takes that back."""
    if on:
        return "REPLACE INTO rejected (charger, noted_at) VALUES (?, ?)", (cell(charger), noted_at)
    return "DELETE FROM rejected WHERE charger = ?", (cell(charger),)


def forgetting(charger: str, noted_at: str) -> tuple[Statement, ...]:
    """What erases all that is known of this charger but its transactions.

    Those have been charged to somebody, and their numbers must never be given again: they stay, and one that is still
    open ends now, as one whose end was assumed.
    """
    name = cell(charger)
    erased: list[Statement] = [(f"DELETE FROM {table} WHERE charger = ?", (name,)) for table in _TABLES]
    return (*erased, (_END, (noted_at, StopReason.OTHER.name, noted_at, name)))
