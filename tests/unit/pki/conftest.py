import shutil
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from knx_ocpp_bridge.pki import authority
from knx_ocpp_bridge.pki.keeper import Keeper
from knx_ocpp_bridge.pki.names import Names

HOME = Names(("192.168.1.10", "fd00::10", "127.0.0.1"), ("bridge", "bridge.local", "localhost"))


class House:
    """One installation: its folder, the names it is dialled by, and a clock that is turned by hand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names = HOME
        self.now = datetime.now(UTC)  # OpenSSL verifies by the machine's clock
        self.waits: list[float] = []

    def keeper(self) -> Keeper:
        """The bridge starts."""
        keeper = Keeper(
            self.folder, lambda: self.names, lambda: self.now, installation="Haus am See", sleep=self._sleep
        )
        keeper.open()
        return keeper

    async def _sleep(self, wait_s: float) -> None:
        self.waits.append(wait_s)
        raise LookOverError

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.folder.iterdir()}


_MADE: dict[tuple[int, int], list[rsa.RSAPrivateKey]] = {}


def few_keys(exponent: int, bits: int) -> rsa.RSAPrivateKey:
    """One of three RSA keys in turn, as making one takes long."""
    keys = _MADE.setdefault((exponent, bits), [])
    if len(keys) < 3:
        keys.append(rsa.generate_private_key(exponent, bits))
        return keys[-1]
    keys.append(keys.pop(0))
    return keys[-1]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """RSA keys come from a few."""
    monkeypatch.setattr(authority, "rsa", SimpleNamespace(generate_private_key=few_keys))


class LookOverError(Exception):
    """The look is over."""


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("state") / "certs"
    House(folder).keeper()
    return folder


@pytest.fixture(scope="session")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificates of another installation."""
    folder = tmp_path_factory.mktemp("elsewhere") / "certs"
    House(folder).keeper()
    return folder


@pytest.fixture
def house(made: Path, tmp_path: Path) -> House:
    """An installation after its first start."""
    shutil.copytree(made, tmp_path / "certs")
    return House(tmp_path / "certs")


@pytest.fixture
def plot(tmp_path: Path) -> House:
    """An installation before its first start."""
    return House(tmp_path / "state" / "certs")
