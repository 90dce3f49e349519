"""A bridge at a control socket that says what it is told to, and keeps what it was asked: for the command line."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from knx_ocpp_bridge.cli.main import main
from knx_ocpp_bridge.control.protocol import Called, Failed, Listing, Query, Request, Response
from knx_ocpp_bridge.control.server import ControlServer
from knx_ocpp_bridge.core.status import CommandResult


class PlayedBridge:
    """Serves at `path` from a thread of its own until `close`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.asked: list[Request] = []
        self.answers: Callable[[Request], Response] = lambda _request: Failed("nothing to say")
        self._loop = asyncio.new_event_loop()
        self._server = ControlServer(path, self._handle)
        self._task = self._loop.create_task(self._server.run())
        self._loop.run_until_complete(self._server.listening.wait())
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    async def _handle(self, request: Request) -> Response:
        self.asked.append(request)
        return self.answers(request)

    def close(self) -> None:
        """Gone as if it had been stopped."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._task.cancel()
        self._loop.run_until_complete(asyncio.gather(self._task, return_exceptions=True))
        self._loop.close()


def command(bridge: PlayedBridge, *words: str, typed: str | None = None) -> Result:
    """What the command line makes of these words."""
    return CliRunner().invoke(main, [*words, "--socket", str(bridge.path)], input=typed)


def answers(bridge: PlayedBridge, **answer: object) -> None:
    """The charger answers this payload."""
    bridge.answers = lambda _request: Called(CommandResult.ACCEPTED, str(answer.get("status", "answered")), answer)


def lists(bridge: PlayedBridge, *, zone: str = "", **topics: list[dict[str, Any]]) -> None:
    """The bridge has these rows, in pages."""

    def page(request: Request) -> Response:
        assert isinstance(request, Query)
        rows = topics[request.topic]
        options = request.options
        after = options.get("after", 0)
        left = [row for row in rows if row.get("number", 1) > after]
        limit = options.get("limit", len(left))
        taken = left[-limit:] if options.get("newest") else left[:limit]
        return Listing(tuple(taken), taken[-1].get("number", 0) if taken else after, zone)

    bridge.answers = page
