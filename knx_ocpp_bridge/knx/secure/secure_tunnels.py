"""Which tunnels of the keyring can be tried at a gateway."""

from typing import Final

from xknx.secure.keyring import InterfaceType, Keyring, XMLInterface
from xknx.telegram import IndividualAddress

from knx_ocpp_bridge.knx.link.scan import Found

MOST_TRIED: Final = 8
_SWITCH_ON: Final = "switch Secure Tunneling of the interface on in ETS, download it, and export the keyring again"


class NoTunnelError(Exception):
    """None can: why, and what to do about it."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}: {remedy}")
        self.reason = reason
        self.remedy = remedy


def wanted(keyring: Keyring, address: str) -> XMLInterface:
    """The tunnel with this individual address.

    Raises:
        NoTunnelError: the keyring has none, or cannot log in to it.
    """
    tunnel = keyring.get_tunnel_interface_by_individual_address(IndividualAddress(address))
    if tunnel is None:
        reason = f"the keyring has no tunnel {address} (knx.individual_address), but {_listed(_tunnels(keyring))}"
        raise NoTunnelError(reason, "write one of those, or export the keyring again")
    if not _can_log_in(tunnel):
        raise NoTunnelError(f"the keyring has no user and password of tunnel {address}", _SWITCH_ON)
    return tunnel


def offered(keyring: Keyring, found: Found | None) -> tuple[XMLInterface, ...]:
    """Those to be tried one after the other; `found` is how the gateway describes itself (None: it does not by UDP).

    Raises:
        NoTunnelError: there is none.
    """
    tunnels = [each for each in _tunnels(keyring) if _can_log_in(each)]
    if not tunnels:
        raise NoTunnelError("the keyring has no tunnel with KNX IP Secure", _SWITCH_ON)
    if found is None:
        return tuple(tunnels[:MOST_TRIED])
    if not found.can_secure:
        remedy = "switch Secure Tunneling on in ETS, or write connection: tunneling_tcp"
        raise NoTunnelError(f"{found} offers no KNX IP Secure", remedy)
    its_own = [each for each in tunnels if str(each.host) == found.individual_address]
    if not its_own:
        reason = f"the keyring has no tunnel of {found}, which is {found.individual_address}, but {_listed(tunnels)}"
        raise NoTunnelError(reason, "correct the gateway's address, or export the keyring again")
    free = {each.address for each in found.tunnels if each.free}
    return tuple(([each for each in its_own if str(each.individual_address) in free] or its_own)[:MOST_TRIED])


def all_taken(tried: int, wished: str | None, found: Found | None) -> NoTunnelError:
    """Somebody else has every tunnel that was tried; `found` is how the gateway describes itself now."""
    if tried == 1 and wished is not None:
        free = [each.address for each in found.tunnels if each.free] if found is not None else []
        others = f"choose a free one ({', '.join(free)})" if free else "choose another one of the keyring"
        why = f"the tunnel {wished} (knx.individual_address) is taken by somebody else"
        return NoTunnelError(why, f"free it, or {others}")
    which = "the only tunnel" if tried == 1 else f"all {tried} tunnels"
    why = f"{which} that the keyring has of it {'is' if tried == 1 else 'are'} taken"
    return NoTunnelError(why, "free one, or add one in ETS and export the keyring again")


def _tunnels(keyring: Keyring) -> list[XMLInterface]:
    return [each for each in keyring.interfaces if each.type is InterfaceType.TUNNELING]


def _can_log_in(tunnel: XMLInterface) -> bool:
    return tunnel.user_id is not None and tunnel.decrypted_password is not None


def _listed(tunnels: list[XMLInterface]) -> str:
    named = ", ".join(f"{each.individual_address} of {each.host}" for each in tunnels[:MOST_TRIED])
    return (named or "none at all") + (", ..." if len(tunnels) > MOST_TRIED else "")
