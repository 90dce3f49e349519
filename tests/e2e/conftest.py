"""One knxd, one monitor and one daemon per module; every test has chargers and group addresses of its own.

A module names its `HOUSE`. A test that uses `arrive` fails if the bridge said anything on the charger's group addresses
that the test did not assert.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from tests.kit import cable
from tests.kit.bridge import BridgeProcess
from tests.kit.browser import Browser
from tests.kit.fake_charger import PLAN, FakeCharger
from tests.kit.house import CHARGERS_ONLINE_GA, House, Outlet
from tests.kit.knxd import Knxd
from tests.kit.panel import Panel
from tests.kit.until import until

Arrive = Callable[..., Awaitable[FakeCharger]]


_NOT_TRIED = pytest.StashKey[str]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.e2e)
    of_namespaces = [item for item in items if item.get_closest_marker("netns")]
    if of_namespaces and (reason := cable.why_none()):
        items[:] = [item for item in items if item not in of_namespaces]
        config.hook.pytest_deselected(items=of_namespaces)
        names = ", ".join(item.name for item in of_namespaces)
        config.stash[_NOT_TRIED] = f"NOT TRIED, as there are no network namespaces here ({reason}): {names}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if _NOT_TRIED in config.stash:
        terminalreporter.write_line(config.stash[_NOT_TRIED], yellow=True, bold=True)


@pytest.fixture(scope="module")
def knxd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Knxd]:
    server = Knxd(tmp_path_factory.mktemp("knxd")).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def panel(knxd: Knxd) -> Iterator[Panel]:
    eyes = Panel(knxd).start()
    yield eyes
    eyes.stop()


@pytest.fixture(scope="module")
def bridge(
    request: pytest.FixtureRequest, knxd: Knxd, panel: Panel, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BridgeProcess]:
    house: House = request.module.HOUSE
    process = BridgeProcess(tmp_path_factory.mktemp("bridge"), house, knxd.port).start()
    asyncio.run(on_the_bus(panel))
    yield process
    process.terminate()


@pytest.fixture(autouse=True)
def last_words(request: pytest.FixtureRequest) -> Iterator[None]:
    """Show what the daemon logged in this test, should it fail."""
    if "bridge" not in request.fixturenames:
        yield
        return
    process: BridgeProcess = request.getfixturevalue("bridge")
    process.new_log()
    yield
    print(process.new_log())


@pytest.fixture
async def arrive(bridge: BridgeProcess, panel: Panel) -> AsyncIterator[Arrive]:
    """`await arrive("C1", Outlet(1))`: the charger has booted, has its limit, and the building knows it all.

    `ready=False`: it only dials. `strict=False`: the test need not assert all that is said.
    """
    chargers: list[FakeCharger] = []
    watched: list[str] = []

    async def come(
        charger_id: str, *outlets: Outlet, plan: object = PLAN, ready: bool = True, strict: bool = True
    ) -> FakeCharger:
        charger = FakeCharger(bridge.url, charger_id, plan)
        chargers.append(charger)
        if strict:
            watched.extend(outlet.prefix for outlet in outlets)
        await charger.connect(settle=ready)
        if ready:
            await at_home(charger, panel, *outlets)
        return charger

    yield come
    await asyncio.sleep(0.1)
    unasserted = [str(telegram) for prefix in watched for telegram in panel.unasserted(prefix)]
    for charger in chargers:
        await charger.close()
    assert not unasserted, f"said, but asserted by nobody: {'; '.join(unasserted)}"


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """`page = await browser.page(bridge.web_url)`; the test fails if the browser complained of anything."""
    async with Browser() as chromium:
        yield chromium
    assert not chromium.verdict(), "\n".join(chromium.verdict())


async def on_the_bus(panel: Panel, mark: int = 0) -> None:
    """The bridge has said how many chargers are online."""
    await until(lambda: bool(panel.telegrams_since(mark, CHARGERS_ONLINE_GA)), 15, "the bridge speaks on the bus")


async def at_home(charger: FakeCharger, panel: Panel, *outlets: Outlet) -> None:
    """Every outlet has got its limit, and the building knows it; what was said so far is taken as given."""
    for ga in (outlet.state("max_current") for outlet in outlets if outlet.number):
        await until(lambda ga=ga: panel.last(ga) is not None, 20, f"the limit of {charger.id} is said on {ga}")
    await asyncio.sleep(0.3)
    for outlet in outlets:
        await panel.rest(outlet.prefix)
    charger.forget_calls()
