from pathlib import Path

import pytest

from tests.kit.configuration import Installer


@pytest.fixture
def installer(tmp_path: Path) -> Installer:
    return Installer(tmp_path)
