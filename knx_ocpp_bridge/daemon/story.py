"""The demo's story: what happens in the building, and which telegrams must follow."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

CONFIGURATION: Final = """\
site:
  name: Demo
  timezone: Europe/Amsterdam
knx:
  connection: tunneling
  gateway: 127.0.0.1:{knx_port}
ocpp:
  listen: 127.0.0.1:{ocpp_port}
chargers:
  - id: DEMO-1
    name: Garage
    connectors:
      - id: 1
        normal_current: 10
        fast_current: 16
        max_current: 16
        group_objects_from: {{scheme: xxter, base: 9/7/0}}
        group_objects:
          power: {{state_address: 9/7/43}}
          online: {{state_address: 9/7/102}}
          command_result: {{state_address: 9/7/103}}
          energy_today: {{state_address: 9/7/104}}
          last_charge_counter: {{state_address: 9/7/105}}
"""

CHARGER: Final = "DEMO-1"

SWITCH: Final = "1.1.200"
"""Individual address of the scripted wall switch."""

Check = Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class Expected:
    """A telegram from the bridge that must be seen: its group address, and what it may carry."""

    address: str
    meaning: str
    check: Check


@dataclass(frozen=True, slots=True)
class Chapter:
    """One thing that happens, and what the building must then see."""

    title: str
    charger: str | None = None
    """A command of the simulated charger."""
    write: tuple[str, bytes] | None = None
    """A telegram of the wall switch or panel: group address and payload."""
    read: str | None = None
    """A state address that the panel reads."""
    expected: tuple[Expected, ...] = ()


def exactly(payload: str) -> Check:
    """The payload in hexadecimal."""
    wanted = bytes.fromhex(payload)
    return lambda seen: seen == wanted


def of_length(length: int) -> Check:
    """Any value of that many bytes: times and measurements differ from run to run."""
    return lambda seen: len(seen) == length


CHAPTERS: Final = (
    Chapter(
        "The charger connects and tells its state",
        expected=(
            Expected("9/7/102", "online 1", exactly("01")),
            Expected("9/7/0", "status 0 Available", exactly("00")),
            Expected("9/7/4", "availability 1", exactly("01")),
            Expected("9/7/1", "charging 0", exactly("00")),
            Expected("9/7/41", "max_current 10 A", exactly("41200000")),
        ),
    ),
    Chapter(
        "A panel reads the status",
        read="9/7/0",
        expected=(Expected("9/7/0", "answer: status 0", exactly("00")),),
    ),
    Chapter(
        "A car is plugged in",
        charger="plug 1",
        expected=(Expected("9/7/0", "status 1 Preparing", exactly("01")),),
    ),
    Chapter(
        "The wall switch is pressed: 1",
        write=("9/7/2", b"\x01"),
        expected=(
            Expected("9/7/103", "command_result 0 accepted", exactly("00")),
            Expected("9/7/1", "charging 1: the LED is on", exactly("01")),
            Expected("9/7/0", "status 2 Charging", exactly("02")),
            Expected("9/7/20", "start_time", of_length(3)),
            Expected("9/7/40", "current 10 A", exactly("41200000")),
            Expected("9/7/43", "power", of_length(4)),
        ),
    ),
    Chapter(
        "A panel sets the limit to 16 A",
        write=("9/7/42", bytes.fromhex("41800000")),
        expected=(
            Expected("9/7/41", "max_current 16 A", exactly("41800000")),
            Expected("9/7/40", "current 16 A", exactly("41800000")),
        ),
    ),
    Chapter(
        "The wall switch is pressed again: 0",
        write=("9/7/2", b"\x00"),
        expected=(
            Expected("9/7/1", "charging 0: the LED is off", exactly("00")),
            Expected("9/7/0", "status 5 Finishing", exactly("05")),
            Expected("9/7/10", "transaction_energy", of_length(4)),
            Expected("9/7/30", "end_time", of_length(3)),
            Expected("9/7/40", "current 0 A", exactly("00000000")),
            Expected("9/7/104", "energy_today", of_length(4)),
            Expected("9/7/105", "last_charge_counter 1", exactly("0001")),
        ),
    ),
    Chapter(
        "The car is unplugged",
        charger="unplug 1",
        expected=(Expected("9/7/0", "status 0 Available", exactly("00")),),
    ),
)
