"""What hostile bytes cost: memory by the connection, counted by the allocator."""

import tracemalloc

import pytest

from knx_ocpp_bridge.core.events import Metered
from knx_ocpp_bridge.ocpp.v16.coerce import MAX_ENTRIES
from tests.kit.dialler import Dialler, Office, deliver
from tests.kit.raw_peer import CONTINUATION, frame


@pytest.mark.parametrize(("piece", "most"), [(b"", 20_000), (b"yy", 400_000)])
def test_fragments_weigh_what_they_say_and_no_more(piece: bytes, most: int):
    """Fifty thousand of them: 100 kB at most of text, and the list of its parts would weigh twenty times that."""
    box = Dialler(Office().system)
    burst = frame(piece, CONTINUATION, fin=False) * 5000
    deliver(box.connection, frame(b"[", fin=False))
    deliver(box.connection, burst)
    tracemalloc.start()
    for _ in range(9):
        deliver(box.connection, burst)
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < most
    assert not box.transport.aborted


def test_of_readings_that_have_to_be_mended_the_last_five_thousand_count():
    """Three hundred thousand empty ones fit into a frame; mending them all would let every other charger wait."""
    office = Office()
    box = Dialler(office.system)
    good = '{"timestamp":"2026-01-01T00:00:00Z","sampledValue":[{"value":"7"}]}'
    box.say('[2,"1","MeterValues",{"connectorId":1,"meterValue":[' + "{}," * 300_000 + good + "]}]")
    (metered,) = [event for event in office.told() if isinstance(event, Metered)]
    assert len(metered.readings) <= MAX_ENTRIES
    assert metered.readings[-1].samples[0].value == 7
