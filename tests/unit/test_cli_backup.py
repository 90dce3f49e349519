"""`backup` and `restore` at the prompt: exit codes, passwords, what is said."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from knx_ocpp_bridge.cli.main import main
from knx_ocpp_bridge.store.migrate import scripts
from tests.kit.databases import filled


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with `bridge.yaml`, its cards and secrets, and a state in `state`."""
    (tmp_path / "state").mkdir()
    filled(tmp_path / "state/bridge.db", max(scripts()))
    (tmp_path / "bridge.yaml").write_text(
        "authorization: {tags_file: tags.yaml}\n"
        "chargers: [{id: GARAGE, authorization: {tags_file: gone.yaml}}]\n"
        "knx: {gateway: !secret gateway}\n"
    )
    (tmp_path / "tags.yaml").write_text("CARD: {}\n")
    (tmp_path / "secrets.yaml").write_text("gateway: 192.168.1.5\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str, stdin: str | None = None, state: str = "state") -> Result:
    return CliRunner().invoke(main, [*words, "-c", "bridge.yaml", "--state", state], input=stdin)


def test_a_backup_without_a_password_warns_of_the_keys_in_it(home: Path) -> None:
    result = run("backup", "out")
    assert result.exit_code == 0
    assert "out: 4 files, " in result.stdout
    assert "transactions up to 17, not encrypted" in result.stdout
    assert "warning: it contains keys and passwords" in result.stderr
    assert "--password-file" in result.stderr
    assert "warning: gone.yaml is named in bridge.yaml and is not there" in result.stderr
    assert "192.168.1.5" in (home / "out").read_text(errors="replace")


def test_a_password_of_a_file_protects_and_opens(home: Path) -> None:
    (home / "password").write_text("mole\nsecond line\n")
    assert run("backup", "out", "--password-file", "password").stderr.count("warning") == 1
    result = run("restore", "out", "--password-file", "-", stdin="mole\n")
    assert result.exit_code == 0, result.output
    assert "what was there before: state/bridge.db.before-restore-1" in result.stdout
    assert "transactions go on after number " in result.stdout
    assert "then: systemctl start knx-ocpp-bridge" in result.stdout


def test_a_password_is_asked_for_twice_and_then_once(home: Path) -> None:
    assert run("backup", "out", "--ask-password", stdin="mole\nmole\n").exit_code == 0
    wrong = run("restore", "out", "--ask-password", stdin="vole\n")
    assert (wrong.exit_code, "the password is wrong" in wrong.stderr) == (1, True)
    assert run("restore", "out", "--ask-password", stdin="mole\n").exit_code == 0


def test_an_encrypted_backup_wants_its_password(home: Path) -> None:
    run("backup", "out", "--ask-password", stdin="mole\nmole\n")
    result = run("restore", "out")
    assert (result.exit_code, "out is encrypted: --ask-password, or --password-file" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("backup", "out", "--password-file", "-", "--ask-password"), 2, "comes from --password-file or is asked for"),
        (("backup", "out", "--password-file", "-"), 2, "the first line of the password file is empty"),
        (("backup", "nowhere/out"), 1, "No such file or directory"),
        (("restore", "nothing"), 1, "it cannot be read (No such file or directory)"),
        (("backup", "nowhere/out"), 1, "nowhere/out: the backup cannot be made"),
        (("restore", "bridge.yaml"), 1, "this is no backup of this program"),
        (("restore", "bridge.yaml", "--state-only", "--config-only"), 2, "--state-only and --config-only exclude"),
    ],
)
def test_what_cannot_be_done_is_told_with_its_exit_code(home: Path, words: list[str], code: int, said: str) -> None:
    result = run(*words, stdin="\n")
    assert (result.exit_code, said in result.stderr) == (code, True), result.output


def test_a_configuration_that_cannot_be_read_is_an_error_of_the_configuration(home: Path) -> None:
    (home / "bridge.yaml").unlink()
    result = run("backup", "out")
    assert (result.exit_code, "name it by --config" in result.stderr) == (3, True)


def test_a_new_machine_without_a_configuration_is_restored(home: Path) -> None:
    run("backup", "out")
    (home / "bridge.yaml").rename("old.yaml")
    assert run("restore", "out", state="new").exit_code == 0
    assert (home / "bridge.yaml").read_text() == (home / "old.yaml").read_text()
    assert (home / "new/bridge.db").exists()


def test_a_configuration_says_itself_where_the_state_is(home: Path) -> None:
    (home / "bridge.yaml").write_text("storage: {path: state}\n")
    result = CliRunner().invoke(main, ["backup", "out", "-c", "bridge.yaml"])
    assert result.exit_code == 0, result.output
    assert CliRunner().invoke(main, ["restore", "out", "-c", "bridge.yaml"]).exit_code == 0
    other = run("restore", "out", state="other")
    assert (other.exit_code, "say that it shall go there: --state" in other.stderr) == (1, True)


def test_a_configuration_with_an_error_is_backed_up_as_well(home: Path) -> None:
    (home / "bridge.yaml").write_text("site: [\n")
    assert "3 files" in run("backup", "out").stdout


def test_only_a_part_is_put_back(home: Path) -> None:
    run("backup", "out")
    (home / "bridge.yaml").write_text("site: {name: New}\n")
    result = run("restore", "out", "--state-only")
    assert (result.exit_code, "bridge.yaml.before" in result.stdout) == (0, False)
    assert (home / "bridge.yaml").read_text() == "site: {name: New}\n"
