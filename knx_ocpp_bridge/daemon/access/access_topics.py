"""Users, sessions, tokens and the audit as they are looked at; no digest is among what is shown."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

from knx_ocpp_bridge.control.options import Option
from knx_ocpp_bridge.control.protocol import Listing
from knx_ocpp_bridge.daemon.access.web_sessions import SHOWN_ID
from knx_ocpp_bridge.daemon.sources import AFTER, LIMIT, NEWEST, Given, Sources, Topic, listing
from knx_ocpp_bridge.store.audit import Sought


def _users(sources: Sources, _charger: str, _given: Given) -> Listing:
    access = sources.books.access
    sessions = [one.user.casefold() for one in access.sessions.all()]
    rows = (
        {
            "name": user.name,
            "role": user.role,
            "created_at": user.created_at,
            "password_at": user.password_at,
            "sessions": sessions.count(user.name.casefold()),
        }
        for user in access.users.all()
    )
    return Listing(tuple(rows))


def _web_sessions(sources: Sources, _charger: str, given: Given) -> Listing:
    wanted = given["user"].casefold()
    rows = (
        {
            "id": one.digest[:SHOWN_ID],
            "user": one.user,
            "created_at": one.created_at,
            "used_at": one.used_at,
            "peer": one.peer,
            "browser": one.browser,
        }
        for one in sources.books.access.sessions.all()
        if wanted in {"", one.user.casefold()}
    )
    return Listing(tuple(rows))


def _tokens(sources: Sources, _charger: str, _given: Given) -> Listing:
    rows = (
        {
            "name": token.name,
            "role": token.role,
            "kiosk": bool(token.kiosk),
            "created_at": token.created_at,
            "created_by": token.created_by,
            "used_at": token.used_at,
        }
        for token in sources.books.access.tokens.all()
    )
    return Listing(tuple(rows))


def _audit(sources: Sources, charger: str, given: Given) -> Listing:
    span = {name: given[name] for name in ("after", "before", "limit", "newest", "who", "what")}
    rows = sources.books.access.audit.rows(Sought(**span, charger=charger))
    return listing([asdict(row) for row in rows], given["after"])


TOPICS: Final[Mapping[str, Topic]] = {
    "users": Topic(_users, {}),
    "web_sessions": Topic(_web_sessions, {"user": Option(str, "")}),
    "tokens": Topic(_tokens, {}),
    "audit": Topic(
        _audit,
        {
            "after": AFTER,
            "before": Option(int, 0),
            "limit": LIMIT,
            "newest": NEWEST,
            "who": Option(str, ""),
            "what": Option(str, ""),
        },
        charger=None,
    ),
}
