"""What can be done, by whom: one row for each verb of the daemon. A new verb is served once it stands here."""

from collections.abc import Mapping
from typing import Final

from knx_ocpp_bridge.web.api.offers import Offer, Refusal
from knx_ocpp_bridge.web.roles import Role

_OPERATOR, _INSTALLER = Role.OPERATOR, Role.INSTALLER

VERBS: Final[Mapping[str, Offer | Refusal]] = {
    "acknowledge": Offer(
        _OPERATOR,
        "Acknowledge an alarm, or all",
        {"number": "Of the alarm.", "all": "All of them; then without `number`."},
        path="alarms/acknowledge",
    ),
    "adopt": Offer(
        _INSTALLER,
        "Put a stranger into the configuration",
        {"connectors": "How many it has; 0: as many as it has told of."},
    ),
    "forget": Offer(_INSTALLER, "Forget a stranger, and whether it was rejected"),
    "import": Offer(
        _INSTALLER,
        "Serve a certificate from elsewhere instead of our own",
        {"chain": "PEM: the server's certificate, then its issuers.", "key": "PEM: its key, without a password."},
        path="ca/import",
    ),
    "knx_read": Offer(_INSTALLER, "Ask the bus for the value of a group address", path="knx/read"),
    "knx_write": Offer(
        _INSTALLER,
        "Send a value to a group address",
        {"value": "As text: `1`, `on`, `21.5`, in the unit of the type."},
        path="knx/write",
    ),
    "learn": Offer(
        _INSTALLER,
        "Wait for a card to be held to a reader, and name it; answers once that has happened",
        {"name": "Name of the card; empty: it is only told.", "at": "Only at this charger."},
        path="cards/learn",
    ),
    "own": Offer(_INSTALLER, "Serve our own certificates again", path="ca/own"),
    "password": Offer(
        _INSTALLER,
        "Set what a charger has to show from its next connection on",
        {
            "password": "The new one (AuthorizationKey); left out: one is made and told once.",
            "none": "It shows none from now on.",
            "profile": "Security profile that it has to have: 0 to 3.",
        },
    ),
    "reject": Offer(_INSTALLER, "Answer a stranger with Rejected from now on"),
    "renew": Offer(_INSTALLER, "Make new server certificates", path="ca/renew"),
    "reset_counters": Offer(_OPERATOR, "Begin the totals anew", path="counters/reset"),
    "secure": Offer(
        _INSTALLER,
        "Bring a charger to a security profile: certificate, password, switch-over; it is never locked out",
        {"profile": "1 password, 2 TLS and password, 3 certificate.", "key": "Password in hex; empty: one is made."},
    ),
    "sign": Offer(_INSTALLER, "Sign the certificate request of a charger", {"csr": "PEM text of the request."}),
    "tag_erase": Offer(
        _INSTALLER,
        "Erase all that is known of a card; sums stay",
        {"yes": "Must be true: it cannot be undone."},
        path="cards/erase",
    ),
    "tag_import": Offer(
        _INSTALLER,
        "Put the cards of a file into the database",
        {"text": "The content of a tags file (YAML).", "file": "Its name, for messages."},
        path="cards/import",
    ),
    "tag_put": Offer(
        _INSTALLER,
        "Put a card into the database, or change it",
        {"entry": "The card, with the keys of the tags file; those left out stay as they are.", "new": "It is new."},
        path="cards/put",
        json=("entry",),
    ),
    "tag_remove": Offer(_INSTALLER, "Take a card out of the database; what it charged stays", path="cards/remove"),
    "window": Offer(
        _INSTALLER,
        "Adopt every stranger that boots within some minutes",
        {"minutes": "For how long; 0 closes the window."},
    ),
}
