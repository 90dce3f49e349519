"""What can be done to chargers, certificates and the adoption list: one table of verbs for whoever may command."""

import asyncio
import secrets
from collections.abc import Mapping
from typing import Any, Final

from knx_ocpp_bridge.control.options import AskError, MissingError, Option, read
from knx_ocpp_bridge.control.protocol import Managed
from knx_ocpp_bridge.core.admission import needed
from knx_ocpp_bridge.core.events import Origin, SecureAsked, SecuritySet
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.security import PasswordDigest, SecurityProfile, digests
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.daemon import alarm_desk
from knx_ocpp_bridge.daemon.access import access_verbs
from knx_ocpp_bridge.daemon.accounts import counter_topics
from knx_ocpp_bridge.daemon.adoption.window import MOST_ADOPTED, MOST_MINUTES
from knx_ocpp_bridge.daemon.books import Authority
from knx_ocpp_bridge.daemon.building import by_hand_verbs, scan_verbs
from knx_ocpp_bridge.daemon.cards import people_desk
from knx_ocpp_bridge.daemon.desk import Desk, Order, Verb
from knx_ocpp_bridge.daemon.energy import site_verbs
from knx_ocpp_bridge.daemon.objects import ets_verbs, keyring_verbs, object_verbs
from knx_ocpp_bridge.daemon.settings import file_verbs, restarting
from knx_ocpp_bridge.daemon.sources import found
from knx_ocpp_bridge.daemon.system import system_verbs
from knx_ocpp_bridge.daemon.upkeep import key_verbs, profile_verbs, selftest_topics, upkeep_topics
from knx_ocpp_bridge.pki.errors import PkiError
from knx_ocpp_bridge.store.errors import StoreError

SECURED_WITHIN_S: Final = 420.0
"""A certificate, a password and a profile are five calls at most, and the charger makes a key of its own meanwhile."""
_KEY_BYTES: Final = 20
_SHORTEST_KEY_BYTES: Final = 16
_SALT_BYTES: Final = 16
_LONGEST_PASSWORD: Final = 64
_BY_PASSWORD: Final = (SecurityProfile.BASIC, SecurityProfile.TLS_BASIC)


async def _adopt(desk: Desk, order: Order) -> Managed:
    charger_id = _heard_of(desk, order.charger)
    managed = await desk.adopting.adopt(charger_id, order.options["name"], order.options["connectors"])
    if managed.done and desk.roster.is_rejected(charger_id):
        desk.books.diary.set_rejected(charger_id, rejected=False)
        desk.roster.reject(charger_id, rejected=False)
    return managed


async def _reject(desk: Desk, order: Order) -> Managed:
    _stranger(desk, order.charger, "set its registration to rejected there instead")
    charger_id = _heard_of(desk, order.charger)
    desk.books.diary.set_rejected(charger_id, rejected=True)
    desk.roster.reject(charger_id, rejected=True)
    return Managed(
        done=True,
        messages=(f"{charger_id} is answered Rejected from now on; to think better of it: chargers forget, or adopt",),
    )


async def _forget(desk: Desk, order: Order) -> Managed:
    charger_id = _stranger(desk, order.charger, "take it out there and reload before")
    desk.books.diary.set_rejected(charger_id, rejected=False)
    desk.books.diary.forget(charger_id)
    desk.books.trace.forget(charger_id)
    desk.roster.forget(charger_id)
    return Managed(done=True, messages=(f"{charger_id} is forgotten; if it dials again, it is a new stranger",))


async def _window(desk: Desk, order: Order) -> Managed:
    minutes = order.options["minutes"]
    desk.window.open(minutes)
    if not minutes:
        return Managed(done=True, messages=("the adoption window is closed",))
    time = "1 minute" if minutes == 1 else f"{minutes} minutes"
    words = f"for {time} every unknown charger that boots is adopted, {MOST_ADOPTED} at most, without group objects"
    return Managed(done=True, messages=(words,))


