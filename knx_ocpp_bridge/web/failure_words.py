"""What happened to a connection that was not let in, and what to do about it, for people: by the cause of its row."""

from collections.abc import Mapping
from typing import Final


def _(text: str) -> str:
    """Marks a text for the catalogues."""
    return text


_FIRMWARE: Final = _(
    "Install the charger's newest firmware, and see that nothing between it and the bridge changes its requests "
    "(a proxy, a firewall that looks into them)."
)

HAPPENED: Final[Mapping[str, str]] = {
    "tls_root": _("It does not trust the certificate of the bridge."),
    "tls_clock": _("For the charger the certificate is out of date: its clock is wrong."),
    "tls_old": _("It speaks a kind of TLS that is too old, or that nobody can read."),
    "tls_ciphers": _("It knows no encryption that the bridge allows."),
    "tls_name": _("It dialled a name or address that the certificate does not name."),
    "tls_certificate": _("Its own certificate is missing or is not of this bridge."),
    "tls_off": _("It dialled wss://, and TLS is switched off here."),
    "tls_only": _("It dialled ws://, and only wss:// is allowed here."),
    "tls": _("The encrypted connection could not be established."),
    "protocol_version": _("It offers another version of OCPP than 1.6."),
    "unauthorized": _("Its user name or password was missing or wrong (401)."),
    "path": _("Its URL names no charger, or one that cannot be."),
    "url": _("Its URL has characters in it that do not belong there."),
    "soap": _("It does not speak OCPP by WebSocket (JSON)."),
    "malformed": _("Its request was no WebSocket request."),
    "too_many": _("Too many connections came from one address."),
    "frame_too_large": _("It sent a message that is too long."),
    "websocket": _("It sent what no WebSocket allows."),
    "timeout": _("It began to connect and did not go on."),
    "closed": _("It connected and hung up before it had said what it wants."),
    "refused": _("It was not let in."),
    "odd": _("Something of its connection is odd; it was let in all the same."),
}
"""By `cause` of a row of the topic `failures`."""

REMEDIES: Final[Mapping[str, str]] = {
    "tls_root": _(
        "Download the root certificate on this page and install it in the charger; if it has it already, set its "
        "clock. Or let it dial ws:// first, and secure it from its page afterwards."
    ),
    "tls_clock": _("Set the charger's clock, or let it connect by ws:// once: the bridge sets it."),
    "tls_old": _("Install the charger's newest firmware. If there is none, let it dial ws://."),
    "tls_ciphers": _("Set ocpp.tls_compat: true in the settings, or install the charger's newest firmware."),
    "tls_name": _("Type one of the addresses on this page into the charger, exactly as it stands here."),
    "tls_certificate": _("Take its own certificate out of its settings, or have it ask for one of ours."),
    "tls_off": _("Write ws:// instead of wss:// in the charger, or set ocpp.tls: both in the settings."),
    "tls_only": _("Write wss:// in the charger and install the root certificate in it, or set ocpp.tls: both."),
    "tls": _("Restart the charger; if that does not help, let it dial ws://."),
    "protocol_version": _("Choose OCPP 1.6 JSON (1.6J) in the charger."),
    "unauthorized": _(
        "Type the user name (its id) and the password that were agreed for it. If nobody knows the password, give it a "
        "new one on its page."
    ),
    "path": _("Type the URL as it stands on this page, with the charger's id behind the slash."),
    "url": _("Type the URL again, without blanks, umlauts and signs."),
    "soap": _("Choose OCPP 1.6 JSON in the charger: SOAP is not spoken here."),
    "malformed": _FIRMWARE,
    "too_many": _("Find out what dials so often from there, and stop it."),
    "frame_too_large": _("If the message is a good one, raise ocpp.max_frame in the settings."),
    "websocket": _("Switch WebSocket compression off in the charger, restart it, and install its newest firmware."),
    "timeout": _("See that cable and network are good, and restart the charger."),
    "closed": _("See that OCPP 1.6 JSON is chosen in the charger, and restart it."),
    "refused": _("The reason stands beside it. Adopt the charger if it is yours, or forget it if it was rejected."),
    "odd": _("Nothing, if the charger works. If it does not, begin here."),
}
"""By the same."""

BRANDS: Final[tuple[tuple[str, str], ...]] = (
    ("Alfen", _("A changed URL acts after a restart of the charger.")),
    ("Autel, EN+", _("They append their own serial number: type the URL up to its last slash.")),
    ("go-e", _("Its API key ocppu takes the URL as a JSON text, in quotation marks.")),
    ("Mennekes (ACU)", _("Switch Basic Authentication off, unless a password was agreed, and the other options on.")),
    ("Ocular", _("Type the address without ws:// in front.")),
    ("Teison", _("The field for the port must hold the word ocpp1.6 behind the number.")),
)
"""What is known of the fields of single brands (catalogue of behaviour, rows C8 and C14)."""
