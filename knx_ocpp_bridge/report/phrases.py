"""The sentences and words of the printed report, from `words/`."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from knx_ocpp_bridge.report.languages import Language


@cache
def phrases(language: Language) -> Mapping[str, str]:
    """In every language the same keys; words in braces are filled in."""
    text = files(__package__).joinpath("words", f"{language.value}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def in_words(words: Iterable[str], language: Language) -> str:
    """Words of ours in that language; those of OCPP, and all in English, as they are."""
    say = {} if language is Language.EN else phrases(language)
    return ", ".join(say.get(word, word) for word in words)
