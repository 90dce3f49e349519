"""Users, passwords, tokens and sessions as they are changed by whoever may."""

from collections.abc import Mapping
from typing import Final

from knx_ocpp_bridge.control.options import AskError, Option
from knx_ocpp_bridge.control.protocol import Managed
from knx_ocpp_bridge.daemon.access.passwords import fault
from knx_ocpp_bridge.daemon.access.users import name_fault, role_of
from knx_ocpp_bridge.daemon.access.web_sessions import SHOWN_ID, digest_of
from knx_ocpp_bridge.daemon.desk import Desk, Order, Verb

_NAME: Final = Option(str, "")


async def _user_add(desk: Desk, order: Order) -> Managed:
    access = desk.books.access
    name, password, role = order.options["name"], order.options["password"], role_of(order.options["role"])
    if wrong := name_fault(name) or fault(password, name):
        raise AskError(wrong)
    if access.users.find(name) is not None:
        raise AskError(f"there is a user {name} already")
    user = access.users.add(name, role, await access.digest(password))
    return Managed(done=True, messages=(f"{user.name} may log in as {user.role}",))


async def _user_remove(desk: Desk, order: Order) -> Managed:
    access = desk.books.access
    user = access.users.remove(order.options["name"])
    ended = access.sessions.end_of(user.name)
    return Managed(done=True, messages=(f"{user.name} is no user any more{_and_ended(ended)}",))


async def _user_role(desk: Desk, order: Order) -> Managed:
    user = desk.books.access.users.set_role(order.options["name"], role_of(order.options["role"]))
    return Managed(done=True, messages=(f"{user.name} is {user.role} from now on",))


async def _password_set(desk: Desk, order: Order) -> Managed:
    """With `session`, the key of a session, that one goes on."""
    name = order.options["name"]
    ended = await desk.books.access.change(name, order.options["password"], order.options["session"])
    return Managed(done=True, messages=(f"{name} has a new password{_and_ended(ended)}",))


async def _token_create(desk: Desk, order: Order) -> Managed:
    name, kiosk = order.options["name"], order.options["kiosk"]
    role = role_of(order.options["role"])
    by = order.who or order.origin.value
    key = desk.books.access.tokens.create(name, role, by, kiosk=kiosk)
    told = f"token {name}, shown this once: {key}"
    return Managed(done=True, messages=(told,), row={"name": name, "role": order.options["role"], "token": key})


async def _token_revoke(desk: Desk, order: Order) -> Managed:
    token = desk.books.access.tokens.revoke(order.options["name"])
    return Managed(done=True, messages=(f"token {token.name} is good for nothing any more",))


async def _session_end(desk: Desk, order: Order) -> Managed:
    """`id`: as the topic `web_sessions` has it; with `user` it must be one of theirs.

    Without `id` all of the user, but for the one with the key `session`.
    """
    sessions, start, user = desk.books.access.sessions, order.options["id"], order.options["user"]
    if not start:
        desk.books.access.users.found(user)
        ended = sessions.end_of(user, digest_of(order.options["session"]))
        return Managed(done=True, messages=(f"{ended} ended",))
    mine = [one for one in sessions.all() if one.digest.startswith(start)]
    if len(start) < SHOWN_ID or len(mine) != 1 or (user and mine[0].user.casefold() != user.casefold()):
        raise AskError("there is no such session; it may have ended")
    sessions.end(*mine)
    return Managed(done=True, messages=(f"the session of {mine[0].user} has ended",))


VERBS: Final[Mapping[str, Verb]] = {
    "user_add": Verb(_user_add, {"name": _NAME, "role": _NAME, "password": _NAME}, charger=False),
    "user_remove": Verb(_user_remove, {"name": _NAME}, charger=False),
    "user_role": Verb(_user_role, {"name": _NAME, "role": _NAME}, charger=False),
    "password_set": Verb(_password_set, {"name": _NAME, "password": _NAME, "session": _NAME}, charger=False),
    "token_create": Verb(
        _token_create, {"name": _NAME, "role": _NAME, "kiosk": Option(bool, default=False)}, charger=False
    ),
    "token_revoke": Verb(_token_revoke, {"name": _NAME}, charger=False),
    "session_end": Verb(_session_end, {"id": _NAME, "user": _NAME, "session": _NAME}, charger=False),
}


def _and_ended(sessions: int) -> str:
    return f"; {sessions} session{'s' * (sessions != 1)} ended" if sessions else ""
