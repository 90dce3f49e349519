"""What can be read, by whom: one row for each topic of the daemon. A new topic is served once it stands here."""

from collections.abc import Mapping
from typing import Final

from knx_ocpp_bridge.web.api.offers import Offer, Refusal
from knx_ocpp_bridge.web.roles import Role

_VIEWER, _OPERATOR, _INSTALLER = Role.VIEWER, Role.OPERATOR, Role.INSTALLER
_WHO: Final = ("name", "who", "cost_centre", "group")
_CHARGED: Final = ("tags", "id_tags", "tag", "cost_centre", "group")

TOPICS: Final[Mapping[str, Offer | Refusal]] = {
    "alarms": Offer(
        _VIEWER,
        "Alarms, those that stand and those that are over",
        {"standing": "Only those that are not over."},
        personal=("name",),
        row="Alarm",
    ),
    "bus": Offer(_VIEWER, "The connection to KNX, and what has passed it", one=True, row="Bus"),
    "ca": Offer(
        _INSTALLER,
        "Our certification authority: what is served and trusted, and how long",
        {"root": "With the root certificate as PEM text (`root_pem`)."},
        one=True,
    ),
    "card": Offer(_OPERATOR, "All that is known of one card, with its curves: for whoever asks what is stored of them"),
    "cards": Offer(_OPERATOR, "Cards that were held to readers, the last ones", path="cards/seen"),
    "charger": Offer(
        _INSTALLER, "All that is known of a charger: abilities, flags, security", path="details", one=True
    ),
    "counters": Offer(
        _VIEWER,
        "Energy, sessions and time: today, yesterday, in all; of each connector, charger and the site",
        personal=("running.name", "last.name"),
        row="Counters",
    ),
    "failures": Offer(_INSTALLER, "Connections of chargers that came to nothing, each with its remedy", row="Failure"),
    "inputs": Offer(_VIEWER, "What the building measures and decides, with its age", row="Input"),
    "log": Offer(
        _OPERATOR,
        "The log of the bridge, or of one charger",
        {"about": "Only lines about this: a group object, `time`, `export`, …"},
        row="LogLine",
    ),
    "report": Offer(
        _OPERATOR,
        "What a report says of the building and of those it is about",
        {"everybody": "With all cards."},
        one=True,
    ),
    "samples": Offer(_VIEWER, "The curve of a transaction", row="Sample"),
    "security": Offer(_INSTALLER, "What each charger has to show to be let in, and has shown"),
    "sessions": Offer(_VIEWER, "What was charged, by plug-in", personal=_WHO, operator=_CHARGED, row="Session"),
    "signed": Offer(_OPERATOR, "Signed meter values of a transaction, as the charger sent them", row="Signed"),
    "strangers": Offer(_INSTALLER, "Chargers that dial in without being configured", row="Stranger"),
    "tags": Offer(_OPERATOR, "The cards and whose they are, with their limits", row="Card"),
    "telegrams": Offer(
        _INSTALLER,
        "Group telegrams, decoded: the group monitor",
        {
            "address": "Only these group addresses, separated by commas; `1/2/*` is a whole group.",
            "source": "Only from this individual address.",
            "ours": "Only addresses of our own.",
        },
        row="Telegram",
    ),
    "trace": Offer(_INSTALLER, "Frames of OCPP of the last 48 hours", row="Frame"),
    "transactions": Offer(
        _VIEWER, "What was charged, by transaction", personal=_WHO, operator=_CHARGED, row="Transaction"
    ),
    "window": Offer(_INSTALLER, "Whether strangers are adopted by themselves just now", one=True, row="Window"),
}