async def _secure(desk: Desk, order: Order) -> Managed:
    charger_id = found(desk.roster, order.charger)
    profile = SecurityProfile(order.options["profile"])
    by_password = profile is not SecurityProfile.TLS_CLIENT
    key = (_checked_key(order.options["key"]) or secrets.token_hex(_KEY_BYTES)) if by_password else ""
    root = ""
    if profile >= SecurityProfile.TLS_BASIC:
        root = _authority(desk).root_pem().decode("ascii")
    fits = _digests(key) if key else ()

    async def secured() -> Managed:
        verdict = await desk.asking.ask(
            charger_id, lambda number: SecureAsked(profile, key, fits, root, order.origin, number), SECURED_WITHIN_S
        )
        return Managed(verdict.result is CommandResult.ACCEPTED, (verdict.reason,), verdict.result)

    return await desk.workshop.secure(charger_id, int(profile), secured, wait=order.options["wait"])


async def _password(desk: Desk, order: Order) -> Managed:
    charger = _configured(desk, order.charger)
    given, none, profile = (order.options[name] for name in ("password", "none", "profile"))
    if given and none:
        raise AskError("either a password or none")
    if given is not None and not 0 < len(given) <= _LONGEST_PASSWORD:
        raise AskError(f"a password has 1 to {_LONGEST_PASSWORD} characters")
    password = given or secrets.token_hex(_KEY_BYTES)
    security = replace(
        charger.security,
        passwords=() if none else _digests(password),
        wanted=None,
        wanted_passwords=(),
        profile=charger.security.profile if profile is None else SecurityProfile(profile),
    )
    desk.post(charger.settings.id, SecuritySet(security, order.origin))
    messages = [f"from its next connection on {charger.settings.id} has to show what was set here"]
    if needed(charger.settings, security) is SecurityProfile.OPEN:
        messages = [f"{charger.settings.id} is let in without it: for that it has to have security profile 1 or more"]
    if none:
        messages = [f"{charger.settings.id} has no password here from now on"]
        least = needed(charger.settings, security)
        if least in _BY_PASSWORD and not charger.settings.password:
            messages.append(f"it is not let in so, as security profile {int(least)} asks for one")
    elif not given:
        messages.append(f"its password (AuthorizationKey), shown this once: {password}")
    if charger.settings.password:
        messages.append("the password of the configuration stays good as well")
    return Managed(done=True, messages=tuple(messages))


async def _renew(desk: Desk, _order: Order) -> Managed:
    await _authority(desk).renew()
    return Managed(done=True, messages=("new certificates are in use for new connections; nobody was disconnected",))


async def _import(desk: Desk, order: Order) -> Managed:
    chain, key = order.options["chain"], order.options["key"]
    if not chain or not key:
        raise AskError("chain and key are PEM texts, and both are needed")
    await asyncio.to_thread(_authority(desk).import_leaf, chain, key)
    told = (
        "the certificate is in use for new connections; nobody was disconnected",
        "chargers that trust our own root alone do not come back by wss://; the way back: knx-ocpp-bridge ca own",
    )
    return Managed(done=True, messages=told)


async def _own(desk: Desk, _order: Order) -> Managed:
    if await asyncio.to_thread(_authority(desk).remove_imported):
        return Managed(done=True, messages=("our own certificates are in use again, for new connections",))
    return Managed(done=False, messages=("there is no imported certificate; our own are in use",))


async def _sign(desk: Desk, order: Order) -> Managed:
    charger = _configured(desk, order.charger)
    name = charger.settings.client_certificate or charger.settings.id
    if not order.options["csr"]:
        raise AskError("csr is the PEM text of a certificate request")
    return Managed(True, (await asyncio.to_thread(_authority(desk).sign, order.options["csr"], name),))


