"""Nonsense from both sides: the connection goes on answering, and nothing is told that is not true."""

import json

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.e2e.conftest import Arrive
from tests.kit.bridge import BridgeProcess
from tests.kit.fake_charger import FakeCharger
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.panel import Panel

MUTANT, SHORT, BOTH = Outlet(1), Outlet(2), Outlet(3)
HOUSE = House(
    (charger("MUTANT", connector(MUTANT)), charger("SHORT", connector(SHORT)), charger("BOTH", connector(BOTH)))
)

GOOD = [
    [2, "1", "BootNotification", {"chargePointVendor": "V", "chargePointModel": "M", "firmwareVersion": "1"}],
    [2, "2", "Heartbeat", {}],
    [2, "3", "Authorize", {"idTag": "CARD"}],
    [2, "4", "StatusNotification", {"connectorId": 1, "status": "Available", "errorCode": "NoError"}],
    [2, "5", "StatusNotification", {"connectorId": 0, "status": "Faulted", "errorCode": "OtherError", "info": "x"}],
    [
        2,
        "6",
        "StartTransaction",
        {"connectorId": 1, "idTag": "C", "meterStart": 1, "timestamp": "2026-01-01T00:00:00Z"},
    ],
    [2, "7", "StopTransaction", {"transactionId": 1, "meterStop": 5, "timestamp": "2026-01-01T00:00:00Z"}],
    [
        2,
        "8",
        "MeterValues",
        {"connectorId": 1, "meterValue": [{"timestamp": "2026-01-01T00:00:00Z", "sampledValue": [{"value": "1.5"}]}]},
    ],
    [2, "9", "DataTransfer", {"vendorId": "V", "data": "x"}],
    [2, "10", "FirmwareStatusNotification", {"status": "Idle"}],
    [2, "11", "SecurityEventNotification", {"type": "x", "timestamp": "2026-01-01T00:00:00Z"}],
    [3, "12", {"status": "Accepted"}],
    [4, "13", "InternalError", "", {}],
]
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["", "NaN", "\x00", "9" * 400, "2026-13-45T99:99:99Z", "Accepted", -1, 0, 2**31, 2**63, 1e308]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)


@st.composite
def mutants(draw: st.DrawFn) -> str:
    """A good frame, broken in its structure, then perhaps in its text."""
    frame = json.loads(json.dumps(draw(st.sampled_from(GOOD))))
    for _ in range(draw(st.integers(0, 3))):
        break_somewhere(draw, frame)
    text = json.dumps(frame)
    match draw(st.integers(0, 9)):
        case 0:
            return text[: draw(st.integers(0, len(text)))]
        case 1:
            at = draw(st.integers(0, len(text)))
            return text[:at] + draw(st.text(max_size=5)) + text[at:]
        case 2:
            return "[" * draw(st.integers(1, 2000)) + text
        case 3:
            return text.replace("1", "1" * draw(st.integers(1, 6000)), 1)
        case _:
            return text


def break_somewhere(draw: st.DrawFn, value: object) -> None:
    """Replace, remove or add one thing somewhere inside."""
    while isinstance(value, list | dict) and value:
        keys = list(range(len(value))) if isinstance(value, list) else list(value)
        key = draw(st.sampled_from(keys))
        if isinstance(value[key], list | dict) and value[key] and draw(st.booleans()):
            value = value[key]
            continue
        match draw(st.integers(0, 2)):
            case 0:
                value[key] = draw(JUNK)
            case 1:
                del value[key]
            case _:
                if isinstance(value, list):
                    value.insert(key, draw(JUNK))
                else:
                    value[draw(st.text(max_size=10))] = draw(JUNK)
        return


async def test_a_thousand_mutated_frames_leave_the_connection_answering(
    arrive: Arrive, panel: Panel, bridge: BridgeProcess
):
    box = await arrive("MUTANT", MUTANT, strict=False)
    frames = collect(1000)
    assert len(frames) == 1000
    for number, frame in enumerate(frames):
        await box.send_raw(frame)
        if number % 50 == 0:
            assert "currentTime" in await box.send("Heartbeat"), frame
    assert "currentTime" in await box.send("Heartbeat")
    started = await box.send(
        "StartTransaction", {"connectorId": 1, "idTag": "CARD", "meterStart": 1, "timestamp": box.now().isoformat()}
    )
    assert started["idTagInfo"]["status"] == "Accepted"
    assert "Traceback" not in bridge.log.read_text()
    assert all(json.loads(text)[0] in {3, 4} for text in box.unreadable)
    assert bridge.pid
    await panel.rest(MUTANT.prefix)


def collect(count: int) -> list[str]:
    """That many mutants, the same in every run."""
    found: list[str] = []

    @settings(
        max_examples=count * 2,
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(mutants())
    def note(frame: str) -> None:
        found.append(frame)

    note()
    return found[:count]


async def test_frames_that_are_no_text_or_too_long_do_not_end_the_bridge(arrive: Arrive, bridge: BridgeProcess):
    box = await arrive("BOTH", BOTH, strict=False)
    await box.send_raw(b"\x00\xff\xfe")
    await box.abort()
    await box.connect()
    await box.send_raw("[" + "1," * 600_000 + "1]")
    await box.closed()
    await box.abort()
    await box.connect()
    assert "currentTime" in await box.send("Heartbeat")
    assert bridge.pid


async def test_telegrams_of_the_wrong_length_are_dropped_and_named(arrive: Arrive, panel: Panel, bridge: BridgeProcess):
    box: FakeCharger = await arrive("SHORT", SHORT)
    await box.plug()
    await panel.expect(SHORT.state("status"), b"\x01")
    bridge.new_log()
    wrong = [
        ("charging", b"\x01"),
        ("charging", b"\x01\x02"),
        ("max_current", b"\x41\x20"),
        ("max_current", b"\x41\x20\x00\x00\x00"),
        ("max_current", True),
        ("availability", b"\x00\x00\x00\x00"),
        ("unlock", b"\x01" * 14),
    ]
    for key, payload in wrong:
        await panel.write(SHORT.command(key), payload)
    await panel.expect_nothing(SHORT.prefix, 1)
    assert box.fresh_calls() == []
    log = bridge.new_log()
    for key, _ in wrong:
        assert SHORT.command(key) in log
    assert "15.15." in log
    await panel.write(SHORT.command("charging"), True)
    await box.expect_call("RemoteStartTransaction")
    await box.charges()
    await panel.expect(SHORT.state("charging"), True)
    await panel.rest(SHORT.prefix)
