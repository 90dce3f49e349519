"""Reads whichever file of the ETS it is; the content decides, not the name."""

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from typing import Final

from knx_ocpp_bridge.ets.ga_csv import read_csv
from knx_ocpp_bridge.ets.ga_xml import read_xml
from knx_ocpp_bridge.ets.project import Project, refusal

MAX_XML: Final = 100 * 1024 * 1024

_WHAT: Final = "give a group address export (.xml, .csv) or a project (.knxproj) of ETS 4 or later"


def read(data: bytes, name: str, password: str = "") -> Project:  # noqa: ARG001 - projects come next
    """The group addresses of the file; `name` is used in messages alone, `password` for a protected .knxproj alone.

    Raises:
        EtsError: it is none of the ETS's files, broken, too large, or the password is not the right one.
    """
    file = name
    if not data.strip(b"\x00 \t\r\n"):
        raise refusal(file, "the file is empty", _WHAT)
    if _is_xml(data):
        if len(data) > MAX_XML:
            raise refusal(file, f"the file has {len(data) >> 20} MB, more than {MAX_XML >> 20}", _WHAT)
        return read_xml(data, file)
    return read_csv(data, file)


def _is_xml(data: bytes) -> bool:
    start = data[:256]
    for mark, encoding in ((BOM_UTF8, "utf-8"), (BOM_UTF16_LE, "utf-16-le"), (BOM_UTF16_BE, "utf-16-be")):
        if start.startswith(mark):
            return start[len(mark) :].decode(encoding, "ignore").lstrip().startswith("<")
    return start.replace(b"\x00", b"").lstrip().startswith(b"<")
