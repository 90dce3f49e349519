"""A building of any size: chargers with one connector and its twelve group objects each."""

from pathlib import Path
from typing import Final

_SENDS: Final = (
    "status",
    "error_code",
    "charging",
    "availability",
    "transaction_energy",
    "start_time",
    "end_time",
    "current",
    "max_current",
)
_RECEIVES: Final = ("charging", "reservation", "availability", "unlock", "max_current", "reset")
_PER_CHARGER: Final = 16
_FIRST: Final = 0x0800


def state_address(charger: int, key: str) -> int:
    """The raw group address on which this object is sent."""
    return _FIRST + charger * _PER_CHARGER + _SENDS.index(key)


def command_address(charger: int, key: str) -> int:
    """The raw group address on which this object is commanded."""
    return _FIRST + charger * _PER_CHARGER + len(_SENDS) + _RECEIVES.index(key)


def write(path: Path, chargers: int, *, port: int, gateway_port: int, rate_limit: int = 10, password: str = "") -> Path:
    """The configuration file: everything left out is as it comes. `password`: all have security profile 2 with it."""
    lines = [
        f"knx: {{connection: tunneling, gateway: '127.0.0.1:{gateway_port}', rate_limit: {rate_limit}}}",
        f"ocpp: {{listen: '127.0.0.1:{port}'{', security_profile: 2' if password else ''}}}",
        "authorization: {mode: all}",
        "chargers:",
    ]
    for number in range(chargers):
        lines.append(f"  - id: BENCH{number:04d}")
        lines += [f"    password: '{password}'"] if password else []
        lines += ["    connectors:", "      - id: 1", "        group_objects:"]
        for key in dict.fromkeys((*_SENDS, *_RECEIVES)):
            addresses = []
            if key in _RECEIVES:
                addresses.append(f"address: {_shown(command_address(number, key))}")
            if key in _SENDS:
                addresses.append(f"state_address: {_shown(state_address(number, key))}")
            lines.append(f"          {key}: {{{', '.join(addresses)}}}")
    path.write_text("\n".join(lines) + "\n")
    return path


def _shown(raw: int) -> str:
    return f"{raw >> 11}/{raw >> 8 & 7}/{raw & 255}"
