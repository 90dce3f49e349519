"""What is no error, and still worth a sentence to the installer."""

from collections.abc import Iterator

from knx_ocpp_bridge.config import input_checks
from knx_ocpp_bridge.config.bound import BoundObject
from knx_ocpp_bridge.config.document import Document
from knx_ocpp_bridge.config.models import Bridge
from knx_ocpp_bridge.core.group_objects import Quantity
from knx_ocpp_bridge.core.settings import AuthorizationMode


def warnings(bridge: Bridge, document: Document, objects: tuple[BoundObject, ...]) -> Iterator[str]:
    """Sentences that begin with `file:line`."""
    if "timezone" not in bridge.site.model_fields_set:
        timed = next((bound for bound in objects if bound.row.quantity is Quantity.TIME), None)
        if timed is not None:
            yield f"{timed.where}: {timed.row.key} is told in UTC, because site.timezone is not set"
    if not bridge.chargers:
        yield f"{document.where(('chargers',))}: no charger is listed; whoever connects is unknown"
    bound_chargers = {bound.charger for bound in objects}
    for i, charger in enumerate(bridge.chargers):
        if charger.id not in bound_chargers:
            yield f"{document.where(('chargers', i))}: {charger.id} has no group objects: KNX does not see it"
    rules = bridge.authorization
    if rules.tags_file is not None and rules.mode is AuthorizationMode.NONE:
        yield f"{document.where(('authorization', 'tags_file'))}: mode none lets no card charge, listed or not"
    yield from input_checks.advice(objects)
