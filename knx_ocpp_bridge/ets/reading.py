"""Reads whichever file of the ETS it is; the content decides, not the name."""

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from typing import Final

from knx_ocpp_bridge.ets.project import Project, refusal

MAX_XML: Final = 100 * 1024 * 1024

_WHAT: Final = "give a group address export (.xml, .csv) or a project (.knxproj) of ETS 4 or later"
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_ETS3: Final = b"\xd0\xcf\x11\xe0"
"""The beginning of OLE documents: what ETS 3 exports, and old spreadsheets."""


def read(data: bytes, name: str, password: str = "", *, links: bool = True) -> Project:
    """The group addresses of the file; `name` is used in messages alone, `password` for a protected .knxproj alone.

    Without `links` those of a .knxproj are left out: the rest takes a fraction of the time.

    Raises:
        EtsError: it is none of the ETS's files, broken, too large, or the password is not the right one.
    """
    if not data.strip(b"\x00 \t\r\n"):
        raise refusal(name, "the file is empty", _WHAT)
    if data.startswith(_ETS3):
        raise refusal(name, "this is a file of ETS 3 or an old spreadsheet", _WHAT)
    if data.startswith(_ZIP):
        from knx_ocpp_bridge.ets.knxproj import read_project

        return read_project(data, name, password, links=links)
    if _is_xml(data):
        if len(data) > MAX_XML:
            raise refusal(name, f"the file has {len(data) >> 20} MB, more than {MAX_XML >> 20}", _WHAT)
        from knx_ocpp_bridge.ets.ga_xml import read_xml

        return read_xml(data, name)
    from knx_ocpp_bridge.ets.ga_csv import read_csv

    return read_csv(data, name)


def _is_xml(data: bytes) -> bool:
    start = data[:256]
    for mark, encoding in ((BOM_UTF8, "utf-8"), (BOM_UTF16_LE, "utf-16-le"), (BOM_UTF16_BE, "utf-16-be")):
        if start.startswith(mark):
            return start[len(mark) :].decode(encoding, "ignore").lstrip().startswith("<")
    return start.replace(b"\x00", b"").lstrip().startswith(b"<")
