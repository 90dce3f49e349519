"""Reads the one file of a project that holds its group addresses and devices: `P-nnnn/0.xml`.

Source: the XML schema `http://knx.org/xml/project/11` to `23` (ETS 4 to 6), as far as it is named here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from knx_ocpp_bridge.config.addresses import MAX_RAW, AddressStyle, format_address
from knx_ocpp_bridge.ets.flags import Flags, flags_of
from knx_ocpp_bridge.ets.gathering import Entry, Gathering
from knx_ocpp_bridge.ets.project import refusal
from knx_ocpp_bridge.ets.words import clean
from knx_ocpp_bridge.ets.xml_stream import split, walk

MAX_LINKS: Final = 300_000
"""Of group objects with group addresses; a bus of 65535 group addresses has some five of each."""

_NAMESPACE: Final = "http://knx.org/xml/project/"
_NEWEST: Final = 23
_STYLES: Final = {
    "threelevel": AddressStyle.THREE_LEVEL,
    "twolevel": AddressStyle.TWO_LEVEL,
    "free": AddressStyle.FREE,
}

Attributes = dict[str, str]
_Start = Callable[[Attributes, int], None]


@dataclass(slots=True)
class Device:
    """One device of the topology, or beside it."""

    name: str
    """Individual address, else its name."""
    hardware: str
    """The id that leads to its application program."""


@dataclass(slots=True)
class Instance:
    """A group object of a device that has links."""

    device: Device
    reference: str
    """The id of its reference in the application program, whole or without the program's id."""
    text: str
    flags: Flags
    dpts: str
    links: dict[str, None] = field(default_factory=dict)
    """Short ids of group addresses, each once, in their order."""
    sends_on: str | None = None


