"""The pages' words in other languages: nothing is half translated, and nobody contradicts another."""

import gettext
from pathlib import Path

import pytest

from assets.words import WordsError, compile_words


def po(folder: Path, name: str, *entries: str) -> Path:
    path = folder / f"{name}.po"
    path.write_text("\n\n".join(('msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"', *entries)))
    return path


def entry(english: str, german: str, above: str = "") -> str:
    return f'{above}msgid "{english}"\nmsgstr "{german}"'


def refusal(target: Path, *sources: Path) -> str:
    with pytest.raises(WordsError) as refused:
        compile_words("de", list(sources), target)
    assert not target.exists()
    return str(refused.value)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "de.mo"


def spoken(target: Path) -> gettext.GNUTranslations:
    with target.open("rb") as file:
        return gettext.GNUTranslations(file)


def test_the_areas_of_the_site_speak_with_one_voice(tmp_path: Path, target: Path):
    home = po(tmp_path, "home", entry("Unlock", "Entriegeln"), entry("Start", "Laden"))
    charger = po(tmp_path, "charger", entry("Unlock", "Entriegeln"), entry("Größe", "Größe"))
    compile_words("de", [charger, home], target)
    german = spoken(target)
    assert [german.gettext(word) for word in ("Unlock", "Start", "Größe")] == ["Entriegeln", "Laden", "Größe"]


def test_one_and_many_are_told_apart(tmp_path: Path, target: Path):
    many = 'msgid "%(num)s car"\nmsgid_plural "%(num)s cars"\nmsgstr[0] "%(num)s Auto"\nmsgstr[1] "%(num)s Autos"'
    compile_words("de", [po(tmp_path, "home", many)], target)
    german = spoken(target)
    assert german.ngettext("%(num)s car", "%(num)s cars", 1) == "%(num)s Auto"
    assert german.ngettext("%(num)s car", "%(num)s cars", 0) == "%(num)s Autos"


def test_without_any_words_the_pages_stay_english(target: Path):
    compile_words("de", [], target)
    assert spoken(target).gettext("Start") == "Start"


def test_two_translations_of_the_same_words_are_refused_and_both_places_are_named(tmp_path: Path, target: Path):
    home = po(tmp_path, "home", entry("Lock", "Verriegeln"))
    said = refusal(target, home, po(tmp_path, "tags", entry("Lock", "Sperren")))
    assert all(word in said for word in ("home.po", "tags.po", "Verriegeln", "Sperren", "msgctxt"))


def test_the_same_word_may_mean_two_things_if_it_says_so(tmp_path: Path, target: Path):
    home = po(tmp_path, "home", entry("Lock", "Verriegeln"))
    compile_words("de", [home, po(tmp_path, "tags", entry("Lock", "Sperren", 'msgctxt "card"\n'))], target)
    german = spoken(target)
    assert (german.gettext("Lock"), german.pgettext("card", "Lock")) == ("Verriegeln", "Sperren")


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (entry("Start", ""), "not translated"),
        (entry("Start", "Laden", "#, fuzzy\n"), "fuzzy"),
        (entry("Hello %(name)s", "Hallo %(Name)s"), "placeholder"),
        ('msgid "a car"\nmsgid_plural "cars"\nmsgstr[0] "Auto"\nmsgstr[1] ""', "not translated"),
        ("msgid 'Start'", "home.po"),
    ],
)
def test_what_would_be_wrong_on_a_page_is_refused_here(tmp_path: Path, target: Path, wrong: str, why: str):
    assert why in refusal(target, po(tmp_path, "home", entry("Good", "Gut"), wrong))


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path, target: Path):
    said = refusal(target, po(tmp_path, "home", entry("Start", ""), entry("Stop", "")))
    assert "'Start'" in said
    assert "'Stop'" in said
