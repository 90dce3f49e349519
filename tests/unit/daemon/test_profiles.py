"""Smart charging by hand: written as people mean it, refused in words, and what became of it is there to be seen."""

import json
from pathlib import Path

import pytest

from knx_ocpp_bridge.control.options import MissingError, MisuseError
from knx_ocpp_bridge.core.commands import Call, Command
from knx_ocpp_bridge.core.events import Origin
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.values import ChargerId
from tests.kit.front_desk import FrontDesk

GARAGE = ChargerId("GARAGE")

SCHEDULE = {
    "duration": 3600,
    "startSchedule": "2026-11-22T17:00:00Z",
    "chargingRateUnit": "A",
    "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 10}, {"startPeriod": 600, "limit": 6, "numberPhases": 1}],
}


class Box:
    """A charger that takes profiles, and what it was asked."""

    def __init__(self, desk: FrontDesk) -> None:
        self.asked: list[tuple[str, dict]] = []
        self.answer: dict = {"status": "Accepted"}
        desk.replies = self.replies

    def replies(self, command: Command) -> str | None:
        if not isinstance(command, Call):
            return "Accepted"
        self.asked.append((command.action, json.loads(command.payload)))
        return json.dumps(self.answer)


@pytest.fixture
def desk(tmp_path: Path) -> FrontDesk:
    made = FrontDesk(tmp_path)
    made.arrives("GARAGE")
    return made


@pytest.fixture
def box(desk: FrontDesk) -> Box:
    return Box(desk)


def row(desk: FrontDesk, connector: int) -> dict:
    return {one["connector"]: one for one in desk.shows("profiles", "GARAGE").rows}[connector]


async def test_a_profile_leaves_as_ocpp_has_it(desk, box):
    options = {
        "connector": 1,
        "periods": "0:16 21600:10.5:1",
        "kind": "recurring",
        "recurrency": "daily",
        "start": "2026-11-22T00:00+01:00",
        "duration": 86_400,
        "valid_to": "2026-12-24T00:00Z",
        "id": 110,
        "stack_level": 3,
    }
    managed = await desk.does("profile_set", "GARAGE", **options)
    assert managed.done
    assert managed.messages[0] == "accepted: TxDefaultProfile 110, connector 1, stack level 3"
    assert box.asked == [
        (
            "SetChargingProfile",
            {
                "connectorId": 1,
                "csChargingProfiles": {
                    "chargingProfileId": 110,
                    "stackLevel": 3,
                    "chargingProfilePurpose": "TxDefaultProfile",
                    "chargingProfileKind": "Recurring",
                    "recurrencyKind": "Daily",
                    "validTo": "2026-12-24T00:00:00Z",
                    "chargingSchedule": {
                        "duration": 86_400,
                        "startSchedule": "2026-11-21T23:00:00Z",
                        "chargingRateUnit": "A",
                        "chargingSchedulePeriod": [
                            {"startPeriod": 0, "limit": 16},
                            {"startPeriod": 21_600, "limit": 10.5, "numberPhases": 1},
                        ],
                    },
                },
            },
        )
    ]


async def test_what_was_written_stands_beside_what_the_bridge_has_told(desk, box):
    await desk.does("profile_set", "GARAGE", connector=1, periods="16")
    box.answer = {"status": "Rejected"}
    refused = await desk.does("profile_set", "GARAGE", connector=1, periods="20")
    assert (refused.done, refused.because) == (False, CommandResult.REJECTED)
    seen = row(desk, 1)
    assert [(write["result"], write["answer"]) for write in seen["writes"]] == [
        ("rejected", "Rejected"),
        ("accepted", "Accepted"),
    ]
    assert seen["writes"][0]["sent"]["csChargingProfiles"]["chargingSchedule"]["chargingSchedulePeriod"] == [
        {"startPeriod": 0, "limit": 20}
    ]
    assert seen["wanted_a"] == 16
    assert seen["composite"] is None


async def test_a_call_that_somebody_makes_is_in_the_book_as_well(desk, box):
    await desk.workshop.call(GARAGE, "ClearChargingProfile", {"connectorId": 1, "id": 100}, Origin.CLI)
    assert row(desk, 1)["writes"][0]["action"] == "ClearChargingProfile"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"periods": "16", "id": 1}, "the id 1 itself"),
        ({"periods": "16", "id": 3}, "the id 3 itself"),
        ({"periods": ""}, "1 to 200 periods"),
        ({"periods": "16", "purpose": "Default"}, "purpose is one of"),
        ({"periods": "16", "kind": "Daily"}, "kind is one of"),
        ({"periods": "16", "unit": "kW"}, "unit is one of"),
        ({"periods": "16", "start": "tonight"}, "start is a time"),
        ({"periods": "16", "purpose": "TxProfile"}, "none is open"),
        ({"periods": "16", "connector": 9}, "no connector 9"),
        ({"periods": "16", "purpose": "ChargePointMaxProfile", "connector": 1}, "connector 0"),
    ],
)
async def test_what_cannot_be_meant_is_refused_before_it_leaves(desk, box, options, words):
    with pytest.raises(MisuseError, match=words):
        await desk.does("profile_set", "GARAGE", **{"connector": 1, **options})
    assert box.asked == []


