"""Whether a connection is let in as this charger, and why not: security profiles, passwords, certificates. Pure."""

from dataclasses import dataclass, replace

from knx_ocpp_bridge.core.security import PasswordDigest, Proof, Security, SecurityProfile, digests
from knx_ocpp_bridge.core.settings import ChargerSettings

_NO_SALT = b""
_GIVE = "knx-ocpp-bridge chargers password ID makes one, to be typed into it (AuthorizationKey)"
_ADOPT = "adopt it (knx-ocpp-bridge chargers adopt ID), then: "
_RESET = "; after a factory reset: knx-ocpp-bridge chargers password ID --none --profile 0"


@dataclass(frozen=True, slots=True)
class Denied:
    """Not let in: why, and what to do about it. `unauthorized` is HTTP 401, else 403."""

    reason: str
    remedy: str
    unauthorized: bool = True


def needed(settings: ChargerSettings, security: Security) -> SecurityProfile:
    """The lowest profile that is let in: the configuration's, or what was agreed over OCPP if that is more."""
    return max(settings.security_profile, security.profile)


def shown(proof: Proof) -> SecurityProfile:
    """The highest profile that this connection may claim, before its password is looked at."""
    if proof.tls and proof.certificate is not None:
        return SecurityProfile.TLS_CLIENT
    if proof.user is None:
        return SecurityProfile.OPEN
    return SecurityProfile.TLS_BASIC if proof.tls else SecurityProfile.BASIC


def judge(settings: ChargerSettings, security: Security, proof: Proof, *, any_username: bool = False) -> Denied | None:
    """Why this connection is not let in; None: it is (rows C15 to C18)."""
    if proof.certificate is not None and _certificate(settings, proof) is None:
        return None  # at profile 3 no password is sent: asked for one, it could never come from profile 1 or 2
    match needed(settings, security):
        case SecurityProfile.OPEN:
            return None
        case SecurityProfile.TLS_CLIENT:
            denied = _certificate(settings, proof)
        case SecurityProfile.TLS_BASIC if not proof.tls:
            remedy = "type its URL with wss:// and give it our root certificate (knx-ocpp-bridge ca export)"
            denied = Denied("security profile 2 needs TLS, and it came by ws://", remedy, unauthorized=False)
        case _:
            denied = _password(settings, security, proof, any_username=any_username)
    forgotten = security.profile > settings.security_profile and _has_forgotten(proof)
    return replace(denied, remedy=denied.remedy + _RESET) if denied is not None and forgotten else denied


def _has_forgotten(proof: Proof) -> bool:
    """It shows nothing of what was agreed with it over OCPP, as after a factory reset."""
    return shown(proof) is SecurityProfile.OPEN


def knows(passwords: tuple[PasswordDigest, ...], proof: Proof) -> bool:
    """True if the password is one of these; takes the same time whichever it is."""
    password = proof.password or b""
    return sum(digest.fits(password) for digest in passwords) > 0


def _password(settings: ChargerSettings, security: Security, proof: Proof, *, any_username: bool) -> Denied | None:
    if proof.user is None:
        remedy = f"give it the user name {settings.id} and a password: {_GIVE}"
        return Denied("it sends no user name and password", remedy if settings.configured else _ADOPT + _GIVE)
    written = digests(settings.password, _NO_SALT) if settings.password else ()
    passwords = (*written, *security.passwords, *security.wanted_passwords)
    if not passwords:
        return Denied("no password is set for it here", _GIVE if settings.configured else _ADOPT + _GIVE)
    right = knows(passwords, proof)
    if not any_username and not _is_of(proof.user, settings):
        return Denied("its user name is not its id", f"set its user name to {settings.id}, or flags.any_username here")
    remedy = f"type in the one that was given to it here; if nobody knows it: {_GIVE}"
    return None if right else Denied("its password is wrong", remedy)


def _is_of(user: bytes, settings: ChargerSettings) -> bool:
    """The charger's id, or one of the other names under which it dials."""
    name = user.decode("utf-8", "replace").casefold()
    return any(name == known.casefold() for known in (settings.id, *settings.aliases))


def _certificate(settings: ChargerSettings, proof: Proof) -> Denied | None:
    if not proof.tls:
        return Denied(
            "security profile 3 needs TLS, and it came by ws://", "type its URL with wss://", unauthorized=False
        )
    if proof.certificate is None:
        remedy = "install the certificate that was made for it"
        return Denied("it shows no client certificate of ours", remedy, unauthorized=False)
    wanted = settings.client_certificate or settings.id
    if proof.certificate.casefold() != wanted.casefold():
        reason = f"its client certificate is for {proof.certificate[:64]!r}, not for {wanted!r}"
        return Denied(
            reason, "install the certificate that was made for it, or set client_certificate", unauthorized=False
        )
    return None
