"""Whether a group address that an object is to have belongs to somebody else in the ETS. Pure."""

from collections.abc import Iterable
from typing import Final

from knx_ocpp_bridge.config.sizes import bits
from knx_ocpp_bridge.ets.project import Project
from knx_ocpp_bridge.ets.sizes import in_words

_MOST_LINKS: Final = 2


def occupied(address: int, dpt: str, ours: Iterable[str], there: Project, individual_address: str | None) -> str:
    """Why the object cannot have it; empty: it is not in the project, or was meant for this object.

    `ours` are the names that we would give it: under one of them only another size is in the way. Under another name it
    is somebody else's if a device is linked to it, or if its datapoint type is another. `individual_address` is ours.
    """
    known = there.addresses.get(address)
    if known is None:
        return ""
    if known.dpt is not None and None not in (sizes := (bits(known.dpt), bits(dpt))) and sizes[0] != sizes[1]:
        return f"is {known.dpt} there ({in_words(known.dpt)}), another size"
    if known.name.casefold() in {name.casefold() for name in ours}:
        return ""
    links = [link for link in (there.links or {}).get(address, ()) if link.device != individual_address]
    if links:
        told = " and ".join(f"{link.name or 'an object'} of {link.device}" for link in links[:_MOST_LINKS])
        more = f" and {len(links) - _MOST_LINKS} more" if len(links) > _MOST_LINKS else ""
        return f"is linked to {told}{more}"
    if known.dpt is not None and known.dpt not in {dpt, dpt.partition(".")[0]}:
        return f"is {known.dpt} there, another meaning"
    return ""
