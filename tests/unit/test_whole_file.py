"""A file is the old one or the new one, whole."""

import os
import stat
from pathlib import Path

import pytest

from knx_ocpp_bridge.whole_file import open_file, replacing


def half_written(path):
    with replacing(path) as file:
        file.write(b"half")
        raise OSError("full")


def test_what_goes_wrong_half_way_leaves_the_old_file_and_nothing_beside_it(tmp_path):
    path = tmp_path / "numbers"
    path.write_bytes(b"old")
    with pytest.raises(OSError, match="full"):
        half_written(path)
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("numbers", b"old")]


def test_the_new_file_is_its_owners_alone_unless_it_is_dressed_otherwise(tmp_path):
    plain, dressed = tmp_path / "plain", tmp_path / "dressed"
    with replacing(plain) as file:
        file.write(b"secret")
    with replacing(dressed, lambda descriptor: os.fchmod(descriptor, 0o640)) as file:
        file.write(b"for the group")
    assert [stat.S_IMODE(each.stat().st_mode) for each in (plain, dressed)] == [0o600, 0o640]


def test_a_link_in_its_place_is_replaced_and_what_it_leads_to_is_not_touched(tmp_path):
    victim, path = tmp_path / "victim", tmp_path / "numbers"
    victim.write_bytes(b"mine")
    path.symlink_to(victim)
    with replacing(path) as file:
        file.write(b"new")
    assert (victim.read_bytes(), path.read_bytes(), path.is_symlink()) == (b"mine", b"new", False)


def test_the_longest_name_that_a_disk_knows_leaves_room_for_the_new_file(tmp_path):
    path = tmp_path / ("n" * 255)
    with replacing(path) as file:
        file.write(b"new")
    assert path.read_bytes() == b"new"


def test_a_file_is_read_as_it_is(tmp_path):
    (tmp_path / "plain").write_bytes(b"text")
    (tmp_path / "link").symlink_to("plain")
    with open_file(tmp_path / "link") as file:
        assert file.read() == b"text"


def test_what_would_make_its_reader_wait_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero"), tmp_path):
        with pytest.raises(OSError, match=r"no file|directory"):
            open_file(path)


def test_a_pipe_that_takes_the_place_of_a_file_makes_nobody_wait(tmp_path, monkeypatch):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    (tmp_path / "plain").touch()
    file = (tmp_path / "plain").stat()
    monkeypatch.setattr(Path, "stat", lambda _self: file)
    with pytest.raises(OSError, match="no file"):
        open_file(path)
