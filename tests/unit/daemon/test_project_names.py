"""Names from the project of the ETS: read aside, and never a reason to stop."""

import asyncio
import os
import struct
import time
from pathlib import Path

import pytest

from knx_ocpp_bridge.config.addresses import parse_group_address
from knx_ocpp_bridge.config.bus_models import Knx
from knx_ocpp_bridge.daemon.building.project_file import ProjectFileError, read_project
from knx_ocpp_bridge.daemon.building.project_names import NameReader, names_of
from knx_ocpp_bridge.ets import reading
from knx_ocpp_bridge.knx.monitor.address_book import NO_NAMES, ProjectNames

HALL = parse_group_address("3/1/1")
EXPORT = """<?xml version="1.0" encoding="utf-8"?>
<GroupAddress-Export xmlns="http://knx.org/xml/ga-export/01">
  <GroupRange Name="House" RangeStart="6144" RangeEnd="8191">
    <GroupAddress Name="NAME" Address="3/1/1" DPTs="DPST-9-1"/>
    <GroupAddress Name="Lamp" Address="3/1/2"/>
  </GroupRange>
</GroupAddress-Export>
"""


def section(path: Path | None) -> Knx:
    return Knx(connection="automatic").model_copy(update={"project": path})


def project(folder: Path, name: str = "Hall") -> Knx:
    path = folder / "project.xml"
    path.write_text(EXPORT.replace("NAME", name), encoding="utf-8")
    return section(path)


def test_of_a_project_names_and_types_are_kept(tmp_path):
    names = names_of(read_project(project(tmp_path)))
    assert names.names == {HALL: "Hall", HALL + 1: "Lamp"}
    assert names.dpts == {HALL: "9.001"}


def test_no_project_has_no_names():
    assert names_of(read_project(section(None))) is NO_NAMES


@pytest.mark.parametrize("kind", ["missing", "folder", "pipe", "device", "nonsense", "empty"])
def test_a_file_that_is_none_says_which_and_why(tmp_path, kind):
    path = tmp_path / "project.xml"
    match kind:
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "device":
            path.symlink_to("/dev/zero")
        case "nonsense":
            path.write_text("<nonsense/>")
        case "empty":
            path.touch()
    with pytest.raises(ProjectFileError, match=r"^knx\.project: .*project\.xml") as refused:
        read_project(section(path))
    assert ";" in str(refused.value)


def test_a_password_stands_in_no_error(tmp_path):
    path = tmp_path / "project.knxproj"
    path.write_bytes(b"PK\x03\x04 nonsense")
    with pytest.raises(ProjectFileError) as refused:
        read_project(section(path).model_copy(update={"project_password": "s3cr3t-word"}))
    assert "s3cr3t-word" not in str(refused.value)


@pytest.mark.parametrize("fault", [MemoryError, KeyError, RecursionError, TypeError, struct.error])
def test_a_file_that_is_too_much_for_the_reader_is_a_complaint_as_well(tmp_path, monkeypatch, fault):
    def stumble(*_file, **_options):
        raise fault

    monkeypatch.setattr(reading, "read", stumble)
    with pytest.raises(ProjectFileError, match=rf"cannot be read here \({fault.__name__}\); export"):
        read_project(project(tmp_path))


async def test_names_are_read_at_the_start_and_again_when_wanted(tmp_path):
    taken: asyncio.Queue[ProjectNames] = asyncio.Queue()
    reader = NameReader(taken.put_nowait, lambda _trouble: None)
    reader.want(project(tmp_path))
    running = asyncio.create_task(reader.run())
    assert (await taken.get()).names[HALL] == "Hall"
    reader.want(project(tmp_path, "Corridor"))
    assert (await taken.get()).names[HALL] == "Corridor"
    running.cancel()


async def test_a_project_that_breaks_takes_its_names_along_and_complains_once(tmp_path):
    taken: asyncio.Queue[ProjectNames] = asyncio.Queue()
    complaints: list[str] = []
    reader = NameReader(taken.put_nowait, complaints.append)
    knx = project(tmp_path)
    reader.want(knx)
    running = asyncio.create_task(reader.run())
    assert (await taken.get()).names
    (tmp_path / "project.xml").write_text("<nonsense/>")
    reader.want(knx)
    assert await taken.get() is NO_NAMES
    running.cancel()
    (complaint,) = complaints
    assert complaint.endswith("the group monitor knows the bridge's own names alone")


async def test_a_large_project_does_not_hold_up_the_chargers(tmp_path):
    path = tmp_path / "project.xml"
    lines = [f'<GroupAddress Name="Light {raw}" Address="{raw}" DPTs="DPST-1-1"/>' for raw in range(1, 20001)]
    path.write_text(EXPORT.partition("<GroupRange")[0] + "".join(lines) + "</GroupAddress-Export>", encoding="utf-8")
    taken: list[ProjectNames] = []
    reader = NameReader(taken.append, lambda _trouble: None)
    reader.want(section(path))
    running = asyncio.create_task(reader.run())
    turns = 0
    began = time.monotonic()
    while not taken and time.monotonic() - began < 60:
        await asyncio.sleep(0)
        turns += 1
    running.cancel()
    assert len(taken[0].names) == 20000
    assert turns > 10
