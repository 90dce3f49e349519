"""Reads the group address export of the ETS in XML, of any style of group addresses.

Source: KNX Association, support article 115001825324 "Group Address Export". Of the namespace one version is known, 01.
"""

from dataclasses import dataclass, field
from typing import Final

from knx_ocpp_bridge.ets.gathering import Entry, Gathering
from knx_ocpp_bridge.ets.project import Origin, Project, refusal
from knx_ocpp_bridge.ets.words import clean
from knx_ocpp_bridge.ets.xml_stream import pieces, split, walk

NAMESPACE: Final = "http://knx.org/xml/ga-export/01"
ROOT: Final = "GroupAddress-Export"
_ANY_VERSION: Final = "http://knx.org/xml/ga-export/"
_EXPORT: Final = "in the ETS: right click on Group Addresses, Export Group Addresses, format XML"
_OTHERS: Final = {
    "Keyring": ("this is a keyring", "name it as knx.keyring of the configuration"),
    "KNX": ("this is one file out of a project", "give the whole .knxproj"),
}
"""Roots of other XML files that an installer has at hand."""


def read_xml(data: bytes, file: str) -> Project:
    """The group addresses of the export.

    Raises:
        EtsError: it is no such export, or broken.
    """
    reader = _Reader(Gathering(Origin.GROUP_ADDRESS_XML, file), file)
    walk(pieces(data), file, reader)
    return reader.gathered.project()


@dataclass(slots=True)
class _Reader:
    gathered: Gathering
    file: str
    _ranges: list[str] = field(default_factory=list)
    _begun: bool = False

    def start(self, name: str, attributes: dict[str, str], line: int) -> None:
        if not self._begun:
            self._begun = True
            _check_root(name, f"{self.file}:{line}")
        elif name == _GROUP_RANGE:
            self._ranges.append(clean(attributes.get("Name", "")))
        elif name == _GROUP_ADDRESS:
            self.gathered.add(f"{self.file}:{line}", _entry(attributes, tuple(self._ranges)))

    def end(self, name: str) -> None:
        if name == _GROUP_RANGE:
            self._ranges.pop()


_GROUP_RANGE: Final = f"{NAMESPACE}}}GroupRange"
_GROUP_ADDRESS: Final = f"{NAMESPACE}}}GroupAddress"


def _check_root(name: str, place: str) -> None:
    namespace, root = split(name)
    if root in _OTHERS and root != ROOT:
        raise refusal(place, *_OTHERS[root])
    if root != ROOT:
        raise refusal(place, f"this is no group address export: its root is <{clean(root, 40)}>", _EXPORT)
    if namespace == NAMESPACE:
        return
    if namespace.startswith(_ANY_VERSION):
        version = clean(namespace.removeprefix(_ANY_VERSION), 20)
        reason = f"this is version {version} of the group address export, and version 01 alone is known here"
        raise refusal(place, reason, "export it as CSV instead, and tell the project of the bridge")
    raise refusal(place, f"its namespace is {clean(namespace, 60) or 'missing'}, not {NAMESPACE}", _EXPORT)


def _entry(attributes: dict[str, str], ranges: tuple[str, ...]) -> Entry:
    said = attributes.get
    return Entry(
        said("Address", ""),
        said("Name", ""),
        said("DPTs", ""),
        said("Description", ""),
        said("Central", ""),
        said("Unfiltered", ""),
        said("Security", ""),
        ranges,
    )
