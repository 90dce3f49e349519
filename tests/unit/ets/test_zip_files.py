"""Zip files that were made to do harm: how much is in them is judged before it is unpacked."""

import zlib
from struct import pack, pack_into
from zipfile import ZIP_LZMA, ZipFile

import pytest

from knx_ocpp_bridge.ets.project import EtsError
from knx_ocpp_bridge.ets.reading import read
from knx_ocpp_bridge.ets.zip_files import MAX_MEMBER, Archive, Budget
from tests.kit.ets_projects import ID, Recipe, aes_zip, knxproj, old_zip, zipped


def refused(data: bytes, name: str = "a", **more: object) -> str:
    with pytest.raises(EtsError) as caught:
        Archive(data, "villa.knxproj", **more).read(name)
    return str(caught.value)


def stored(content: bytes, size: int | None = None, checksum: int | None = None) -> bytes:
    """A zip file with one member `a` that is not packed, and that may lie about itself."""
    told = (zlib.crc32(content) if checksum is None else checksum, len(content), len(content) if size is None else size)
    local = pack("<4sHHHHHLLLHH", b"PK\x03\x04", 20, 0, 0, 0, 33, *told, 1, 0) + b"a"
    entry = pack("<4sHHHHHHLLLHHHHHLL", b"PK\x01\x02", 20, 20, 0, 0, 0, 33, *told, 1, 0, 0, 0, 0, 0, 0) + b"a"
    end = pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, 1, 1, len(entry), len(local) + len(content), 0)
    return local + content + entry + end


def test_a_member_that_says_that_it_is_too_large_is_not_unpacked():
    assert "villa.knxproj, a: it has 300 MB unpacked, more than 100" in refused(stored(b"x", 300 << 20))


def test_a_bomb_is_known_by_its_ratio():
    told = refused(zipped({"a": b"\x00" * (50 << 20)}))
    assert told.startswith("villa.knxproj, a: it unpacks to more than 400 times its size, no project does; ")


@pytest.mark.parametrize("encrypt", [aes_zip, old_zip])
def test_an_encrypted_bomb_is_known_as_well(encrypt):
    bomb = encrypt({"a": b"\x00" * (4 << 20)}, b"test")
    assert "400 times its size" in refused(bomb, passwords=(b"test",))


def test_more_than_it_says_is_never_unpacked():
    packed = zlib.compressobj(wbits=-15)
    content = packed.compress(b"x" * 5000) + packed.flush()
    data = bytearray(stored(content, 1000, 0))
    pack_into("<H", data, 8, 8)
    pack_into("<H", data, data.index(b"PK\x01\x02") + 10, 8)
    assert "more is packed in this member than it says" in refused(bytes(data))


def test_less_than_it_says_or_another_checksum_is_refused():
    assert "its length or checksum is another" in refused(stored(b"short", 6))
    assert "its length or checksum is another" in refused(stored(b"short", checksum=1))


def test_all_members_together_have_a_bound():
    budget = Budget(1000)
    archive = Archive(zipped({"a": b"x" * 600, "b": b"y" * 600}), "villa.knxproj", budget=budget)
    assert len(archive.read("a")) == 600
    with pytest.raises(EtsError, match="more than 1024 MB would have to be unpacked"):
        archive.read("b")


def test_a_project_inside_of_a_project_counts_with_it():
    inner = zipped({f"{number}.xml": b"x" for number in range(3)})
    outer = Archive(zipped({f"{ID}.zip": inner}), "villa.knxproj", budget=Budget(len(inner) + 2))
    archive = Archive(outer.read(f"{ID}.zip"), "inner", budget=outer.budget)
    assert [archive.read("0.xml"), archive.read("1.xml")] == [b"x", b"x"]
    with pytest.raises(EtsError, match="more than 1024 MB"):
        archive.read("2.xml")


@pytest.mark.parametrize("sixty_four", [False, True], ids=["plain", "zip64"])
def test_a_list_of_a_million_members_is_not_even_read(sixty_four):
    size = 60 << 20
    end = pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0 if sixty_four else size, 0, 0)
    if sixty_four:
        record = pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 10**6, 10**6, size, 0)
        end = record + pack("<4sLQL", b"PK\x06\x07", 0, size, 1) + end
    assert "it has more than 20000 files in it" in refused(b"PK\x01\x02" + end)


def test_too_many_members_are_refused_though_their_list_is_short():
    data = zipped({f"{number:x}": b"" for number in range(20_001)})
    assert "it has 20001 files in it, more than 20000" in refused(data)


def test_a_way_of_packing_that_the_ets_does_not_use_is_refused(tmp_path):
    with ZipFile(tmp_path / "a.zip", "w", ZIP_LZMA) as archive:
        archive.writestr("a", b"x" * 100)
    assert "it is packed in a way (14) that the ETS does not use" in refused((tmp_path / "a.zip").read_bytes())


@pytest.mark.parametrize("cut", range(0, 2400, 97))
def test_a_project_that_is_not_whole_is_refused_wherever_it_ends(cut):
    whole = knxproj()
    with pytest.raises(EtsError):
        read(whole[: min(cut, len(whole) - 1)] or b" ", "villa.knxproj")


def test_a_member_that_is_not_where_it_says_is_refused():
    data = bytearray(zipped({"a": b"x" * 50}))
    pack_into("<L", data, data.index(b"PK\x01\x02") + 42, 3)
    assert "this member is not where it says" in refused(bytes(data))


def test_the_largest_member_that_is_allowed_is_read_piece_by_piece():
    content = bytes(range(256)) * (MAX_MEMBER // 1024)
    archive = Archive(stored(content), "villa.knxproj")
    pieces = archive.stream("a")
    assert max(map(len, pieces)) <= 64 * 1024


def test_an_installation_of_a_project_that_is_a_bomb_is_refused_by_name():
    recipe = Recipe()
    files = {f"{ID}/project.xml": recipe.information(), f"{ID}/0.xml": b"<" + b" " * (20 << 20)}
    with pytest.raises(EtsError, match=f"villa.knxproj, {ID}/0.xml: it unpacks to more than 400 times"):
        read(zipped(files), "villa.knxproj")
