"""Who is let in: the identity that dials, what the roster knows of it, and the core's verdict on what it has shown."""

from typing import Protocol

from knx_ocpp_bridge.core.admission import Denied, judge
from knx_ocpp_bridge.core.security import NOTHING_AGREED, Security
from knx_ocpp_bridge.core.settings import ChargerSettings
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.values import ChargerId
from knx_ocpp_bridge.ocpp.handshake import Attempt, Refusal

_UNAUTHORIZED = 401
_FORBIDDEN = 403


class Known(Protocol):
    """The part of the roster that is asked."""

    def find(self, charger_id: str) -> ChargerId | None: ...
    def charger(self, charger_id: ChargerId) -> Charger: ...
    def admit(self, attempt: Attempt) -> ChargerId | None: ...
    def unknown(self, charger_id: ChargerId) -> ChargerSettings: ...
    def turned_away(self, attempt: Attempt, reason: str) -> None: ...


class Door:
    """Judges every connection before it is a charger's link."""

    def __init__(self, roster: Known) -> None:
        self._roster = roster

    def admit(self, attempt: Attempt) -> ChargerId | Refusal:
        """The charger's canonical identity, or why it is not let in.

        A stranger has to show what is asked of all; as nobody has given it a password, a minimum of 1 and more
        keeps it out, and it is listed with that reason so that it can be adopted.
        """
        known = self._roster.find(attempt.identity)
        settings, security, any_username = self._rules(attempt.identity, known)
        denied = judge(settings, security, attempt.proof, any_username=any_username)
        if denied is not None:
            self._roster.turned_away(attempt, denied.reason)
            return _refusal(denied)
        charger_id = self._roster.admit(attempt)
        if charger_id is None:
            reason = "too many unknown chargers are connected"
            self._roster.turned_away(attempt, reason)
            return Refusal(reason, remedy="adopt this one, or put it under chargers: in the configuration")
        return charger_id

    def _rules(self, identity: str, known: ChargerId | None) -> tuple[ChargerSettings, Security, bool]:
        if known is None:
            return self._roster.unknown(ChargerId(identity)), NOTHING_AGREED, False
        charger = self._roster.charger(known)
        return charger.settings, charger.security, charger.flags.any_username


def _refusal(denied: Denied) -> Refusal:
    return Refusal(denied.reason, _UNAUTHORIZED if denied.unauthorized else _FORBIDDEN, remedy=denied.remedy)
