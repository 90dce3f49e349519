"""What the bridge keeps beside its chargers: the books that queries read and commands act on, and their shapes."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from knx_ocpp_bridge.core.book import Running, Tally
from knx_ocpp_bridge.core.facts import Transaction
from knx_ocpp_bridge.core.step import Note
from knx_ocpp_bridge.core.values import CHARGE_POINT, ChargerId, ConnectorId
from knx_ocpp_bridge.daemon.access.office import AccessOffice
from knx_ocpp_bridge.daemon.cards.card_office import CardOffice
from knx_ocpp_bridge.daemon.energy.energy import Energy
from knx_ocpp_bridge.ocpp.exchanges import Found, Wanted
from knx_ocpp_bridge.store.history import History

Row = dict[str, Any]
"""Plain JSON values."""


class Failures(Protocol):
    """The failure book of the edge."""

    def rows(self, after: int = 0) -> list[Row]: ...


class Trace(Protocol):
    """The frames of the last 48 hours."""

    def rows(
        self, charger: str, after: int, limit: int, *, tags: bool = False, newest: bool = False
    ) -> tuple[list[Row], int]: ...
    def last_at(self, charger: str) -> datetime | None: ...
    def exchanges(self, charger: str, wanted: Wanted, limit: int, *, tags: bool = False) -> Found: ...
    def newest_calls(self, charger: str, action: str, most: int) -> Iterable[tuple[datetime, str]]: ...
    def forget(self, charger: str) -> None: ...


class Diary(Protocol):
    """The part of the journal that keeps the general log, and who was sent away."""

    @property
    def trouble(self) -> str | None: ...
    def log(self, charger: str, note: Note) -> None: ...
    def log_rows(
        self,
        charger: str | None = None,
        about: str | None = None,
        after: int = 0,
        limit: int = 1000,
        *,
        newest: bool,
        before: int = 0,
    ) -> list[Row]: ...
    def set_rejected(self, charger: str, *, rejected: bool) -> None: ...
    def forget(self, charger: str) -> None: ...


class Authority(Protocol):
    """The keeper of certificates. All of it may raise `PkiError`."""

    def facts(self) -> Mapping[str, Any]: ...
    def root_pem(self) -> bytes: ...
    async def renew(self) -> None: ...
    def import_leaf(self, chain_pem: str, key_pem: str) -> None: ...
    def remove_imported(self) -> bool: ...
    def sign(self, csr: str, charger_id: str) -> str: ...


class KnownAlarm(Protocol):
    """An alarm as it is kept: see `store.alarms.Alarm`."""

    @property
    def kind(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def over_at(self) -> str | None: ...
    @property
    def acknowledged_at(self) -> str | None: ...
    @property
    def acknowledged_by(self) -> str: ...


class AlarmList(Protocol):
    """What stands and what has been."""

    def rows(self, after: int, limit: int, *, newest: bool, standing: bool) -> list[Row]: ...
    def standing(self) -> int: ...
    def find(self, number: int) -> KnownAlarm | None: ...
    def acknowledge(self, number: int, by: str) -> KnownAlarm | None: ...
    def acknowledge_all(self, by: str) -> int: ...


class Counters(Protocol):
    """The accounts of all outlets. Connector 0 stands for the whole charger, no charger for the site."""

    @property
    def unknown(self) -> frozenset[ChargerId]: ...
    def tally(self, charger_id: ChargerId | None, connector: ConnectorId = CHARGE_POINT) -> Tally: ...
    def running(self, charger_id: ChargerId, connector: ConnectorId) -> Running | None: ...
    def elapsed_s(self, running: Running) -> int | None: ...
    def last(self, charger_id: ChargerId, connector: ConnectorId) -> Transaction | None: ...
    def reset_at(self, charger_id: ChargerId, connector: ConnectorId) -> datetime | None: ...
    def name(self, charger_id: ChargerId, transaction: Transaction) -> str: ...
    def reset(
        self, charger_id: ChargerId | None, connector: ConnectorId, who: str, done: Callable[[], None]
    ) -> bool: ...


@dataclass(frozen=True, slots=True)
class Books:
    """All of them."""

    failures: Failures
    trace: Trace
    diary: Diary
    history: History
    alarms: AlarmList
    counters: Counters
    cards: CardOffice
    authority: Authority | None
    """None: TLS is off, there is no certificate authority."""
    access: AccessOffice
    energy: Energy
