"""The server's certificates stay valid and true to the machine's names without anybody's help."""

import asyncio
import logging
import threading

import pytest

from knx_ocpp_bridge.pki import keeper as keepers
from knx_ocpp_bridge.pki.keeper import HOUR_S, SOON_S
from knx_ocpp_bridge.pki.names import Names
from tests.unit.pki.certificates import DAY
from tests.unit.pki.conftest import House, LookOverError
from tests.unit.pki.handshakes import charger, connect

pytestmark = pytest.mark.usefixtures("quick")


def fingerprints(keeper) -> list[str]:
    return [row["fingerprint"] for row in keeper.facts()["own"]]


@pytest.mark.parametrize(("days", "renewed"), [(0, False), (768, False), (770, True), (2000, True)])
def test_certificates_are_renewed_when_thirty_days_are_left(house, days, renewed):
    keeper = house.keeper()
    before = fingerprints(keeper)
    house.now += days * DAY
    assert keeper.renew_if_due() is renewed
    assert all((one == other) is not renewed for one, other in zip(before, fingerprints(keeper), strict=True))
    assert not keeper.renew_if_due()


@pytest.mark.parametrize(
    ("addresses", "hosts", "renewed"),
    [
        ((*("192.168.1.10", "fd00::10"), "192.168.1.11"), ("bridge",), True),
        (("192.168.1.10",), ("bridge", "keller.local"), True),
        (("192.168.1.10",), ("bridge",), False),
        (("127.0.0.1", "FD00:0::10"), ("BRIDGE.local.",), False),
        ((), (), False),
    ],
)  # fmt: skip
def test_a_new_name_is_a_reason_and_one_that_has_gone_is_none(house, addresses, hosts, renewed):
    keeper = house.keeper()
    house.names = Names(addresses, hosts)
    assert keeper.renew_if_due() is renewed
    assert not keeper.renew_if_due()


def test_a_name_that_has_gone_is_left_out_when_there_is_another_reason(house):
    keeper = house.keeper()
    house.names = Names(("10.0.0.7",), ("bridge",))
    assert keeper.renew_if_due()
    assert [row["addresses"] for row in keeper.facts()["own"]] == [["10.0.0.7"]] * 2


def test_a_clock_that_stands_in_the_past_after_a_power_cut_renews_nothing(house):
    keeper = house.keeper()
    house.now = house.now.replace(year=2000)
    assert not keeper.renew_if_due()


def test_what_was_made_while_the_clock_was_ahead_is_made_again_when_it_is_right(house):
    keeper = house.keeper()
    house.now += 900 * DAY
    assert keeper.renew_if_due()
    house.now -= 900 * DAY
    assert keeper.renew_if_due()
    assert connect(keeper.context(), charger(keeper.root_pem())).say(b"[2]") == b"[2]"


def test_what_is_made_while_the_clock_stands_in_the_past_is_valid_today(plot):
    today, plot.now = plot.now, plot.now.replace(year=2000)
    keeper = plot.keeper()
    plot.now = today
    assert connect(keeper.context(), charger(keeper.root_pem())).say(b"[2]") == b"[2]"
    assert not keeper.renew_if_due()


def test_no_server_certificate_outlives_the_root(house):
    keeper = house.keeper()
    house.now = house.now.replace(year=2050, month=6)
    assert keeper.renew_if_due()
    assert {row["not_after"][:10] for row in keeper.facts()["own"]} == {keeper.facts()["root"]["not_after"][:10]}


async def look(keeper) -> None:
    with pytest.raises(LookOverError):
        await keeper.run()


async def test_the_first_look_comes_at_once_and_renews_beside_the_running_loop(house, monkeypatch):
    keeper = house.keeper()
    house.now += 780 * DAY
    threads = []
    issue = keepers.Stock.issue

    def watched(*args):
        threads.append(threading.current_thread())
        issue(*args)

    monkeypatch.setattr(keepers.Stock, "issue", watched)
    before = fingerprints(keeper)
    await look(keeper)
    assert fingerprints(keeper) != before
    assert threading.main_thread() not in threads


async def test_looks_are_close_after_the_start_and_hourly_later(house):
    waits: list[float] = []

    async def sleep(wait_s: float) -> None:
        waits.append(wait_s)
        if len(waits) == 10:
            raise asyncio.CancelledError

    keeper = keepers.Keeper(house.folder, lambda: house.names, lambda: house.now, sleep=sleep)
    keeper.open()
    with pytest.raises(asyncio.CancelledError):
        await keeper.run()
    assert waits == [*SOON_S, *[HOUR_S] * 5]


async def test_a_renewal_is_one_line_in_the_log_that_says_why(house, caplog):
    caplog.set_level(logging.INFO)
    keeper = house.keeper()
    house.names = Names(("10.0.0.7",), ("bridge",))
    await look(keeper)
    await look(keeper)
    (line,) = [record.getMessage() for record in caplog.records if "renewed" in record.msg]
    assert "10.0.0.7 is new" in line
    assert "no connection was closed" in line


async def test_a_renewal_that_fails_is_told_and_tried_again_and_ends_nothing(house, caplog, monkeypatch):
    keeper = house.keeper()
    house.now += 790 * DAY
    root = house.folder / "ca.pem"
    content = root.read_bytes()
    root.unlink()
    before = fingerprints(keeper)
    await look(keeper)
    assert fingerprints(keeper) == before
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    root.write_bytes(content)
    await look(keeper)
    assert fingerprints(keeper) != before


async def test_people_can_have_it_renewed_at_any_time(house):
    keeper = house.keeper()
    context, before = keeper.context(), fingerprints(keeper)
    line = connect(context, charger(keeper.root_pem()))
    await keeper.renew()
    assert all(one != other for one, other in zip(before, fingerprints(keeper), strict=True))
    assert line.say(b"[2]") == b"[2]"
    assert connect(context, charger(keeper.root_pem())).shown() != line.shown()


async def test_an_order_from_another_thread_is_served_by_the_loop_alone(house, monkeypatch):
    where = []
    serve = keepers.Live.serve

    def watched(live, served):
        where.append(threading.current_thread())
        serve(live, served)

    monkeypatch.setattr(keepers.Live, "serve", watched)
    keeper = house.keeper()
    keeper.context()
    await look(keeper)
    house.now += 780 * DAY
    assert await asyncio.to_thread(keeper.renew_if_due)
    assert where == [threading.main_thread()]


async def test_the_end_of_the_root_is_told_two_years_before(house, caplog):
    keeper = house.keeper()
    house.now = house.now.replace(year=2049, month=6)
    await look(keeper)
    assert not [record for record in caplog.records if "ca.pem" in record.getMessage()]
    house.now = house.now.replace(year=2050)
    await look(keeper)
    assert [record.levelname for record in caplog.records if "ca.pem" in record.getMessage()] == ["WARNING"]


def test_two_listeners_of_different_kinds_are_renewed_together(house: House):
    keeper = house.keeper()
    contexts = [keeper.context(compat=compat, clients=clients) for compat in (False, True) for clients in (False, True)]
    house.now += 780 * DAY
    keeper.renew_if_due()
    house.now -= 780 * DAY
    trusting = charger(keeper.root_pem())
    trusting.check_hostname, trusting.verify_mode = False, 0
    assert len({connect(context, trusting).shown() for context in contexts}) == 1
