"""A charger that shares nothing with this project: npm's ocpp-rpc in strict mode runs a whole session.

Needs `npm ci --prefix tests/e2e/npm` once.
"""

import asyncio
import contextlib
import json
from pathlib import Path

from tests.kit.bridge import BridgeProcess
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.panel import Panel
from tests.kit.payloads import ampere, energy

NODE = Path(__file__).parent / "npm"
STRANGER = Outlet(1)
TAG = "04A2B3C4D5E6F7"
HOUSE = House(
    (charger("NPM 1", connector(STRANGER)),),
    authorization={"mode": "allow_list", "tags_file": "tags.yaml"},
    tags=f'- id: "{TAG}"\n  name: Card\n',
)


class Session:
    """The node process and the steps it tells."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.steps: dict[str, dict[str, object]] = {}

    async def reach(self, step: str, within_s: float = 10.0) -> dict[str, object]:
        """What the process said at this step."""
        assert self.process.stdout is not None
        async with asyncio.timeout(within_s):
            while step not in self.steps:
                line = await self.process.stdout.readline()
                assert line, f"ended before `{step}`, after {list(self.steps)}"
                said = json.loads(line)
                self.steps[said.pop("step")] = said
        return self.steps[step]


@contextlib.asynccontextmanager
async def session_of(url: str, identity: str, id_tag: str):
    installed = NODE / "node_modules" / "ocpp-rpc"
    assert installed.exists(), "ocpp-rpc is not installed: npm ci --prefix tests/e2e/npm"
    process = await asyncio.create_subprocess_exec(
        "node", str(NODE / "session.mjs"), url, identity, id_tag, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield Session(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_a_whole_session_in_strict_mode(bridge: BridgeProcess, panel: Panel):
    async with session_of(bridge.url, "NPM 1", TAG) as session:
        assert await session.reach("connected") == {"protocol": "ocpp1.6"}
        boot = await session.reach("boot")
        assert (boot["status"], boot["interval"]) == ("Accepted", 300)
        assert await session.reach("authorize") == {"idTagInfo": {"status": "Accepted"}}
        number = (await session.reach("start"))["transactionId"]
        await session.reach("charging")
        await panel.hears(STRANGER.state("status"), b"\x02")
        await panel.hears(STRANGER.state("charging"), True)
        await panel.hears(STRANGER.state("current"), ampere(13.0))
        await panel.write(STRANGER.command("charging"), False)
        assert await session.reach("remote stop") == {"transactionId": number}
        await session.reach("done")
        await panel.expect(STRANGER.state("charging"), False)
        await panel.expect(STRANGER.state("transaction_energy"), energy(750))
        assert await session.process.wait() == 0
    assert "invalid" not in session.steps
