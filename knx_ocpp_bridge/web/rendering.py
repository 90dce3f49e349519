"""Templates in the visitor's language: everything that is shown is text, nothing is markup by accident."""

import gettext
import logging
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import escape

from knx_ocpp_bridge.web import object_names
from knx_ocpp_bridge.web.languages import Language
from knx_ocpp_bridge.web.manners import MANNERS

_log = logging.getLogger(__name__)
_HERE: Final = Path(str(files("knx_ocpp_bridge.web")))
TEMPLATES: Final = _HERE / "templates"
STATIC: Final = _HERE / "static"
WORDS: Final = _HERE / "words"


@cache
def translations(language: Language) -> gettext.NullTranslations:
    """The catalogue of that language; English is what stands in the templates."""
    if language is Language.EN:
        return gettext.NullTranslations()
    path = WORDS / f"{language.value}.mo"
    try:
        with path.open("rb") as file:
            return gettext.GNUTranslations(file)
    except FileNotFoundError:
        _log.error("%s is missing, so pages are in English: build it by `make web`", path)
        return gettext.NullTranslations()


@cache
def _environment(language: Language) -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    words = translations(language)
    # The extension takes what it is given for markup: a name that found its way into `_()` must stay a text.
    made.install_gettext_callables(  # type: ignore[attr-defined] # by i18n
        lambda text: escape(words.gettext(text)),
        lambda one, many, count: escape(words.ngettext(one, many, count)),
        newstyle=True,
        pgettext=lambda context, text: escape(words.pgettext(context, text)),
    )
    mark = MANNERS[language].decimal_mark
    made.filters["object_name"] = lambda key: object_names.object_name(key, language)
    made.filters["with_key"] = lambda text: object_names.with_key(text, language)
    made.filters["value_words"] = lambda text: object_names.value(text, words.gettext, mark)
    return made


def render(template: str, language: Language, context: Mapping[str, Any]) -> str:
    """The template filled in; `_()` in it translates."""
    return _environment(language).get_template(template).render(context)
