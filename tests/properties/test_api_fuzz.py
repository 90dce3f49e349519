"""Whatever a program sends: no mistake of ours, and no answer that the document does not tell of."""

import json
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.python.asgi import ASGIClient, get_client
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.types import ASGIApp, Receive, Scope, Send

from knx_ocpp_bridge.control.caller import Caller
from knx_ocpp_bridge.control.protocol import Manage, Managed, Request, Response
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.web.api import throttle
from knx_ocpp_bridge.web.api.openapi import document
from knx_ocpp_bridge.web.api.problems import MEDIA_TYPE
from knx_ocpp_bridge.web.api.table import PREFIX
from tests.contract.test_api import ROUTES
from tests.kit.api import ApiSite, site

CHECKS: Final = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
    negative_data_rejection,
]  # fmt: skip
FEW: Final = settings(
    deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck), max_examples=5,
)  # fmt: skip
MANY: Final = settings(FEW, max_examples=150)
SLOW: Final = ("learn", "knx_scan", "ets_check", "objects_fill")
"""They wait for somebody, or something, that is not there."""


HERE: Final = {"charger": "GARAGE", "connector": 1, "action": "ClearCache", "file": "0" * 32}


def json_bytes(content: object) -> bytes:
    """With NaN and Infinity, which are no JSON."""
    return json.dumps(content).encode("utf-8", "surrogatepass")


class Impatient(ApiSite):
    """A building where nobody comes and nothing is found."""

    async def ask(self, request: Request, caller: Caller) -> Response:
        if isinstance(request, Manage) and request.act in SLOW:
            return Managed(False, ("nobody came",), CommandResult.TIMED_OUT)
        return await super().ask(request, caller)


class Later:
    """Stands for an application that is made once the tests begin."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


LATER: Final = Later()
SCHEMA = schemathesis.openapi.from_dict(json.loads(json.dumps(document(ROUTES, "1.2.3"))))
SCHEMA.app = LATER
OPERATIONS = [each.ok() for each in SCHEMA.exclude(path="/events").get_all_operations()]


@pytest.fixture(scope="module", autouse=True)
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiSite]:
    made = site(tmp_path_factory.mktemp("api"), Impatient)
    LATER.app = made.app()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(throttle, "BURST", 10**9)
        yield made


@pytest.fixture(scope="module")
def client(house: ApiSite) -> Iterator[ASGIClient]:
    with get_client(LATER) as opened:
        yield opened


def as_documented(
    operation: APIOperation, mode: GenerationMode, manner: settings, client: ASGIClient, **place: object
) -> None:
    @manner
    @given(operation.as_strategy(mode, path_parameters=place or None))
    def sent(case: Case) -> None:
        case.call_and_validate(checks=CHECKS, session=client, headers={"authorization": "Bearer installer"})

    sent()


@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.value)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.label)
def test_every_answer_is_as_documented(operation, mode, client):
    as_documented(operation, mode, FEW, client)


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if "{" in each.path], ids=lambda each: each.label)
def test_what_is_there_is_as_documented(operation, client):
    place = {name: value for name, value in HERE.items() if f"{{{name}}}" in operation.path}
    as_documented(operation, GenerationMode.POSITIVE, FEW, client, **place)


@settings(FEW, max_examples=150)
@given(
    method=st.sampled_from(["GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS"]),
    path=st.one_of(
        st.text(max_size=60),
        st.builds("chargers/{}/connectors/{}/{}".format, st.text(max_size=30), st.integers() | st.text(), st.text()),
        st.builds("chargers/GARAGE/calls/{}".format, st.text(max_size=80)),
        st.sampled_from([each.path.lstrip("/").format_map(HERE) for each in ROUTES if each.path != "/events"]),
    ),
    query=st.text(max_size=40),
    body=st.one_of(st.binary(max_size=80), st.recursive(st.none() | st.floats() | st.text(), st.lists).map(json_bytes)),
)
def test_whatever_comes_is_answered_in_json(client, method, path, query, body):
    headers = {"authorization": "Bearer installer", "content-type": "application/json"}
    url = f"http://testserver{PREFIX}/{quote(path)}?{quote(query, safe='=&')}"
    answer = client.request(method, url, data=body, headers=headers)
    assert answer.status_code < 500, answer.text
    assert answer.status_code < 300 or answer.headers["content-type"] == MEDIA_TYPE


@pytest.mark.long
@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.value)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.label)
def test_every_answer_is_as_documented_for_a_long_time(operation, mode, client):
    as_documented(operation, mode, MANY, client)
