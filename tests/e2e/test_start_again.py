"""The bridge starts again in its own process: a setting that sockets were made with counts, and a charge goes on."""

import socket
from pathlib import Path

from knx_ocpp_bridge.control.protocol import Managed
from tests.e2e.conftest import Arrive, on_the_bus
from tests.kit.bridge import BridgeProcess
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.looking import managed, rows
from tests.kit.panel import Panel
from tests.kit.payloads import energy
from tests.kit.until import until

CHARGING = Outlet(1)
HOUSE = House((charger("CHARGING", connector(CHARGING)),), web={"tls": "off"})


async def does(bridge: BridgeProcess, act: str, **options: object) -> Managed:
    return await managed(bridge.socket, act, **options)


def open_files(bridge: BridgeProcess) -> int:
    return sum(1 for _ in Path(f"/proc/{bridge.pid}/fd").iterdir())


async def comes_back(bridge: BridgeProcess, panel: Panel) -> list[str]:
    """It is restarted by its verb; what systemd hears meanwhile."""
    bridge.hear_notifications()
    mark = panel.mark()
    answer = await does(bridge, "restart")
    assert answer.done, answer.messages
    heard: list[str] = []

    def ready() -> bool:
        heard.extend(bridge.hear_notifications())
        return any("READY=1" in said for said in heard)

    await until(ready, 20, "the bridge is ready again")
    await on_the_bus(panel, mark)
    return heard


async def test_a_charge_goes_on_over_a_restart_and_the_new_setting_counts(
    arrive: Arrive, panel: Panel, bridge: BridgeProcess
):
    box = await arrive("CHARGING", CHARGING, strict=False)
    await box.plug()
    await panel.write(CHARGING.command("charging"), True)
    await box.charges()
    process = bridge.pid
    assert (await does(bridge, "config_set", path="ocpp.response_timeout", value="20")).done
    row = (await rows(bridge.socket, "configuration"))[0]
    assert row["restart"] == ["ocpp.response_timeout changes from 30.0 to 20.0 at the next restart"]
    heard = await comes_back(bridge, panel)
    assert bridge.pid == process
    assert heard[0].startswith("RELOADING=1\nMONOTONIC_USEC=")
    assert not any("STOPPING" in said for said in heard)
    row = (await rows(bridge.socket, "configuration"))[0]
    assert row["restart"] == []
    await box.connect()
    await box.meter(1500)
    await box.says(1, "Charging")
    await panel.expect(CHARGING.state("charging"), True)
    await panel.write(CHARGING.command("charging"), False)
    await box.expect_call("RemoteStopTransaction")
    await panel.expect(CHARGING.state("transaction_energy"), energy(1500))


async def test_a_file_with_an_error_keeps_the_bridge_running(panel: Panel, bridge: BridgeProcess):
    sound = bridge.config.read_text()
    bridge.config.write_text(sound.replace('"listen"', '"lisen"', 1))
    answer = await does(bridge, "restart")
    bridge.config.write_text(sound)
    assert not answer.done
    assert "did you mean listen?" in " ".join(answer.messages)
    assert (await does(bridge, "config_set", path="site.name", value="Still here")).done


async def test_a_port_that_somebody_else_has_is_told_before_the_bridge_ends(bridge: BridgeProcess):
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        taken = f"127.0.0.1:{somebody.getsockname()[1]}"
        assert (await does(bridge, "config_set", path="web.listen", value=taken)).done
        answer = await does(bridge, "restart")
    assert not answer.done
    assert taken in " ".join(answer.messages)
    assert (await does(bridge, "config_set", path="web.listen", value=f"127.0.0.1:{bridge.web_port}")).done


async def test_restarts_leave_nothing_behind(panel: Panel, bridge: BridgeProcess):
    await comes_back(bridge, panel)
    before = open_files(bridge)
    for _ in range(3):
        await comes_back(bridge, panel)
    assert open_files(bridge) <= before + 2


async def test_a_configuration_that_cannot_be_served_gives_way_to_the_one_before(panel: Panel, bridge: BridgeProcess):
    (bridge.directory / "no-directory").write_text("")
    assert (await does(bridge, "config_set", path="storage.path", value="no-directory")).done
    await comes_back(bridge, panel)
    row = (await rows(bridge.socket, "configuration"))[0]
    assert "could not be started" in row["refused"][0]
    assert (await does(bridge, "config_unset", path="storage.path")).done
    await comes_back(bridge, panel)
    assert (await rows(bridge.socket, "configuration"))[0]["refused"] == []
