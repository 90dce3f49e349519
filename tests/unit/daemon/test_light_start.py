"""A start loads nothing that only somebody at a page needs, or only a site that shares its current."""

import subprocess
import sys

HEAVY = ("ets.check", "ets.speech", "ets.knxproj", "ets.reading", "ets.export", "ets.xxter", "knx.secure.coverage")

ENERGY = ("core.energy.manager", "core.energy.sharing", "core.energy.plans", "core.energy.view", "daemon.energy.driver")


def test_no_reader_of_the_ets_is_loaded_before_it_is_asked_for():
    program = "import sys, knx_ocpp_bridge.daemon.main, knx_ocpp_bridge.daemon.website; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert "knx_ocpp_bridge.daemon.objects.ets_verbs" in loaded
    assert not {f"knx_ocpp_bridge.{name}" for name in HEAVY} & set(loaded)


def test_no_rule_about_energy_is_loaded_before_something_needs_it():
    program = "import sys, knx_ocpp_bridge.daemon.main, knx_ocpp_bridge.daemon.website; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert "knx_ocpp_bridge.daemon.energy.energy" in loaded
    assert not {f"knx_ocpp_bridge.{name}" for name in ENERGY} & set(loaded)
