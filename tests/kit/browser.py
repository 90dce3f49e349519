"""A person's browser: Debian's Chromium, which tells everything that it did not like about a page."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Self

from playwright.async_api import Browser as Chromium
from playwright.async_api import BrowserContext, ConsoleMessage, Page, Playwright, Request, Response, async_playwright

_ROOT: Final = Path(__file__).parents[2]
SCREENS: Final = _ROOT / "build" / "screens"
_AXE: Final = _ROOT / "tests" / "e2e" / "npm" / "node_modules" / "axe-core" / "axe.min.js"

_ARGUMENTS: Final = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-proxy-server", "--disable-dev-shm-usage",
)  # fmt: skip
_WITHIN_MS: Final = 10_000
_TELL_VIOLATIONS: Final = """
addEventListener("securitypolicyviolation", event =>
    complain(`${event.violatedDirective} forbids ${event.blockedURI} in ${event.sourceFile}:${event.lineNumber}`));
"""
_STANDING_OUT: Final = """() => {
    const wide = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= wide) return [];
    const out = [...document.body.querySelectorAll("*")].filter(each =>
        each.getBoundingClientRect().right > wide + 1 && each.closest(".scroll, .tabs, .bar, .unseen, .skip") === null);
    const inner = out.filter(each => !out.some(other => other !== each && each.contains(other)));
    return [...inner.map(each => each.outerHTML.slice(0, 200)), `${document.documentElement.scrollWidth} px`];
}"""
_SAID_BY_THE_ANSWER: Final = "Failed to load resource: the server responded with a status of"
_LEFT: Final = "net::ERR_ABORTED"
"""What the page was still loading as it was left; a stream of events never ends otherwise."""


@dataclass(frozen=True, slots=True)
class View:
    """What somebody holds in their hands."""

    width: int
    height: int
    phone: bool = False


PHONE: Final = View(390, 844, phone=True)
DESKTOP: Final = View(1280, 800)


class Browser:
    """One browser between `__aenter__` and `__aexit__`, whose complaints are kept.

    Complaints are: errors on the console, errors of scripts, requests that failed or were answered by 400 and above,
    and violations of the Content Security Policy.
    """

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self._announced: list[str] = []
        self._tolerated: list[str] = []
        self._contexts: list[BrowserContext] = []
        self._playwright: Playwright | None = None
        self._chromium: Chromium | None = None

    async def __aenter__(self) -> Self:
        executable = shutil.which("chromium")
        assert executable is not None, "there is no chromium here: run tests/tools"
        self._playwright = await async_playwright().start()
        self._chromium = await self._playwright.chromium.launch(executable_path=executable, args=_ARGUMENTS)
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for context in self._contexts:
            await context.close()
        if self._chromium is not None:
            await self._chromium.close()
        if self._playwright is not None:
            await self._playwright.stop()

    async def page(
        self,
        url: str = "",
        *,
        view: View = DESKTOP,
        scheme: Literal["light", "dark"] = "light",
        language: str = "en-GB",
        **more: Any,
    ) -> Page:
        """A page of a visitor who was never here before; `more` is for Playwright's `new_context`, such as
        `ignore_https_errors` or `java_script_enabled`.
        """
        assert self._chromium is not None
        context = await self._chromium.new_context(
            viewport={"width": view.width, "height": view.height}, has_touch=view.phone, is_mobile=view.phone,
            color_scheme=scheme, locale=language, timezone_id="Europe/Amsterdam", reduced_motion="reduce", **more,
        )  # fmt: skip
        self._contexts.append(context)
        context.set_default_timeout(_WITHIN_MS)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(f"script: {error.error}"))
        context.on("requestfailed", self._request_failed)
        context.on("response", self._response)
        await context.expose_function("complain", lambda text: self.complaints.append(f"policy: {text}"))
        await context.add_init_script(_TELL_VIOLATIONS)
        page = await context.new_page()
        if url:
            await page.goto(url)
        return page

    def announce(self, pattern: str) -> None:
        """At least one complaint that has this regular expression in it must come, and none of them counts."""
        self._announced.append(pattern)

    def tolerate(self, pattern: str) -> None:
        """Complaints that have this regular expression in them may come or not: of what a race decides."""
        self._tolerated.append(pattern)

    def verdict(self) -> list[str]:
        """The complaints that nobody announced, and what was announced and did not come."""
        known = (*self._announced, *self._tolerated)
        unannounced = [text for text in self.complaints if not any(re.search(each, text) for each in known)]
        did_not_come = [
            f"announced, but it did not come: {each}"
            for each in self._announced
            if not any(re.search(each, text) for text in self.complaints)
        ]
        return unannounced + did_not_come

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "assert"} and not message.text.startswith(_SAID_BY_THE_ANSWER):
            self.complaints.append(f"console: {message.text} ({message.location['url']})")

    def _request_failed(self, request: Request) -> None:
        if request.failure != _LEFT:
            self.complaints.append(f"request: {request.method} {request.url} {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.complaints.append(f"answer: {response.request.method} {response.url} {response.status}")


async def axe(page: Page) -> list[str]:
    """What the accessibility engine finds serious or critical on this page: the rule, the element, and why."""
    assert _AXE.exists(), "axe-core is not there: run `make build/npm.stamp`"
    await page.evaluate(_AXE.read_text(encoding="utf-8"))
    found = await page.evaluate("() => axe.run(document, {resultTypes: ['violations'], preload: false})")
    return [
        f"{rule['id']} ({rule['impact']}): {node['html']}: {node['failureSummary']}"
        for rule in found["violations"]
        if rule["impact"] in {"serious", "critical"}
        for node in rule["nodes"]
    ]


async def sideways(page: Page) -> list[str]:
    """What stands out of the screen, so that the whole page has to be moved sideways; the innermost elements."""
    found = await page.evaluate(_STANDING_OUT)
    return [f"stands out of the screen: {each}" for each in found]


async def screenshot(page: Page, name: str) -> Path:
    """The whole page, in `build/screens/<name>.png`."""
    path = SCREENS / f"{name}.png"
    await page.screenshot(path=path, full_page=True, animations="disabled")
    return path
