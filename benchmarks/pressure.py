"""P6: 200 connectors that change every second: what the scheduler costs, and what the building notices of it."""

import asyncio
import itertools
import statistics
import time
from functools import partial
from typing import Final

from xknx.dpt.payload import DPTArray

from benchmarks.report import Line
from knx_ocpp_bridge.knx.sending.lanes import STARVED_S, Lane
from knx_ocpp_bridge.knx.sending.scheduler import Scheduler
from knx_ocpp_bridge.knx.sending.slot import Manner
from tests.kit.crowded_site import CONNECTORS, RATE, Site, at_work, pressed, writes
from tests.kit.paced_line import TimedLine
from tests.kit.tp_line import TpLine

_FEEDBACK_S: Final = 0.5
_BURST: Final = 20
_PRESSES: Final = 12
_BETWEEN_S: Final = 1.0
_NOTICES_S: Final = 5.0
"""So long others have talked when their share is counted, for as long again."""
_SOME, _MANY = 200, 2000
_STATES, _MEASUREMENTS = 1000, 600


def measure(rounds: int) -> list[Line]:
    """The scheduler alone, the edge that encodes for it, and both on a TP line in real time."""
    return [*_costs(rounds), *_patience(), *asyncio.run(_on_the_line())]


def _costs(rounds: int) -> list[Line]:
    some, many = ([_offer_us(objects) for _ in range(rounds)] for objects in (_SOME, _MANY))
    growth = [large / small for small, large in zip(some, many, strict=True)]
    edge = [_edge_us() for _ in range(rounds)]
    return [
        Line("P6", f"scheduler: one offer, {_MANY:,} objects change", statistics.median(many), "µs"),
        Line(
            "P6", f"scheduler: {_MANY:,} objects / {_SOME}", statistics.median(growth), "", 2.0,
            f"{min(growth):.3g} to {max(growth):.3g} in {rounds} rounds",
        ),
        Line("P6", "bus edge: one value encoded and kept, without a bus", statistics.median(edge), "µs"),
    ]  # fmt: skip


def _offer_us(objects: int) -> float:
    """CPU of one offer, everything that goes out at ten a second included."""
    scheduler = Scheduler(RATE)
    scheduler.bind({n: Manner(n, Lane.MEASUREMENT if n % 3 == 0 else Lane.STATUS) for n in range(objects)}, 0.0)
    scheduler.connected(0.0)
    beats = 20_000 // objects
    payloads = [DPTArray((beat,)) for beat in range(beats)]
    began = time.process_time()
    for beat, payload in enumerate(payloads):
        for n in range(objects):
            now_s = beat + n / objects
            scheduler.offer(n, payload, float(beat), now_s)
            if scheduler.take(now_s) is not None:
                scheduler.confirmed(now_s)
            scheduler.next_at(now_s)
    return (time.process_time() - began) / (beats * objects) * 1e6


def _edge_us() -> float:
    site = Site(1)
    began = time.process_time()
    for connector in range(CONNECTORS):
        site.change(connector)
    return (time.process_time() - began) / (CONNECTORS * 6.5) * 1e6


def _patience() -> list[Line]:
    """In simulated time: how long nothing is told of an object that changes every second."""
    lanes = dict(enumerate([Lane.STATUS] * _STATES + [Lane.MEASUREMENT] * _MEASUREMENTS))
    line = TimedLine({n: Manner(n, lane) for n, lane in lanes.items()}, rate=RATE)
    until_s = 2.5 * _STATES / RATE
    for beat in range(int(until_s)):
        for n in lanes:
            payload = DPTArray((beat >> 8, beat & 255))
            line.at(beat + n / len(lanes), partial(_offer, line, n, payload))
    line.run(until_s)
    return [
        Line("P6", f"longest silence of one of {_STATES:,} states", _silence_s(line, lanes, Lane.STATUS), "s",
             2 * _STATES / RATE + STARVED_S, "simulated; they have half of the line"),
        Line("P6", f"longest silence of one of {_MEASUREMENTS} measurements",
             _silence_s(line, lanes, Lane.MEASUREMENT), "s", 2 * _MEASUREMENTS / RATE + 2 * STARVED_S,
             "simulated, at the same time"),
    ]  # fmt: skip


def _offer(line: TimedLine, address: int, payload: DPTArray) -> None:
    line.scheduler.offer(address, payload, None, line.now)


def _silence_s(line: TimedLine, lanes: dict[int, Lane], lane: Lane) -> float:
    heard = {n: [0.0] for n, its in lanes.items() if its is lane}
    for said in line.said:
        if said.address in heard:
            heard[said.address].append(said.heard_s)
    return max(later - earlier for times in heard.values() for earlier, later in itertools.pairwise([*times, line.now]))


async def _on_the_line() -> list[Line]:
    lines: list[Line] = []
    for others, wins in ((0.0, 0.5), (0.9, 0.5), (0.9, 1.0)):
        async with TpLine() as line, at_work(Site(line.port)) as site:
            line.others_take(others, wins=wins)
            await asyncio.sleep(_NOTICES_S if others else 0.0)
            before = line.others
            await asyncio.sleep(_NOTICES_S if others else 0.0)
            passed = line.others - before
            took = []
            for connector in range(_PRESSES):
                took.append(await pressed(site, line, connector))
                await asyncio.sleep(_BETWEEN_S)
        where = f"{others:.0%} of others" + (", never winning" if wins == 1.0 else "")
        lines += [
            Line("P6", f"decision -> LED, {where}: median", statistics.median(took), "s", _FEEDBACK_S),
            Line("P6", f"decision -> LED, {where}: longest of {_PRESSES}", max(took), "s", _FEEDBACK_S),
            Line("P6", f"telegrams in the fullest 10 s, {where}", _fullest(line), "", _BURST + 10 * RATE),
        ]
        if others:
            share = passed / _NOTICES_S / line.others_ask_per_s
            lines.append(Line("P6", f"what the others get of theirs, {where}", share, ""))
    return lines


def _fullest(line: TpLine) -> float:
    times = [each.at_s for each in writes(line)]
    return max(sum(start <= at < start + 10 for at in times) for start in times)