async def test_a_profile_of_the_whole_charge_point_needs_no_connector(desk, box):
    managed = await desk.does(
        "profile_set", "GARAGE", purpose="ChargePointMaxProfile", unit="W", periods="4000", id=200
    )
    assert managed.done
    assert "below 6 A" in managed.messages[1]
    assert box.asked[0][1]["connectorId"] == 0


async def test_what_is_named_is_cleared_and_what_is_not_there_is_no_failure(desk, box):
    assert (await desk.does("profile_clear", "GARAGE", id=100)).messages == ("accepted: it is cleared",)
    box.answer = {"status": "Unknown"}
    managed = await desk.does("profile_clear", "GARAGE", purpose="txprofile", stack_level=2)
    assert managed.done
    assert managed.messages == ("the charger holds no such profile",)
    assert [payload for _, payload in box.asked] == [
        {"id": 100},
        {"chargingProfilePurpose": "TxProfile", "stackLevel": 2},
    ]


async def test_all_are_cleared_only_if_all_are_meant(desk, box):
    with pytest.raises(MisuseError, match="or all"):
        await desk.does("profile_clear", "GARAGE")
    with pytest.raises(MisuseError, match="or all"):
        await desk.does("profile_clear", "GARAGE", all=True, id=100)
    assert (await desk.does("profile_clear", "GARAGE", all=True)).done
    assert box.asked == [("ClearChargingProfile", {})]


async def test_a_composite_schedule_stands_beside_what_was_meant(desk, box):
    box.answer = {"status": "Accepted", "connectorId": 1, "chargingSchedule": SCHEDULE}
    managed = await desk.does("composite_schedule", "GARAGE", connector=1, duration=3600, unit="a")
    assert managed.done
    assert managed.messages[0] == "the charger reckons with: from 0 s 10 A, from 600 s 6 A on 1 phases"
    assert managed.messages[1].startswith("meant: ")
    assert box.asked == [
        ("GetCompositeSchedule", {"connectorId": 1, "duration": 3600, "chargingRateUnit": "A"}),
    ]
    seen = row(desk, 1)["composite"]
    assert (seen["unit"], seen["duration_s"], seen["result"]) == ("A", 3600, "accepted")
    assert seen["periods"][1] == {"start_s": 600, "limit": 6, "phases": 1}


async def test_a_charger_that_knows_no_composite_schedule_says_so(desk, box):
    box.answer = {"status": "Rejected"}
    managed = await desk.does("composite_schedule", "GARAGE", connector=1)
    assert (managed.done, managed.because) == (False, CommandResult.REJECTED)
    assert row(desk, 1)["composite"]["periods"] == []


@pytest.mark.parametrize("schedule", [None, [], {"chargingSchedulePeriod": [7, {"limit": "x"}]}, {"duration": "long"}])
async def test_a_composite_schedule_that_makes_no_sense_is_no_failure_of_ours(desk, box, schedule):
    box.answer = {"status": "Accepted", "chargingSchedule": schedule}
    assert (await desk.does("composite_schedule", "GARAGE", connector=1)).done
    assert row(desk, 1)["composite"] is not None


@pytest.fixture
def in_a_circuit(desk: FrontDesk) -> FrontDesk:
    desk.path.write_text(
        "circuits: [{name: garage, max_current: 20}]\n"
        "chargers:\n  - {id: GARAGE, connectors: [{id: 1, circuit: garage}]}\n"
    )
    desk.reload()
    return desk


async def test_in_a_circuit_only_what_lowers_is_sent(in_a_circuit, box):
    refused = await in_a_circuit.does("profile_set", "GARAGE", periods="16")
    assert (refused.done, refused.because) == (False, CommandResult.NOT_ALLOWED_NOW)
    assert "circuit garage" in refused.messages[0]
    refused = await in_a_circuit.does("profile_clear", "GARAGE", all=True)
    assert "the bridge's own" in refused.messages[0]
    assert box.asked == []
    assert (await in_a_circuit.does("profile_set", "GARAGE", periods="8", purpose="ChargePointMaxProfile")).done
    assert (await in_a_circuit.does("profile_clear", "GARAGE", id=100)).done


async def test_in_a_circuit_no_call_written_by_hand_gets_round_that(in_a_circuit, box):
    profile = {"connectorId": 1, "csChargingProfiles": {"chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 5}}
    answered = await in_a_circuit.workshop.call(GARAGE, "SetChargingProfile", profile, Origin.CLI)
    assert answered.result is CommandResult.NOT_ALLOWED_NOW
    assert box.asked == []


async def test_a_charger_that_nobody_knows_has_no_profiles(desk):
    with pytest.raises(MissingError):
        desk.shows("profiles", "NOWHERE")
