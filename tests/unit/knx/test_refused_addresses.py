"""Group addresses that are linked to nothing: each telegram there costs four, and must not keep others waiting."""

import pytest
from xknx.dpt.payload import DPTArray

from knx_ocpp_bridge.knx.sending.lanes import Lane
from knx_ocpp_bridge.knx.sending.scheduler import Scheduler
from knx_ocpp_bridge.knx.sending.slot import Manner

GOOD = 1
REPEATED = 4.0
"""Telegrams on the line for one that nobody acknowledges."""


class Site:
    """A scheduler at 10 telegrams a second on a line where `GOOD` alone is acknowledged."""

    def __init__(self, unlinked, lane=Lane.STATUS):
        self.now = 0.0
        self.unlinked = range(100, 100 + unlinked)
        self.line = Scheduler(10)
        self.line.bind({address: Manner(address, lane) for address in (GOOD, *self.unlinked)}, 0.0)
        self.line.connected(0.0)
        self.said = []

    def changes(self, address, value):
        self.line.offer(address, DPTArray((value,)), float(value), self.now)

    def runs(self, seconds):
        end = self.now + seconds
        while self.now < end:
            outgoing = self.line.take(self.now)
            if outgoing is None:
                self.now += 0.05
                continue
            self.now += 0.025
            self.said.append((self.now, outgoing.address))
            if outgoing.address == GOOD:
                self.line.confirmed(self.now)
            else:
                self.line.failed(self.now, REPEATED)

    def times(self, address):
        return [at for at, each in self.said if each == address]


@pytest.fixture
def site():
    site = Site(1000)
    for address in site.unlinked:
        site.changes(address, 1)
    site.runs(1200)  # each of them was tried twice
    site.said.clear()
    return site


def test_a_state_that_somebody_hears_does_not_wait_behind_a_thousand_that_nobody_hears(site):
    for value in range(1, 20):
        site.changes(GOOD, value)
        began = site.now
        site.runs(10)
        assert site.times(GOOD)[-1] - began < 1.0


def test_what_nobody_acknowledges_is_tried_ever_more_seldom_and_never_given_up(site):
    site.runs(4 * 3600)
    tried = site.times(site.unlinked[0])
    assert 2 <= len(tried) <= 6
    assert tried[-1] - tried[-2] >= 1800


def test_a_read_shows_that_somebody_is_there_and_the_state_is_told_at_once(site):
    address = site.unlinked[7]
    site.line.asked(address, site.now)
    began = site.now
    site.runs(2)
    assert [at - began < 1 for at in site.times(address)[:2]] == [True, True]  # the answer, and the state itself


def test_a_switch_is_answered_there_all_the_same(site):
    address = site.unlinked[3]
    site.line.expect(address, site.now, first=True)
    site.changes(address, 9)
    began = site.now
    site.runs(1)
    assert site.times(address)[0] - began < 0.5


def test_a_gateway_in_trouble_is_no_refusal():
    site = Site(1)
    site.changes(100, 1)
    for wait in (1.0, 2.0, 5.0):
        outgoing = site.line.take(site.now)
        assert outgoing.address == 100
        site.line.failed(site.now)
        site.now += wait
