"""Reads a `.knxproj` of ETS 4, 5 or 6: group addresses, and who is linked to them with which flags.

It is a zip file with `P-nnnn/project.xml` and `P-nnnn/0.xml`, or in their place `P-nnnn.zip`, whose members are
encrypted: by the password itself (ETS 4 and 5) or by one derived from it (ETS 6, schema 21 on).
"""

import re
from base64 import b64encode
from dataclasses import dataclass
from hashlib import pbkdf2_hmac
from typing import Final

from knx_ocpp_bridge.config.addresses import AddressStyle
from knx_ocpp_bridge.ets.gathering import Gathering
from knx_ocpp_bridge.ets.links import links as links_of
from knx_ocpp_bridge.ets.project import EtsError, Origin, Project, refusal
from knx_ocpp_bridge.ets.project_xml import InformationReader, ProjectReader
from knx_ocpp_bridge.ets.xml_stream import walk
from knx_ocpp_bridge.ets.zip_files import Archive, NoPasswordError

MAX_FILE: Final = 256 * 1024 * 1024

_INSTALLATION: Final = re.compile(r"(?:(P-[0-9A-Z]{4})/)?(\d{1,4})\.xml", re.IGNORECASE)
_PROTECTED: Final = re.compile(r"P-[0-9A-Z]{4}\.zip", re.IGNORECASE)
_SALT: Final = b"21.project.ets.knx.org"
_ITERATIONS: Final = 65536
_REMEDY: Final = "give a .knxproj, or the group addresses exported as XML"
_OTHERS: Final = (
    ("[Content_Types].xml", "this is a document of an office program"),
    ("knx_master.xml", "there is no project in it; it may be a product database"),
)
"""What else begins like a zip file, by a member of it."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in which zip file the installation is that is read."""

    archive: Archive
    installation: str
    folder: str


def read_project(data: bytes, file: str, password: str, *, links: bool) -> Project:
    """The group addresses of the project; who is linked to them only with `links`, which takes far longer.

    Raises:
        EtsError: it is no project, broken, too large, or protected by another password.
    """
    if len(data) > MAX_FILE:
        raise refusal(file, f"the file has {len(data) >> 20} MB, more than {MAX_FILE >> 20}", _REMEDY)
    files = Archive(data, file, _passwords(password))
    gathered = Gathering(Origin.PROJECT, file)
    try:
        place = _place(files, gathered)
        style = _style(place)
        member = f"{place.archive.place}, {place.installation}"
        reader = ProjectReader(gathered, member, style or AddressStyle.THREE_LEVEL, with_links=links)
        reader.read(place.archive.stream(place.installation))
    except NoPasswordError:
        raise _locked(file, password) from None
    return gathered.project(style, links_of(reader, files, gathered) if links else None)


def _passwords(password: str) -> tuple[bytes, ...]:
    """As ETS 6 derives it, and as it is. The source of the way is the KNX Standard's example of a project."""
    if not password:
        return ()
    derived = pbkdf2_hmac("sha256", password.encode("utf-16-le", "surrogatepass"), _SALT, _ITERATIONS, 32)
    return b64encode(derived), password.encode("utf-8", "surrogatepass")


def _place(files: Archive, gathered: Gathering) -> _Place:
    """The first installation of the first project; the others are named in a warning."""
    found = _installations(files)
    archive = files
    if not found:
        protected = sorted(name for name in files.members if _PROTECTED.fullmatch(name))
        if not protected:
            reason = next((words for name, words in _OTHERS if name in files.members), "it is a zip file without one")
            raise refusal(files.place, f"no project of the ETS: {reason}", _REMEDY)
        if len(protected) > 1:
            gathered.warn(files.place, f"of {len(protected)} projects {protected[0]} alone is read")
        inner = files.read(protected[0])
        archive = Archive(inner, f"{files.place}, {protected[0]}", files.passwords, files.budget)
        found = _installations(archive)
    if not found:
        raise refusal(archive.place, "the project has no installation (0.xml) in it", _REMEDY)
    first = found[0]
    if len(found) > 1:
        gathered.warn(archive.place, f"of {len(found)} installations {first} alone is read")
    return _Place(archive, first, first.rpartition("/")[0])


def _installations(archive: Archive) -> list[str]:
    found = [(each[1] or "", int(each[2]), name) for name in archive.members if (each := _INSTALLATION.fullmatch(name))]
    return [name for _, _, name in sorted(found)]


def _style(place: _Place) -> AddressStyle | None:
    """None: the project does not tell."""
    wanted = f"{place.folder}/project.xml" if place.folder else "project.xml"
    name = next((name for name in place.archive.members if name.casefold() == wanted.casefold()), None)
    if name is None:
        return None
    reader = InformationReader(f"{place.archive.place}, {name}")
    walk(place.archive.stream(name), reader.place, reader)
    return reader.style


def _locked(file: str, password: str) -> EtsError:
    if password:
        return refusal(file, "the password is not that of the project", "type the one that the ETS asks for")
    return refusal(
        file, "the project is protected by a password", "give it: knx.project_password, or --password-prompt"
    )
