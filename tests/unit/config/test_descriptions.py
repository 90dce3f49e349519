"""An object is described by what it does where it stands: a fault of the bridge is an alarm, not a charger's state."""

import pytest

from knx_ocpp_bridge.config.schema import schema
from knx_ocpp_bridge.config.table import lines

BOUND = """
group_objects: {fault: {state_address: 1/0/1}, error_text: {state_address: 1/0/2}}
chargers:
  - id: A
    group_objects: {fault: {state_address: 1/1/1}, error_text: {state_address: 1/1/2}}
    connectors: [{id: 1, group_objects: {fault: {state_address: 1/2/1}, error_text: {state_address: 1/2/2}}}]
"""


def test_the_table_tells_the_fault_of_the_bridge_from_that_of_a_charger(installer):
    told = {(line.owner, line.object): line.function for line in lines(installer.load(BOUND))}
    assert "alarm" in told["bridge", "fault"]
    assert "alarm" in told["bridge", "error_text"]
    for owner in ("A/0", "A/1"):
        assert told[owner, "fault"] == "Faulted, or not connected"
        assert "vendor code" in told[owner, "error_text"]


@pytest.mark.parametrize("key", ["fault", "error_text"])
def test_so_does_the_schema_that_editors_read(key):
    whole = schema()
    of_bridge = whole["properties"]["group_objects"]["properties"][key]["description"]
    of_connector = whole["$defs"]["Connector"]["properties"]["group_objects"]["properties"][key]["description"]
    assert "alarm" in of_bridge
    assert "alarm" not in of_connector
