"""Self-tests of the daemon: begun, followed, ended, taken up again after a restart."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from knx_ocpp_bridge.core.commands import Call, Command, RemoteStart, RemoteStop, SetProfile
from knx_ocpp_bridge.core.events import LinkClosed, StatusNotified, TransactionStarted, TransactionStopped, Woken
from knx_ocpp_bridge.core.selftest import Held, held
from knx_ocpp_bridge.core.status import CommandResult, ConnectorStatus, ErrorCode, StopReason
from knx_ocpp_bridge.core.values import ConnectorId, TransactionId
from knx_ocpp_bridge.daemon.upkeep.notes import NotesOnDisk, SelfTest
from knx_ocpp_bridge.daemon.upkeep.selftests import Place, SelfTests, Tools
from tests.kit.front_desk import FrontDesk

ONE = ConnectorId(1)


class Notebook:
    """Notes in memory."""

    def __init__(self) -> None:
        self.tests: dict[int, SelfTest] = {}
        self.trouble: OSError | None = None

    async def keep(self, test: SelfTest) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.tests[test.run.connector] = test

    async def kept(self) -> list[SelfTest]:
        return list(self.tests.values())


class Garage:
    """A charger that obeys, and time that passes only while the test waits."""

    def __init__(self, folder: Path, *, car: bool = True) -> None:
        self.desk = FrontDesk(folder)
        self.desk.replies = self._replies
        self.notes = Notebook()
        self.tests = self._made()
        self.desk.workshop.selftests = self.tests
        self.number = 100
        self.starts = True
        self.desk.arrives("GARAGE")
        self.reports(ConnectorStatus.PREPARING if car else ConnectorStatus.AVAILABLE)
        self._pass(5)

    def _made(self) -> SelfTests:
        tools = Tools(self.desk.roster, self.desk.trace, self.desk.moment, self.desk.workshop._ask, self._wait)
        return SelfTests(tools, self.notes, lambda: Place("Villa", "1.0"))

    def begins_anew(self) -> None:
        """The bridge is started again; what is in memory is gone."""
        self.tests = self.desk.workshop.selftests = self._made()
        self.running = asyncio.create_task(self.tests.run())

    @property
    def charger(self):
        return self.desk.roster.charger("GARAGE")

    def reports(self, status: ConnectorStatus) -> None:
        link = self.charger.link
        self.desk.trace("GARAGE", "in", self._status_frame())
        self.desk.post("GARAGE", StatusNotified(link, "r", ONE, status, ErrorCode.NO_ERROR))

    def _status_frame(self) -> str:
        at = self.desk.moment().utc.isoformat()
        return json.dumps([2, "s", "StatusNotification", {"connectorId": 1, "timestamp": at}])

    def row(self) -> dict:
        (row,) = self.desk.shows("selftest", "GARAGE").rows
        return row

    def outcomes(self) -> dict[str, str]:
        return {each["trial"]: each["outcome"] for each in self.row()["trials"]}

    async def _wait(self, seconds: float) -> None:
        until_s = self.desk.now_s + seconds
        for _ in range(20_000):
            await asyncio.sleep(0)
            if self.desk.now_s >= until_s:
                return

    def _pass(self, seconds: float) -> None:
        self.desk.now_s += seconds
        self.desk.post("GARAGE", Woken())

    def _replies(self, command: Command) -> str:
        loop = asyncio.get_event_loop()
        match command:
            case Call(action="GetConfiguration"):
                return '{"configurationKey": [{"key": "HeartbeatInterval", "value": "300"}]}'
            case Call(action="TriggerMessage"):
                loop.call_soon(self.reports, self.charger.connectors[ONE].status)
                return '{"status": "Accepted"}'
            case RemoteStart(id_tag=id_tag) if self.starts:
                loop.call_soon(self._begins, id_tag)
            case RemoteStop(transaction=transaction):
                loop.call_soon(self._ends, transaction)
            case SetProfile(limit=limit) if self.charger.connectors[ONE].transaction is not None:
                status = ConnectorStatus.CHARGING if limit else ConnectorStatus.SUSPENDED_EVSE
                loop.call_soon(self.reports, status)
            case _:
                pass
        return "Unlocked" if type(command).__name__ == "UnlockConnector" else "Accepted"

    def _begins(self, id_tag) -> None:
        self.number += 1
        link, at = self.charger.link, self.desk.moment().utc
        self.desk.post("GARAGE", TransactionStarted(link, "t", ONE, id_tag, 1000, at, TransactionId(self.number)))
        self.reports(ConnectorStatus.CHARGING)

    def _ends(self, transaction) -> None:
        link, at = self.charger.link, self.desk.moment().utc
        fresh = TransactionId(999)
        self.desk.post(
            "GARAGE", TransactionStopped(link, "t", transaction, None, 1500, at, StopReason.REMOTE, (), fresh)
        )
        self.reports(ConnectorStatus.FINISHING)

    async def until(self, trial: str) -> None:
        await self.comes(lambda: self.row()["doing"] == trial)

    async def over(self) -> None:
        await self.comes(lambda: bool(self.tests.known("GARAGE")) and not self.tests.is_going_on("GARAGE"))

    async def comes(self, true: Callable[[], bool]) -> None:
        """Time passes until this is true."""
        for turn in range(20_000):
            if true():
                return
            if turn % 4 == 0:
                self._pass(0.25)
            await asyncio.sleep(0)
        raise AssertionError(f"it never comes: {self.row()}")


async def test_a_self_test_runs_to_its_end_and_its_result_stays(tmp_path):
    garage = Garage(tmp_path)
    managed = await garage.desk.does("selftest", "GARAGE")
    assert managed.done
    assert garage.row()["state"] == "running"
    await garage.over()
    row = garage.row()
    assert (row["state"], row["failed"], row["by"], row["site"]) == ("over", 0, "CLI", "Villa")
    assert garage.outcomes()["start"] == garage.outcomes()["stop"] == garage.outcomes()["clock"] == "passed"
    assert held(garage.charger.connectors[ONE]) == Held()
    garage.begins_anew()
    await garage.over()
    assert len(garage.row()["trials"]) == 10
    garage.running.cancel()


async def test_without_a_car_it_says_so(tmp_path):
    garage = Garage(tmp_path, car=False)
    await garage.desk.does("selftest", "GARAGE")
    await garage.over()
    assert garage.outcomes()["unlock"] == "not tried"
    assert garage.row()["trials"][4]["reason"] == "no car is plugged in"


async def test_one_at_a_time_and_none_while_somebody_charges(tmp_path):
    garage = Garage(tmp_path)
    await garage.desk.does("selftest", "GARAGE")
    second = await garage.desk.does("selftest", "GARAGE")
    assert (second.done, second.because) == (False, CommandResult.NOT_ALLOWED_NOW)
    assert "going on" in second.messages[0]
    assert garage.desk.shows("upkeep", "GARAGE").rows[0]["selftest"] is True
    await garage.over()
    garage._begins(garage.charger.tag)
    third = await garage.desk.does("selftest", "GARAGE")
    assert "somebody charges" in third.messages[0]


async def test_it_is_ended_on_demand_and_nothing_stays_changed(tmp_path):
    garage = Garage(tmp_path)
    await garage.desk.does("selftest", "GARAGE")
    await garage.until("pause")
    assert (await garage.desk.does("selftest_end", "GARAGE")).done
    await garage.over()
    assert garage.charger.connectors[ONE].transaction is None
    assert held(garage.charger.connectors[ONE]) == Held()
    assert garage.outcomes()["fast"] == "not tried"
    assert not (await garage.desk.does("selftest_end", "GARAGE")).done


async def test_after_a_restart_what_was_changed_is_put_back(tmp_path):
    garage = Garage(tmp_path)
    await garage.desk.does("selftest", "GARAGE")
    await garage.until("pause")
    task = garage.tests._going["GARAGE"].task
    task.cancel()
    await asyncio.wait([task])
    assert garage.charger.connectors[ONE].transaction is not None
    garage.begins_anew()
    await garage.over()
    garage.running.cancel()
    assert garage.charger.connectors[ONE].transaction is None
    assert held(garage.charger.connectors[ONE]) == Held()
    assert "started anew" in garage.row()["trials"][-1]["reason"]


async def test_a_link_that_is_lost_is_waited_for(tmp_path):
    garage = Garage(tmp_path)
    await garage.desk.does("selftest", "GARAGE")
    await garage.until("pause")
    garage.desk.post("GARAGE", LinkClosed(garage.charger.link, "gone"))
    await garage.comes(lambda: garage.row()["state"] == "putting_back")
    garage.desk.arrives("GARAGE", 2)
    garage.reports(ConnectorStatus.CHARGING)
    await garage.over()
    assert garage.row()["state"] == "over"
    assert garage.charger.connectors[ONE].transaction is None


async def test_a_disk_that_takes_no_notes_lets_no_test_begin(tmp_path):
    garage = Garage(tmp_path)
    garage.notes.trouble = OSError("disk full")
    refused = await garage.desk.does("selftest", "GARAGE")
    assert "notes cannot be written" in refused.messages[0]
    assert not garage.desk.shows("selftest", "GARAGE").rows


async def test_notes_that_cannot_be_read_are_passed_over(tmp_path, caplog):
    (tmp_path / "selftests").mkdir()
    (tmp_path / "selftests" / "x.json").write_text("{")
    assert await NotesOnDisk(tmp_path).kept() == []
    assert "x.json" in caplog.text


async def test_notes_on_disk_are_what_was_noted(tmp_path):
    garage = Garage(tmp_path)
    await garage.desk.does("selftest", "GARAGE")
    await garage.over()
    (test,) = garage.tests.known("GARAGE")
    notes = NotesOnDisk(tmp_path)
    await notes.keep(test)
    await notes.keep(test)
    assert await notes.kept() == [replace(test, run=replace(test.run, answer=None))]
    (tmp_path / "selftests").rename(tmp_path / "old")
    (tmp_path / "selftests").write_text("in the way")
    with pytest.raises(OSError, match="selftests"):
        await notes.keep(test)


@pytest.mark.parametrize("connector", [2, 99])
async def test_a_connector_that_is_not_there_is_not_tested(tmp_path, connector):
    garage = Garage(tmp_path)
    refused = await garage.desk.does("selftest", "GARAGE", connector=connector)
    assert "not in the configuration" in refused.messages[0]
