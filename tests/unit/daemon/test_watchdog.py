"""The watchdog is fed by progress."""

import asyncio
from dataclasses import dataclass, field

from knx_ocpp_bridge.daemon import watchdog


@dataclass
class Charger:
    stuck: bool = False
    turns: int = 0

    def post(self, _event):
        self.turns += not self.stuck


@dataclass
class Systemd:
    fed: int = 0

    def watchdog(self):
        self.fed += 1


@dataclass
class House:
    actors: dict = field(default_factory=dict)


async def fed_within_two_rounds(house: House, monkeypatch) -> int:
    systemd = Systemd()
    rounds = 0

    async def pass_time(_seconds):
        nonlocal rounds
        rounds += 1
        if rounds > 2:
            raise asyncio.CancelledError

    monkeypatch.setattr(watchdog.asyncio, "sleep", pass_time)
    try:
        await watchdog.feed(systemd, house, 30.0)
    except asyncio.CancelledError:
        return systemd.fed
    raise AssertionError("it feeds for ever")


async def test_it_is_fed_while_every_charger_is_served(monkeypatch):
    assert await fed_within_two_rounds(House({"A": Charger(), "B": Charger()}), monkeypatch) == 2


async def test_a_charger_that_is_stuck_lets_it_starve(monkeypatch):
    assert await fed_within_two_rounds(House({"A": Charger(), "B": Charger(stuck=True)}), monkeypatch) == 0
