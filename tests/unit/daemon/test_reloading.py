"""The configuration is read again while chargers are served."""

import asyncio
import threading

from knx_ocpp_bridge.config.load import load
from knx_ocpp_bridge.control.protocol import Reload, Reloaded, Snapshot, Status
from knx_ocpp_bridge.daemon import service
from knx_ocpp_bridge.daemon.bridge import Bridge, Paths

HOUSE = "site: {name: Home}\nknx: {connection: tunneling, gateway: 127.0.0.1}\nocpp: {tls: 'off'}\nchargers: []\n"


async def test_a_file_that_takes_long_to_read_keeps_nobody_waiting(tmp_path, monkeypatch):
    path, read_on, at_once = tmp_path / "bridge.yaml", threading.Event(), []
    path.write_text(HOUSE)
    bridge = Bridge(load(path, {}), Paths(tmp_path, tmp_path / "socket"), {})

    def slowly(*arguments):
        assert not at_once, "two at once"
        at_once.append("reading")
        assert read_on.wait(10), "the loop stood still"
        at_once.remove("reading")
        return load(*arguments)

    monkeypatch.setattr(service, "load", slowly)
    path.write_text(HOUSE.replace("Home", "Garage"))
    reloads = [asyncio.create_task(bridge.service.handle(Reload())) for _ in range(2)]
    answer = await bridge.service.handle(Status())
    assert isinstance(answer, Snapshot)
    asyncio.get_running_loop().call_soon(read_on.set)
    for told in await asyncio.gather(*reloads):
        assert isinstance(told, Reloaded)
        assert told.reloaded
    assert bridge.service.loaded.bridge.site.name == "Garage"
    bridge._journal.close()
