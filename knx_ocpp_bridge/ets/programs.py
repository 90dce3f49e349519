"""What the files of manufacturers in a project tell of group objects where it says nothing itself: names, types, flags.

Sources: `M-nnnn/Hardware.xml` (which application program a device has) and `M-nnnn/M-nnnn_A-....xml` (the program).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from knx_ocpp_bridge.ets.flags import UNSAID, Flags, flags_of, over
from knx_ocpp_bridge.ets.project_xml import Attributes, Instance
from knx_ocpp_bridge.ets.words import clean
from knx_ocpp_bridge.ets.xml_stream import split, walk

_WHOLE: Final = re.compile(r"(M-[0-9A-F]{4}_A-[^_]{1,60})_(?:MD|O)-.*", re.IGNORECASE)
_MODULE: Final = re.compile(r"_M-\d+_MI-\d+")
_BY_HARDWARE: Final = re.compile(r"(M-[0-9A-F]{4})_H-.*_HP-([^_]{1,60})", re.IGNORECASE)
_PLACEHOLDER: Final = re.compile(r"\{\{[^}:]*:?([^}]*)\}\}")


@dataclass(frozen=True, slots=True)
class Described:
    """What one level says of a group object."""

    text: str = ""
    flags: Flags = UNSAID
    dpts: str = ""
    object: str = ""
    """The id of the object that a reference is one to."""

    def over(self, lower: "Described") -> "Described":
        """What is said here, and `lower` where nothing is."""
        return Described(self.text or lower.text, over(self.flags, lower.flags), self.dpts or lower.dpts)


NOTHING: Final = Described()


def program_of(instance: Instance, hardware: Mapping[str, str]) -> str:
    """The id of the application program that describes this group object; empty: it is not known."""
    whole = _WHOLE.fullmatch(instance.reference)
    if whole is not None:
        return whole[1]
    found = hardware.get(instance.device.hardware, "")
    guessed = _BY_HARDWARE.fullmatch(instance.device.hardware)
    return found or (f"{guessed[1]}_A-{guessed[2]}" if guessed is not None else "")


def reference_of(instance: Instance, program: str) -> str:
    """The id of its reference within the program: that of a module instance is the one of the module's definition."""
    reference = _MODULE.sub("", instance.reference)
    return reference if reference.startswith("M-") else f"{program}_{reference}"


@dataclass(slots=True)
class HardwareReader:
    """Which application program belongs to which id of a device."""

    programs: dict[str, str] = field(default_factory=dict)
    _hardware: str = ""

    def start(self, name: str, attributes: Attributes, line: int) -> None:  # noqa: ARG002 - the visitor's
        local = split(name)[1]
        if local == "Hardware2Program":
            self._hardware = attributes.get("Id", "")
        elif local == "ApplicationProgramRef" and self._hardware:
            self.programs.setdefault(self._hardware, attributes.get("RefId", ""))

    def end(self, name: str) -> None:
        if split(name)[1] == "Hardware2Program":
            self._hardware = ""


@dataclass(slots=True)
class ProgramReader:
    """The references and objects of one program that are asked for, and no others."""

    wanted: frozenset[str]
    found: dict[str, Described] = field(default_factory=dict)

    @classmethod
    def of(cls, references: Iterable[str]) -> "ProgramReader":
        """A reader for these references; their objects have the first part of the same id."""
        asked = frozenset(references)
        return cls(asked | {reference.rpartition("_R-")[0] for reference in asked})

    def read(self, stream: Iterable[bytes], place: str) -> None:
        """Looks at all of it.

        Raises:
            EtsError: it is broken.
        """
        walk(stream, place, self)

    def start(self, name: str, attributes: Attributes, line: int) -> None:  # noqa: ARG002 - the visitor's
        if not name.endswith(("}ComObject", "}ComObjectRef")):
            return
        identity = attributes.get("Id", "")
        if identity in self.wanted:
            texts = (attributes.get("Text") or attributes.get("Name") or "", attributes.get("FunctionText", ""))
            text = clean(_PLACEHOLDER.sub(r"\1", ", ".join(filter(None, texts))))
            dpts, object_ = attributes.get("DatapointType", "")[:40], attributes.get("RefId", "")
            self.found[identity] = Described(text, flags_of(attributes), dpts, object_)

    def end(self, name: str) -> None:
        """Nothing is waited for."""

    def described(self, reference: str) -> Described:
        """What reference and object say together."""
        upper = self.found.get(reference, NOTHING)
        return upper.over(self.found.get(upper.object or reference.rpartition("_R-")[0], NOTHING))
