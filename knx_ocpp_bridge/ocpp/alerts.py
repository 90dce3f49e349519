"""What a failed TLS connection means, in the words of somebody who stands before the charger."""

import re
import ssl
from typing import Final

from knx_ocpp_bridge.ocpp.failures import Kind, Trouble

_ROOT: Final = "install OCPP-CA.pem in it (knx-ocpp-bridge ca export), or secure it over OCPP"
_CLOCK: Final = "set its clock, or let it first connect by ws:// (ocpp.tls: both), which sets it"
_OLD: Final = "a newer firmware; if there is none, connect it by ws://"
_NAME: Final = "type its URL with an address that the certificate names (knx-ocpp-bridge ca show)"
_CERTIFICATE: Final = "have it ask for one of ours, or take its own out of its settings"

_CIPHERS: Final = "set ocpp.tls_compat: true"
_CAUSES: Final = {
    _ROOT: "tls_root",
    f"{_ROOT}; {_CLOCK}": "tls_root",
    _CLOCK: "tls_clock",
    _OLD: "tls_old",
    _NAME: "tls_name",
    _CERTIFICATE: "tls_certificate",
    _CIPHERS: "tls_ciphers",
}
"""By the remedy; what has none of these is of the kind alone."""

_SAID: Final = re.compile(r"^(?:SSLV3|TLSV1|TLSV13)_(?:ALERT_)?")
"""How OpenSSL begins the reason of an alert that was received."""
_UNREADABLE: Final = ("the charger cannot read what we send to it by TLS", "restart it; " + _OLD)

_WORDS: Final[dict[str, tuple[str, str]]] = {
    # What the charger says by a TLS alert (RFC 8446 section 6.2, RFC 5246 section 7.2.2).
    "UNKNOWN_CA": ("the charger does not know our root certificate", _ROOT),
    "CERTIFICATE_UNKNOWN": ("the charger does not trust our certificate", _ROOT),
    "BAD_CERTIFICATE": (
        "the charger cannot use our certificate: it does not know our root certificate, or its clock is wrong",
        f"{_ROOT}; {_CLOCK}",
    ),
    "CERTIFICATE_EXPIRED": ("for the charger our certificate is out of date: its clock is wrong", _CLOCK),
    "CERTIFICATE_REVOKED": ("the charger holds our certificate for revoked", _ROOT),
    "UNSUPPORTED_CERTIFICATE": ("the charger cannot use the kind of certificate that we have", _OLD),
    "DECRYPT_ERROR": ("the charger found our signature wrong: it may hold an older root certificate of ours", _ROOT),
    "ACCESS_DENIED": ("the charger does not want to talk to us, though our certificate is good", _NAME),
    "UNRECOGNIZED_NAME": ("the charger asks for a name that is not ours", _NAME),
    "HANDSHAKE_FAILURE": ("the charger and we have no encryption in common", _CIPHERS),
    "INSUFFICIENT_SECURITY": ("the charger finds our encryption too weak", _OLD),
    "PROTOCOL_VERSION": ("the charger does not speak a version of TLS that we do (1.2 or 1.3)", _OLD),
    "INTERNAL_ERROR": ("the charger gave up during the TLS handshake by a fault of its own", "restart it; " + _OLD),
    "BAD_RECORD_MAC": _UNREADABLE,
    "DECODE_ERROR": _UNREADABLE,
    "ILLEGAL_PARAMETER": _UNREADABLE,
    "MISSING_EXTENSION": _UNREADABLE,
    "RECORD_OVERFLOW": _UNREADABLE,
    "UNEXPECTED_MESSAGE": _UNREADABLE,
    "UNSUPPORTED_EXTENSION": _UNREADABLE,
    "USER_CANCELLED": ("the charger broke off the TLS handshake", _ROOT),
    "CLOSE_NOTIFY": ("the charger broke off the TLS handshake", _ROOT),
    # What we find.
    "NO_SHARED_CIPHER": ("the charger offers no encryption that we allow", _CIPHERS),
    "UNSUPPORTED_PROTOCOL": ("the charger speaks a version of TLS older than 1.2", _OLD),
    "VERSION_TOO_LOW": ("the charger speaks a version of TLS older than 1.2", _OLD),
    "WRONG_VERSION_NUMBER": ("what the charger sends is no TLS", _OLD),
    "NO_SUITABLE_SIGNATURE_ALGORITHM": ("the charger knows none of our kinds of signature", _OLD),
    "NO_SUITABLE_KEY_SHARE": ("the charger and we have no key exchange in common", _OLD),
    "NO_SHARED_GROUP": ("the charger and we have no key exchange in common", _OLD),
    "NO_SHARED_GROUPS": ("the charger and we have no key exchange in common", _OLD),
    "CERTIFICATE_VERIFY_FAILED": ("the charger shows a client certificate that is not of our CA", _CERTIFICATE),
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": ("the charger shows no client certificate", _CERTIFICATE),
}

UNFINISHED: Final = Trouble(
    Kind.TLS,
    "it closed the connection during the TLS handshake, without a reason",
    f"most often it does not know our root certificate: {_ROOT}; or its clock is wrong: {_CLOCK}",
    "tls_root",
)

SILENT: Final = Trouble(
    Kind.TLS,
    "it opened an encrypted connection and closed it before it asked for anything",
    f"most often it does not trust our certificate: {_ROOT}; or {_NAME}",
    "tls_root",
)

_VERSIONS: Final = {0x0300: "SSL 3", 0x0301: "TLS 1.0", 0x0302: "TLS 1.1", 0x0303: "TLS 1.2 or newer"}


def offered(hello: bytes) -> str:
    """Give version and cipher suites (RFC 5246 section 7.4.1.2) of the first bytes of a charger; empty if they lack."""
    # 5 bytes of record, 4 of message, 2 of version, 32 of random, then the session's id behind its length.
    if len(hello) < 44:
        return ""
    after_id = 44 + hello[43]
    suites = hello[after_id + 2 : after_id + 2 + int.from_bytes(hello[after_id : after_id + 2], "big")]
    version = _VERSIONS.get(int.from_bytes(hello[9:11], "big"), "an unknown version of TLS")
    return f"{version}; suites {suites.hex(' ', 2)}" if suites else version


def told(error: ssl.SSLError) -> Trouble:
    """Give reason and remedy of an error of OpenSSL, whether the charger's alert or our own finding."""
    if isinstance(error, ssl.SSLZeroReturnError | ssl.SSLEOFError):
        return UNFINISHED
    reason = error.reason or ""
    words = _WORDS.get(_SAID.sub("", reason))
    if words is None:
        return Trouble(Kind.TLS, f"TLS failed ({reason.replace('_', ' ').lower() or error})", _OLD)
    cause = _CAUSES.get(words[1], "")
    if isinstance(error, ssl.SSLCertVerificationError):
        return Trouble(Kind.TLS, f"{words[0]} ({error.verify_message})", words[1], cause)
    return Trouble(Kind.TLS, *words, cause)
