"""The group monitor: what has passed on the bus, with the names that the installer knows it by."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from knx_ocpp_bridge.config.addresses import AddressStyle
from knx_ocpp_bridge.config.load import Loaded
from knx_ocpp_bridge.knx.bindings import BindingTable
from knx_ocpp_bridge.knx.monitor.address_book import NO_NAMES, AddressBook, ProjectNames
from knx_ocpp_bridge.knx.monitor.telegram_rows import row
from knx_ocpp_bridge.knx.monitor.telegrams import EVERYTHING, Passed, Sought, TelegramBook


class Monitor:
    """The book of telegrams and the address book to read it with."""

    def __init__(self, loaded: Loaded, table: BindingTable, utc: Callable[[], datetime]) -> None:
        """`utc` is the bridge's wall clock."""
        self.now = utc
        self.since = utc()
        """From when on telegrams are kept, at most: they are in memory alone."""
        self.telegrams = TelegramBook()
        self.latest: dict[int, Passed] = {}
        """The last telegram with a value on each group address of ours, however long ago."""
        self._project = NO_NAMES
        self.configure(loaded, table)

    def configure(self, loaded: Loaded, table: BindingTable) -> None:
        """Names and styles of this configuration count from now on, for what has passed as well."""
        self.style: AddressStyle = loaded.bridge.knx.style
        self._names = {charger: settings.name for charger, settings in loaded.chargers.items()}
        self._table = table
        self.book = AddressBook(table, self._names, self._project)
        self.latest = {raw: passed for raw, passed in self.latest.items() if self.book.is_ours(raw)}

    def tell(self, passed: Passed) -> None:
        """A group telegram of anybody."""
        self.telegrams.tell(passed)
        if passed.payload is not None and self.book.is_ours(passed.destination):
            self.latest[passed.destination] = passed

    def know(self, project: ProjectNames) -> None:
        """These are the names and types of the ETS's project from now on."""
        self._project = project
        self.book = AddressBook(self._table, self._names, project)

    def rows(
        self, after: int, limit: int, sought: Sought = EVERYTHING, *, newest: bool = False
    ) -> tuple[list[dict[str, Any]], int]:
        """As `TelegramBook.find`, each as `knx.telegram_rows.row`."""
        found, following = self.telegrams.find(after, limit, sought, newest=newest)
        return [row(number, passed, self.book, self.style) for number, passed in found], following
