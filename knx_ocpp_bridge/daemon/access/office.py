"""The one place where passwords, sessions and tokens are judged: for the pages, the API and the verbs."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from knx_ocpp_bridge.control.caller import Caller
from knx_ocpp_bridge.control.options import AskError
from knx_ocpp_bridge.control.protocol import Request, Response
from knx_ocpp_bridge.core.events import Origin
from knx_ocpp_bridge.core.values import Moment
from knx_ocpp_bridge.daemon.access import auditing
from knx_ocpp_bridge.daemon.access.passwords import LONGEST, BusyError, Hasher, fault
from knx_ocpp_bridge.daemon.access.throttle import Throttle
from knx_ocpp_bridge.daemon.access.tokens import Tokens
from knx_ocpp_bridge.daemon.access.users import ROLES, Users, name_fault
from knx_ocpp_bridge.daemon.access.web_sessions import LASTS, SHOWN_ID, WebSessions, digest_of
from knx_ocpp_bridge.store.audit import AuditBook, Audited
from knx_ocpp_bridge.store.users import Shelf, User, UserBook
from knx_ocpp_bridge.web.access import words
from knx_ocpp_bridge.web.access.gate import Entered, TurnedAway, Whence
from knx_ocpp_bridge.web.access.near import is_near
from knx_ocpp_bridge.web.roles import Role, Visitor

_log = logging.getLogger(__name__)

_BUSY_S: Final = 3.0


class AccessOffice:
    """Users, sessions and tokens together; it is the `Gate` of the site. `moment` is the bridge's clock."""

    def __init__(
        self,
        shelf: Shelf,
        moment: Callable[[], Moment],
        later: Callable[[float, Callable[[], None]], object],
    ) -> None:
        """`later` calls back after so many seconds."""
        self._moment = moment
        book = UserBook(shelf)
        self.audit = AuditBook(shelf, later)
        self.users = Users(book, lambda: moment().utc)
        self.sessions = WebSessions(book, lambda: moment().utc)
        self.tokens = Tokens(book, lambda: moment().utc)
        self.hasher = Hasher()
        self._throttle = Throttle()
        for session in self.sessions.all():
            self._throttle.know(session.peer, session.user)

    @property
    def is_new(self) -> bool:
        return not len(self.users)

    def by_session(self, key: str, whence: Whence) -> Visitor | None:
        session = self.sessions.find(key, whence.peer)
        user = None if session is None else self.users.find(session.user)
        return None if user is None else Visitor(ROLES[user.role], user.name)

    def by_token(self, key: str, *, kiosk: bool) -> Visitor | None:
        token = self.tokens.find(key)
        if token is None or bool(token.kiosk) is not kiosk:
            return None
        return Visitor(ROLES[token.role], token.name, token=True, kiosk=kiosk)

    async def enter(self, name: str, password: str, whence: Whence) -> Entered | TurnedAway:
        judged = await self._judged("login", name, password, whence)
        return judged if isinstance(judged, TurnedAway) else self._entered(judged.name, whence)

    async def prove(self, name: str, password: str, whence: Whence) -> TurnedAway | None:
        judged = await self._judged("password", name, password, whence)
        return judged if isinstance(judged, TurnedAway) else None

    async def _judged(self, what: str, name: str, password: str, whence: Whence) -> User | TurnedAway:
        now_s = self._moment().monotonic_s
        wait_s = self._throttle.wait_s(whence.peer, name, now_s)
        if wait_s > 0:
            # Not told: whoever does not stop trying would fill log and audit.
            return TurnedAway(words.WAIT, wait_s)
        self._throttle.tries(whence.peer, name, now_s)
        familiar = self._throttle.knows(whence.peer, name)
        try:
            judged = await self._checked(name, password[: LONGEST + 1], familiar=familiar)
        except BusyError:
            # Nobody looked at it: no wrong password, and nothing that a flood could fill log and audit with.
            self._throttle.take_back(whence.peer, name)
            return TurnedAway(words.BUSY, _BUSY_S)
        if isinstance(judged, TurnedAway):
            _log.warning("%s from %s: %s", what, whence.peer, judged.sentence)
        else:
            self._throttle.succeeded(whence.peer, name)
        self._note(what, name, whence, judged)
        return judged

    async def _checked(self, name: str, password: str, *, familiar: bool) -> User | TurnedAway:
        user = self.users.find(name)
        fits = await self.hasher.fits(None if user is None else user.password, password, familiar=familiar)
        # The password may have been changed, or the user removed, while it was looked at.
        if not fits or user is None or self.users.find(name) != user:
            return TurnedAway(words.WRONG)
        return user

    async def begin(self, name: str, password: str, whence: Whence) -> Entered | TurnedAway:
        entered = await self._begin(name, password, whence)
        if isinstance(entered, Entered):
            _log.warning("the first password was set by %s from %s", name, whence.peer)
            self._note("first password", name, whence, entered)
        return entered

    async def _begin(self, name: str, password: str, whence: Whence) -> Entered | TurnedAway:
        if not is_near(whence.peer):
            return TurnedAway(words.NOT_FROM_THERE)
        if wrong := name_fault(name) or fault(password, name):
            return TurnedAway(wrong)
        try:
            digest = await self.hasher.digest(password, familiar=False)
        except BusyError:
            return TurnedAway(words.BUSY, _BUSY_S)
        if not self.is_new:
            return TurnedAway(words.NOT_THE_FIRST)
        user = self.users.add(name, Role.INSTALLER, digest)
        self._throttle.know(whence.peer, user.name)
        return self._entered(user.name, whence)

    def session_id(self, key: str) -> str:
        return digest_of(key)[:SHOWN_ID]

    def leave(self, key: str, whence: Whence) -> None:
        session = self.sessions.find(key, whence.peer)
        if session is not None:
            self.sessions.end(session)
            self._put("logout", session.user, whence.peer, Origin.PAGE)

    async def change(self, name: str, password: str, keep: str = "") -> int:
        """Set the password of a user; every session but the one of this key ends. How many those were.

        Raises:
            AskError: it is no good password, there is no such user, or too many are being made.
        """
        user = self.users.found(name)
        if wrong := fault(password, user.name):
            raise AskError(wrong)
        self.users.set_password(user.name, await self.digest(password))
        return self.sessions.end_of(user.name, digest_of(keep) if keep else "")

    async def digest(self, password: str) -> str:
        """What is kept of a password.

        Raises:
            AskError: too many are being made.
        """
        try:
            return await self.hasher.digest(password, familiar=True)
        except BusyError as error:
            raise AskError(words.BUSY) from error

    def told(self, request: Request, caller: Caller, response: Response) -> None:
        """The request was carried out, or refused: it stands in the audit, if it could have changed anything."""
        self._tell(request, caller, lambda: auditing.outcome(request, response))

    def left(self, request: Request, caller: Caller) -> None:
        """Whoever asked went away before it had ended."""
        self._tell(request, caller, lambda: auditing.LEFT)

    def _tell(self, request: Request, caller: Caller, outcome: Callable[[], str]) -> None:
        if what := auditing.what(request):
            row = self._row(what, caller.name, caller.peer, caller.origin)
            charger, details = auditing.charger(request), auditing.details(request)
            self.audit.add(replace(row, charger=charger, details=details, outcome=outcome()))

    def _note(self, what: str, name: str, whence: Whence, ended: object) -> None:
        # A name that nobody has may be a password in the wrong field.
        user = self.users.find(name)
        outcome = f"refused: {ended.sentence}" if isinstance(ended, TurnedAway) else auditing.DONE
        self._put(what, "" if user is None else user.name, whence.peer, Origin.PAGE, outcome)

    def _put(self, what: str, who: str, peer: str, origin: Origin, outcome: str = auditing.DONE) -> None:
        self.audit.add(replace(self._row(what, who, peer, origin), outcome=outcome))

    def _row(self, what: str, who: str, peer: str, origin: Origin) -> Audited:
        at = self._moment().utc.isoformat(timespec="seconds")
        return Audited(0, at, origin.value, who, peer, what, "", "", "")

    def _entered(self, name: str, whence: Whence) -> Entered:
        return Entered(self.sessions.begin(name, whence.peer, whence.browser), int(LASTS.total_seconds()))
