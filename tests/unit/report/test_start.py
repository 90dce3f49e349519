"""What only paper needs costs a start nothing."""

import subprocess
import sys


def test_neither_the_bridge_nor_a_list_of_sessions_loads_what_makes_paper():
    program = (
        "import sys, knx_ocpp_bridge.daemon.main, knx_ocpp_bridge.cli.sessions, knx_ocpp_bridge.cli.report\n"
        "print([name for name in ('jinja2', 'xlsxwriter', 'weasyprint') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
