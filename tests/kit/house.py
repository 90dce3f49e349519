"""The configuration of a test: chargers whose group addresses follow one scheme, so that tests can name them.

Connector n of the charger with main group m has m/n/…: xxter's offsets for the twelve objects, and for every other
object two addresses from 110 on, in the order of the catalogue.
"""

import json
from dataclasses import dataclass, field
from typing import Final

from knx_ocpp_bridge.core.group_objects import CATALOGUE, Scope

Json = dict[str, object]

CHARGERS_ONLINE_GA: Final = "31/0/1"
"""The bridge says here how many chargers are online: readable as soon as the bus is there."""

_EXTRA: Final = {
    row.key: 110 + 2 * place
    for place, row in enumerate(
        row
        for row in CATALOGUE.values()
        if row.send_offset is None and row.receive_offset is None and row.scope & (Scope.CONNECTOR | Scope.CHARGE_POINT)
    )
}


@dataclass(frozen=True, slots=True)
class Outlet:
    """One connector (or, with number 0, the charge point) and its group addresses."""

    main: int
    number: int = 1

    @property
    def prefix(self) -> str:
        """All its group addresses begin so."""
        return f"{self.main}/{self.number}/"

    def state(self, key: str) -> str:
        """Where the bridge says this object."""
        offset = CATALOGUE[key].send_offset
        return f"{self.prefix}{_EXTRA[key] if offset is None else offset}"

    def command(self, key: str) -> str:
        """Where the bridge hears this object."""
        offset = CATALOGUE[key].receive_offset
        return f"{self.prefix}{_EXTRA[key] + 1 if offset is None else offset}"

    def addresses(self, key: str) -> Json:
        """The group addresses of one object, as in the configuration."""
        row = CATALOGUE[key]
        heard: Json = {"address": self.command(key)} if row.receives else {}
        said: Json = {"state_address": self.state(key)} if row.sends else {}
        return heard | said


@dataclass(frozen=True, slots=True)
class House:
    """A whole configuration. `chargers` maps an id to its main group and its own keys."""

    chargers: tuple[Json, ...]
    authorization: Json = field(default_factory=lambda: {"mode": "all"})
    site: Json = field(default_factory=dict)
    ocpp: Json = field(default_factory=dict)
    knx: Json = field(default_factory=dict)
    more: Json = field(default_factory=dict)
    web: Json | None = None
    """The section `web`; the port is chosen here. None: no pages are served."""
    tags: str = ""
    """Text of `tags.yaml`, beside the configuration."""

    def text(self, *, ocpp_port: int, gateway_port: int, web_port: int = 0) -> str:
        """The configuration file; JSON is YAML."""
        pages: Json = {} if self.web is None else {"web": {"listen": f"127.0.0.1:{web_port}", "mdns": False} | self.web}
        document: Json = {
            "site": {"name": "Test house", "timezone": "Europe/Amsterdam"} | self.site,
            "knx": {"connection": "tunneling", "gateway": f"127.0.0.1:{gateway_port}", "rate_limit": 40} | self.knx,
            "ocpp": {"listen": f"127.0.0.1:{ocpp_port}"} | self.ocpp,
            "authorization": self.authorization,
            "chargers": list(self.chargers),
            "group_objects": {"chargers_online": {"state_address": CHARGERS_ONLINE_GA}},
        }
        return json.dumps(document | pages | self.more, indent=2)


def charger(charger_id: str, *connectors: Json, **options: object) -> Json:
    """One charger of the configuration."""
    return {"id": charger_id, "connectors": list(connectors)} | options


def connector(outlet: Outlet, *extra: str, objects: Json | None = None, **options: object) -> Json:
    """One connector with xxter's twelve objects, these `extra` ones by name, and single `objects` changed."""
    more: Json = {key: outlet.addresses(key) for key in extra} | (objects or {})
    return {
        "id": outlet.number,
        "group_objects_from": {"scheme": "xxter", "base": f"{outlet.prefix}0"},
        "group_objects": more,
    } | options


def charge_point_objects(outlet: Outlet) -> Json:
    """Every object that a charge point can have, on its own group addresses."""
    return {key: outlet.addresses(key) for key, row in CATALOGUE.items() if Scope.CHARGE_POINT in row.scope}
