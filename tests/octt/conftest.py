"""One daemon for all cases, and one charge point for each: whose id is that of the case.

The charge points of a module have booted before its first case, as chargers that hang on the wall have.
"""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from knx_ocpp_bridge.control.client import ask
from knx_ocpp_bridge.control.protocol import Call, Called, Manage, Response
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.values import ChargerId
from tests.kit.bridge import BridgeProcess
from tests.kit.house import House, charger
from tests.kit.octt_cases import IDS
from tests.kit.ports import free_tcp_port
from tests.kit.station import Station

ANSWER_S = 10.0
PASSWORD = "octt-password-of-21"
OPTIONS = {
    "TC_023_3": {"authorization": {"mode": "block_list"}},
    "TC_085": {"security_profile": 1, "password": PASSWORD},
    "TC_086": {"security_profile": 2, "password": PASSWORD},
    "TC_087": {"security_profile": 3},
}
TAGS = """\
- {id: OCTTVALID, group: OCTTGROUP}
- {id: OCTTFRIEND, group: OCTTGROUP}
- {id: OCTTBLOCKED}
- {id: OCTTEXPIRED, expires: 2025-12-31}
"""
HOUSE = House(
    chargers=tuple(charger(case, {"id": 1}, {"id": 2}, **OPTIONS.get(case, {})) for case in IDS),
    authorization={"mode": "allow_list", "tags_file": "tags.yaml"},
    ocpp={"quiet": True, "tls": "both", "tls_compat": True},
    tags=TAGS,
)
NAME = re.compile(r"test_tc_(\d+(?:_\d)?)_[a-z]")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BridgeProcess]:
    """No KNX gateway answers: chargers are served all the same."""
    process = BridgeProcess(tmp_path_factory.mktemp("octt"), HOUSE, free_tcp_port()).start()
    yield process
    process.terminate()


@pytest.fixture(autouse=True)
def last_words(bridge: BridgeProcess) -> Iterator[None]:
    """Show what the daemon logged in this case, should it fail."""
    bridge.new_log()
    yield
    print(bridge.new_log())


@pytest.fixture(scope="module")
def stations(request: pytest.FixtureRequest, bridge: BridgeProcess) -> Iterator[dict[str, Station]]:
    """A charge point for each case of the module that wants one."""
    wanting = [item for item in request.session.items if item.path == request.path and "station" in item.fixturenames]
    ready: dict[str, Station] = {}
    for item in wanting:
        case = case_of(item.name)
        if case not in ready:
            ready[case] = Station(bridge.url, case)
            assert ready[case].boot()["status"] == "Accepted"
    yield ready
    for station in ready.values():
        station.hang_up()


@pytest.fixture
def station(request: pytest.FixtureRequest, stations: dict[str, Station]) -> Iterator[Station]:
    """This case's charge point: it has booted, and both connectors are Available."""
    one = stations[case_of(request.node.name)]
    yield one
    one.hears_nothing()


@pytest.fixture
def redial(request: pytest.FixtureRequest, bridge: BridgeProcess) -> Iterator[Callable[..., Station]]:
    """`redial()`: this case's charge point dials (again)."""
    dialled: list[Station] = []

    def dial(**how: Any) -> Station:
        dialled.append(Station(bridge.url, case_of(request.node.name), **how))
        return dialled[-1]

    yield dial
    for one in dialled:
        one.hang_up()


@pytest.fixture(scope="session")
def hands() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


class Operator:
    """The person at the command line of the Central System."""

    def __init__(self, bridge: BridgeProcess, hands: ThreadPoolExecutor, charger_id: str) -> None:
        self._bridge, self._hands, self._id = bridge, hands, ChargerId(charger_id)

    def asks(self, action: str, /, **payload: Any) -> "Future[Response]":
        """Any operation; what became of it comes later."""
        return self._hands.submit(ask, self._bridge.socket, Call(self._id, action, payload), ANSWER_S)

    def manages(self, act: str, /, **options: Any) -> "Future[Response]":
        """Something that is done here, or takes several operations; whether it was done comes later."""
        return self._hands.submit(ask, self._bridge.socket, Manage(act, self._id, options), ANSWER_S)

    def has(self, station: Station, action: str, payload: dict[str, Any], answer: dict[str, Any]) -> Called:
        """The operation reaches the charge point word for word, and its answer comes back the same way."""
        asked = self.asks(action, **payload)
        assert station.expect(action) == payload
        station.answer(**answer)
        called = asked.result(ANSWER_S)
        assert isinstance(called, Called), called
        assert called.answer == answer
        return called


@pytest.fixture
def operator(request: pytest.FixtureRequest, bridge: BridgeProcess, hands: ThreadPoolExecutor) -> Operator:
    return Operator(bridge, hands, case_of(request.node.name))


@pytest.fixture
def does(station: Station, operator: Operator) -> Callable[..., None]:
    """`does("Reset", {"type": "Hard"})`: asked by the operator, accepted by the charge point."""

    def ask_and_accept(action: str, payload: dict[str, Any], answer: dict[str, Any] | None = None) -> None:
        called = operator.has(station, action, payload, {"status": "Accepted"} if answer is None else answer)
        assert called.result is CommandResult.ACCEPTED

    return ask_and_accept


@pytest.fixture
def fails(station: Station, operator: Operator) -> Callable[..., None]:
    """`fails("Reset", {"type": "Hard"}, "Rejected")`: the operator learns that the charge point has not done it."""

    def ask_and_refuse(action: str, payload: dict[str, Any], status: str) -> None:
        called = operator.has(station, action, payload, {"status": status})
        assert called.result is not CommandResult.ACCEPTED
        assert called.reason == status

    return ask_and_refuse


def case_of(test: str) -> str:
    """TC_004_1 for test_tc_004_1_identification_first."""
    found = NAME.match(test)
    assert found is not None, f"{test} names no case"
    return f"TC_{found[1]}"
