"""SD cards die, power fails, people copy files: the root is never lost by what the bridge does."""

import json
import logging

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from knx_ocpp_bridge.pki import folder as files
from knx_ocpp_bridge.pki.errors import PkiError
from knx_ocpp_bridge.pki.keeper import Keeper
from tests.unit.pki import certificates
from tests.unit.pki.conftest import House
from tests.unit.pki.handshakes import charger, connect

pytestmark = pytest.mark.usefixtures("quick")


class PowerCut(BaseException):
    """Nothing is done any more."""


def garbled(data: bytes) -> bytes:
    return data[: len(data) // 2] + b"\x00" * 64 + data[len(data) // 2 + 64 :]


DAMAGES = {
    "empty": lambda _: b"",
    "cut short": lambda data: data[:-200],
    "garbled": garbled,
    "text": lambda _: b"Hello",
    "huge": lambda data: data + b"#" * 300_000,
    "without its key": lambda data: data[data.index(b"-----BEGIN CERT") :],
    "without its certificate": lambda data: data[: data.index(b"-----BEGIN CERT")],
    "two keys": lambda data: data[: data.index(b"-----BEGIN CERT")] + data,
}


def serves(house: House, keeper: Keeper) -> bool:
    dialler = charger(keeper.root_pem())
    return connect(keeper.context(), dialler, house.names.addresses[0]).say(b"[2]") == b"[2]"


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_root_is_told_and_left_as_it_is(house, damage):
    path = house.folder / "ca.pem"
    path.write_bytes(damage(path.read_bytes()))
    before = house.files()
    with pytest.raises(PkiError, match=r"ca\.pem.*backup"):
        house.keeper()
    assert house.files() == before


def test_a_root_with_the_key_of_another_is_told(house, elsewhere):
    ours, theirs = (path / "ca.pem" for path in (house.folder, elsewhere))
    end = b"-----BEGIN CERT"
    ours.write_bytes(theirs.read_bytes().split(end)[0] + end + ours.read_bytes().split(end)[1])
    with pytest.raises(PkiError, match="does not belong to the first certificate"):
        house.keeper()


def test_a_server_certificate_in_the_place_of_the_root_is_told(house):
    (house.folder / "ca.pem").write_bytes((house.folder / "server-rsa.pem").read_bytes())
    with pytest.raises(PkiError, match="not that of an authority"):
        house.keeper()


@pytest.mark.parametrize("left", ["server-rsa.pem", "server-ecdsa.pem", "index.json", "OCPP-CA.pem"])
def test_a_lost_root_is_told_whatever_is_left_and_no_new_one_is_made(house, left):
    house.keeper().export_root()
    for path in house.folder.iterdir():
        if path.name != left:
            path.unlink()
    before = house.files()
    with pytest.raises(PkiError, match=r"root is missing.*backup"):
        house.keeper()
    assert house.files() == before


def test_a_root_that_is_lost_while_the_bridge_runs_is_told_when_it_is_needed(house):
    keeper = house.keeper()
    (house.folder / "ca.pem").unlink()
    with pytest.raises(PkiError, match="missing"):
        keeper.sign("", "CP-1")


@pytest.mark.parametrize("name", ["server-rsa.pem", "server-ecdsa.pem"])
@pytest.mark.parametrize("damage", [DAMAGES[kind] for kind in DAMAGES if kind != "huge"])
def test_a_damaged_server_certificate_is_kept_aside_told_and_made_anew(house, caplog, name, damage):
    path = house.folder / name
    broken = damage(path.read_bytes())
    path.write_bytes(broken)
    keeper = house.keeper()
    assert serves(house, keeper)
    assert (house.folder / f"{name}.damaged-1").read_bytes() == broken
    (told,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert name in told.getMessage()
    assert keeper.root_pem() in (house.folder / "ca.pem").read_bytes()


def test_a_second_damage_does_not_overwrite_the_first(house):
    for number in (1, 2):
        (house.folder / "server-rsa.pem").write_text(str(number))
        house.keeper()
    kept = sorted(path.read_text() for path in house.folder.glob("*.damaged-*"))
    assert kept == ["1", "2"]


def test_certificates_of_another_root_are_made_anew_when_a_root_comes_back_from_a_backup(house, elsewhere):
    (house.folder / "ca.pem").write_bytes((elsewhere / "ca.pem").read_bytes())
    keeper = house.keeper()
    assert keeper.root_pem() == House(elsewhere).keeper().root_pem()
    assert serves(house, keeper)


def test_swapped_files_are_put_right(house):
    rsa_file, ec_file = house.folder / "server-rsa.pem", house.folder / "server-ecdsa.pem"
    one, other = rsa_file.read_bytes(), ec_file.read_bytes()
    rsa_file.write_bytes(other)
    ec_file.write_bytes(one)
    assert [row["key"] for row in house.keeper().facts()["own"]] == ["RSA 2048", "EC P-256"]


def test_the_root_alone_from_a_backup_is_all_that_a_new_machine_needs(house, plot):
    plot.folder.mkdir(parents=True)
    (plot.folder / "ca.pem").write_bytes((house.folder / "ca.pem").read_bytes())
    keeper = plot.keeper()
    assert keeper.root_pem() == house.keeper().root_pem()
    assert serves(plot, keeper)


@pytest.mark.parametrize(
    "index", [b"", b"{", b"[]", b"null", b"\xff", b'{"ca.pem": 1}', b'{"ca.pem": {"digest": "x"}}']
)
def test_a_damaged_index_is_made_anew_from_the_files(house, index):
    before = house.files()
    (house.folder / "index.json").write_bytes(index)
    house.keeper()
    assert house.files() == before


def test_an_index_that_speaks_of_other_files_is_not_believed(house, elsewhere):
    (house.folder / "index.json").write_bytes((elsewhere / "index.json").read_bytes())
    keeper = house.keeper()
    fingerprint = keeper.facts()["root"]["fingerprint"]
    assert fingerprint.replace(":", "").lower() == json.loads(house.files()["index.json"])["ca.pem"]["fingerprint"]
    assert fingerprint != House(elsewhere).keeper().facts()["root"]["fingerprint"]


@pytest.mark.parametrize("step", range(1, 9))
def test_a_power_cut_in_the_first_start_leaves_a_folder_that_starts(plot, monkeypatch, step):
    with monkeypatch.context() as patch:
        cut_at(patch, step)
        with pytest.raises(PowerCut):
            plot.keeper()
    root = (plot.folder / "ca.pem").read_bytes() if (plot.folder / "ca.pem").exists() else b""
    keeper = plot.keeper()
    assert serves(plot, keeper)
    assert root in {b"", (plot.folder / "ca.pem").read_bytes()}
    assert not list(plot.folder.glob(".*"))


@pytest.mark.parametrize("step", range(1, 7))
def test_a_power_cut_in_a_renewal_leaves_certificates_that_serve(house, monkeypatch, step):
    keeper = house.keeper()
    root = house.files()["ca.pem"]
    house.now += 780 * certificates.DAY
    with monkeypatch.context() as patch:
        cut_at(patch, step)
        with pytest.raises(PowerCut):
            keeper.renew_if_due()
    house.now -= 780 * certificates.DAY
    for data in house.files().values():
        assert data
    after = house.keeper()
    assert house.files()["ca.pem"] == root
    assert not list(house.folder.glob("*.damaged-*"))
    assert not list(house.folder.glob(".*"))
    assert after.context()


def cut_at(patch: pytest.MonkeyPatch, step: int) -> None:
    """The power fails at this one of all the syncs and renamings; of what was written since, half is on the disk."""
    done = 0

    def counted(original):
        def act(*args, **kwargs):
            nonlocal done
            done += 1
            if done == step:
                raise PowerCut
            return original(*args, **kwargs)

        return act

    patch.setattr(files.os, "fsync", counted(files.os.fsync))
    patch.setattr(files.Path, "replace", counted(files.Path.replace))
    # Nobody tidies up after a power cut.
    patch.setattr(files.Path, "unlink", lambda path, missing_ok=False: None)


def test_what_a_power_cut_has_left_half_written_is_taken_away(house):
    leftover = house.folder / ".server-rsa.pem.new"
    leftover.write_text("-----BEGIN PRIVATE KEY-----\nhalf")
    leftover.chmod(0o644)
    house.keeper()
    assert not leftover.exists()


def test_a_disk_that_cannot_be_written_is_told_and_the_old_certificates_stay(house, monkeypatch):
    keeper = house.keeper()
    before = house.files()
    house.now += 790 * certificates.DAY

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(PkiError, match=r"No space left.*writable disk"):
        keeper.renew_if_due()
    assert house.files() == before
    assert serves(house, keeper)


def test_a_folder_that_cannot_be_made_is_told(plot):
    plot.folder.parent.parent.mkdir(parents=True, exist_ok=True)
    plot.folder.parent.write_text("a file")
    with pytest.raises(PkiError, match="cannot be used"):
        plot.keeper()


def test_a_clock_beyond_the_end_of_the_root_is_told(house):
    keeper = house.keeper()
    house.now = house.now.replace(year=2090)
    with pytest.raises(PkiError, match="set the clock"):
        keeper.renew_if_due()
    assert serves(house, keeper)


@pytest.mark.parametrize("key", [rsa.generate_private_key(65537, 1024), ec.generate_private_key(ec.SECP256K1())])
def test_a_weak_or_odd_server_key_put_there_by_hand_is_replaced(house, key):
    leaf = certificates.issued(root := certificates.root_of(house.folder), key, certificates.around(house.now))
    text = certificates.key_text(key) + certificates.text(leaf, root.certificate)
    (house.folder / "server-rsa.pem").write_text(text)
    assert [row["key"] for row in house.keeper().facts()["own"]] == ["RSA 2048", "EC P-256"]
