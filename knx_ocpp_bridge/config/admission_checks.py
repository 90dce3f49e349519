"""What stands between the keys that say who is let in: TLS, security profiles, passwords, identities."""

from collections.abc import Iterator

from knx_ocpp_bridge.config.document import Document
from knx_ocpp_bridge.config.models import Bridge, Charger
from knx_ocpp_bridge.config.problems import KeyPath, Problem
from knx_ocpp_bridge.core.security import SecurityProfile

_ENCRYPTED = "write tls: both or tls: on (both is what counts when it is left out)"


def admission_problems(bridge: Bridge, document: Document, broken: frozenset[KeyPath]) -> Iterator[Problem]:
    """Security profiles 2 and 3, or `tls_compat`, without TLS."""
    if bridge.ocpp.tls != "off" or () in broken or ("ocpp",) in broken or ("ocpp", "tls") in broken:
        return
    if bridge.ocpp.tls_compat:
        yield document.problem(("ocpp", "tls_compat"), "tls: off uses no tls_compat", "take it out, or write tls: both")
    chargers = ((("chargers", i), charger.security_profile) for i, charger in enumerate(bridge.chargers))
    for path, profile in ((("ocpp",), bridge.ocpp.security_profile), *chargers):
        if profile >= SecurityProfile.TLS_BASIC:
            reason = f"security profile {profile} needs TLS, and ocpp.tls is off"
            yield document.problem((*path, "security_profile"), reason, _ENCRYPTED)


def identity_problems(bridge: Bridge, document: Document) -> Iterator[Problem]:
    """An identity, id or alias, that two chargers have; they are compared without regard to case."""
    first: dict[str, KeyPath] = {}
    for path, identity in _identities(bridge):
        known = first.setdefault(identity.casefold(), path)
        if known != path:
            what = "id" if known[-1] == "id" else "alias"
            reason = (
                f"{identity} is also the {what} at {document.where(known)}; upper and lower case make no difference"
            )
            remedy = "every charger needs an id of its own" if path[-1] == "id" else "take it out of one of them"
            yield document.problem(path, reason, remedy)


def _identities(bridge: Bridge) -> Iterator[tuple[KeyPath, str]]:
    """All ids, then all aliases: of an id and an alias that are the same, the alias is to blame."""
    for i, charger in enumerate(bridge.chargers):
        yield ("chargers", i, "id"), charger.id
    for i, charger in enumerate(bridge.chargers):
        yield from ((("chargers", i, "aliases", j), alias) for j, alias in enumerate(charger.aliases))


def admission_advice(bridge: Bridge, document: Document) -> Iterator[str]:
    """Passwords that are asked for and missing, and those that nobody asks for."""
    for i, charger in enumerate(bridge.chargers):
        profile = max(bridge.ocpp.security_profile, charger.security_profile)
        asks = "security_profile" if charger.security_profile == profile else "ocpp.security_profile"
        said = _about_password(charger, SecurityProfile(profile), asks)
        if said:
            key = "password" if charger.password else "security_profile"
            own = ("chargers", i, key) if key in charger.model_fields_set else ("chargers", i)
            yield f"{document.where(own)}: {said}"


def _about_password(charger: Charger, profile: SecurityProfile, asks: str) -> str:
    """`asks` is the key that asks for this profile."""
    match profile, bool(charger.password):
        case SecurityProfile.BASIC | SecurityProfile.TLS_BASIC, False:
            return (
                f"{charger.id} has security_profile {profile:d} and no password here, so it is let in only with one "
                f"that knx-ocpp-bridge chargers secure {charger.id} or chargers password {charger.id} has made; else "
                "set password to what is typed into the charger as AuthorizationKey, or let it in without one at first "
                f"({asks}: 0), to be secured"
            )
        case SecurityProfile.OPEN, True:
            return (
                f"the password of {charger.id} is asked for only once a security profile was agreed with it over OCPP; "
                "to ask for it now, set security_profile: 1, or 2 with TLS"
            )
        case _:
            return ""
