"""The tag books of site and chargers, each tags file read once."""

from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from knx_ocpp_bridge.config.document import Document
from knx_ocpp_bridge.config.models import Authorization, Bridge, Charger
from knx_ocpp_bridge.config.problems import KeyPath, Problem
from knx_ocpp_bridge.config.tags import load_tags
from knx_ocpp_bridge.core.settings import Tag, TagBook
from knx_ocpp_bridge.core.values import IdTag


class TagBooks:
    """Gives the book of the site and those of the chargers; `problems` are those of their files."""

    def __init__(self, path: Path, bridge: Bridge, document: Document) -> None:
        self.problems: list[Problem] = []
        self._folder = path.parent
        self._site = bridge.authorization
        self._zone = _zone(bridge)
        self._document = document
        self._read: dict[Path, Mapping[str, Tag]] = {}

    def of_site(self) -> TagBook:
        return self._book(self._site, ("authorization", "tags_file"))

    def of_charger(self, position: int, charger: Charger) -> TagBook:
        from_site = "tags_file" not in charger.authorization.model_fields_set
        path: KeyPath = ("chargers", position, "authorization", "tags_file")
        return self._book(rules_of(self._site, charger), ("authorization", "tags_file") if from_site else path)

    def _book(self, rules: Authorization, at: KeyPath) -> TagBook:
        tags = {} if rules.tags_file is None else self._tags(rules.tags_file, at)
        group = None if rules.own_tag_group is None else IdTag(rules.own_tag_group)
        return TagBook(rules.mode, tags, group)

    def _tags(self, tags_file: Path, at: KeyPath) -> Mapping[str, Tag]:
        path = self._folder / tags_file
        if path not in self._read:
            tags: Mapping[str, Tag] = {}
            try:
                tags, problems = load_tags(path, str(path), self._zone)
                self.problems += problems
            except OSError as error:
                reason = f"{path} cannot be read: {error.strerror or error}"
                remedy = "create it (an empty file is no card), or put the name right"
                self.problems.append(self._document.problem(at, reason, remedy))
            except ValueError as error:
                self.problems.append(self._document.problem(at, f"{path}: {error}", "save it as UTF-8 text"))
            self._read[path] = tags
        return self._read[path]


def rules_of(site: Authorization, charger: Charger) -> Authorization:
    """Who may charge at this charger: what it says itself, and what the site says of the rest."""
    own = charger.authorization
    return site.model_copy(update={key: getattr(own, key) for key in own.model_fields_set})


def _zone(bridge: Bridge) -> ZoneInfo:
    try:
        return ZoneInfo(bridge.site.timezone)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")
