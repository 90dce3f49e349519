"""Where in the configuration file the objects of a connector, a charge point or the bridge stand."""

from knx_ocpp_bridge.config.addresses import AddressError, AddressStyle, format_address, parse_group_address
from knx_ocpp_bridge.config.assigning import Place
from knx_ocpp_bridge.config.edit import EditError, meaning
from knx_ocpp_bridge.config.problems import KeyPath
from knx_ocpp_bridge.control.options import MisuseError
from knx_ocpp_bridge.core.values import CHARGE_POINT, ConnectorId
from knx_ocpp_bridge.daemon.desk import Desk
from knx_ocpp_bridge.daemon.sources import found


def place(desk: Desk, charger: str, connector: int) -> Place:
    """What is meant.

    Raises:
        AskError: there is no such charger or connector.
    """
    if not charger:
        if connector:
            raise MisuseError("connector goes with a charger: the bridge itself has none")
        return None, CHARGE_POINT
    charger_id = found(desk.roster, charger)
    settings = desk.building.loaded.chargers.get(charger_id)
    if settings is None:
        raise MisuseError(f"{charger_id} is not in the configuration: adopt it first")
    if connector and connector not in settings.connectors:
        known = ", ".join(map(str, settings.connectors))
        raise MisuseError(f"{charger_id} has no connector {connector}; it has {known}")
    return charger_id, ConnectorId(connector)


def path(text: str, where: Place) -> KeyPath:
    """The path of what holds `group_objects` of this place in the text of the file.

    Raises:
        EditError: it does not stand in the file.
    """
    charger, connector = where
    if charger is None:
        return ()
    chargers = meaning(text)[0].get("chargers")
    i = _position(chargers, str(charger))
    if not connector:
        return ("chargers", i)
    entry = chargers[i] if isinstance(chargers, list) else None
    j = _position(entry.get("connectors") if isinstance(entry, dict) else None, str(connector))
    return ("chargers", i, "connectors", j)


def _position(entries: object, wanted: str) -> int:
    for number, entry in enumerate(entries if isinstance(entries, list) else []):
        if isinstance(entry, dict) and str(entry.get("id")) == wanted:
            return number
    remedy = "a variable of the environment may override the list; change it there"
    raise EditError(f"{wanted} does not stand in the file", remedy, f"  - id: {wanted}")


def parsed(written: str, what: str, style: AddressStyle) -> int:
    """The raw group address. Two levels among three are taken for a slip: 9/7 would be 9/0/7, and hardly ever is meant.

    Raises:
        MisuseError: it is none, or such a slip.
    """
    if style is AddressStyle.THREE_LEVEL and written.count("/") == 1:
        raise MisuseError(
            f"{what}: {written[:20]} has two levels, and group addresses have three here (knx.group_address_style); "
            f"write it like {written.strip()[:20]}/0"
        )
    try:
        return parse_group_address(written)
    except AddressError as error:
        raise MisuseError(f"{what}: {error.reason}; {error.remedy}") from None


def plain(raw: int, style: AddressStyle) -> str | int:
    """The group address as it is written into the file."""
    return raw if style is AddressStyle.FREE else format_address(raw, style)
