"""How a simulated charger is built."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """How this charger is built. Currents in A per phase."""

    connectors: int = 2
    phases: int = 3
    vendor: str = "KNX-OCPP bridge"
    model: str = "Simulated charger"
    serial: str = "SIM-0001"
    firmware: str = "1.0"
    hardware_max_a: float = 32.0
    car_max_a: float = 16.0
    reboot_s: float = 5.0
    boots_on_reconnect: bool = False
    meter_wh: int = 10_000
    """The register of each connector when the charger leaves the factory."""
    time_lapse: float = 1.0
    """Energy flows this many times faster than it would; 0: the register moves by `meter` alone."""
    work_s: float = 2.0
    """How long one step of an upload or an installation takes."""
    without: frozenset[str] = frozenset()
    """Actions and configuration keys that this charger does not know."""
