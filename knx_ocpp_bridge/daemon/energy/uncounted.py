"""Connectors that charge behind a fuse and that nobody has written into the configuration."""

from knx_ocpp_bridge.core.energy.terms import OutletKey, SiteTerms
from knx_ocpp_bridge.core.step import Level, Note
from knx_ocpp_bridge.core.values import CHARGE_POINT, ChargerId
from knx_ocpp_bridge.daemon.energy.means import Means


class Uncounted:
    """Tells of each once, when it first charges."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._told = set[OutletKey]()

    def look(self, charger_id: ChargerId, terms: SiteTerms) -> None:
        """Something of this charger, which is in the configuration, is not as it was."""
        charger = self._means.charger(charger_id)
        if charger is None:
            return
        for number, connector in charger.connectors.items():
            key = charger_id, number
            if number == CHARGE_POINT or key in terms.outlets or key in self._told:
                continue
            circuits = {
                each.circuit for other, each in terms.outlets.items() if other[0] == charger_id and each.circuit
            }
            if not circuits or (connector.transaction is None and not connector.active):
                continue
            self._told.add(key)
            text = (
                f"connector {number} charges and is not in the configuration: {' and '.join(sorted(circuits))} does "
                f"not count what it takes; add {{id: {number}, circuit: …}} to the connectors of {charger_id}"
            )
            self._means.note(charger_id, Note(Level.WARNING, number, text, "energy"))
