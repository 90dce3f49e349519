"""What is given to strangers: nobody in it has a name."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

HIDDEN: Final = "…"
_WORD: Final = re.compile(r"\w+")
_OF_PEOPLE: Final = frozenset(
    {"user", "last_user", "id_tag", "id_tag_key", "tag_name", "who", "cost_centre", "acknowledged_by"}
)
"""Keys whose value is a card, or whose it is; the first two are group objects, which tell a name by its beginning."""


@dataclass(frozen=True, slots=True)
class Names:
    """Names of people, to be found in any text, by their first word."""

    by_first_word: Mapping[str, tuple[str, ...]]

    def out_of(self, value: object) -> object:
        """The same plain JSON value, without what people are called and the keys that say so."""
        match value:
            case str():
                return self._hidden(value)
            case Mapping():
                return {key: self.out_of(each) for key, each in value.items() if key not in _OF_PEOPLE}
            case list() | tuple():
                return [self.out_of(each) for each in value]
            case _:
                return value

    def _hidden(self, text: str) -> str:
        words = {word.casefold() for word in _WORD.findall(text)} & self.by_first_word.keys()
        if not words:
            return text
        names = sorted((name for word in words for name in self.by_first_word[word]), key=len, reverse=True)
        found = "|".join(map(re.escape, names))
        return re.sub(rf"(?<!\w)(?:{found})(?!\w)", HIDDEN, text, flags=re.IGNORECASE)


def names(called: Iterable[str]) -> Names:
    """All of them; a name without a letter or digit is none."""
    by_first_word: dict[str, tuple[str, ...]] = {}
    for name in dict.fromkeys(called):
        word = _WORD.search(name)
        if word is not None:
            first = word[0].casefold()
            by_first_word[first] = (*by_first_word.get(first, ()), name.strip())
    return Names(by_first_word)
