"""Files come and go by the API: whole, once, and from nowhere else."""

from pathlib import Path

import pytest

from knx_ocpp_bridge.control.protocol import Managed
from knx_ocpp_bridge.web.api import files
from knx_ocpp_bridge.web.roles import Role
from tests.kit.api import ApiSite, site

BYTES = {"content-type": files.MEDIA_TYPE}


@pytest.fixture
def house(tmp_path: Path) -> ApiSite:
    return site(tmp_path)


async def test_what_was_sent_lies_in_the_tray_for_a_verb_and_can_be_fetched_once(house: ApiSite):
    async with house.client(Role.INSTALLER) as client:
        sent = (await client.post("files", content=b"\0" * 700_000, headers=BYTES)).json()
        assert sent["bytes"] == 700_000
        (kept,) = (house.folder / "tray").iterdir()
        assert (kept.name, kept.stat().st_mode & 0o777) == (sent["file"], 0o600)
        assert (await client.head(f"files/{sent['file']}")).status_code == 405
        fetched = await client.get(f"files/{sent['file']}")
        assert (fetched.content, fetched.headers["content-type"]) == (b"\0" * 700_000, files.MEDIA_TYPE)
        assert (await client.get(f"files/{sent['file']}")).status_code == 404


async def test_a_backup_is_told_by_its_name_alone(house: ApiSite):
    house.answers["backup"] = Managed(True, ("done",), row={"file": "/var/lib/tray/" + "a" * 32, "name": "x.backup"})
    async with house.client(Role.INSTALLER) as client:
        row = (await client.post("backup")).json()["row"]
    assert row == {"file": "a" * 32, "name": "x.backup"}


@pytest.mark.parametrize("name", ["../bridge.yaml", "..%2fbridge.yaml", "%2e%2e%2fbridge.yaml", "A" * 32, "a" * 31])
async def test_nothing_else_of_the_machine_can_be_fetched(house: ApiSite, name):
    async with house.client(Role.INSTALLER) as client:
        assert (await client.get(f"files/{name}")).status_code == 404
    assert (house.folder / "bridge.yaml").exists()


async def test_a_link_in_the_tray_is_not_followed(house: ApiSite):
    async with house.client(Role.INSTALLER) as client:
        await client.post("files", content=b"x", headers=BYTES)
        (house.folder / "tray" / ("b" * 32)).symlink_to(house.folder / "bridge.yaml")
        assert (await client.get(f"files/{'b' * 32}")).status_code == 404


async def test_a_file_that_is_too_large_empty_or_json_leaves_nothing(house: ApiSite, monkeypatch):
    monkeypatch.setattr(files, "MOST_BYTES", 1000)
    async with house.client(Role.INSTALLER) as client:
        assert (await client.post("files", content=b"x" * 1001, headers=BYTES)).status_code == 413
        assert (await client.post("files", content=b"", headers=BYTES)).status_code == 422
        assert (await client.post("files", json={})).status_code == 415
    assert not list((house.folder / "tray").iterdir())
