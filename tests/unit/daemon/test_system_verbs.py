"""A backup is carried away from a running bridge, and another one is put back between its end and its next start."""

import os
import tarfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from knx_ocpp_bridge.control.options import AskError
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.daemon.system.tray import Tray
from knx_ocpp_bridge.store import restore as restoring
from knx_ocpp_bridge.store.journal import Journal
from knx_ocpp_bridge.store.restore import Places
from tests.kit import ets_files, ets_projects
from tests.kit.front_desk import FrontDesk
from tests.kit.keyrings import Keyring, key_of

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def desk(tmp_path: Path) -> FrontDesk:
    journal = Journal(tmp_path / "bridge.db")
    journal.open()
    journal.close()
    return FrontDesk(tmp_path)


@pytest.fixture
def afterwards(desk: FrontDesk) -> list[Callable[[], None]]:
    """What is done between the end of the bridge and its next start."""
    done: list[Callable[[], None]] = []
    object.__setattr__(desk.desk, "machine", replace(desk.desk.machine, again=done.append))
    return done


async def a_backup(desk: FrontDesk, password: str | None = None) -> Path:
    managed = await desk.does("backup", password=password)
    assert managed.done
    assert managed.row is not None
    return Path(managed.row["file"])


async def test_a_backup_is_made_beside_the_running_bridge_for_the_service_alone(desk: FrontDesk, tmp_path: Path):
    file = await a_backup(desk)
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    manifest = restoring.check(
        file, Places(tmp_path / "new", tmp_path / "new" / "bridge.yaml"), None, lambda _path: None
    )
    assert {each.name for each in manifest.members} >= {"state/bridge.db", "config/bridge.yaml"}


async def test_a_backup_has_the_name_of_the_building_and_the_day(desk: FrontDesk):
    desk.path.write_text(desk.path.read_text() + 'site: {name: "Villa/../Linde <b>"}\n')
    desk.reload()
    managed = await desk.does("backup")
    assert managed.row is not None
    assert managed.row["name"] == "Villa-Linde-b-2026-11-21.backup"


async def test_who_gives_no_password_is_told_what_is_in_the_file(desk: FrontDesk):
    told = " ".join((await desk.does("backup")).messages)
    assert "passwords" in told
    assert "passwords" not in " ".join((await desk.does("backup", password="open sesame")).messages)
    assert restoring.is_sealed(await a_backup(desk, "open sesame"))


async def test_what_nobody_fetched_is_gone_after_an_hour(desk: FrontDesk):
    old, young = await a_backup(desk), await a_backup(desk)
    hour_ago = time.time() - 3601
    os.utime(old, (hour_ago, hour_ago))
    await a_backup(desk)
    assert (old.exists(), young.exists()) == (False, True)


@pytest.mark.parametrize("name", ["", ".", "..", "../bridge.db", "/etc/passwd", "0" * 32, "bridge.db"])
async def test_only_what_was_sent_can_be_put_back(desk: FrontDesk, afterwards: list[Callable[[], None]], name: str):
    Tray(desk.desk.machine.state).place()
    with pytest.raises(AskError, match="no such file"):
        await desk.does("restore", file=name)


async def test_a_backup_is_put_back_when_the_bridge_has_ended(
    desk: FrontDesk, afterwards: list[Callable[[], None]], tmp_path: Path
):
    file = await a_backup(desk)
    before = desk.path.read_text()
    desk.path.write_text("# spoilt\nchargers: []\n")
    managed = await desk.does("restore", file=file.name)
    assert managed.done
    assert "spoilt" in desk.path.read_text(), "nothing changes while the bridge runs"
    (put_back,) = afterwards
    put_back()
    assert desk.path.read_text() == before
    assert (tmp_path / "bridge.yaml.before-restore-1").exists()
    assert not file.exists()


async def test_the_state_alone_leaves_the_configuration(desk: FrontDesk, afterwards: list[Callable[[], None]]):
    file = await a_backup(desk)
    desk.path.write_text("# mine\nchargers: []\n")
    assert (await desk.does("restore", file=file.name, part="state")).done
    afterwards[0]()
    assert "# mine" in desk.path.read_text()


async def test_a_backup_that_is_damaged_or_under_a_password_changes_nothing(
    desk: FrontDesk, afterwards: list[Callable[[], None]]
):
    sealed = await a_backup(desk, "open sesame")
    with pytest.raises(AskError, match="give its password"):
        await desk.does("restore", file=sealed.name)
    wrong = await desk.does("restore", file=(await a_backup(desk, "open sesame")).name, password="guess")
    assert (wrong.done, wrong.messages) == (False, ("the password is wrong; try again; nothing was changed",))
    cut = await a_backup(desk)
    cut.write_bytes(cut.read_bytes()[:-3000])
    assert not (await desk.does("restore", file=cut.name)).done
    assert not afterwards
    assert not list(sealed.parent.iterdir()), "what was refused does not stay"


async def test_a_configuration_that_the_bridge_would_not_start_with_is_not_put_back(
    desk: FrontDesk, afterwards: list[Callable[[], None]]
):
    good = desk.path.read_text()
    desk.path.write_text("chargers: [{id: GARAGE}]\n")
    file = await a_backup(desk)
    desk.path.write_text(good)
    with pytest.raises(AskError, match=r"bridge\.yaml:1: .*put back the state alone"):
        await desk.does("restore", file=file.name)
    assert not afterwards


