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
    "backup": Offer(
        _INSTALLER,
        "Make a backup; fetch it by GET /files/{file}",
        {"password": "The backup is encrypted with it; left out: it is open, with all keys and passwords."},
        file=True,
    ),
    "config_apply": Offer(
        _INSTALLER,
        "Put this text into the configuration file and read it; nothing changes if it has a mistake",
        {"text": "The whole file."},
        path="configuration/apply",
    ),
    "config_bring_back": Offer(
        _INSTALLER,
        "Bring back a version of before",
        {"number": "1 is the last one."},
        path="configuration/bring-back",
    ),
    "config_change": Offer(
        _INSTALLER,
        "Change several keys at once: all or none; comments stay",
        {"changes": "Of each key its value; null takes it out."},
        path="configuration/change",
        json=("changes",),
    ),
    "config_check": Offer(
        _INSTALLER,
        "Judge a text as configuration; nothing changes",
        {"text": "The whole file."},
        path="configuration/check",
    ),
    "config_set": Offer(
        _INSTALLER,
        "Change a key of the configuration; comments stay",
        {"value": "As it stands in the file."},
        path="configuration/set",
    ),
    "config_unset": Offer(_INSTALLER, "Take a key out of the configuration", path="configuration/unset"),
    "ets_check": Offer(
        _INSTALLER,
        "Compare the group objects with the file of the ETS and the keyring",
        {"within": "Seconds to wait for it."},
        path="ets/check",
    ),
    "ets_save": Offer(
        _INSTALLER,
        "Take in a file of the ETS",
        {"name": "What it is called.", "password": "Of a project."},
        path="ets/save",
    ),
    "ets_xxter": Offer(
        _INSTALLER,
        "Make a configuration of the list of group objects of an xxter; nothing changes",
        {"name": "What the file is called."},
        path="ets/xxter",
    ),
    "forget": Offer(_INSTALLER, "Forget a stranger, and whether it was rejected"),
    "import": Offer(
        _INSTALLER,
        "Serve a certificate from elsewhere instead of our own",
        {"chain": "PEM: the server's certificate, then its issuers.", "key": "PEM: its key, without a password."},
        path="ca/import",
    ),
    "keyring_save": Offer(
        _INSTALLER, "Take in a keyring of the ETS", {"password": "That it was exported with."}, path="knx/keyring/save"
    ),
    "key_set": Offer(
        _INSTALLER,
        "Change a configuration key of the charger",
        {"key": "Its name.", "value": "As OCPP writes it.", "force": "Although it cannot be right."},
        path="keys/set",
    ),
    "keys_read": Offer(
        _INSTALLER,
        "Read the charger's configuration keys",
        {"keys": "Only these, separated by commas; empty: all."},
        path="keys/read",
    ),
    "knx_read": Offer(_INSTALLER, "Ask the bus for the value of a group address", path="knx/read"),
    "knx_scan": Offer(_INSTALLER, "Search for KNX gateways", {"within": "Seconds."}, path="knx/scan"),
    "knx_use": Offer(
        _INSTALLER,
        "Choose the way to the bus",
        {
            "connection": "As in the configuration; empty: it stays.",
            "gateway": "Address and port; empty: any.",
            "second": "It is the second gateway.",
        },
        path="knx/use",
    ),
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
    "local_list_send": Offer(_INSTALLER, "Send the list of cards to the charger", path="local-list/send"),
    "object_set": Offer(
        _INSTALLER,
        "Give a group object its addresses in the configuration; comments stay",
        {
            "address": "Where it is commanded; several are separated by blanks.",
            "state_address": "Where it is told.",
            "dpt": "Its type.",
            "remove": "Take it out.",
        },
        path="objects/set",
    ),
    "objects_fill": Offer(
        _INSTALLER,
        "Give all objects of a connector addresses from a base on",
        {
            "scheme": "`xxter`, one of the configuration, or `in_turn`.",
            "base": "The first address.",
            "keys": "With `in_turn`: which objects.",
            "force": "Although an address is used in the ETS.",
        },
        path="objects/fill",
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
    "password_set": Offer(
        _INSTALLER, "Give a user a new password", {"name": "Of the user."}, path="users/password", hidden=("session",)
    ),
    "plan": Offer(
        _OPERATOR,
        "Charge so much by a time of day: in this session, or in the next one",
        {
            "energy_wh": "Into the car since it was plugged in, in Wh.",
            "soc": "Percent of the battery, instead of `energy_wh`.",
            "by": "A time of day of the site, e.g. `07:00`; left out: the weekly plan says when.",
            "scheduled": "The charge mode becomes scheduled.",
            "off": "Nothing is wanted any more; then without all others.",
        },
    ),
    "profile_clear": Offer(
        _INSTALLER,
        "Clear charging profiles: all that fit what is named",
        {
            "id": "Its chargingProfileId.",
            "purpose": "Only `ChargePointMaxProfile`, `TxDefaultProfile` or `TxProfile`.",
            "stack_level": "Only of this level.",
            "all": "All of them; then nothing else is named.",
        },
        path="profiles/clear",
    ),
    "profile_set": Offer(
        _INSTALLER,
        "Write a charging profile, as OCPP has it",
        {
            "id": "Its chargingProfileId, 100 if left out; the bridge keeps 1 to 3 (11 to 13 …) for itself.",
            "connector": "0 is the whole charge point; left out: the only one, or 0 for a ChargePointMaxProfile.",
            "purpose": "`ChargePointMaxProfile`, `TxDefaultProfile` or `TxProfile`.",
            "kind": "`Absolute`, `Recurring` or `Relative`.",
            "recurrency": "`Daily` or `Weekly`, of a Recurring one.",
            "unit": "`A` per phase, or `W`.",
            "periods": "`16`, or `0:16 3600:10:1`: seconds after the start, limit, and number of phases if need be.",
            "start": "When the schedule begins: ISO 8601; left out: now. A Relative one has none.",
            "duration": "Seconds after which it ends.",
            "valid_from": "It counts from then on: ISO 8601.",
            "valid_to": "It counts until then: ISO 8601.",
            "stack_level": "The highest counts; left out: one above the bridge's own, 0 for a ChargePointMaxProfile.",
            "transaction": "Of a TxProfile; left out: the one that is open.",
        },
        path="profiles/set",
    ),
    "composite_schedule": Offer(
        _INSTALLER,
        "Ask the charger what all its profiles come to, beside what was meant",
        {"duration": "Of how many seconds.", "unit": "`A` or `W`; left out: as the charger likes."},
        path="profiles/composite",
    ),
    "reject": Offer(_INSTALLER, "Answer a stranger with Rejected from now on"),
    "renew": Offer(_INSTALLER, "Make new server certificates", path="ca/renew"),
    "reset_counters": Offer(_OPERATOR, "Begin the totals anew", path="counters/reset"),
    "restart": Offer(_INSTALLER, "Start the bridge again, charging goes on; for what a reload does not change"),
    "restore": Offer(
        _INSTALLER,
        "Put a backup back; the bridge starts again",
        {"password": "That it was made with.", "part": "`all`, `state` or `configuration`."},
        hidden=("while_new",),
    ),
    "secret_set": Offer(
        _INSTALLER,
        "Keep a secret beside the configuration",
        {"name": "A key takes it by `!secret` and this name.", "value": "The secret."},
        path="configuration/secret",
    ),
    "secure": Offer(
        _INSTALLER,
        "Bring a charger to a security profile: certificate, password, switch-over; it is never locked out",
        {
            "profile": "1 password, 2 TLS and password, 3 certificate.",
            "key": "Password in hex; empty: one is made.",
            "wait": "Answer once it is done, else at once.",
        },
    ),
    "selftest": Offer(_INSTALLER, "Begin a self-test of a connector: it starts, limits, pauses, stops and unlocks"),
    "selftest_end": Offer(_INSTALLER, "End the self-test, and put everything back", path="selftest/end"),
    "session_end": Offer(
        _INSTALLER,
        "Log somebody out",
        {"id": "Of the session; empty: all of the user."},
        path="sessions/web/end",
        hidden=("session",),
    ),
    "session_limit": Offer(
        _OPERATOR,
        "Pause once the session has had this much, until the cable is pulled",
        {
            "energy_wh": "Wh since the cable was plugged in; 0: no such limit.",
            "minutes": "Minutes of charging; 0: no such limit.",
            "soc": "Percent of the battery; 0: no such limit.",
            "cost": "Money by the tariff of the site, e.g. `7.50`; 0: no such limit.",
            "off": "No limit any more; then without all others.",
        },
        path="session-limit",
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
    "token_create": Offer(
        _INSTALLER,
        "Make an API token; it is told once",
        {"name": "What it is for.", "kiosk": "It only shows the card of a connector in a frame or on a tablet."},
        path="tokens/create",
    ),
    "token_revoke": Offer(_INSTALLER, "Make a token good for nothing", {"name": "Its name."}, path="tokens/revoke"),
    "user_add": Offer(_INSTALLER, "Let somebody log in", {"name": "To log in with."}, path="users/add"),
    "user_remove": Offer(_INSTALLER, "Let a user log in no more", {"name": "Of the user."}, path="users/remove"),
    "user_role": Offer(_INSTALLER, "Change the role of a user", {"name": "Of the user."}, path="users/role"),
    "window": Offer(
        _INSTALLER,
        "Adopt every stranger that boots within some minutes",
        {"minutes": "For how long; 0 closes the window."},
    ),
}
