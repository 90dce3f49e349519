"""Whatever bytes a peer sends, in whatever pieces: nothing is raised, little is kept, and a neighbour is answered."""

from hypothesis import given, settings
from hypothesis import strategies as st

from knx_ocpp_bridge.ocpp.websocket import MAX_HANDSHAKE_BYTES
from tests.kit.dialler import Dialler, HandTransport, Office, bare_connection
from tests.kit.hostile import chunks, handshakes, streams

BUFFER_BYTES = 16 * 1024


def pour(connection: object, transport: HandTransport, pieces: list[bytes]) -> None:
    """Hand the pieces over for as long as the connection stands, as the event loop would."""
    for piece in pieces:
        for start in range(0, len(piece), BUFFER_BYTES):
            if transport.aborted or transport.closed:
                return
            part = piece[start : start + BUFFER_BYTES]
            connection.get_buffer(-1)[: len(part)] = part
            connection.buffer_updated(len(part))


def still_serves(office: Office) -> None:
    good = Dialler(office.system, "/NEIGHBOUR", address="10.0.0.77")
    assert good.status == 101
    good.say('[2,"1","Nonsense",{}]')
    assert good.texts()


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_opening_is_answered_waited_for_or_ended(data: st.DataObject):
    office = Office()
    connection, transport = bare_connection(office.system)
    pour(connection, transport, data.draw(chunks(data.draw(handshakes() | st.binary(max_size=300)))))
    assert len(connection._rest) <= MAX_HANDSHAKE_BYTES + BUFFER_BYTES
    if transport.written:
        assert transport.written.startswith(b"HTTP/1.1 ")
    connection.connection_lost(None)
    assert not office.system._connections
    still_serves(office)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_frames_are_answered_waited_for_or_end_the_connection(data: st.DataObject):
    office = Office()
    box = Dialler(office.system)
    pour(box.connection, box.transport, data.draw(chunks(data.draw(streams()))))
    still_serves(office)
    office.pass_time(2000)
    assert box.transport.aborted or box.transport.closed
