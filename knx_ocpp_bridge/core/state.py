"""The charge point as a value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from math import inf

from knx_ocpp_bridge.core.card_list import NOT_LOOKED_AT, CardList
from knx_ocpp_bridge.core.commands import Command
from knx_ocpp_bridge.core.connector import Connector
from knx_ocpp_bridge.core.events import Identity
from knx_ocpp_bridge.core.facts import Transaction
from knx_ocpp_bridge.core.flags import NO_FLAGS, Flags
from knx_ocpp_bridge.core.security import NO_PROOF, NOTHING_AGREED, PasswordDigest, Proof, Security, SecurityProfile
from knx_ocpp_bridge.core.settings import ChargerSettings
from knx_ocpp_bridge.core.values import Clock, ConnectorId, IdTag, LinkNumber


class Presence(Enum):
    """What the building is told of the connection: gaps shorter than `offline_after` do not show."""

    UNKNOWN = "not heard of since the bridge started"
    ONLINE = "online"
    OFFLINE = "offline"


class Question(Enum):
    """A one-off question to a charger, so that it is not asked twice."""

    BOOT = "BootNotification"
    RATE_UNIT = "ChargingScheduleAllowedChargingRateUnit"
    AUTHORIZE_REMOTE = "AuthorizeRemoteTxRequests"
    PHASES = "ConnectorSwitch3to1PhaseSupported"


@dataclass(frozen=True, slots=True)
class Waiter:
    """Somebody who wished for a command, and the connector at which it was wished."""

    connector: ConnectorId
    number: int


@dataclass(frozen=True, slots=True)
class Errand:
    """A command that is asked once and not reconciled: who waits for what becomes of it (nobody: a renewal)."""

    connector: ConnectorId
    key: str
    command: Command
    waiters: tuple[Waiter, ...] = ()
    sent: bool = False


@dataclass(frozen=True, slots=True)
class Securing:
    """What is still to be said to bring the charger to `profile`; the first of `left` is on its way."""

    profile: SecurityProfile
    left: tuple[Command, ...]
    digests: tuple[PasswordDigest, ...]
    """Of the new password."""
    number: int
    restart: bool = False
    """Something of it acts after a restart only, says the charger."""
    resumed: bool = False
    """The last step was said again on another link; once is enough."""


@dataclass(frozen=True, slots=True)
class Charger:
    """Everything the bridge knows of one charge point."""

    settings: ChargerSettings
    own_tag: IdTag
    connectors: Mapping[ConnectorId, Connector]
    identity: Identity | None = None
    abilities: Mapping[str, str] = field(default_factory=dict)
    """What this firmware was found to do or refuse."""
    flags: Flags = NO_FLAGS
    """How this make deviates from the standard."""
    security: Security = NOTHING_AGREED
    proof: Proof = NO_PROOF
    """What the present link has shown."""
    securing: Securing | None = None
    """The way to a higher security profile that it is on."""
    restart_at_s: float | None = None
    """When it is restarted, unless it has dialled anew by then."""
    signs_until_s: float | None = None
    """Until then a certificate request of this charger is signed."""
    card_list: CardList = NOT_LOOKED_AT
    """Its local authorization list."""
    ended: tuple[Transaction, ...] = ()
    """The newest transactions that have ended, to recognise what is sent again."""
    # the link
    link: LinkNumber | None = None
    newest_link: LinkNumber | None = None
    peer: str = ""
    registered: bool = False
    """It may be told things: a boot was accepted, or it goes on without one after a reconnect."""
    expected: bool = False
    """It has booted here before and will be admitted as soon as it speaks: what is wished waits for that."""
    linked_at_s: float = 0.0
    arrived_at_s: float = 0.0
    """Since when it is `registered`."""
    there_since: datetime | None = None
    """When it came after it had been offline, or after a start of the bridge; None: nobody knows what time it was."""
    presence: Presence = Presence.UNKNOWN
    presence_at_s: float | None = None
    """When `presence` changes unless something happens."""
    ask_at_s: float | None = None
    """When a state that was not reported is asked for."""
    ready_at_s: float | None = None
    """Until then the charger, which has only just come, is left alone (row B3)."""
    due_at_s: float = inf
    """When it wants to be woken."""
    clock: Clock = Clock.SANE
    """How far the bridge's clock could be believed at the last event."""
    asked: frozenset[Question] = frozenset()
    states_asked: frozenset[ConnectorId] = frozenset()
    """Connectors whose state was asked for on this link."""
    errands: tuple[Errand, ...] = ()
    """Commands on their way, oldest first."""
    way: int = 0
    """Which way of limiting this charger is used: an index into `ways.order`; past the end: none works."""
    dropped: int = 0
    """How often in a row it dropped the connection when it was sent a charging profile (row O4)."""
    unlimited_until_s: float = 0.0
    """Until then it is not sent profiles of the bridge's own accord, because it drops the connection each time."""
    triggered_at_s: float = -inf
    """When a message was asked for last."""
    cards: tuple[tuple[IdTag, float], ...] = ()
    """Cards that were asked for, and when: a start with one of them is expected."""
    hinted: frozenset[str] = frozenset()
    """What was pointed out already since the bridge started."""

    @property
    def tag(self) -> IdTag:
        """The idTag with which the bridge starts."""
        return self.settings.remote_id_tag or self.own_tag

    @property
    def reservation_tag(self) -> IdTag:
        """The idTag of reservations; nobody can start with it."""
        return IdTag(("S" if self.own_tag[:1] in {"R", "r"} else "R") + self.own_tag[1:])

    @property
    def reachable(self) -> bool:
        """A command would arrive, now or as soon as the charger that has just connected speaks."""
        return self.link is not None and (self.registered or self.expected)