@dataclass(slots=True)
class ProjectReader:
    """Gathers group addresses, and those group objects that are linked to one."""

    gathered: Gathering
    place: str
    style: AddressStyle
    """In which addresses are shown; the file has raw numbers."""
    with_links: bool
    identities: dict[str, int] = field(default_factory=dict)
    """Raw address by the short id of the group address."""
    instances: list[Instance] = field(default_factory=list)
    _ranges: list[tuple[str, ...]] = field(default_factory=list)
    _area: str = ""
    _line: str = ""
    _device: Device | None = None
    _instance: Instance | None = None
    _links: int = 0
    _starts: dict[str, _Start] = field(default_factory=dict)
    _ends: dict[str, Callable[[], None]] = field(default_factory=dict)

    def read(self, stream: Iterable[bytes]) -> None:
        """Looks at all of it.

        Raises:
            EtsError: it is broken, or of another kind.
        """
        walk(stream, self.place, self)

    def start(self, name: str, attributes: Attributes, line: int) -> None:
        if not self._starts:
            self._begin(name, line)
        elif (start := self._starts.get(name)) is not None:
            start(attributes, line)

    def end(self, name: str) -> None:
        if (end := self._ends.get(name)) is not None:
            end()

    def _begin(self, root: str, line: int) -> None:
        namespace = split(root)[0]
        version = check_root(root, f"{self.place}:{line}")
        if version > _NEWEST:
            self.gathered.warn(self.place, f"its schema is {version}, newer than any that is known here ({_NEWEST})")
        starts: dict[str, _Start] = {"GroupRange": self._range, "GroupAddress": self._address}
        ends: dict[str, Callable[[], None]] = {"GroupRange": self._range_ends}
        if self.with_links:
            starts |= {
                "Area": self._area_begins,
                "Line": self._line_begins,
                "DeviceInstance": self._device_begins,
                "ComObjectInstanceRef": self._object_begins,
                "Send": self._sends,
                "Receive": self._receives,
            }
            ends |= {"ComObjectInstanceRef": self._object_ends, "DeviceInstance": self._device_ends}
        self._starts = {f"{namespace}}}{name}": start for name, start in starts.items()}
        self._ends = {f"{namespace}}}{name}": end for name, end in ends.items()}

    def _range(self, attributes: Attributes, _line: int) -> None:
        above = self._ranges[-1] if self._ranges else ()
        self._ranges.append((*above, clean(attributes.get("Name", ""))))

    def _range_ends(self) -> None:
        self._ranges.pop()

    def _address(self, attributes: Attributes, line: int) -> None:
        said = attributes.get
        place = f"{self.place}:{line}"
        entry = Entry(
            self._shown(said("Address", "")),
            said("Name", ""),
            said("DatapointType", ""),
            said("Description", ""),
            said("Central", ""),
            said("Unfiltered", ""),
            said("Security", ""),
            self._ranges[-1] if self._ranges else (),
        )
        raw = self.gathered.add(place, entry)
        if raw is not None and self.with_links:
            self.identities[_short(said("Id", ""))] = raw

    def _shown(self, written: str) -> str:
        sound = written.isascii() and written.isdigit() and len(written) <= 5 and int(written) <= MAX_RAW
        return format_address(int(written), self.style) if sound else written

    def _area_begins(self, attributes: Attributes, _line: int) -> None:
        self._area = attributes.get("Address", "")

    def _line_begins(self, attributes: Attributes, _line: int) -> None:
        self._line = attributes.get("Address", "")

    def _device_begins(self, attributes: Attributes, _line: int) -> None:
        number = attributes.get("Address", "")
        parts = (self._area, self._line, number)
        known = all(part.isascii() and part.isdigit() and len(part) <= 3 for part in parts)
        name = ".".join(parts) if known else clean(attributes.get("Name", "")) or "a device without an address"
        self._device = Device(name, attributes.get("Hardware2ProgramRefId", ""))

    def _device_ends(self) -> None:
        self._device = None

    def _object_begins(self, attributes: Attributes, line: int) -> None:
        if self._device is None:
            return
        text = ", ".join(filter(None, (attributes.get("Text", ""), attributes.get("FunctionText", ""))))
        dpts, reference = attributes.get("DatapointType", ""), attributes.get("RefId", "")
        self._instance = Instance(self._device, reference, clean(text), flags_of(attributes), dpts[:40])
        links = [_short(each) for each in attributes.get("Links", "").split()]
        for each in links:
            self._link(each, line, sends=each == links[0])

    def _sends(self, attributes: Attributes, line: int) -> None:
        self._link(_short(attributes.get("GroupAddressRefId", "")), line, sends=True)

    def _receives(self, attributes: Attributes, line: int) -> None:
        self._link(_short(attributes.get("GroupAddressRefId", "")), line, sends=False)

    def _link(self, identity: str, line: int, *, sends: bool) -> None:
        if self._instance is None or not identity:
            return
        self._links += 1
        if self._links > MAX_LINKS:
            reason = f"it has more than {MAX_LINKS} links of group objects, no bus has so many"
            raise refusal(f"{self.place}:{line}", reason, "export the group addresses as XML instead")
        self._instance.links[identity] = None
        if sends:
            self._instance.sends_on = identity

    def _object_ends(self) -> None:
        if self._instance is not None and self._instance.links:
            self.instances.append(self._instance)
        self._instance = None


def check_root(name: str, place: str) -> int:
    """The version of the schema.

    Raises:
        EtsError: the root is not that of a file of a project.
    """
    namespace, root = split(name)
    version = namespace.removeprefix(_NAMESPACE)
    if root != "KNX" or not namespace.startswith(_NAMESPACE) or not (version.isascii() and version.isdigit()):
        reason = f"its root is <{clean(root, 40)}> of {clean(namespace, 60) or 'no namespace'}, not <KNX> of a project"
        raise refusal(place, reason, "export the project from the ETS once more, as .knxproj")
    return int(version[:4])


@dataclass(slots=True)
class InformationReader:
    """Reads the style of group addresses from `project.xml`."""

    place: str
    style: AddressStyle | None = None
    _begun: bool = False

    def start(self, name: str, attributes: Attributes, line: int) -> None:
        if not self._begun:
            self._begun = True
            check_root(name, f"{self.place}:{line}")
        elif split(name)[1] == "ProjectInformation":
            self.style = _STYLES.get(attributes.get("GroupAddressStyle", "").casefold())

    def end(self, name: str) -> None:
        """Nothing is waited for."""


def _short(identity: str) -> str:
    """`GA-3` of `P-0012-0_GA-3`, as newer projects write it in links."""
    return identity.rpartition("_")[2][:40]