VERBS: Final[Mapping[str, Verb]] = {
    "adopt": Verb(_adopt, {"name": Option(str, ""), "connectors": Option(int, 0, 0, 31)}),
    "reject": Verb(_reject, {}),
    "forget": Verb(_forget, {}),
    "window": Verb(_window, {"minutes": Option(int, 10, 0, MOST_MINUTES)}, charger=False),
    "secure": Verb(
        _secure, {"profile": Option(int, 2, 1, 3), "key": Option(str, ""), "wait": Option(bool, default=True)}
    ),
    "password": Verb(
        _password,
        {"password": Option(str, None), "none": Option(bool, default=False), "profile": Option(int, None, 0, 3)},
    ),
    "renew": Verb(_renew, {}, charger=False),
    "import": Verb(_import, {"chain": Option(str, ""), "key": Option(str, "")}, charger=False),
    "own": Verb(_own, {}, charger=False),
    "sign": Verb(_sign, {"csr": Option(str, "")}),
    **access_verbs.VERBS,
    **alarm_desk.VERBS,
    **counter_topics.VERBS,
    **people_desk.VERBS,
    **by_hand_verbs.VERBS,
    **key_verbs.VERBS,
    **profile_verbs.VERBS,
    **selftest_topics.VERBS,
    **upkeep_topics.VERBS,
    **system_verbs.VERBS,
    **file_verbs.VERBS,
    **restarting.VERBS,
    **scan_verbs.VERBS,
    **object_verbs.VERBS,
    **ets_verbs.VERBS,
    **keyring_verbs.VERBS,
    **site_verbs.VERBS,
}


async def manage(
    desk: Desk, act: str, charger: str, options: Mapping[str, Any], origin: Origin, who: str = ""
) -> Managed:
    """What was done, or why not, in sentences.

    Raises:
        AskError: there is no such verb, charger or option.
    """
    verb = VERBS.get(act)
    if verb is None:
        raise MissingError(f"there is no act {act!r}; there are {', '.join(VERBS)}")
    if verb.charger is not None and verb.charger is not bool(charger):
        raise AskError(f"{act} is done to one charger: name it" if verb.charger else f"{act} is done to no charger")
    try:
        managed = await verb.do(desk, Order(charger, read(verb.options, options), origin, who))
    except (PkiError, StoreError) as error:
        return Managed(done=False, messages=(str(error),))
    trouble = desk.books.diary.trouble
    if trouble is None or not managed.done:
        return managed
    # The journal has taken it, into memory: whoever erases a card, or sets a counter back, must know.
    return Managed(True, (*managed.messages, f"but {trouble}: until the disk takes it, a power cut would undo this"))


def _stranger(desk: Desk, charger: str, instead: str) -> str:
    """The id of somebody who is not configured."""
    known = desk.roster.find(charger)
    if known is not None and desk.roster.charger(known).settings.configured:
        raise AskError(f"{known} stands in the configuration: {instead}")
    seen = desk.roster.strangers.find(charger)
    return str(known) if known is not None else seen.id if seen is not None else charger


def _heard_of(desk: Desk, charger: str) -> str:
    """The id of somebody who has dialled, as it was dialled."""
    known = desk.roster.find(charger)
    seen = desk.roster.strangers.find(charger)
    if known is None and seen is None:
        raise MissingError(
            f"{charger!r} has not dialled in since the bridge started; see knx-ocpp-bridge chargers pending, or put it "
            "under chargers: in the configuration"
        )
    return str(known) if known is not None else seen.id if seen is not None else charger


def _configured(desk: Desk, charger: str) -> Charger:
    known = desk.roster.charger(found(desk.roster, charger))
    if not known.settings.configured:
        raise AskError(f"{known.settings.id} is not in the configuration: adopt it first")
    return known


def _authority(desk: Desk) -> Authority:
    if desk.books.authority is None:
        raise MissingError("TLS is off (ocpp.tls), so there is no certificate authority")
    return desk.books.authority


def _checked_key(key: str) -> str:
    """OCPP wants 16 to 20 bytes in hex."""
    if not key:
        return ""
    try:
        length = len(bytes.fromhex(key))
    except ValueError:
        length = 0
    if not _SHORTEST_KEY_BYTES <= length <= _KEY_BYTES or len(key) != 2 * length:
        raise AskError(f"the key is {_SHORTEST_KEY_BYTES} to {_KEY_BYTES} bytes in hex, without blanks")
    return key


def _digests(password: str) -> tuple[PasswordDigest, ...]:
    return digests(password, secrets.token_bytes(_SALT_BYTES))
