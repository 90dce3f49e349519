"""A monitoring system learns whether the bridge does its work."""

from pathlib import Path

import pytest

from tests.kit.front_desk import FrontDesk


@pytest.fixture
def desk(tmp_path: Path) -> FrontDesk:
    return FrontDesk(tmp_path)


def vitals(desk: FrontDesk):
    (row,) = desk.shows("vitals").rows
    return row


def test_a_disk_that_refuses_is_told_and_so_is_a_file_with_a_mistake(desk: FrontDesk):
    assert (vitals(desk)["journal"], vitals(desk)["configuration"]) == ("", "")
    desk.memory.trouble = "no space left on device"
    desk.refused = ("line 3: no such key", "line 4: no such key")
    assert vitals(desk)["journal"] == "no space left on device"
    assert vitals(desk)["configuration"] == "line 3: no such key"


def test_an_imported_certificate_counts_instead_of_our_own_and_the_root_counts_too(desk: FrontDesk):
    mine = {"file": "rsa.pem", "not_after": "2028-01-01T00:00:00+00:00"}
    theirs = {"file": "imported.pem", "not_after": "2027-01-01T00:00:00+00:00"}
    root = {"file": "root.pem", "not_after": "2051-01-01T00:00:00+00:00", "subject": "our own"}
    desk.papers.facts = lambda: {"root": root, "own": [mine], "imported": None}
    assert [one["file"] for one in vitals(desk)["certificates"]] == ["rsa.pem", "root.pem"]
    desk.papers.facts = lambda: {"root": root, "own": [mine], "imported": theirs}
    assert vitals(desk)["certificates"] == [theirs, {"file": "root.pem", "not_after": root["not_after"]}]


def test_without_tls_there_is_no_certificate_to_watch(tmp_path: Path):
    assert vitals(FrontDesk(tmp_path, tls=False))["certificates"] == []
