"""How a simulated charger is built."""

from dataclasses import dataclass

from knx_ocpp_bridge.ocpp.simulator.wire import Json


@dataclass(frozen=True, slots=True)
class Plan:
    """How this charger is built. Currents in A per phase."""

    connectors: int = 2
    phases: int = 3
    vendor: str = "KNX-OCPP bridge"
    model: str = "Simulated charger"
    serial: str = "SIM-0001"
    firmware: str = "1.0"
    meter_serial: str = ""
    """Told at boot, and in signed values; empty: the charger does not say which meter it has."""
    signs: bool = False
    """Its meter signs the register at the beginning and at the end of each transaction."""
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

    def introduction(self, firmware: str) -> Json:
        """The payload of BootNotification.req."""
        payload: Json = {
            "chargePointVendor": self.vendor,
            "chargePointModel": self.model,
            "chargePointSerialNumber": self.serial,
            "firmwareVersion": firmware,
        }
        return payload | {"meterSerialNumber": self.meter_serial} if self.meter_serial else payload
