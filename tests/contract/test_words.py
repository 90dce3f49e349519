"""Every word of the pages is there in every language, and one word is the same on all pages."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from assets.words import compile_words
from knx_ocpp_bridge.web.languages import NAMES, Language
from knx_ocpp_bridge.web.rendering import TEMPLATES, WORDS

ROOT = Path(__file__).parents[2]
CODE = (ROOT / "knx_ocpp_bridge" / "web", ROOT / "knx_ocpp_bridge" / "control")
MARKS = {"_": None, "say": None, "gettext": None, "ngettext": (1, 2)}
JINJA = {"extensions": "jinja2.ext.i18n,jinja2.ext.do"}
OTHERS = [each for each in Language if each is not Language.EN]


def spoken() -> Iterator[tuple[str, str]]:
    """Every text that is marked for translation, and where."""
    for path in TEMPLATES.rglob("*.html"):
        with path.open("rb") as file:
            for line, message, *_ in extract("jinja2.ext:babel_extract", file, MARKS, options=JINJA):
                for text in (message,) if isinstance(message, str) else message:
                    yield text, f"{path.relative_to(ROOT)}:{line}"
    for path in (path for folder in CODE for path in folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in MARKS:
                for argument in node.args:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        yield argument.value, f"{path.relative_to(ROOT)}:{node.lineno}"


def translated(language: Language) -> set[str]:
    known: set[str] = set()
    for path in (WORDS / language.value).glob("*.po"):
        with path.open("rb") as file:
            for message in read_po(file, locale=language.value):
                known |= {message.id} if isinstance(message.id, str) else set(message.id)
    return known


@pytest.mark.parametrize("language", OTHERS, ids=lambda each: each.value)
def test_every_text_of_the_pages_is_translated(language):
    known = translated(language)
    missing = {text: where for text, where in spoken() if text.strip() and text not in known}
    assert not missing, "\n".join(f"{where}: {text!r}" for text, where in missing.items())


@pytest.mark.parametrize("language", OTHERS, ids=lambda each: each.value)
def test_no_two_pages_translate_one_text_differently(language, tmp_path):
    compile_words(language.value, sorted((WORDS / language.value).glob("*.po")), tmp_path / "whole.mo")


def test_the_languages_have_the_same_texts():
    known = {language: translated(language) for language in OTHERS}
    first = known[OTHERS[0]]
    for language, texts in known.items():
        assert texts == first, f"{language.value}: {texts ^ first}"


def test_every_language_can_be_chosen_on_every_page():
    parts = (TEMPLATES / "parts.html").read_text(encoding="utf-8")
    for language, name in NAMES.items():
        assert f'("{language.value}", "{name}")' in parts
