"""The languages of the pages, and which of them a browser wants."""

from enum import Enum
from typing import Final


class Language(Enum):
    """As BCP 47 has them."""

    EN = "en"
    DE = "de"
    NL = "nl"


NAMES: Final = {Language.EN: "English", Language.DE: "Deutsch", Language.NL: "Nederlands"}
"""Each in its own words."""

_MOST_WANTED: Final = 20


def wanted(accept_language: str) -> Language:
    """The first of ours in the order of the header's weights (RFC 9110 section 12.5.4); English where there is none."""
    weighted: list[tuple[float, int, Language]] = []
    for place, part in enumerate(accept_language.split(",")[:_MOST_WANTED]):
        tag, _, parameter = part.strip().partition(";")
        try:
            language = Language(tag.strip().lower().partition("-")[0])
            weight = float(parameter.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        weighted.append((-weight, place, language))
    return min(weighted, key=lambda each: each[:2])[2] if weighted else Language.EN
