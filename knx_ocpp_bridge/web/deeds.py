"""What the audit calls things, in words: translated where they are shown."""

from collections.abc import Mapping
from typing import Final


def _(text: str) -> str:
    """Marks a text for the catalogues."""
    return text


DEEDS: Final[Mapping[str, str]] = {
    "acknowledge": _("Acknowledge an alarm"),
    "adopt": _("Adopt a charge point"),
    "backup": _("Make a backup"),
    "config_apply": _("Replace the configuration"),
    "config_bring_back": _("Bring back an earlier configuration"),
    "config_change": _("Change the configuration"),
    "config_set": _("Change the configuration"),
    "config_unset": _("Take a key out of the configuration"),
    "ets_save": _("Take in a file of the ETS"),
    "forget": _("Forget a charge point"),
    "import": _("Serve another certificate"),
    "key_set": _("Change a configuration key of the charge point"),
    "keyring_save": _("Take in a keyring"),
    "keys_read": _("Read the configuration keys"),
    "knx_read": _("Read a group address"),
    "knx_use": _("Choose the way to the bus"),
    "knx_write": _("Send to a group address"),
    "learn": _("Learn a card"),
    "local_list_send": _("Send the list of cards"),
    "object_set": _("Change the addresses of a group object"),
    "objects_fill": _("Fill group addresses from a base"),
    "plan": _("Plan charging by a time of day"),
    "session_limit": _("Limit a session"),
    "profile_set": _("Write a charging profile"),
    "profile_clear": _("Clear charging profiles"),
    "own": _("Serve our own certificates"),
    "password": _("Set or prove a password"),
    "password_set": _("Give a user a new password"),
    "reject": _("Reject a charge point"),
    "renew": _("Make new certificates"),
    "reset_counters": _("Begin the totals anew"),
    "restart": _("Restart the bridge"),
    "restore": _("Restore a backup"),
    "secret_set": _("Keep a secret"),
    "secure": _("Secure a charge point"),
    "selftest": _("Begin a self-test"),
    "selftest_end": _("End a self-test"),
    "session_end": _("Log somebody out"),
    "sign": _("Sign a certificate request"),
    "tag_erase": _("Erase a card"),
    "tag_import": _("Take in a list of cards"),
    "tag_put": _("Add or change a card"),
    "tag_remove": _("Take a card out"),
    "token_create": _("Make an API token"),
    "token_revoke": _("Revoke an API token"),
    "user_add": _("Add a user"),
    "user_remove": _("Remove a user"),
    "user_role": _("Change the role of a user"),
    "window": _("Open or close the adoption window"),
    "login": _("Log in"),
    "wish": _("Command a connector"),
    "call": _("Call an operation of OCPP"),
    "reload": _("Read the configuration again"),
}
"""By the verb, or the first word of what `daemon.access.auditing.what` says."""


def deed(what: str) -> str:
    """The words for it; empty: there are none."""
    return DEEDS.get(what.partition(" ")[0], "")
