"""`simulate charge-point` at the real bridge: what an installer without a charger plays with."""

import asyncio
import sys
from pathlib import Path

from tests.kit.bridge import COMMAND, BridgeProcess
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.looking import rows
from tests.kit.panel import Panel
from tests.kit.payloads import energy
from tests.kit.raw_peer import root_of

SCRIPTED, PROMPTED, SECURED, PLAYED = (Outlet(main) for main in range(1, 5))
PASSWORD = "a password of this test"
HOUSE = House(
    (
        charger("SCRIPTED", connector(SCRIPTED)),
        charger("PROMPTED", connector(PROMPTED)),
        charger("SECURED", connector(SECURED), security_profile=2, password=PASSWORD),
        charger("PLAYED", connector(PLAYED)),
    )
)


async def simulate(bridge: BridgeProcess, charger_id: str, *options: str, url: str = "") -> asyncio.subprocess.Process:
    arguments = ["simulate", "charge-point", "--id", charger_id, "--url", url or bridge.url, "--quick", *options]
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", COMMAND, *arguments, stdin=pipe, stdout=pipe, cwd=Path(__file__).parents[2]
    )


async def test_a_script_charges_with_a_card_and_tells_every_message(
    bridge: BridgeProcess, panel: Panel, tmp_path: Path
):
    script = tmp_path / "session.txt"
    script.write_text("expect 1 Available\nplug 1\ncard 1 04A2\nexpect 1 Charging\nmeter 1 +500\nunplug 1\n")
    with script.open("a") as more:
        more.write("expect 1 Available\nquit\n")
    process = await simulate(bridge, "SCRIPTED", "--script", str(script))
    said, _ = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0, said.decode()
    await panel.hears(SCRIPTED.state("charging"), True)
    await panel.hears(SCRIPTED.state("charging"), False)
    await panel.hears(SCRIPTED.state("transaction_energy"), energy(500))
    lines = said.decode().splitlines()
    for message in (
        "> BootNotification ",
        "< BootNotification.conf status=Accepted",
        "> StartTransaction ",
        "> MeterValues ",
    ):
        assert [line for line in lines if message in line], message


async def test_a_script_that_expects_too_much_ends_with_an_error(bridge: BridgeProcess, tmp_path: Path):
    script = tmp_path / "wrong.txt"
    script.write_text("expect 1 Charging 0.5\n")
    process = await simulate(bridge, "SCRIPTED", "--script", str(script))
    said, _ = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 1
    assert "connector 1 should be Charging within 0.5 s" in said.decode()


async def test_the_wall_switch_starts_a_charger_that_is_handled_from_the_prompt(bridge: BridgeProcess, panel: Panel):
    process = await simulate(bridge, "PROMPTED")
    assert process.stdin is not None
    process.stdin.write(b"plug 1\n")
    await panel.hears(PROMPTED.state("status"), b"\x01", 15)
    await panel.write(PROMPTED.command("charging"), True)
    await panel.hears(PROMPTED.state("charging"), True, 10)
    process.stdin.write(b"status\nquit\n")
    said, _ = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0
    assert "connector 1: Charging" in said.decode()


async def test_a_script_plays_a_charge_of_long_ago_and_one_that_is_signed(bridge: BridgeProcess, tmp_path: Path):
    script = tmp_path / "session.txt"
    script.write_text(
        "expect 1 Available\noffline\npast 1 04A2 50h 4h 12000\nonline\nexpect 1 Available\n"
        "plug 1\ncard 1 04A3\nexpect 1 Charging\nmeter 1 +500\nstop 1 EmergencyStop\nunplug 1\nexpect 1 Available\n"
    )
    options = ["--script", str(script), "--signed", "--naive", "--configure", "StopTxnSampledData=Voltage"]
    process = await simulate(bridge, "PLAYED", *options)
    said, _ = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0, said.decode()
    past, now = await rows(bridge.socket, "transactions", "PLAYED")
    assert (past["energy_wh"], past["seconds"], past["marks"]) == (12_000, 4 * 3600, ["late"])
    assert (now["reason"], now["marks"], now["signed"]) == ("EmergencyStop", [], 2)
    assert (past["meter_serial"], now["meter_serial"]) == ("METER-PLAYED", "METER-PLAYED")


async def test_a_secured_charger_dials_by_tls_and_with_its_password(bridge: BridgeProcess, tmp_path: Path):
    script = tmp_path / "session.txt"
    script.write_text("expect 1 Available\nsecurity\nevent TamperDetectionActivated lid open\nwait 0.5\n")
    root = tmp_path / "root.pem"
    root.write_text(root_of(bridge.ocpp_port))
    options = ["--ca", str(root), "--password", PASSWORD, "--script", str(script)]
    process = await simulate(bridge, "SECURED", *options, url=bridge.url.replace("ws:", "wss:"))
    said, _ = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 0, said.decode()
    assert "connected to wss://" in said.decode()
    assert "security profile 2, a key, no certificate of its own, 1 installed" in said.decode()
    assert "> SecurityEventNotification type=TamperDetectionActivated" in said.decode()
    assert PASSWORD not in said.decode()


async def test_a_secured_charger_that_does_not_know_the_root_says_so(bridge: BridgeProcess, tmp_path: Path):
    script = tmp_path / "session.txt"
    script.write_text("wait 1\n")
    process = await simulate(bridge, "SECURED", "--script", str(script), url=bridge.url.replace("ws:", "wss:"))
    said, _ = await asyncio.wait_for(process.communicate(), 20)
    assert "certificate verify failed" in said.decode()
