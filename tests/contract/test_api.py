"""The API is the daemon's: all that can be asked is served, or it is said why not; and all of it is documented."""

import re
from pathlib import Path

import pytest

from knx_ocpp_bridge.daemon.manage import VERBS
from knx_ocpp_bridge.daemon.queries import TOPICS
from knx_ocpp_bridge.web.api import topics, verbs
from knx_ocpp_bridge.web.api.manual import routes_table
from knx_ocpp_bridge.web.api.offers import Offer, Refusal
from knx_ocpp_bridge.web.api.openapi import document
from knx_ocpp_bridge.web.api.problems import KINDS
from knx_ocpp_bridge.web.api.schemas import SCHEMAS
from knx_ocpp_bridge.web.api.table import Act, Look, routes, wanted_objects
from knx_ocpp_bridge.web.roles import Role
from knx_ocpp_bridge.web.website import Asked, Catalogue

PAGE = Path(__file__).parents[2] / "docs/api.md"
CATALOGUE = Catalogue(
    {name: Asked(topic.options, topic.charger) for name, topic in TOPICS.items()},
    {name: Asked(verb.options, verb.charger) for name, verb in VERBS.items()},
)
ROUTES = routes(CATALOGUE)
OF_CARDS = re.compile(r"tags?|whole|id_tags|cost_centre|group")


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_has_its_route_or_the_reason_why_not(topic):
    """Put a row into web/api/topics.py: `"name": Offer(Role.INSTALLER, "what it shows")`, or a `Refusal` with why."""
    assert topic in topics.TOPICS


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_its_route_or_the_reason_why_not(verb):
    """Put a row into web/api/verbs.py: `"name": Offer(Role.INSTALLER, "what it does")`, or a `Refusal` with why."""
    assert verb in verbs.VERBS


def test_nothing_is_offered_that_is_not_there():
    assert topics.TOPICS.keys() <= TOPICS.keys()
    assert verbs.VERBS.keys() <= VERBS.keys()


def test_what_is_refused_has_a_reason():
    refused = [one for one in (*topics.TOPICS.values(), *verbs.VERBS.values()) if isinstance(one, Refusal)]
    assert all(one.reason for one in refused)


def test_no_two_routes_have_the_same_address():
    addresses = [(route.method, route.path) for route in ROUTES]
    assert len(set(addresses)) == len(addresses)
    assert len({route.name for route in ROUTES}) == len(ROUTES)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_route_says_what_it_is_and_what_its_options_mean(route):
    """Options that several have in common are explained in web/api/words.py."""
    assert route.summary
    assert route.role > Role.NOBODY
    options = route.asks.options if isinstance(route.asks, Look | Act) else {}
    assert [name for name in options if not route.words[name]] == []


@pytest.mark.parametrize("name", [name for name, one in topics.TOPICS.items() if isinstance(one, Offer)])
def test_who_asks_for_cards_is_at_least_operator(name):
    offer = topics.TOPICS[name]
    assert isinstance(offer, Offer)
    asks = {option for option in TOPICS[name].options if OF_CARDS.fullmatch(option)}
    assert offer.role >= Role.OPERATOR or asks <= set(offer.operator)


def test_whoever_only_looks_changes_nothing_and_every_command_is_for_operators_at_least():
    assert all(route.role >= Role.OPERATOR for route in ROUTES if route.commands)


def test_the_schemas_of_rows_are_there():
    for offer in (*topics.TOPICS.values(), *verbs.VERBS.values()):
        assert isinstance(offer, Refusal) or offer.row in {"", *SCHEMAS}


def test_every_command_of_the_catalogue_can_be_given():
    assert [row.key for row in wanted_objects()] == [
        "charging", "reservation", "availability", "unlock", "max_current", "reset", "fast_charging", "pause",
        "charge_mode", "hard_reset", "clear_cache", "surplus_mode", "minimum_and_surplus_mode", "scheduled_mode",
        "session_limit_energy", "session_limit_duration", "session_limit_soc", "goal_energy", "goal_soc", "goal_time",
    ]  # fmt: skip


def test_the_table_of_the_page_is_that_of_the_routes():
    """Else: python -c "from tests.contract.test_api import ROUTES; from knx_ocpp_bridge.web.api.manual import *;
    print(routes_table(ROUTES))"
    """
    assert routes_table(ROUTES) in PAGE.read_text(encoding="utf-8")


def test_every_kind_of_problem_is_explained():
    text = PAGE.read_text(encoding="utf-8")
    assert [kind.name for kind in KINDS if f"`{kind.name}`" not in text] == []


def test_the_document_is_whole():
    made = document(ROUTES, "1.2.3")
    written = {(method.upper(), path) for path, methods in made["paths"].items() for method in methods}
    assert written == {(route.method, route.path) for route in ROUTES}
    named = set(re.findall(r"#/components/schemas/(\w+)", str(made)))
    assert named == set(made["components"]["schemas"]) - {"Status"} | {"Status"}
