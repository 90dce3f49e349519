"""What hostile bytes cost: memory by the connection, counted by the allocator."""

import tracemalloc

import pytest

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
