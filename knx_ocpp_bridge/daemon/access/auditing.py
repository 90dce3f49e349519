"""What the audit says of a request and of its answer, and what it must not say.

A text of an option is only kept where a table says so: passwords, keys, files and cards are never among them. What is
new and stands in no table is hidden.
"""

import json
from collections.abc import Mapping
from typing import Final, assert_never

from knx_ocpp_bridge.config.key_path import NoKeyError, parse_path
from knx_ocpp_bridge.config.masking import Openness, openness
from knx_ocpp_bridge.control.protocol import (
    Call,
    Called,
    Ended,
    Failed,
    Listing,
    Manage,
    Managed,
    Query,
    Reload,
    Reloaded,
    Request,
    Response,
    Snapshot,
    Status,
    Wish,
)
from knx_ocpp_bridge.core.authorization import masked
from knx_ocpp_bridge.core.configuration_keys import is_secret
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.ocpp.masking import with_masked_tags, without_passwords

DONE: Final = "done"
LEFT: Final = "not waited for"
SHOWN: Final[Mapping[str, frozenset[str]]] = {
    "adopt": frozenset({"name"}),
    "user_add": frozenset({"name", "role"}),
    "user_remove": frozenset({"name"}),
    "user_role": frozenset({"name", "role"}),
    "password_set": frozenset({"name"}),
    "token_create": frozenset({"name", "role"}),
    "token_revoke": frozenset({"name"}),
    "session_end": frozenset({"user"}),
    "knx_read": frozenset({"address", "dpt"}),
    "knx_write": frozenset({"address", "value", "dpt"}),
    "knx_use": frozenset({"connection", "gateway"}),
    "object_set": frozenset({"key", "address", "state_address", "dpt"}),
    "objects_fill": frozenset({"scheme", "base", "keys"}),
    "ets_save": frozenset({"name"}),
    "ets_xxter": frozenset({"name"}),
    "restore": frozenset({"part"}),
    "keys_read": frozenset({"keys"}),
    "key_set": frozenset({"key"}),
    "profile_set": frozenset({"purpose", "kind", "recurrency", "unit", "periods", "start", "valid_from", "valid_to"}),
    "profile_clear": frozenset({"purpose"}),
    "config_set": frozenset({"path"}),
    "config_unset": frozenset({"path"}),
    "secret_set": frozenset({"name"}),
    "learn": frozenset({"at"}),
    "tag_import": frozenset({"file"}),
}
"""Texts that are kept as they are, by verb; the others are counted."""
CARDS: Final = frozenset({"tag", "id_tag"})
"""Options that name a card: the last characters are kept."""
CHANGES_NOTHING: Final = frozenset({"composite_schedule", "config_check", "ets_check", "ets_xxter", "knx_scan"})
"""Verbs that only judge or look: an editor asks the first with every few letters."""
PREVIEW: Final = "check"
"""The option of verbs that with it only judge."""
_LONGEST_VALUE: Final = 120
_MOST_CHANGES: Final = 20
_LONGEST_WORD: Final = 64
_SHORTEST_SECRET: Final = 3


def what(request: Request) -> str:
    """What it is, in one or two words; empty: it is only looked at, and nobody is told."""
    match request:
        case Status() | Query():
            return ""
        case Manage(act):
            return "" if act in CHANGES_NOTHING or request.options.get(PREVIEW) is True else _plain(act)
        case Wish():
            return f"wish {_plain(request.key)}"
        case Call(_, action):
            return f"call {_plain(action)}"
        case Reload():
            return "reload"
        case _:
            assert_never(request)


def charger(request: Request) -> str:
    """Which charger it is about, as it was written; empty: none."""
    return "" if isinstance(request, Status | Reload) else _plain(request.charger)


