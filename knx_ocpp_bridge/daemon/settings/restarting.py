"""The verb that starts the bridge again in the same process; refused while it is known that it would not come back."""

import asyncio
import socket
from collections.abc import Iterator, Mapping
from typing import Final

from knx_ocpp_bridge.config.load import load
from knx_ocpp_bridge.config.models import Bridge, HostPort
from knx_ocpp_bridge.config.problems import ConfigError
from knx_ocpp_bridge.control.options import AskError
from knx_ocpp_bridge.control.protocol import Managed
from knx_ocpp_bridge.daemon.desk import Desk, Order, Verb
from knx_ocpp_bridge.daemon.system.machine import Machine


async def _restart(desk: Desk, _order: Order) -> Managed:
    again = desk.machine.again
    if again is None:
        raise AskError("this bridge cannot start again by itself; with the service: systemctl restart")
    obstacles = await asyncio.to_thread(_obstacles, desk.machine)
    if obstacles:
        return Managed(done=False, messages=("the bridge goes on as it is, as it would not come back:", *obstacles))
    again(_nothing)
    words = "the bridge ends now and starts again with the configuration as it is on disk; transactions go on"
    return Managed(done=True, messages=(words,))


def _nothing() -> None:
    return


def _obstacles(machine: Machine) -> tuple[str, ...]:
    old = (machine.started_with or machine.loaded)().bridge
    try:
        new = load(machine.loaded().path, machine.environ).bridge
    except ConfigError as error:
        return tuple(map(str, error.problems))
    return tuple(_taken(old, new))


def _taken(old: Bridge, new: Bridge) -> Iterator[str]:
    """Ports that the bridge does not have yet, and somebody else does."""
    ours = {each.port for each in _ports(old).values()}
    for key, listen in _ports(new).items():
        if listen.port not in ours and (trouble := _trouble(listen)):
            yield f"{key}: {listen} cannot be listened at ({trouble}); choose another port"


def _ports(bridge: Bridge) -> dict[str, HostPort]:
    web = {} if bridge.web is None else {"web.listen": bridge.web.listen}
    return {"ocpp.listen": bridge.ocpp.listen, **web}


def _trouble(listen: HostPort) -> str:
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    try:
        socket.create_server((listen.host, listen.port), family=family).close()
    except OSError as error:
        return error.strerror or str(error)
    return ""


VERBS: Final[Mapping[str, Verb]] = {"restart": Verb(_restart, {}, charger=False)}
