"""Texts that a spreadsheet shows and does not calculate."""

import re
from typing import Final

_BEGINS: Final = re.compile(
    r"^(?=[\s\u200b-\u200d\u2060\ufeff]*[=+\-@＝＋－＠])|(?:^|(?<=[;,\t\r\n]))(?=[=+\-@\t\r\n＝＋－＠])"
)
"""With these a formula begins, in a cell or behind what another program may take for the end of one; the wide ones
count as well in East Asian settings (OWASP, CSV Injection). Some programs let blanks before them go."""


_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def legible(text: str) -> str:
    """The text without characters that move a cursor: there is a question mark for each."""
    return _CONTROL.sub("?", text)


def harmless(text: str) -> str:
    """The text with an apostrophe, the mark of a text, wherever a formula could begin. For texts, never for numbers."""
    return _BEGINS.sub("'", text)
