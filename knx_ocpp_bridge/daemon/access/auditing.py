"""What the audit says of a request and of its answer, and what it must not say.

A text of an option is only kept where a table says so: passwords, keys, files and cards are never among them. What is
new and stands in no table is hidden.
"""

import json
from collections.abc import Mapping
from typing import Any, Final, assert_never

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
    "config_set": frozenset({"path"}),
    "config_unset": frozenset({"path"}),
    "secret_set": frozenset({"name"}),
    "learn": frozenset({"at"}),
    "tag_import": frozenset({"file"}),
}
"""Texts that are kept as they are, by verb; the others are counted."""
CARDS: Final = frozenset({"tag", "id_tag"})
"""Options that name a card: the last characters are kept."""
CHANGES_NOTHING: Final = frozenset({"config_check", "ets_check"})
"""Verbs that only judge: an editor asks them with every few letters."""
_LONGEST_VALUE: Final = 120
_LONGEST_WORD: Final = 64
_SHORTEST_SECRET: Final = 3


def what(request: Request) -> str:
    """What it is, in one or two words; empty: it is only looked at, and nobody is told."""
    match request:
        case Status() | Query():
            return ""
        case Manage(act):
            return "" if act in CHANGES_NOTHING else _plain(act)
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
        case Manage(act, _, options):
            shown = {
                _plain(name): _shown(act, name, value) for name, value in options.items() if value not in (None, "")
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


def _shown(act: str, name: str, value: object) -> object:
    if not isinstance(value, str):
        return value if isinstance(value, bool | int | float) else "…"
    if name in CARDS:
        return masked(value)
    if name in SHOWN.get(act, frozenset()):
        return value if len(value) <= _LONGEST_VALUE else f"{value[:_LONGEST_VALUE]}…"
    return f"({len(value)} characters)"


def _without(request: Request, sentence: str) -> str:
    """The sentence without what `details` hides."""
    if isinstance(request, Wish) and request.id_tag is not None:
        sentence = sentence.replace(request.id_tag, masked(request.id_tag))
    if isinstance(request, Manage):
        for name, value in request.options.items():
            hidden = isinstance(value, str) and name not in SHOWN.get(request.act, frozenset())
            if hidden and len(value) >= _SHORTEST_SECRET:
                sentence = sentence.replace(value, masked(value) if name in CARDS else "…")
    return sentence


def _plain(word: str) -> str:
    return "".join(letter for letter in word[:_LONGEST_WORD] if letter.isprintable())


def _json(values: Mapping[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(", ", ": "), default=str)
