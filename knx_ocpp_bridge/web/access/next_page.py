"""Where somebody who has logged in goes on: always a page of ours."""

from typing import Final

HOME: Final = "/"
_LONGEST: Final = 512


def next_page(wanted: str) -> str:
    """The path that was wanted, if a browser cannot take it for an address elsewhere; else home."""
    plain = wanted.isascii() and wanted.isprintable() and "\\" not in wanted and len(wanted) <= _LONGEST
    return wanted if plain and wanted.startswith("/") and not wanted.startswith("//") else HOME
