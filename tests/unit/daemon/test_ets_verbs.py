"""Files of the ETS through the daemon: read before they are kept, given out as the ETS wants them."""

import stat
from pathlib import Path

import pytest

from knx_ocpp_bridge.control.options import AskError, MisuseError
from knx_ocpp_bridge.daemon.system.tray import Tray
from knx_ocpp_bridge.ets import reading
from knx_ocpp_bridge.ets.reading import read
from tests.kit import ets_files, ets_projects
from tests.kit.front_desk import FrontDesk
from tests.kit.keyrings import PASSWORD, Interface, Keyring, key_of

FILE = """\
knx:  # the bus
  connection: automatic
chargers:
  - id: GARAGE
    name: "<script>alert(1)</script>"
    connectors:
      - {id: 1, group_objects_from: {scheme: xxter, base: 9/7/0}}
"""


@pytest.fixture
async def desk(tmp_path):
    desk = FrontDesk(tmp_path)
    desk.path.write_text(FILE)
    desk.reload()
    return desk


def sent(desk, content: bytes) -> str:
    """The name of what was sent, as the page gives it."""
    path = Tray(desk.desk.machine.state).place()
    path.write_bytes(content)
    return path.name


def keyring(*secured: str) -> Keyring:
    groups = {address: key_of(address) for address in secured}
    heard = dict.fromkeys(secured, ("1.1.5",))
    return Keyring(interfaces=(Interface("1.1.240", groups=heard),), groups=groups)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_a_keyring_is_kept_beside_the_file_with_its_password_as_a_secret(desk, tmp_path):
    managed = await desk.does("keyring_save", file=sent(desk, keyring("9/7/2").document()), password=PASSWORD)
    assert managed.done, managed.messages
    assert mode(tmp_path / "site.knxkeys") == mode(tmp_path / "secrets.yaml") == 0o600
    assert f'knx_keyring: "{PASSWORD}"' in (tmp_path / "secrets.yaml").read_text()
    text = desk.path.read_text()
    assert "knx:  # the bus\n" in text
    assert "keyring_password: !secret knx_keyring\n" in text
    assert PASSWORD not in text
    assert desk.loaded.bridge.knx.keyring == tmp_path / "site.knxkeys"
    assert managed.row is not None
    secured = {row["group_address"]: row["secured"] for row in managed.row["addresses"]}
    assert (secured["9/7/2"], secured["9/7/1"]) == (True, False)


async def test_a_keyring_with_another_password_changes_nothing(desk, tmp_path):
    managed = await desk.does("keyring_save", file=sent(desk, keyring("9/7/2").document()), password="guessed")
    assert not managed.done
    assert "cannot be opened" in managed.messages[0]
    assert "guessed" not in str(managed)
    assert desk.path.read_text() == FILE
    assert not (tmp_path / "site.knxkeys").exists()
    assert not (tmp_path / "secrets.yaml").exists()


async def test_another_keyring_takes_the_place_and_the_secret_of_the_first(desk, tmp_path):
    (tmp_path / "secrets.yaml").write_text('house: "old"  # of the house\n')
    (tmp_path / "secrets.yaml").chmod(0o600)
    keyring("9/7/1").write(tmp_path / "house.knxkeys", "old")
    desk.path.write_text(
        FILE.replace("automatic\n", "automatic\n  keyring: house.knxkeys\n  keyring_password: !secret house\n")
    )
    desk.reload()
    before = desk.path.read_text()
    managed = await desk.does("keyring_save", file=sent(desk, keyring("9/7/2").document()), password=PASSWORD)
    assert managed.done, managed.messages
    assert desk.path.read_text() == before
    assert (tmp_path / "secrets.yaml").read_text() == f'house: "{PASSWORD}"  # of the house\n'
    (row,) = [row for row in (await _keyring(desk))["addresses"] if row["secured"]]
    assert row["group_address"] == "9/7/2"


async def _keyring(desk):
    assert (await desk.does("ets_check")).done
    (row,) = desk.shows("keyring").rows
    return row


async def test_where_the_configuration_cannot_be_written_the_old_files_stand_again(desk, tmp_path):
    (tmp_path / "site.knxkeys").write_bytes(b"old")
    desk.editor.trouble = OSError("the disk is full")
    managed = await desk.does("keyring_save", file=sent(desk, keyring().document()), password=PASSWORD)
    assert not managed.done
    assert (tmp_path / "site.knxkeys").read_bytes() == b"old"
    assert not (tmp_path / "secrets.yaml").exists()


async def test_a_keyring_can_be_looked_at_alone(desk):
    file = sent(desk, keyring("9/7/2").document())
    managed = await desk.does("keyring_save", file=file, password=PASSWORD, check=True)
    assert managed.done
    assert desk.path.read_text() == FILE
    with pytest.raises(AskError, match="no such file"):
        await desk.does("keyring_save", file=file, password=PASSWORD)


@pytest.mark.parametrize("content", [b"", b"x" * (8 * 1024 * 1024 + 1)])
async def test_a_file_that_is_empty_or_too_large_is_refused_unread(desk, content):
    with pytest.raises(AskError, match=r"empty|larger than 8 MiB"):
        await desk.does("keyring_save", file=sent(desk, content), password=PASSWORD)


