"""A block of group addresses held against the file of the ETS, before it is given to a place. Pure."""

from knx_ocpp_bridge.config.assigning import Assigned, Place
from knx_ocpp_bridge.config.load import Loaded
from knx_ocpp_bridge.core.values import ChargerId
from knx_ocpp_bridge.ets.naming import possible_names
from knx_ocpp_bridge.ets.occupied import occupied
from knx_ocpp_bridge.ets.project import Project


def in_the_way(row: Assigned, place: Place, loaded: Loaded, there: Project | None) -> str:
    """Why the ETS does not have this address for us; empty: it has, or there is none."""
    if there is None or row.address is None:
        return ""
    charger, connector = place
    settings = None if charger is None else loaded.chargers.get(charger)
    labels = {str(charger): settings.name} if settings is not None and settings.name else {}
    ours = possible_names(row.row, charger or ChargerId(""), connector, sends=row.sends, names=labels)
    known = there.addresses.get(row.address)
    if known is not None and row.address in _had(place, loaded):
        ours |= {known.name}
    return occupied(row.address, row.dpt, ours, there, loaded.bridge.knx.individual_address)


def _had(place: Place, loaded: Loaded) -> frozenset[int | None]:
    """The group addresses that the place has in the configuration already."""
    mine = (bound for bound in loaded.objects if (bound.charger, bound.connector) == place)
    return frozenset(address for bound in mine for address in (bound.state_address, *bound.addresses))
