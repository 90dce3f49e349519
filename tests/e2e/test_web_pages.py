"""What every page has to be: without a complaint of the browser, usable by everybody, on a phone and on a desk."""

from tests.kit.bridge import BridgeProcess
from tests.kit.browser import Browser, axe
from tests.kit.house import House, Outlet, charger, connector

HOUSE = House((charger("GARAGE", connector(Outlet(1)), name="Garage"),), web={"anonymous": "operate"})


async def test_a_browser_under_the_policy_of_the_pages_tells_all_that_is_wrong(browser: Browser, bridge: BridgeProcess):
    page = await browser.page(f"{bridge.web_url}/no-such-page")
    await page.evaluate("document.body.append(Object.assign(document.createElement('img'), {src: '/nothing'}))")
    await page.evaluate("document.body.insertAdjacentHTML('beforeend', '<b style=color:red>red</b><button></button>')")
    await page.evaluate("setTimeout(() => nobody.is.here)")
    await page.wait_for_timeout(200)
    assert any("button-name" in finding for finding in await axe(page))
    for wrong in (
        "no-such-page 404",
        "/nothing 404",
        "policy: style-src",
        "console: .*inline style",
        "script: .*nobody",
    ):
        browser.announce(wrong)
