"""Whatever is exported is read again as it was; whatever is read ends in a project or in one sentence."""

from hypothesis import given, settings
from hypothesis import strategies as st

from knx_ocpp_bridge.config.addresses import AddressStyle
from knx_ocpp_bridge.ets.project import EtsError, GroupAddress, Project
from knx_ocpp_bridge.ets.reading import read
from knx_ocpp_bridge.ets.words import clean, datapoint_type, ets_type
from knx_ocpp_bridge.ets.writing import as_csv, as_xml
from tests.kit.ets_files import Layout, xml
from tests.kit.ets_projects import Recipe, knxproj, protected

DEPTHS = {AddressStyle.THREE_LEVEL: 2, AddressStyle.TWO_LEVEL: 1, AddressStyle.FREE: 1}
_TEXTS = st.text(min_size=1, max_size=60).map(clean).filter(bool)
_MAINS = st.integers(1, 31)
_SUBS = st.integers(1, 999)
_DPTS = st.one_of(st.none(), _MAINS.map(str), st.builds(lambda main, sub: f"{main}.{sub:03d}", _MAINS, _SUBS))


@st.composite
def address_lists(draw: st.DrawFn, style: AddressStyle) -> list[GroupAddress]:
    """Group addresses in the order of their numbers; each group has one name."""
    raws = sorted(draw(st.sets(st.integers(1, 65535), min_size=1, max_size=12)))
    made = []
    for raw in raws:
        names = (f"Main {raw >> 11}", f"Middle {raw >> 8}") if style is AddressStyle.THREE_LEVEL else ("All",)
        made.append(
            GroupAddress(
                raw,
                draw(_TEXTS),
                draw(_DPTS),
                draw(st.text(max_size=60).map(clean)),
                central=draw(st.booleans()),
                unfiltered=draw(st.booleans()),
                secured=draw(st.sampled_from([None, True, False])),
                ranges=names,
            )
        )
    return made


@given(st.data(), st.sampled_from(AddressStyle))
def test_an_exported_xml_is_read_as_it_was(data, style):
    made = data.draw(address_lists(style))
    project = read(as_xml(made, style, security=True), "x.xml")
    assert list(project.addresses.values()) == made
    assert (project.style, project.warnings) == (style, ())


@given(st.data())
def test_an_exported_csv_is_read_as_it_was(data):
    made = data.draw(address_lists(AddressStyle.THREE_LEVEL))
    project = read(as_csv(made), "x.csv")
    assert list(project.addresses.values()) == made
    assert project.warnings == ()


@given(_DPTS)
def test_a_type_is_the_same_after_the_ets_has_had_it(dpt):
    assert dpt is None or datapoint_type(ets_type(dpt)) == dpt


@given(st.text())
def test_a_clean_text_stays_as_it_is(text):
    assert clean(clean(text)) == clean(text)
    assert clean(text).isprintable()


_WHOLE = (
    xml(),
    Layout().file().encode(),
    Layout(1, 3, None, "\t", quoted=False).file().encode("utf-16"),
    knxproj(),
    protected("test", Recipe(schema=20), aes=False),
)


@settings(max_examples=300)
@given(
    st.sampled_from(_WHOLE), st.lists(st.tuples(st.integers(0, 5000), st.binary(min_size=1, max_size=8)), max_size=6)
)
def test_a_spoiled_file_ends_in_a_project_or_in_one_sentence(whole, changes):
    data = bytearray(whole)
    for somewhere, written in changes:
        at = somewhere % len(data)
        data[at : at + len(written)] = written
    told = outcome(bytes(data))
    if isinstance(told, str):
        assert told.startswith("x")
        assert told.isprintable()
    else:
        assert all(0 < raw <= 65535 for raw in told.addresses)
        assert all(each.name.isprintable() for each in told.addresses.values())
        assert all(warning.isprintable() for warning in told.warnings)


@given(
    st.binary(max_size=2000), st.sampled_from([b"", b"PK\x03\x04", b"<", b"\xff\xfe", b"\xef\xbb\xbf", b"PK\x05\x06"])
)
def test_any_bytes_end_in_a_project_or_in_one_sentence(data, start):
    told = outcome(start + data)
    assert not isinstance(told, str) or told.isprintable()


def outcome(data: bytes) -> Project | str:
    try:
        return read(data, "x", "test")
    except EtsError as error:
        return str(error)
