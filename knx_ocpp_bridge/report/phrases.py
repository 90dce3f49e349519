"""The sentences and words of the printed report, from `words/`."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files

from knx_ocpp_bridge.report.languages import Language


def phrases(language: Language) -> Mapping[str, str]:
    """In every language the same keys; words in braces are filled in."""
    text = files(__package__).joinpath("words", f"{language.value}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
