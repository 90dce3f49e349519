"""Files that anybody may have damaged or made up: said in words, and never anything else."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from xknx.secure.keyring import Keyring as XknxKeyring

from knx_ocpp_bridge.knx.secure import keyring as keyrings
from knx_ocpp_bridge.knx.secure import sequence_file
from knx_ocpp_bridge.knx.secure.keyring import KeyringError
from knx_ocpp_bridge.knx.secure.sequence_file import HIGHEST, Kept, SequenceFileError
from tests.kit.keyrings import PASSWORD, Backbone, Device, Interface, Keyring, key_of

GOOD = Keyring(
    Backbone(),
    (Interface("1.1.2", user=2, password="two", groups={"9/7/1": ("1.1.20",)}),),
    {"9/7/1": key_of("9/7/1")},
    (Device("1.1.20", 1),),
).document()
HOSTILE = st.one_of(
    st.binary(max_size=200),
    st.builds(
        lambda at, octet: GOOD[:at] + bytes([octet]) + GOOD[at + 1 :], st.integers(0, len(GOOD)), st.integers(0, 255)
    ),
    st.builds(lambda at: GOOD[:at], st.integers(0, len(GOOD))),
    st.builds(lambda at, more: GOOD[:at] + more + GOOD[at:], st.integers(0, len(GOOD)), st.binary(max_size=20)),
)
KEPT = st.builds(
    Kept,
    st.integers(1, HIGHEST),
    st.text("0123456789abcdef", max_size=32),
    st.dictionaries(st.integers(0, 65535), st.integers(0, HIGHEST), max_size=20),
)


def opened(contents: bytes) -> XknxKeyring | KeyringError:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "house.knxkeys"
        path.write_bytes(contents)
        try:
            return keyrings.load(path, PASSWORD)
        except KeyringError as error:
            return error


@settings(max_examples=150, deadline=None)
@given(HOSTILE)
def test_a_keyring_opens_as_ets_wrote_it_or_is_refused_in_words(contents: bytes) -> None:
    result = opened(contents)
    if isinstance(result, KeyringError):
        assert result.reason
        assert result.remedy
    else:
        assert [each.decrypted_key for each in result.group_addresses] == [key_of("9/7/1")]


def changed(kept: Kept, place: int, change: int) -> Kept | None:
    """What is read of it after one octet of the file was changed; None: it is not believed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / sequence_file.NAME
        sequence_file.write(path, kept)
        assert sequence_file.read(path) == kept
        raw = bytearray(path.read_bytes())
        raw[place % len(raw)] ^= change
        path.write_bytes(raw)
        try:
            return sequence_file.read(path)
        except SequenceFileError:
            return None


@settings(deadline=None)
@given(KEPT, st.integers(0), st.integers(1, 255))
def test_no_octet_of_the_sequence_numbers_can_be_changed_unnoticed(kept: Kept, place: int, change: int) -> None:
    assert changed(kept, place, change) in (None, kept)
