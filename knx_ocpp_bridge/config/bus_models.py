"""The sections about the bus: the way to it, how one object is bound, and schemes that bind many."""

from typing import Annotated, Literal

from pydantic import Field

from knx_ocpp_bridge.config.addresses import AddressStyle
from knx_ocpp_bridge.config.fields import (
    Connection,
    Cyclic,
    Dpt,
    Fallback,
    FilePath,
    FromOneSecond,
    Gateway,
    GroupAddress,
    GroupAddresses,
    IndividualAddress,
    LocalAddress,
    Number,
    Offsets,
    Seconds,
    Secret,
    Text,
)
from knx_ocpp_bridge.config.section import Section


class Knx(Section):
    """The way to the bus."""

    connection: Connection = "automatic"
    """How to reach the bus; the secure ways need `keyring`."""
    gateway: Gateway | None = None
    """KNXnet/IP interface or router, `host` or `host:port` (3671). Needed for tunnelling."""
    second_gateway: Gateway | None = None
    """Tunnelling: the interface to use while `gateway` cannot be reached."""
    keyring: FilePath | None = None
    """The `.knxkeys` file that ETS exports, relative to this file: for IP Secure and Data Secure."""
    keyring_password: Secret = ""
    """Its password, as given to ETS; best as `!secret`."""
    individual_address: IndividualAddress | None = None
    """Tunnel to ask for by TCP, or own address when routing."""
    local_address: LocalAddress | None = None
    """IPv4 address of this machine to reach the bus from, where it has several; left out: the system's choice."""
    route_back: bool = False
    """UDP tunnelling through NAT: the interface answers to wherever the request came from."""
    rate_limit: Annotated[float, Number, Field(ge=1, le=40, allow_inf_nan=False)] = 10.0
    """Telegrams per second, at most."""
    start_delay: Annotated[float, Number, Field(ge=0, le=600, allow_inf_nan=False)] = 0.0
    """s after the bridge's start before states are told; commands are obeyed and reads answered at once."""
    group_address_style: Literal["three_level", "two_level", "free"] = "three_level"
    """How group addresses are shown; each style may be written, and another than this is pointed out."""
    project: FilePath | None = None
    """Group addresses of the ETS project (.xml, .csv or .knxproj), relative to this file: names for the monitor."""
    project_password: Secret = ""
    """Password of a protected `.knxproj`."""

    @property
    def style(self) -> AddressStyle:
        """`group_address_style` as the enum that formatting wants."""
        return AddressStyle(self.group_address_style)


class Binding(Section):
    """One group object bound to group addresses."""

    address: GroupAddresses = ()
    """The bridge receives on it (command, input): one or a list."""
    state_address: GroupAddress | None = None
    """The bridge sends on it (status), and answers when it is read."""
    dpt: Dpt | None = None
    """Datapoint type, in quotes; left out: the first of the object's."""
    invert: bool = False
    """1-bit objects: 0 on the bus is 1 here, in both directions."""
    min_change: Annotated[float, Number, Field(ge=0, allow_inf_nan=False)] | None = None
    """Measurements: sent when changed by more than this, in A, V, W, Wh, s or percent."""
    min_interval: Seconds | None = None
    """s between two telegrams, at least; the last value counts."""
    cyclic: Cyclic | None = None
    """s, from 1, after which the value is sent again without news; 0: never."""
    respond_to_read: bool | None = None
    """Answer a GroupValueRead on `state_address`; left out: yes."""
    read_on_init: bool | None = None
    """Inputs: ask for the value after each start and bus loss; left out: yes."""
    timeout: FromOneSecond | None = None
    """Inputs: s, from 1, without a telegram after which the value is stale; left out: never."""
    fallback: Fallback | None = None
    """Inputs: what counts while the value is stale or was never heard: A, W, 0 or 1; left out: nothing does."""


class GroupObjectsFrom(Section):
    """Group addresses by a scheme instead of one by one."""

    scheme: Text
    """`xxter` (the offsets of the table of group objects), or one of `schemes`."""
    base: GroupAddress
    """Group address with offset 0."""


class SchemeRow(Section):
    """Where one object lies in a block of group addresses, as offsets from its base."""

    address: Offsets = ()
    """Of the addresses that the bridge receives on: one or a list."""
    state_address: Annotated[int, Number, Field(ge=0, le=65535)] | None = None
    """Of the address that the bridge sends on."""
    dpt: Dpt | None = None
    """Datapoint type, where it is not the first of the object's."""


Bindings = dict[str, Binding | None]
Scheme = dict[str, SchemeRow]
