"""What every page has to be: without a complaint of the browser, usable by everybody, on a phone and on a desk."""

import re
from typing import Literal

import httpx
import pytest

from tests.kit.bridge import BridgeProcess
from tests.kit.browser import DESKTOP, PHONE, Browser, View, axe, screenshot, sideways
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.login import COOKIE, log_in, stored

HOUSE = House((charger("GARAGE", connector(Outlet(1)), name="Garage"),), web={})
LOOKS = [pytest.param(PHONE, "light", "de-DE", id="phone"), pytest.param(DESKTOP, "dark", "en-GB", id="desk")]
LINK = re.compile(r'href="(/[^"?#]*)')
MOST = 60


def every_page(bridge: BridgeProcess) -> list[str]:
    """Wherever the links lead from the first page, for somebody who may everything."""
    found, waiting = [], ["/"]
    with httpx.Client(base_url=bridge.web_url, cookies={COOKIE: log_in(bridge, "installer")}) as client:
        for path in waiting:
            with client.stream("GET", path, timeout=10) as answer:
                assert answer.status_code < 400, f"a link leads to {path}: {answer.status_code}"
                if answer.status_code != 200 or not answer.headers.get("content-type", "").startswith("text/html"):
                    continue
                links = LINK.findall(answer.read().decode())
            found.append(path)
            waiting += [link for link in dict.fromkeys(links) if link not in waiting and len(waiting) < MOST]
    return found


@pytest.mark.parametrize(("view", "scheme", "language"), LOOKS)
async def test_every_page_is_for_everybody(
    browser: Browser, bridge: BridgeProcess, view: View, scheme: Literal["light", "dark"], language: str
):
    state = stored(bridge, "installer")
    page = await browser.page(view=view, scheme=scheme, language=language, storage_state=state)
    trouble: list[str] = []
    everywhere = every_page(bridge)
    for path in everywhere:
        await page.goto(bridge.web_url + path)
        trouble += [f"{path}: {finding}" for finding in (*await axe(page), *await sideways(page))]
        name = path.strip("/").replace("/", "-") or "home"
        await screenshot(page, f"{name}-{view.width}-{scheme}")
    assert not trouble, "\n".join(trouble)
    assert {"/", "/chargers/GARAGE", "/system"} <= set(everywhere)


async def test_a_browser_under_the_policy_of_the_pages_tells_all_that_is_wrong(browser: Browser, bridge: BridgeProcess):
    page = await browser.page(f"{bridge.web_url}/no-such-page")
    await page.evaluate("document.body.append(Object.assign(document.createElement('img'), {src: '/nothing'}))")
    await page.evaluate("document.body.insertAdjacentHTML('beforeend', '<b style=color:red>red</b><button></button>')")
    await page.evaluate("setTimeout(() => nobody.is.here)")
    await page.wait_for_timeout(200)
    assert any("button-name" in finding for finding in await axe(page))
    for wrong in ("such-page 404", "/nothing 404", "policy: style-src", "console: .*inline style", "script: .*nobody"):
        browser.announce(wrong)
