"""What templates are filled in with stays text, by whichever way it comes."""

import pytest

from knx_ocpp_bridge.web import rendering
from knx_ocpp_bridge.web.languages import Language

EVIL = "<script>alert(1)</script>"


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(
    "written", ["{{ name }}", "{{ _(name) }}", "{% trans name=name %}Hello {{ name }}{% endtrans %}"]
)
def test_a_name_is_never_markup_even_where_it_is_taken_for_a_word_of_ours(language: Language, written: str):
    made = rendering._environment(language).from_string(written).render(name=EVIL)
    assert "<script>" not in made
    assert "&lt;script&gt;" in made


def test_a_sentence_with_an_apostrophe_is_that_sentence():
    assert "car" in rendering._environment(Language.EN).from_string('{{ _("The car\'s cable") }}').render()
