"""What can be read, by whom: one row for each topic of the daemon. A new topic is served once it stands here."""

from collections.abc import Mapping
from typing import Final

from knx_ocpp_bridge.web.api.offers import Offer, Refusal
from knx_ocpp_bridge.web.roles import Role

_VIEWER, _OPERATOR, _INSTALLER = Role.VIEWER, Role.OPERATOR, Role.INSTALLER
_WHO: Final = ("id_tag", "name", "who", "cost_centre", "group")
_CHARGED: Final = ("tags", "id_tags", "tag", "cost_centre", "group")

TOPICS: Final[Mapping[str, Offer | Refusal]] = {
    "alarms": Offer(
        _VIEWER,
        "Alarms, those that stand and those that are over",
        {"standing": "Only those that are not over."},
        personal=("id_tag", "name", "acknowledged_by"),
        row="Alarm",
    ),
    "audit": Offer(
        _INSTALLER,
        "Who did what, from where, and how it ended",
        {"who": "Only this user, token or origin.", "what": "Only this verb."},
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
    "circuits": Offer(_VIEWER, "Each circuit with its currents per phase, and what each outlet has of it, and why"),
    "configuration": Offer(
        _INSTALLER, "The configuration file as it stands, with its versions of before", path="configuration", one=True
    ),
    "configuration_version": Offer(
        _INSTALLER,
        "A version of the configuration of before",
        {"number": "1 is the last one."},
        path="configuration/version",
        one=True,
    ),
    "counters": Offer(
        _VIEWER,
        "Energy, sessions and time: today, yesterday, in all; of each connector, charger and the site",
        personal=("running.id_tag", "running.name", "last.id_tag", "last.name"),
        row="Counters",
    ),
    "days": Offer(
        _VIEWER,
        "What was charged, by day of the site: sessions where they end, energy where it was taken",
        {
            "since": "Of the ends: a time with its distance from UTC.",
            "until": "Not included; 32 days later at most.",
            "connector": "Only this one.",
        },
    ),
    "dialling": Offer(_INSTALLER, "The URLs that are typed into chargers, the most likely one first"),
    "ets": Offer(_INSTALLER, "The file of the ETS, as far as it was looked at (POST /ets/check)"),
    "ets_export": Offer(
        _INSTALLER,
        "Group addresses or objects as a file for the ETS, for people or for a program",
        {
            "format": "`xml`, `csv` for the ETS; `table`, `html`, `markdown`.",
            "missing": "Only what the ETS does not have.",
            "inputs": "With the inputs.",
            "unfiltered": "Marked as unfiltered for line couplers.",
        },
        path="ets/export",
        one=True,
    ),
    "ets_findings": Offer(_INSTALLER, "What of the group objects does not fit the ETS", path="ets/findings"),
    "energy_past": Offer(_VIEWER, "Power, what was allowed, and price of the last day: a point a minute, in memory"),
    "exchanges": Offer(
        _INSTALLER,
        "Calls of OCPP with their answers, the newest first",
        {
            "action": "Only this operation.",
            "text": "Only what has this text in it.",
            "troubled": "Only what was refused or not answered.",
        },
    ),
    "failures": Offer(_INSTALLER, "Connections of chargers that came to nothing, each with its remedy", row="Failure"),
    "fleet": Offer(_VIEWER, "When each configured charger was heard last, and how it is secured"),
    "grid_limit": Offer(
        _VIEWER,
        "The grid operator's order that is in force, and how each outlet keeps to it",
        path="grid-limit",
        one=True,
    ),
    "grid_log": Offer(
        _VIEWER,
        "What the grid operator ordered, when it was sent, and when each charger confirmed it",
        {
            "since": "A time with its distance from UTC.",
            "until": "Not included.",
        },
        path="grid-limit/log",
    ),
    "health": Offer(_INSTALLER, "How everything fares, each finding with its remedy"),
    "hours": Offer(
        _VIEWER,
        "Energy, highest power and highest current of each hour, out of the curves",
        {
            "since": "A time with its distance from UTC.",
            "until": "Not included; 32 days later at most.",
            "connector": "Only this one.",
        },
    ),
    "inputs": Offer(_VIEWER, "What the building measures and decides, with its age", row="Input"),
    "keyring": Offer(_INSTALLER, "What the keyring says of the group objects", path="knx/keyring"),
    "keys": Offer(_INSTALLER, "The charger's configuration keys, as they were read last"),
    "knx_scan": Offer(_INSTALLER, "The gateways that the last search has found", path="knx/gateways"),
    "limits": Offer(
        _VIEWER,
        "Every known limit of each connector, and which one decides",
        personal=("limits.source",),
    ),
    "log": Offer(
        _OPERATOR,
        "The log of the bridge, or of one charger",
        {"about": "Only lines about this: a group object, `time`, `export`, …"},
        row="LogLine",
    ),
    "masked_configuration": Offer(
        _INSTALLER, "The configuration without its secrets, as data", path="configuration/masked", one=True
    ),
    "measurands": Offer(_VIEWER, "The newest value of each measurand, as the charger sent it"),
    "objects": Offer(
        _INSTALLER,
        "Group objects as ETS shows a device, with their last values and what is wrong with them",
        {"connector": "Only of this one; -1: of all.", "bridge": "Only those of the bridge itself."},
    ),
    "operations": Offer(
        _INSTALLER,
        "What the request of each operation of OCPP may hold, for whoever writes one by hand",
        {"action": "Only this operation."},
    ),
    "past_day": Offer(_VIEWER, "Power and current of the last hours", {"hours": "How many."}),
    "plans": Offer(_VIEWER, "What is planned for each outlet, and what is wanted of its session"),
    "prices": Offer(_VIEWER, "What a kWh costs from now on", {"hours": "For how many hours."}),
    "profiles": Offer(
        _INSTALLER,
        "Charging profiles of each connector: what the bridge told it, what was written by hand, how that ended, and "
        "the composite schedule as it was asked for last",
    ),
    "report": Offer(
        _OPERATOR,
        "What a report says of the building and of those it is about",
        {"everybody": "With all cards."},
        one=True,
    ),
    "samples": Offer(_VIEWER, "The curve of a transaction", row="Sample"),
    "schemes": Offer(_INSTALLER, "The schemes by which a block of group addresses is given", path="objects/schemes"),
    "security": Offer(_INSTALLER, "What each charger has to show to be let in, and has shown"),
    "sessions": Offer(_VIEWER, "What was charged, by plug-in", personal=_WHO, operator=_CHARGED, row="Session"),
    "selftest": Offer(
        _INSTALLER, "The last self-test of each connector", {"connector": "Only of this one; 0: of all."}
    ),
    "settings": Offer(_INSTALLER, "Every key that is in force, whether it stands in the file or not"),
    "signed": Offer(_OPERATOR, "Signed meter values of a transaction, as the charger sent them", row="Signed"),
    "strangers": Offer(_INSTALLER, "Chargers that dial in without being configured", row="Stranger"),
    "surplus": Offer(_VIEWER, "What the sun gives, and who charges by it", one=True),
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
    "tokens": Offer(_INSTALLER, "API tokens, without what they are"),
    "trace": Offer(_INSTALLER, "Frames of OCPP of the last 48 hours", row="Frame"),
    "transactions": Offer(
        _VIEWER, "What was charged, by transaction", personal=_WHO, operator=_CHARGED, row="Transaction"
    ),
    "upkeep": Offer(_INSTALLER, "What can be done to a charger, its list of cards, how it is secured", one=True),
    "users": Offer(_INSTALLER, "Users and their roles"),
    "versions": Offer(_INSTALLER, "Versions and licences of what is at work"),
    "vitals": Offer(
        _VIEWER, "Whether the bridge does its work, its calls as numbers, and when certificates end", one=True
    ),
    "web_sessions": Offer(_INSTALLER, "Who is logged in", {"user": "Only this one's."}, path="sessions/web"),
    "window": Offer(_INSTALLER, "Whether strangers are adopted by themselves just now", one=True, row="Window"),
}
