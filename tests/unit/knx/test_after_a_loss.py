"""What is told again when the bus is back after more than five seconds, and what is not."""

from xknx.dpt.payload import DPTArray

from knx_ocpp_bridge.knx.sending.scheduler import Scheduler
from knx_ocpp_bridge.knx.sending.slot import Manner

STATE, RESULT = 1, 2
OLD, NEW = DPTArray((0,)), DPTArray((1,))


def line():
    """A line on which a state and the result of a command were told."""
    scheduler = Scheduler(10)
    scheduler.bind({STATE: Manner("status"), RESULT: Manner("command_result", passing=True)}, 0.0)
    scheduler.connected(0.0)
    for address in (STATE, RESULT):
        scheduler.offer(address, OLD, 0.0, 0.0)
    assert told(scheduler, 1.0) == [STATE, RESULT]
    return scheduler


def told(scheduler, now):
    addresses = []
    while (at := scheduler.next_at(now)) is not None and at < now + 10:
        outgoing = scheduler.take(at)
        if outgoing is not None:
            addresses.append(outgoing.address)
            scheduler.confirmed(at)
    return addresses


def test_the_result_of_a_command_is_not_told_again_as_nobody_has_pressed():
    scheduler = line()
    scheduler.disconnected(20.0, 20.0)
    scheduler.connected(60.0)
    assert told(scheduler, 60.0) == [STATE]


def test_a_result_of_the_time_without_a_bus_is_told():
    scheduler = line()
    scheduler.disconnected(20.0, 20.0)
    scheduler.offer(RESULT, NEW, 1.0, 30.0)
    scheduler.connected(60.0)
    assert sorted(told(scheduler, 60.0)) == [STATE, RESULT]
