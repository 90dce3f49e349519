"""A charger is brought to a security profile by one command, and is never out of reach on the way."""

import asyncio
import json
import ssl
import sys
from dataclasses import replace
from pathlib import Path

from knx_ocpp_bridge.ocpp.simulator.security import ROOT, Access, Security
from tests.kit.box import BOX, Box
from tests.kit.bridge import COMMAND, BridgeProcess
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.raw_peer import Door, RawPeer

IDS = ("PLAIN", "BYTES", "ONE", "STEPS", "THREE", "REFUSES", "LATER", "LOST", "AGAIN", "HASTY", "RISES")
BOOTS = replace(BOX, boots_on_reconnect=True)
OWN = {name: {"client_certificate": BOX.serial} for name in ("THREE", "RISES")}
HOUSE = House(tuple(charger(name, connector(Outlet(main)), **OWN.get(name, {})) for main, name in enumerate(IDS, 1)))
WRONG = "not the one it was given"


async def command(bridge: BridgeProcess, *words: str) -> tuple[int, str]:
    """Exit code and output of `knx-ocpp-bridge WORDS`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", COMMAND, *words, "--socket", str(bridge.socket),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    said, _ = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, said.decode()


async def secure(bridge: BridgeProcess, box: Box, profile: int) -> tuple[int, str]:
    return await command(bridge, "chargers", "secure", box.id, "--profile", str(profile))


async def failures(bridge: BridgeProcess, charger_id: str) -> list[dict[str, object]]:
    """The lines of the failure book about this charger."""
    reader, writer = await asyncio.open_unix_connection(bridge.socket)
    writer.write(b'{"verb": "query", "topic": "failures"}\n')
    answer = json.loads(await asyncio.wait_for(reader.readline(), 5))
    writer.close()
    return [row for row in answer["rows"] if charger_id in row["path"]]


def dial(bridge: BridgeProcess, charger_id: str, *, tls: bool = False, password: str | None = None) -> int:
    """The HTTP status that somebody gets who dials so."""
    context = ssl._create_unverified_context() if tls else None
    with RawPeer(Door(bridge.ocpp_port, context)) as peer:
        return peer.upgrade(charger_id, password=None if password is None else password.encode())


async def test_one_command_brings_a_charger_to_profile_two_and_the_old_way_is_shut(bridge: BridgeProcess):
    async with Box(bridge.url, "PLAIN") as box:
        await box.comes_in("ws")
        box.do("plug 1")
        box.do("card 1 CARD")
        code, said = await secure(bridge, box, 2)
        assert code == 0, said
        await box.comes_in("wss")
        assert box.profile == 2
        transaction = box.machine.connectors[1].transaction
        assert transaction is not None
        assert transaction.id is not None
        assert dial(bridge, "PLAIN") == 403
        assert dial(bridge, "PLAIN", tls=True) == 401
        assert dial(bridge, "PLAIN", tls=True, password=WRONG) == 401
        reasons = [str(row["reason"]) for row in await failures(bridge, "PLAIN")]
        assert any("profile 2 needs TLS" in reason for reason in reasons)
        assert any("password is wrong" in reason for reason in reasons)
        key = box.machine.security.access.key
        assert key not in bridge.log.read_text()
        assert key not in json.dumps(reasons) + said
        bridge.restart()
        await box.comes_in("wss", 2)
        assert dial(bridge, "PLAIN") == 403


async def test_c17_a_charger_that_sends_the_bytes_of_its_key_is_let_in(bridge: BridgeProcess):
    async with Box(bridge.url, "BYTES", security=Security(key_as_bytes=True)) as box:
        await box.comes_in("ws")
        code, said = await secure(bridge, box, 2)
        assert code == 0, said
        await box.comes_in("wss")
        assert box.profile == 2


async def test_profile_one_asks_for_a_password_without_tls(bridge: BridgeProcess):
    async with Box(bridge.url, "ONE") as box:
        await box.comes_in("ws")
        code, said = await secure(bridge, box, 1)
        assert code == 0, said
        await box.comes_in("ws", 2)
        assert box.profile == 1
        assert box.machine.security.roots == {}
        assert dial(bridge, "ONE") == 401
        assert dial(bridge, "ONE", password=WRONG) == 401
        assert dial(bridge, "ONE", password=box.machine.security.access.key) == 101


async def test_profile_two_is_reached_from_profile_one(bridge: BridgeProcess):
    """Its connections are bare: it says nothing after them, as it has nothing new to say."""
    async with Box(bridge.url, "STEPS") as box:
        await box.comes_in("ws")
        assert (await secure(bridge, box, 1))[0] == 0
        await box.comes_in("ws", 2)
        code, said = await secure(bridge, box, 2)
        assert code == 0, said
        await box.comes_in("wss")
        assert box.profile == 2
        assert dial(bridge, "STEPS") == 403


async def test_a_charger_that_drops_the_line_with_each_answer_gets_there_as_well(bridge: BridgeProcess):
    """With its answer to the new key it dials anew, and has not heard of the new profile then."""
    async with Box(bridge.url, "HASTY", plan=BOOTS, security=Security(hasty=True)) as box:
        await box.comes_in("ws")
        code, said = await secure(bridge, box, 1)
        assert code == 0, said
        await box.comes_in("ws", 2)
        code, said = await secure(bridge, box, 2)
        assert code == 0, said
        await box.comes_in("wss")
        assert (box.profile, box.connections()) == (2, 4)
        assert dial(bridge, "HASTY") == 403


async def test_profile_three_is_reached_by_a_certificate_that_the_bridge_signs(bridge: BridgeProcess):
    async with Box(bridge.url, "THREE") as box:
        await box.comes_in("ws")
        code, said = await secure(bridge, box, 3)
        assert code == 0, said
        await box.comes_in("wss")
        assert box.profile == 3
        assert "BEGIN CERTIFICATE" in box.machine.security.access.chain
        assert dial(bridge, "THREE", tls=True) == 403
        assert dial(bridge, "THREE") == 403


async def test_profile_three_is_reached_from_profile_two_by_a_charger_that_sends_no_password_any_more(
    bridge: BridgeProcess,
):
    async with Box(bridge.url, "RISES") as box:
        await box.comes_in("ws")
        assert (await secure(bridge, box, 2))[0] == 0
        await box.comes_in("wss")
        code, said = await secure(bridge, box, 3)
        assert code == 0, said
        await box.comes_in("wss", 2)
        assert box.profile == 3
        assert not await failures(bridge, "RISES")
        assert dial(bridge, "RISES", tls=True, password=box.machine.security.access.key) == 403


async def test_a_charger_that_refuses_the_key_stays_as_it_was_and_it_is_told(bridge: BridgeProcess):
    plan = replace(BOX, without=frozenset({"AuthorizationKey"}))
    async with Box(bridge.url, "REFUSES", plan=plan) as box:
        await box.comes_in("ws")
        code, said = await secure(bridge, box, 2)
        assert code != 0
        assert "AuthorizationKey" in said
        assert (box.profile, box.connections()) == (0, 1)
        assert dial(bridge, "REFUSES") == 101


async def test_a_restart_of_the_bridge_in_the_middle_loses_neither_way_in(bridge: BridgeProcess):
    """The charger has accepted, and goes the new way only after its own restart, hours later."""
    async with Box(bridge.url, "LATER", security=Security(after_reset=True)) as box:
        await box.comes_in("ws")
        box.do("plug 1")
        box.do("card 1 CARD")
        await asyncio.sleep(0.3)
        code, said = await secure(bridge, box, 2)
        assert code == 0, said
        assert (box.profile, box.connections()) == (0, 1)
        bridge.restart()
        await box.comes_in("ws", 2)
        bridge.kill9()
        bridge.start()
        await box.comes_in("ws", 3)
        box.do("unplug 1")
        box.do("power-cycle")
        await box.comes_in("wss")
        assert dial(bridge, "LATER") == 403


async def test_a_charger_that_does_not_get_in_the_new_way_comes_back_the_old_way(bridge: BridgeProcess):
    """Its clock, its TLS, its root: whatever the reason, after three tries it dials as before, and is let in."""
    foreign = Security(roots={ROOT: []})
    async with Box(bridge.url, "LOST", security=foreign) as box:
        await box.comes_in("ws")
        code, said = await secure(bridge, box, 2)
        assert code == 0, said
        foreign.roots[ROOT] = []  # it loses the certificate before it dials
        await box.comes_in("ws", 2, within_s=30)
        assert box.profile == 0
        rows = await failures(bridge, "")
        assert any(row["kind"] == "tls" for row in rows)


async def test_at_the_same_profile_only_the_password_is_renewed(bridge: BridgeProcess):
    async with Box(bridge.url, "AGAIN", plan=BOOTS) as box:
        await box.comes_in("ws")
        assert (await secure(bridge, box, 1))[0] == 0
        await box.comes_in("ws", 2)
        first: Access = box.machine.security.access
        code, said = await secure(bridge, box, 1)
        await box.comes_in("ws", 3)
        assert code == 0, said
        assert box.machine.security.access.key != first.key
        assert dial(bridge, "AGAIN", password=first.key) == 401
