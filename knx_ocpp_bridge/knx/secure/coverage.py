"""How a keyring and a configuration go together, before there is a connection."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from xknx.secure.keyring import Keyring

from knx_ocpp_bridge.config.addresses import AddressStyle, format_address
from knx_ocpp_bridge.config.bound import BoundObject
from knx_ocpp_bridge.config.bus_models import Knx
from knx_ocpp_bridge.config.collisions import title
from knx_ocpp_bridge.knx.secure import keyring as keyrings
from knx_ocpp_bridge.knx.secure.keyring import Facts
from knx_ocpp_bridge.knx.secure.secure_tunnels import NoTunnelError, offered, wanted

_SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class Trouble:
    """What keeps the bridge off the bus."""

    key: str
    """Of the section `knx`."""
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the keyring means for this configuration."""

    facts: Facts
    own: str | None
    """The individual address that the bridge will have; None: it is known when it is connected."""
    troubles: tuple[Trouble, ...]
    warnings: tuple[str, ...]
    """Sentences about what will not work, or need not be."""


def coverage(knx: Knx, objects: Iterable[BoundObject]) -> Coverage | None:
    """What the configured keyring means for these objects; None: there is none. Nothing for the event loop.

    Raises:
        KeyringError: it cannot be used.
    """
    if knx.keyring is None:
        return None
    return covered(keyrings.load(knx.keyring, knx.keyring_password), knx, objects)


def covered(keyring: Keyring, knx: Knx, objects: Iterable[BoundObject]) -> Coverage:
    """What this keyring would mean."""
    bound = tuple(objects)
    own = keyrings.own_address(keyring, knx)
    told = keyrings.facts(keyring, (each for one in bound for each in _addresses(one)), own)
    return Coverage(told, own, tuple(_troubles(knx, keyring)), tuple(_warnings(knx, bound, told, own)))


def rows(objects: Iterable[BoundObject], told: Coverage, style: AddressStyle) -> Iterator[dict[str, object]]:
    """Each group address of these objects with group_address, objects, secured, senders and linked, as JSON values."""
    secured = {each.address: each for each in told.facts.secured}
    names: dict[int, dict[str, None]] = {}
    for bound in objects:
        for address in _addresses(bound):
            names.setdefault(address, {})[title(bound)] = None
    for address in sorted(names):
        one = secured.get(address)
        yield {
            "group_address": format_address(address, style),
            "objects": list(names[address]),
            "secured": one is not None,
            "senders": [] if one is None else list(one.senders),
            "linked": None if one is None else one.linked,
        }


def heading(knx: Knx, told: Coverage) -> dict[str, object]:
    """What the keyring says of itself, as JSON values: project, exported, secure_tunnels, secure_routing, own_address.

    First of all its file: keyring.
    """
    return {
        "keyring": str(knx.keyring),
        "project": told.facts.project,
        "exported": told.facts.created,
        "secure_tunnels": [f"{each.address} of {each.host or '-'}" for each in told.facts.tunnels if each.secure],
        "secure_routing": told.facts.backbone,
        "own_address": told.own,
    }


def _addresses(bound: BoundObject) -> Iterator[int]:
    yield from bound.addresses
    if bound.state_address is not None:
        yield bound.state_address


def _troubles(knx: Knx, keyring: Keyring) -> Iterator[Trouble]:
    if knx.connection == "tunneling_tcp_secure":
        key = "keyring" if knx.individual_address is None else "individual_address"
        try:
            offered(keyring, None) if knx.individual_address is None else wanted(keyring, knx.individual_address)
        except NoTunnelError as error:
            yield Trouble(key, error.reason, error.remedy)
    if knx.connection == "routing_secure" and (keyring.backbone is None or not keyring.backbone.decrypted_key):
        remedy = "switch security of the backbone on in ETS and export the keyring again, or write connection: routing"
        yield Trouble("connection", "the keyring has no backbone key, which secure routing needs", remedy)


def _warnings(knx: Knx, bound: tuple[BoundObject, ...], told: Facts, own: str | None) -> Iterator[str]:
    if not told.secured and not knx.connection.endswith("_secure"):
        yield "the keyring secures none of the bridge's group addresses: export it again, or take knx.keyring out"
    strange = [each.address for each in told.secured if each.linked is False]
    if strange:
        yield (
            f"in ETS {own} is not linked to {_listed(strange, knx.style)}: devices will refuse what the bridge sends "
            "there; link the group addresses to that tunnel, download, and export the keyring again"
        )
    heard = {address for each in bound for address in each.addresses}
    silent = [each.address for each in told.secured if each.address in heard and not each.senders]
    if silent:
        yield (
            f"the keyring names no sender of {_listed(silent, knx.style)}: nobody will be heard there; link the group "
            "addresses to the bridge's tunnel in ETS, download, and export the keyring again"
        )
    secured = frozenset(each.address for each in told.secured)
    yield from (_back_door(each, secured, knx.style) for each in bound if _is_half_secured(each, secured))


def _is_half_secured(bound: BoundObject, secured: frozenset[int]) -> bool:
    return not secured.isdisjoint(bound.addresses) and not secured.issuperset(bound.addresses)


def _back_door(bound: BoundObject, secured: frozenset[int], style: AddressStyle) -> str:
    shut = [each for each in bound.addresses if each in secured]
    open_ = [each for each in bound.addresses if each not in secured]
    return (
        f"{title(bound)} is secured on {_listed(shut, style)}, but everybody can write to it on "
        f"{_listed(open_, style)}: secure that in ETS as well, or take it out"
    )


def _listed(addresses: list[int], style: AddressStyle) -> str:
    shown = ", ".join(format_address(each, style) for each in addresses[:_SHOWN])
    return shown + (f" and {len(addresses) - _SHOWN} more" if len(addresses) > _SHOWN else "")
