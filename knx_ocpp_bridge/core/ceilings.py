"""Every limit of a connector that its owner has not set: of the site, of the card that charges, of its fail-safe."""

from typing import Final

from knx_ocpp_bridge.core.caps import Cap
from knx_ocpp_bridge.core.connector import Connector
from knx_ocpp_bridge.core.modes import MANAGED, mode_of
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.status import LimitReason
from knx_ocpp_bridge.core.tags import card_charging

_NOT_KNOWN_YET: Final = "the site has not been looked at since the start"


def ceilings(charger: Charger, connector: Connector) -> tuple[Cap, ...]:
    """All of them, in no order; the lowest counts."""
    caps = connector.caps if connector.capped else (*connector.caps, *_before_the_site(connector))
    card = tag_limit(charger, connector)
    return caps if card is None else (*caps, card)


def tag_limit(charger: Charger, connector: Connector) -> Cap | None:
    """What the card that charges may have; None: there is none, or it sets no limit."""
    transaction = connector.transaction
    if transaction is None:
        return None
    card = card_charging(charger, transaction.id_tag)
    if card is None or card.max_current_a is None:
        return None
    since = transaction.started_at if transaction.clock_sane else None
    return Cap(LimitReason.TAG, card.max_current_a, since=since, words=card.name or "the card that charges")


def _before_the_site(connector: Connector) -> tuple[Cap, ...]:
    """Until the site has said something: in a circuit the fail-safe, in a mode that the site decides about nothing."""
    settings = connector.settings
    if settings.circuit or mode_of(settings, connector.wishes) in MANAGED:
        return (Cap(LimitReason.FAIL_SAFE, settings.fail_safe_a or 0.0, words=_NOT_KNOWN_YET),)
    return ()
