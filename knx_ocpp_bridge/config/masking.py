"""The configuration as it may be shown to a stranger: no password, no whole idTag, no comment."""

from enum import Enum
from typing import Final

from knx_ocpp_bridge.config.document import Document
from knx_ocpp_bridge.config.key_path import Entry, NamedPath
from knx_ocpp_bridge.config.keys import SECTIONS, field_at, section_of
from knx_ocpp_bridge.config.problems import KeyPath
from knx_ocpp_bridge.core.authorization import masked

HIDDEN: Final = "…"
_TAG_KEYS: Final = frozenset({"own_tag_group", "remote_id_tag"})


class Openness(Enum):
    """Who may read the value of a key."""

    OPEN = "open"
    CARD = "card"
    """It names a card: the last characters may be shown."""
    HIDDEN = "hidden"
    """It is a secret, or nobody knows the key."""


def openness(path: NamedPath) -> Openness:
    """What may be shown of the value at this path."""
    *above, key = (0 if isinstance(part, Entry) else part for part in path)
    known = field_at((*above, key))
    if known is None or not known.repr:
        return Openness.HIDDEN
    return Openness.CARD if key in _TAG_KEYS else Openness.OPEN


def without_secrets(document: Document) -> object:
    """Its data, without anchors and comments. The value of a key that nobody knows is hidden: it may be a password
    whose key is misspelt; one that is written as `!secret NAME` is shown so.
    """
    return _shown(document.data, (), document)


def _shown(value: object, path: KeyPath, document: Document) -> object:
    if path in document.secrets:
        return f"!secret {document.secrets[path]}"
    match value:
        case dict():
            return {key: _entry(each, (*path, key), document) for key, each in value.items()}
        case list():
            return [_shown(each, (*path, place), document) for place, each in enumerate(value)]
        case bool() | int() | float() | str() | None:
            return value
        case _:
            return str(value)


def _entry(value: object, path: KeyPath, document: Document) -> object:
    key = str(path[-1])
    if section_of(path[:-1]) not in SECTIONS or path in document.secrets:
        return _shown(value, path, document)
    known = field_at(path)
    if known is None or not known.repr:
        return HIDDEN
    return masked(value) if key in _TAG_KEYS and isinstance(value, str) else _shown(value, path, document)