def details(request: Request) -> str:
    """The rest of it as JSON, without anything secret."""
    match request:
        case Status() | Query() | Reload():
            return ""
        case Manage(options=options):
            shown = {
                _plain(name): _shown(request, name, value) for name, value in options.items() if value not in (None, "")
            }
        case Wish():
            shown = {"connector": request.connector, "value": request.value}
            if request.id_tag is not None:
                shown["id_tag"] = masked(request.id_tag)
        case Call(_, _, payload):
            return with_masked_tags(without_passwords(_json(payload)))
        case _:
            assert_never(request)
    return _json(shown) if shown else ""


def outcome(request: Request, response: Response) -> str:
    """How it ended. What was done says no more: its sentences may show a new password or token once."""
    match response:
        case Ended(result, reason) | Called(result, reason):
            return DONE if result is CommandResult.ACCEPTED else f"{result.name.lower()}: {_without(request, reason)}"
        case Managed(done, messages):
            return DONE if done else f"refused: {_without(request, ' '.join(messages))}"
        case Reloaded(reloaded, messages):
            return DONE if reloaded else f"refused: {' '.join(messages)}"
        case Failed(error):
            return f"refused: {_without(request, error)}"
        case Listing() | Snapshot():
            return DONE
        case _:
            assert_never(response)


def _shown(request: Manage, name: str, value: object) -> object:
    if not isinstance(value, str):
        return value if isinstance(value, bool | int | float) else "…"
    if name in CARDS:
        return masked(value)
    if (changes := _changes(request, name)) is not None:
        shown = {_plain(path): _value(path, each) for path, each in changes[:_MOST_CHANGES]}
        return shown if len(changes) <= _MOST_CHANGES else {**shown, "…": f"{len(changes)} in all"}
    if _is_open(request, name):
        return _cut(value)
    return f"({len(value)} characters)"


def _is_open(request: Manage, name: str) -> bool:
    """The text of this option may be kept as it is."""
    told = request.options
    match request.act, name:
        case "config_set", "value":
            return _openness(str(told.get("path"))) is Openness.OPEN
        case "key_set", "value":
            return not is_secret(str(told.get("key")))
        case _:
            return name in SHOWN.get(request.act, frozenset())


def _changes(request: Manage, name: str) -> list[tuple[str, object]] | None:
    """What several keys of the configuration shall be; None: it is no such option, or cannot be read."""
    if (request.act, name) != ("config_change", "changes"):
        return None
    try:
        changes = json.loads(str(request.options[name]))
    except (ValueError, RecursionError):
        return None
    return list(changes.items()) if isinstance(changes, dict) else None


def _value(path: str, value: object) -> object:
    """What a key of the configuration is set to, as far as it may be told; None: it is taken out."""
    if value is None or isinstance(value, bool):
        return value
    match _openness(path):
        case Openness.OPEN if not isinstance(value, dict):
            return value if isinstance(value, int | float) else _cut(value if isinstance(value, str) else _json(value))
        case Openness.CARD:
            return masked(str(value))
        case _:
            return "…"


def _openness(path: str) -> Openness:
    try:
        return openness(parse_path(path))
    except NoKeyError:
        return Openness.HIDDEN


def _cut(value: str) -> str:
    return value if len(value) <= _LONGEST_VALUE else f"{value[:_LONGEST_VALUE]}…"


def _without(request: Request, sentence: str) -> str:
    """The sentence without what `details` hides."""
    if isinstance(request, Wish) and request.id_tag is not None:
        sentence = sentence.replace(request.id_tag, masked(request.id_tag))
    if isinstance(request, Manage):
        for name, value in request.options.items():
            if isinstance(value, str) and not _is_open(request, name) and len(value) >= _SHORTEST_SECRET:
                sentence = sentence.replace(value, masked(value) if name in CARDS else "…")
            for path, each in _changes(request, name) or ():
                if len(str(each)) >= _SHORTEST_SECRET and _openness(path) is not Openness.OPEN:
                    sentence = sentence.replace(str(each), "…")
    return sentence


def _plain(word: str) -> str:
    return "".join(letter for letter in word[:_LONGEST_WORD] if letter.isprintable())


def _json(values: object) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(", ", ": "), default=str)
