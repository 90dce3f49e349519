"""XML that was made to cost time or memory: refused in one sentence, after no more of either than a file of the ETS."""

import pytest

from knx_ocpp_bridge.ets import xml_stream
from knx_ocpp_bridge.ets.project import EtsError
from knx_ocpp_bridge.ets.reading import read
from tests.kit.ets_files import xml

LONG = "A" * 7_000_000
NAMES = "".join(f"<n{number}/>" for number in range(40_000))
ATTRIBUTES = " ".join(f'a{number}=""' for number in range(500))
PREFIXED = " ".join(f'p:a{number}=""' for number in range(200))
DECLARED = " ".join(f'xmlns:p{number}="urn:{number}"' for number in range(20_000))


def refused(inside: str) -> str:
    with pytest.raises(EtsError) as caught:
        read(xml(inside), "villa.xml")
    return str(caught.value)


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        (f'<x xmlns="{LONG}">{"<a/>" * 500_000}</x>', "a namespace in it is longer than 200 characters"),
        (f'<x xmlns:p="{LONG}">{"<p:a/>" * 300_000}</x>', "a namespace in it is longer than 200 characters"),
        (f'<x xmlns:p="{LONG}"><y {PREFIXED}/></x>', "a namespace in it"),
        (f"<x {DECLARED}/>", "it has more than 5000 names of elements and attributes"),
        (NAMES, "it has more than 5000 names of elements and attributes"),
        (f"<x {ATTRIBUTES}/>", "one of its elements has more than 256 attributes"),
        (f"<{LONG}/>", "the name of an element is longer than 200 characters"),
        ("<x>" * 100 + "</x>" * 100, "its elements are nested deeper than 100"),
        (f'<x a="{LONG}{LONG}"/>', "one of its tags is longer than 8 MB"),
        (f"<!--{LONG}{LONG}-->", "one of its tags is longer than 8 MB"),
    ],
    ids=[
        "namespace", "prefix", "attributes of it", "declarations", "names", "attributes", "name", "depth", "value",
        "comment",
    ],
)  # fmt: skip
def test_what_would_take_for_ever_is_refused_in_one_sentence(inside, reason):
    told = refused(inside)
    assert reason in told
    assert told.endswith("no file of the ETS has that; export it from the ETS once more")
    assert len(told) < 250


def test_more_elements_than_any_project_has_are_refused(monkeypatch):
    monkeypatch.setattr(xml_stream, "MAX_ELEMENTS", 1000)
    assert "it has more than 1000 elements" in refused("<a/>" * 1000)
    assert len(read(xml(), "villa.xml").addresses) == 2


def test_the_same_address_again_and_again_is_refused():
    told = refused('<GroupAddress Name="A" Address="1/2/3"/>' * 100_001)
    assert told.startswith("villa.xml:3: it has more than 100000 group addresses, no project has so many; ")


def test_long_texts_and_many_short_comments_are_no_harm():
    project = read(xml(f"{'x' * 20_000_000}{'<!---->' * 200_000}<GroupAddress Name='A' Address='1/2/3'/>"), "villa.xml")
    assert [each.name for each in project.addresses.values()] == ["A"]
