"""Files that a page gives: named, and never shown by the browser as something else."""

import asyncio
import io
from collections.abc import Sequence
from datetime import tzinfo

from starlette.responses import Response

from knx_ocpp_bridge.report.languages import Language
from knx_ocpp_bridge.report.prices import Line, Site
from knx_ocpp_bridge.web.visit import Visit

_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def attachment(name: str, content: bytes, media_type: str) -> Response:
    """A file of this name (letters of ASCII, digits, `.`, `-`, `_`) to be saved."""
    return Response(content, media_type=media_type, headers={"content-disposition": f'attachment; filename="{name}"'})


def text_file(name: str, text: str, media_type: str = "text/plain") -> Response:
    """Text as a file, UTF-8."""
    return attachment(name, text.encode("utf-8"), f"{media_type}; charset=utf-8")


def csv_file(name: str, lines: Sequence[Line], language: Language, zone: tzinfo) -> Response:
    """The transactions as a table in the manner of that language."""
    from knx_ocpp_bridge.report.text_table import text_table

    content = b"".join(text_table(lines, language, zone))
    return attachment(f"{name}.csv", content, "text/csv; charset=utf-8")


async def spreadsheet_file(visit: Visit, name: str, lines: Sequence[Line], site: Site) -> Response:
    """The transactions as a workbook in the visitor's language, made beside the loop."""
    from knx_ocpp_bridge.report.spreadsheet import spreadsheet

    out, language, now = io.BytesIO(), Language(visit.language.value), visit.website.utc()
    money = any(line.price is not None for line in lines)
    await asyncio.to_thread(spreadsheet, out, lines, language, site, now, money=money)
    return attachment(f"{name}.xlsx", out.getvalue(), _SPREADSHEET)
