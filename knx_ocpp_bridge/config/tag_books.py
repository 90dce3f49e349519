"""The tag books of site and chargers, each tags file read once."""

from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from knx_ocpp_bridge.config.document import Document
from knx_ocpp_bridge.config.models import Authorization, Bridge, Charger
from knx_ocpp_bridge.config.problems import KeyPath, Problem
from knx_ocpp_bridge.config.tag_entry import Names
from knx_ocpp_bridge.config.tags import Cards, load_tags
from knx_ocpp_bridge.core.settings import ChargerSettings, TagBook
from knx_ocpp_bridge.core.values import ChargerId, IdTag


class TagBooks:
    """Gives the book of the site and those of the chargers; `problems` are those of their files.

    `names` are what the chargers are called, or None where some of them cannot be read.
    """

    def __init__(self, path: Path, bridge: Bridge, document: Document, names: Names | None) -> None:
        self.problems: list[Problem] = []
        self.places: dict[str, str] = {}
        """`file:line` of each case-folded id and alias of a card."""
        self._folder = path.parent
        self._site = bridge.authorization
        self._zone = zone_of(bridge)
        self._document = document
        self._names = names
        self._read: dict[Path, Cards] = {}

    def of_site(self) -> TagBook:
        return self._book(self._site, ("authorization", "tags_file"))

    def of_charger(self, position: int, charger: Charger) -> TagBook:
        from_site = "tags_file" not in charger.authorization.model_fields_set
        path: KeyPath = ("chargers", position, "authorization", "tags_file")
        return self._book(rules_of(self._site, charger), ("authorization", "tags_file") if from_site else path)

    def _book(self, rules: Authorization, at: KeyPath) -> TagBook:
        tags = {} if rules.tags_file is None else self._cards(rules.tags_file, at).tags
        group = None if rules.own_tag_group is None else IdTag(rules.own_tag_group)
        return TagBook(rules.mode, tags, group)

    def _cards(self, tags_file: Path, at: KeyPath) -> Cards:
        path = self._folder / tags_file
        if path not in self._read:
            cards = Cards()
            try:
                cards = load_tags(path, str(path), self._zone, self._names)
                self.problems += cards.problems
            except OSError as error:
                reason = f"{path} cannot be read: {error.strerror or error}"
                remedy = "create it (an empty file is no card), or put the name right"
                self.problems.append(self._document.problem(at, reason, remedy))
            except ValueError as error:
                self.problems.append(self._document.problem(at, f"{path}: {error}", "save it as UTF-8 text"))
            self._read[path] = cards
            self.places = cards.places | self.places
        return self._read[path]


def rules_of(site: Authorization, charger: Charger) -> Authorization:
    """Who may charge at this charger: what it says itself, and what the site says of the rest."""
    own = charger.authorization
    return site.model_copy(update={key: getattr(own, key) for key in own.model_fields_set})


def names_of(chargers: tuple[Charger, ...]) -> Names:
    """What the chargers of the file are called."""
    return {name.casefold(): one.id for one in chargers for name in (*one.aliases, one.id)}


def names_in(chargers: Mapping[ChargerId, ChargerSettings]) -> Names:
    """The same of a configuration that was read."""
    return {name.casefold(): one for one, each in chargers.items() for name in (*each.aliases, one)}


def zone_of(bridge: Bridge) -> ZoneInfo:
    """The time zone of the site; UTC where the file names none that is known."""
    try:
        return ZoneInfo(bridge.site.timezone)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")
