"""Every route of the API: method, path below /api/v1, least role, and which request to the daemon it becomes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from knx_ocpp_bridge.control.options import Options
from knx_ocpp_bridge.core.group_objects import CATALOGUE, GroupObject, Quantity
from knx_ocpp_bridge.core.object_row import Scope
from knx_ocpp_bridge.web.api.offers import Offer, Refusal
from knx_ocpp_bridge.web.api.topics import TOPICS
from knx_ocpp_bridge.web.api.verbs import VERBS
from knx_ocpp_bridge.web.api.words import OPTIONS
from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.website import Asked, Catalogue

PREFIX: Final = "/api/v1"
_CHARGER: Final = "/chargers/{charger}"
_CONNECTOR: Final = f"{_CHARGER}/connectors/{{connector}}"


@dataclass(frozen=True, slots=True)
class State:
    """A part of the state of everything; `part` is status, chargers, charger or connector."""

    part: str


@dataclass(frozen=True, slots=True)
class Look:
    """The rows of a topic."""

    topic: str
    offer: Offer
    options: Options


@dataclass(frozen=True, slots=True)
class Act:
    """A verb of the daemon."""

    verb: str
    offer: Offer
    options: Options


@dataclass(frozen=True, slots=True)
class Want:
    """A group object of a connector, or of the charge point, is commanded."""

    row: GroupObject


@dataclass(frozen=True, slots=True)
class AnyCall:
    """An operation of OCPP that the charger is asked for."""


@dataclass(frozen=True, slots=True)
class ReadAgain:
    """The configuration is read from disk."""


@dataclass(frozen=True, slots=True)
class Send:
    """A file is sent for a verb."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """A file is fetched that a verb has made."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Events as they happen."""


@dataclass(frozen=True, slots=True)
class Document:
    """The document of this table."""


Asks = State | Look | Act | Want | AnyCall | ReadAgain | Send | Fetch | Stream | Document


@dataclass(frozen=True, slots=True)
class Route:
    """One method at one path."""

    method: str
    path: str
    role: Role
    """The least that may."""
    summary: str
    asks: Asks
    group: str
    """Heading of the document it stands under."""
    words: Mapping[str, str] = field(default_factory=dict)
    """What its options mean."""

    @property
    def name(self) -> str:
        """One of its own, for code that is made from the document."""
        where = self.path.replace("{", "").replace("}", "").strip("/").replace("/", "_").replace("-", "_")
        return f"{self.method.lower()}_{where}"

    @property
    def commands(self) -> bool:
        """It may change something."""
        return self.method != "GET"


_OWN: Final = (
    Route("GET", "/status", Role.VIEWER, "The state of everything", State("status"), "State"),
    Route("GET", "/chargers", Role.VIEWER, "All charge points as they stand", State("chargers"), "State"),
    Route("GET", _CHARGER, Role.VIEWER, "A charge point as it stands", State("charger"), "State"),
    Route("GET", _CONNECTOR, Role.VIEWER, "A connector as it stands", State("connector"), "State"),
    Route("GET", "/events", Role.VIEWER, "Events as they happen (server-sent events)", Stream(), "State"),
    Route("GET", "/openapi.json", Role.VIEWER, "This document", Document(), "Document"),
    Route(
        "POST", f"{_CHARGER}/calls/{{action}}", Role.INSTALLER,
        "Any operation of OCPP 1.6 or its security extension; the body is its payload", AnyCall(), "Commands",
    ),
    Route(
        "POST", "/reload", Role.INSTALLER, "Read the configuration again; nothing changes if it has a mistake",
        ReadAgain(), "What can be done",
    ),
    Route("POST", "/files", Role.INSTALLER, "Send a file for a verb; it is kept for an hour", Send(), "Files"),
    Route("GET", "/files/{file}", Role.INSTALLER, "Fetch a file that a verb has made, once", Fetch(), "Files"),
)  # fmt: skip


def wanted_objects() -> tuple[GroupObject, ...]:
    """The group objects that are commanded; the totals have a verb of their own."""
    return tuple(
        row
        for row in CATALOGUE.values()
        if row.receives and not row.input and row.scope & (Scope.CONNECTOR | Scope.CHARGE_POINT)
        if row.key != "reset_counters"
    )


def routes(catalogue: Catalogue) -> tuple[Route, ...]:
    """All of them, in the order of the document."""
    topics = (
        route
        for name, offer in TOPICS.items()
        if isinstance(offer, Offer) and name in catalogue.topics
        for route in _look(name, offer, catalogue.topics[name])
    )
    verbs = (
        route
        for name, offer in VERBS.items()
        if isinstance(offer, Offer) and name in catalogue.verbs
        for route in _act(name, offer, catalogue.verbs[name])
    )
    return (*_OWN, *_wants(), *topics, *verbs)


def refusals() -> Mapping[str, str]:
    """The topics and verbs that are kept out, and why."""
    both = {**TOPICS, **VERBS}
    return {name: offer.reason for name, offer in both.items() if isinstance(offer, Refusal)}


def _wants() -> Iterator[Route]:
    for row in wanted_objects():
        role = Role.INSTALLER if row.key in {"hard_reset", "clear_cache"} else Role.OPERATOR
        words = {"value": _value_words(row), "id_tag": "The card it is for, by its id or name; left out: our own."}
        summary = row.function.partition(", and ")[0]
        yield Route("PUT", f"{_CONNECTOR}/{row.key}", role, summary, Want(row), "Commands", words)


def _value_words(row: GroupObject) -> str:
    if row.acts_on_one_only:
        return "true; false does nothing, so it is refused."
    return "true or false." if row.quantity is Quantity.SWITCH else row.function + "."


def _look(name: str, offer: Offer, asked: Asked) -> Iterator[Route]:
    for where in _where(name, offer, asked):
        options = _offered(offer, asked)
        yield Route(
            "GET", where, offer.role, offer.summary, Look(name, offer, options), "What is known",
            _words(offer, options),
        )  # fmt: skip


def _act(name: str, offer: Offer, asked: Asked) -> Iterator[Route]:
    for where in _where(name, offer, asked):
        options = _offered(offer, asked)
        yield Route(
            "POST", where, offer.role, offer.summary, Act(name, offer, options), "What can be done",
            _words(offer, options),
        )  # fmt: skip


def _where(name: str, offer: Offer, asked: Asked) -> Iterator[str]:
    path = offer.path or name.replace("_", "-")
    if asked.charger is not True:
        yield f"/{path}"
    if asked.charger is not False:
        yield f"{_CHARGER}/{path}"


def _offered(offer: Offer, asked: Asked) -> Options:
    return {name: option for name, option in asked.options.items() if name not in offer.hidden}


def _words(offer: Offer, options: Options) -> Mapping[str, str]:
    return {name: offer.words.get(name) or OPTIONS.get(name, "") for name in options}