async def test_a_configuration_without_pages_is_not_put_back_from_a_page(
    desk: FrontDesk, afterwards: list[Callable[[], None]]
):
    file = await a_backup(desk)
    desk.path.write_text(desk.path.read_text() + "web: {}\n")
    desk.reload()
    with pytest.raises(AskError, match="no pages"):
        await desk.does("restore", file=file.name)


async def test_whatever_fails_afterwards_the_bridge_starts_again_as_it_was(
    desk: FrontDesk, afterwards: list[Callable[[], None]], caplog: pytest.LogCaptureFixture
):
    file = await a_backup(desk)
    before = desk.path.read_text()
    assert (await desk.does("restore", file=file.name)).done
    file.write_bytes(b"exchanged meanwhile")
    afterwards[0]()
    assert "was not put back" in caplog.text
    assert desk.path.read_text() == before


async def test_whoever_has_not_logged_in_puts_nothing_back_once_there_is_a_user(
    desk: FrontDesk, afterwards: list[Callable[[], None]]
):
    file = await a_backup(desk)
    await a_user(desk)
    with pytest.raises(AskError, match="log in"):
        await desk.does("restore", file=file.name, while_new=True)
    assert not afterwards
    assert not file.exists()
    assert (await desk.does("restore", file=(await a_backup(desk)).name)).done, "whoever may is not asked that"


async def test_a_first_password_that_is_set_in_the_last_moment_stays(
    desk: FrontDesk, afterwards: list[Callable[[], None]], caplog: pytest.LogCaptureFixture
):
    file = await a_backup(desk)
    desk.path.write_text("# mine\nchargers: []\n")
    assert (await desk.does("restore", file=file.name, while_new=True)).done
    await a_user(desk)
    afterwards[0]()
    assert "# mine" in desk.path.read_text()
    assert "was not put back" in caplog.text
    assert not file.exists()


async def a_user(desk: FrontDesk) -> None:
    assert (await desk.does("user_add", name="lodger", role="installer", password="correct horse battery")).done


async def test_a_bridge_that_cannot_start_again_by_itself_says_how_else(desk: FrontDesk):
    with pytest.raises(AskError, match="knx-ocpp-bridge restore"):
        await desk.does("restore", file="0" * 32)


def named(desk: FrontDesk, key: str, path: Path) -> None:
    """As somebody on the machine writes it; whether it is in force is no matter of the backup."""
    section = "authorization: {mode: allow_list, tags_file: " if key == "tags_file" else f"knx: {{{key}: "
    desk.path.write_text(f"{section}{path}}}\n")


async def outside(desk: FrontDesk) -> tuple[list[str], str]:
    managed = await desk.does("backup")
    assert managed.row is not None
    with tarfile.open(managed.row["file"]) as tar:
        return [name for name in tar.getnames() if "outside" in name], " ".join(managed.messages)


@pytest.mark.parametrize("key", ["tags_file", "keyring", "project"])
@pytest.mark.parametrize(
    "content",
    [
        b"root:*:19000:0:99999:7:::\n",
        b"- hush\n",
        b"<Server><password>hush</password></Server>",
        b"\x7fELF\x00\x01",
        b"a: [",
        b"PK\x03\x04hush",
        b"hush;1/2/3 4\n",
    ],
)
async def test_a_file_elsewhere_that_is_something_else_is_left_out_of_a_backup_and_named(
    desk: FrontDesk, tmp_path_factory: pytest.TempPathFactory, key: str, content: bytes
):
    path = tmp_path_factory.mktemp("elsewhere") / "private"
    path.write_bytes(content)
    named(desk, key, path)
    names, told = await outside(desk)
    assert names == []
    assert f"{path} is left out" in told


async def test_files_elsewhere_that_are_what_they_should_be_come_along(
    desk: FrontDesk, tmp_path_factory: pytest.TempPathFactory
):
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "tags.yaml").write_text("- {id: A1, name: Lodger}\n")
    Keyring(groups={"9/7/1": key_of("9/7/1")}).write(folder / "house.knxkeys")
    (folder / "house.xml").write_bytes(ets_files.xml())
    (folder / "house.knxproj").write_bytes(ets_projects.protected("open sesame"))
    for key, name in (("tags_file", "tags.yaml"), ("keyring", "house.knxkeys"),
                      ("project", "house.xml"), ("project", "house.knxproj")):  # fmt: skip
        named(desk, key, folder / name)
        names, told = await outside(desk)
        assert names == [f"config/outside/1-{name}"], told


async def test_a_link_beside_the_configuration_does_not_let_anything_else_into_a_backup(
    desk: FrontDesk, tmp_path_factory: pytest.TempPathFactory
):
    path = tmp_path_factory.mktemp("elsewhere") / "private"
    path.write_text("hush")
    (desk.path.parent / "project.csv").symlink_to(path)
    named(desk, "project", Path("project.csv"))
    with tarfile.open(await a_backup(desk)) as tar:
        assert "config/project.csv" not in tar.getnames()
