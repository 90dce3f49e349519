"""A backup's file that somebody has tampered with, or that is none: refused, and nothing of it lies anywhere."""

import io
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from knx_ocpp_bridge.store import archive
from knx_ocpp_bridge.store.archive import ArchiveError, Manifest, Member

FILES = {"state/bridge.db": b"db" * 5000, "state/certs/ca.pem": b"key", "config/bridge.yaml": b"site: {}\n"}


def made(
    tmp_path: Path, files: dict[str, bytes] = FILES, change: Callable[[Manifest], Manifest] = lambda m: m
) -> bytes:
    sources = {}
    for number, (name, data) in enumerate(files.items()):
        sources[name] = tmp_path / f"source-{number}"
        sources[name].write_bytes(data)
    members = tuple(archive.member(name, path) for name, path in sources.items())
    manifest = Manifest(1, "1.0", 3, "2026-11-21T12:00:00+00:00", 17, "config/bridge.yaml", members=members)
    out = io.BytesIO()
    archive.write(out, change(manifest), sources)
    return out.getvalue()


def unpacked(tmp_path: Path, data: bytes) -> Manifest:
    target = tmp_path / "inner" / "target"
    target.mkdir(parents=True)
    return archive.read(io.BytesIO(data), target)


def by_tar(*members: tuple[tarfile.TarInfo, bytes], manifest: Manifest) -> bytes:
    """As somebody else's tar would write it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        text = msgspec.json.encode(manifest)
        head = tarfile.TarInfo("manifest.json")
        head.size = len(text)
        tar.addfile(head, io.BytesIO(text))
        for info, data in members:
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def test_what_was_written_is_what_is_read(tmp_path: Path) -> None:
    manifest = unpacked(tmp_path, made(tmp_path))
    found = {name: (tmp_path / "inner/target" / name).read_bytes() for name in FILES}
    assert found == FILES
    assert (manifest.schema, manifest.last_transaction) == (3, 17)


def test_any_tar_can_list_a_backup(tmp_path: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(made(tmp_path))) as tar:
        assert tar.getnames() == ["manifest.json", *FILES]
        assert {member.mode for member in tar.getmembers()} == {0o600}


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "/etc/passwd",
        "config/../../evil",
        "config//evil",
        "config/./evil",
        "config/",
        "state/other.db",
        "state/certs/../evil",
        "config/line\nfeed",
        "config/" + "x" * 100,
        "manifest.json",
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    evil = Member(name, 4, "00")
    manifest = Manifest(1, "1.0", 3, "", 17, "config/bridge.yaml", members=(evil,))
    with pytest.raises(ArchiveError, match=r"no name that a backup can hold|longer than"):
        unpacked(tmp_path, by_tar((tarfile.TarInfo("evil"), b"evil"), manifest=manifest))
    assert [each for each in (tmp_path / "inner").rglob("*") if each.is_file()] == []


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE])
def test_only_plain_files_are_taken(tmp_path: Path, kind: bytes) -> None:
    info = tarfile.TarInfo("state/bridge.db")
    info.type, info.linkname = kind, "/etc/passwd"
    members = (Member("state/bridge.db", 0, ""), Member("config/bridge.yaml", 0, ""))
    manifest = Manifest(1, "1.0", 3, "", 17, "config/bridge.yaml", members=members)
    with pytest.raises(ArchiveError, match="is not a plain file"):
        unpacked(tmp_path, by_tar((info, b""), manifest=manifest))


def test_a_file_too_many_is_refused(tmp_path: Path) -> None:
    data = made(tmp_path)
    extra = io.BytesIO(data)
    extra.seek(len(data) - 1024)
    extra.write(tarfile.TarInfo("config/more").tobuf(tarfile.USTAR_FORMAT) + b"\0" * 1024)
    with pytest.raises(ArchiveError, match="more in it than its manifest says"):
        unpacked(tmp_path, extra.getvalue())


def test_a_bit_that_differs_is_found_by_its_hash(tmp_path: Path) -> None:
    data = bytearray(made(tmp_path))
    data[data.index(b"dbdbdb") + 3] ^= 1
    with pytest.raises(ArchiveError, match=r"state/bridge.db is not what was backed up"):
        unpacked(tmp_path, bytes(data))


@pytest.mark.parametrize("length", [0, 100, 512, 700, 2048, 9000, -1])
def test_a_cut_backup_is_refused(tmp_path: Path, length: int) -> None:
    with pytest.raises(ArchiveError):
        unpacked(tmp_path, made(tmp_path)[:length])


def test_a_file_that_grew_while_it_was_read_is_no_backup(tmp_path: Path) -> None:
    def earlier(manifest: Manifest) -> Manifest:
        return replace(manifest, members=tuple(replace(each, sha256="00") for each in manifest.members))

    with pytest.raises(ArchiveError, match="changed while it was read; try again"):
        made(tmp_path, change=earlier)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": 2}, "a newer program made it"),
        ({"configuration": "config/other.yaml"}, "no configuration or no database"),
    ],
)
def test_a_manifest_that_does_not_hold_is_refused(tmp_path: Path, change: dict[str, object], words: str) -> None:
    with pytest.raises(ArchiveError, match=words):
        unpacked(tmp_path, made(tmp_path, change=lambda manifest: replace(manifest, **change)))


@pytest.mark.parametrize("size", [archive.LARGEST_SMALL + 1, -1])
def test_a_configuration_of_any_size_does_not_fill_the_disk(tmp_path: Path, size: int) -> None:
    members = (Member("state/bridge.db", 0, ""), Member("config/bridge.yaml", size, ""))
    manifest = Manifest(1, "1.0", 3, "", 17, "config/bridge.yaml", members=members)
    with pytest.raises(ArchiveError, match="larger than a backup can hold"):
        unpacked(tmp_path, by_tar(manifest=manifest))


def test_a_tar_of_something_else_is_no_backup(tmp_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("etc/passwd"))
    with pytest.raises(ArchiveError, match="no backup of this program"):
        unpacked(tmp_path, out.getvalue())