async def test_no_file_beyond_the_tray_is_read(desk):
    for name in ("../bridge.yaml", "/etc/passwd", ""):
        with pytest.raises(AskError, match="no such file"):
            await desk.does("ets_save", file=name)


async def test_a_group_address_export_is_kept_and_its_facts_are_told(desk, tmp_path):
    managed = await desk.does("ets_save", file=sent(desk, ets_files.xml()), name="house.xml")
    assert managed.done, managed.messages
    assert managed.row is not None
    assert (managed.row["group_addresses"], managed.row["origin"]) == (2, "group address export (XML)")
    assert (tmp_path / "project.xml").read_bytes() == ets_files.xml()
    assert "  project: " in desk.path.read_text()


async def test_a_protected_project_wants_its_password_and_keeps_it_as_a_secret(desk, tmp_path):
    content = ets_projects.protected("open sesame")
    managed = await desk.does("ets_save", file=sent(desk, content), name="house.knxproj", password="wrong")
    assert not managed.done
    assert desk.path.read_text() == FILE
    managed = await desk.does("ets_save", file=sent(desk, content), name="house.knxproj", password="open sesame")
    assert managed.done, managed.messages
    assert 'knx_project: "open sesame"' in (tmp_path / "secrets.yaml").read_text()
    assert (await desk.does("ets_check")).row["links"] is True


async def test_what_is_no_file_of_the_ets_is_refused_in_words_with_its_name_in_one_line(desk):
    managed = await desk.does("ets_save", file=sent(desk, b"<nonsense/>"), name="a\nb\x1b[31m.xml")
    assert not managed.done
    assert "\n" not in managed.messages[0]
    assert "\x1b" not in managed.messages[0]
    assert desk.path.read_text() == FILE


async def test_an_export_can_be_read_again(desk):
    (file,) = desk.shows("ets_export", format="xml").rows
    there = read(file["text"].encode(), file["name"])
    assert {each.address for each in there.addresses.values()} == {
        address for bound in desk.loaded.objects for address in (*bound.addresses, bound.state_address or 0) if address
    }
    assert any("<script>alert(1)</script>" in each.name for each in there.addresses.values())


@pytest.mark.parametrize(
    ("form", "begins"),
    [("csv", '\ufeff"Main"'), ("table", "\ufeffNo."), ("html", "<!doctype html>"), ("markdown", "| No. |")],
)
async def test_the_table_goes_out_in_every_form(desk, form, begins):
    (file,) = desk.shows("ets_export", "GARAGE", format=form).rows
    assert file["text"].startswith(begins)
    assert "<script>" not in file["text"] or form != "html"


@pytest.mark.parametrize("options", [{"format": "pdf"}, {"language": "fr"}])
async def test_a_form_that_does_not_exist_is_a_mistake_of_usage(desk, options):
    with pytest.raises(MisuseError):
        desk.shows("ets_export", **options)


async def test_a_project_that_cannot_be_read_is_told_and_stops_nothing(desk, tmp_path):
    (tmp_path / "project.xml").write_text("<nonsense/>")
    desk.path.write_text(FILE.replace("automatic\n", "automatic\n  project: project.xml\n"))
    desk.reload()
    managed = await desk.does("ets_check")
    assert managed.row is not None
    assert "project.xml" in managed.row["trouble"]
    (row,) = desk.shows("ets").rows
    assert (row["trouble"], row["working"]) == (managed.row["trouble"], False)
    with pytest.raises(AskError, match=r"project\.xml"):
        desk.shows("ets_export")


async def test_a_file_that_changes_is_read_again_and_one_that_did_not_is_not(desk, tmp_path):
    (tmp_path / "project.xml").write_bytes(ets_files.xml())
    desk.path.write_text(FILE.replace("automatic\n", "automatic\n  project: project.xml\n"))
    desk.reload()
    await desk.does("ets_check")
    first = desk.building.judge.latest
    await desk.does("ets_check")
    assert desk.building.judge.latest is first
    (tmp_path / "project.xml").write_bytes(ets_files.xml() + b"\n")
    await desk.does("ets_check")
    assert desk.building.judge.latest is not first


async def test_who_does_not_wait_learns_that_it_goes_on(desk, tmp_path):
    (tmp_path / "project.xml").write_bytes(ets_files.xml())
    desk.path.write_text(FILE.replace("automatic\n", "automatic\n  project: project.xml\n"))
    desk.reload()
    managed = await desk.does("ets_check", within=0)
    assert not managed.done
    assert (await desk.does("ets_check")).done


@pytest.mark.parametrize("line", [b'"a,"', b"<GroupAddress-Export>", b"\xff\xfe<\x00"])
async def test_a_text_so_large_that_reading_it_takes_the_bridges_memory_is_refused_unread(desk, monkeypatch, line):
    monkeypatch.setattr(reading, "read", lambda *_words, **_more: pytest.fail("it was read"))
    content = line * (8 * 1024 * 1024 // len(line) + 1)
    managed = await desk.does("ets_save", file=sent(desk, content), name="house.csv")
    assert not managed.done
    assert "more than 8 MB" in managed.messages[0]
    assert desk.path.read_text() == FILE
