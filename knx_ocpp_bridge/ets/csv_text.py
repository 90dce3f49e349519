"""From the bytes of a CSV file to its rows: encoding and separator are found out, every bound is checked on the way."""

import csv
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from io import StringIO
from typing import Final

from knx_ocpp_bridge.ets.project import refusal

MAX_BYTES: Final = 48 * 1024 * 1024
MAX_ROWS: Final = 100_000
"""There are 65535 group addresses, and fewer than 300 main and middle groups."""

_MAX_COLUMNS: Final = 50
_MAX_BREAKS: Final = 40
"""Line breaks in one cell; more are a quote that was never closed."""
_REMEDY: Final = "export it from the ETS once more, as XML if that is possible"

Row = tuple[int, list[str]]
"""The line in which it ends, and its cells."""


def decode(data: bytes, place: str) -> str:
    """The text: UTF-8 or UTF-16, with or without a mark, else Windows-1252 as older ETS write it.

    Raises:
        EtsError: it is too large, or no text.
    """
    if len(data) > MAX_BYTES:
        reason = f"the file has {len(data) >> 20} MB, more than {MAX_BYTES >> 20}"
        raise refusal(place, reason, "export the group addresses alone")
    text = _decoded(data)
    if any(letter < " " and letter not in "\t\r\n\f" for letter in text[:4096]) or "\x00" in text:
        raise refusal(place, "the file is neither text nor XML nor a project", _REMEDY)
    return text


def rows(text: str, separator: str, place: str) -> Iterator[Row]:
    """The rows that are not empty.

    Raises:
        EtsError: there are more than any project has, or a quote is not closed.
    """
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator)
    begun = 1
    try:
        for count, cells in enumerate(reader):
            if count >= MAX_ROWS:
                raise refusal(place, f"the file has more than {MAX_ROWS} rows, no project has so many", _REMEDY)
            if len(cells) > _MAX_COLUMNS or reader.line_num - begun > _MAX_BREAKS:
                raise _unclosed(place, begun)
            if any(cells):
                yield reader.line_num, cells
            begun = reader.line_num + 1
    except csv.Error:
        raise _unclosed(place, begun) from None


def _unclosed(place: str, line: int) -> Exception:
    return refusal(f"{place}:{line}", "a quote is opened here and not closed, or the row has no end", _REMEDY)


def _decoded(data: bytes) -> str:
    for mark, encoding in ((BOM_UTF8, "utf-8"), (BOM_UTF16_LE, "utf-16-le"), (BOM_UTF16_BE, "utf-16-be")):
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    start = data[:512]
    if start.count(0) * 3 > len(start):  # UTF-16 without a mark: half of the bytes of such a text are 0
        return data.decode("utf-16-le" if start[1::2].count(0) >= start[::2].count(0) else "utf-16-be", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
