"""Whoever guesses passwords waits; whoever owns the bridge is not locked out by strangers."""

import pytest

from knx_ocpp_bridge.daemon.access.throttle import (
    FORGOTTEN_AFTER_S,
    FREE_PER_ADDRESS,
    FREE_PER_LINK,
    FREE_PER_USER,
    LONGEST_PER_ADDRESS_S,
    LONGEST_PER_USER_S,
    MOST_TALLIES,
    Throttle,
)

HOME, AWAY = "192.168.1.5", "192.168.1.66"


def fail(throttle, address, user, times, now_s=0.0):
    for _ in range(times):
        throttle.tries(address, user, now_s)


def test_a_few_slips_cost_nothing():
    throttle = Throttle()
    fail(throttle, HOME, "lodger", FREE_PER_ADDRESS - 1)
    assert throttle.wait_s(HOME, "lodger", 0.0) == 0


def test_each_wrong_password_after_that_doubles_the_wait_up_to_a_quarter_of_an_hour():
    throttle = Throttle()
    fail(throttle, AWAY, "lodger", FREE_PER_ADDRESS)
    waits = []
    for number in range(14):
        waits.append(throttle.wait_s(AWAY, f"user{number}", 0.0))
        throttle.tries(AWAY, f"user{number}", 0.0)
    assert waits[:4] == [1, 2, 4, 8]
    assert waits[-1] == LONGEST_PER_ADDRESS_S


def test_a_guesser_gets_fewer_than_two_hundred_tries_a_day():
    throttle, tries, now_s = Throttle(), 0, 0.0
    while now_s < 86_400:
        wait_s = throttle.wait_s(AWAY, "lodger", now_s)
        if wait_s:
            now_s += wait_s
        else:
            throttle.tries(AWAY, "lodger", now_s)
            tries += 1
    assert tries < 200


def test_many_tries_at_once_are_no_way_round():
    throttle = Throttle()
    fail(throttle, AWAY, "lodger", FREE_PER_ADDRESS)  # none of them has been answered yet
    assert throttle.wait_s(AWAY, "lodger", 0.0) > 0


def test_a_guesser_with_many_addresses_is_slowed_by_the_name():
    throttle = Throttle()
    for number in range(FREE_PER_USER + 10):
        throttle.tries(f"10.0.0.{number}", "Lodger", 0.0)
    assert throttle.wait_s("10.0.1.1", "lodger", 0.0) == LONGEST_PER_USER_S


def test_the_owner_gets_in_from_where_he_has_been_before_whatever_strangers_try():
    throttle = Throttle()
    throttle.succeeded(HOME, "lodger")
    for number in range(200):
        throttle.tries(f"10.0.0.{number}", "lodger", 0.0)
    assert throttle.wait_s(HOME, "lodger", 0.0) == 0


def test_the_owner_at_a_new_address_waits_a_minute_at_most():
    throttle = Throttle()
    for number in range(5000):
        throttle.tries(f"10.0.{number // 250}.{number % 250}", "lodger", number * 0.01)
    assert throttle.wait_s("172.16.0.1", "lodger", 50.0) <= LONGEST_PER_USER_S


def test_the_right_password_clears_the_address():
    throttle = Throttle()
    fail(throttle, HOME, "lodger", FREE_PER_ADDRESS + 2)
    throttle.succeeded(HOME, "lodger")
    assert throttle.wait_s(HOME, "lodger", 0.0) == 0


def test_a_login_of_ones_own_forgives_no_guess_at_somebody_else():
    throttle, now_s, looked_at = Throttle(), 0.0, 0
    while now_s < 3600:
        throttle.succeeded(AWAY, "guest")
        if not throttle.wait_s(AWAY, "lodger", now_s):
            throttle.tries(AWAY, "lodger", now_s)
            looked_at += 1
        now_s += 10
    assert looked_at < 20


def test_a_login_elsewhere_does_not_forgive_what_strangers_tried_with_the_name():
    throttle = Throttle()
    for number in range(FREE_PER_USER + 10):
        throttle.tries(f"10.0.0.{number}", "lodger", 0.0)
    throttle.tries(HOME, "lodger", 0.0)
    throttle.succeeded(HOME, "lodger")
    assert throttle.wait_s("10.0.1.1", "lodger", 0.0) == LONGEST_PER_USER_S


def test_a_guesser_where_the_owner_has_been_is_slowed():
    throttle = Throttle()
    throttle.succeeded(HOME, "lodger")
    fail(throttle, HOME, "lodger", FREE_PER_ADDRESS + 3)
    for number in range(3 * MOST_TALLIES):  # no flood makes it forget that
        throttle.tries(f"10.{number // 250}.{number % 250}.1", f"user{number}", 0.0)
    assert throttle.wait_s(HOME, "lodger", 0.0) == 8


def test_the_owner_is_let_in_where_he_has_been_whatever_is_tried_there_with_other_names():
    throttle = Throttle()
    throttle.succeeded(HOME, "lodger")
    for number in range(50):
        throttle.tries(HOME, f"user{number}", 0.0)
    assert throttle.wait_s(HOME, "lodger", 0.0) == 0
    assert throttle.wait_s(HOME, "guest", 0.0) > 0


def test_a_try_that_nobody_looked_at_is_none():
    throttle = Throttle()
    for _ in range(3 * FREE_PER_USER):
        throttle.tries(HOME, "lodger", 0.0)
        throttle.take_back(HOME, "lodger")
    assert throttle.wait_s(HOME, "lodger", 0.0) == 0
    fail(throttle, HOME, "lodger", FREE_PER_ADDRESS)
    assert throttle.wait_s(HOME, "lodger", 0.0) == 1


def test_an_hour_of_peace_forgets():
    throttle = Throttle()
    fail(throttle, HOME, "lodger", 30)
    assert throttle.wait_s(HOME, "lodger", FORGOTTEN_AFTER_S) == 0


def test_one_household_of_ipv6_is_one_address():
    throttle = Throttle()
    for number in range(FREE_PER_ADDRESS):
        throttle.tries(f"2001:db8:1:2::{number:x}", f"user{number}", 0.0)
    assert throttle.wait_s("2001:db8:1:2:ffff::1", "lodger", 0.0) > 0
    assert throttle.wait_s("2001:db8:1:3::1", "lodger", 0.0) == 0


OWN = "20010db8000100020000000000000001 02 40 00 80     eth0\n"


@pytest.mark.parametrize("block", ["fe80", "fd00:1:2:3", "2001:db8:1:2"], ids=["link", "local", "ours"])
def test_hosts_of_the_same_local_network_are_not_one_address(block):
    throttle = Throttle(lambda: OWN)
    fail(throttle, f"{block}::bad%eth0", "lodger", FREE_PER_ADDRESS)
    assert throttle.wait_s(f"{block}::bad", "guest", 0.0) > 0
    assert throttle.wait_s(f"{block}::1", "guest", 0.0) == 0


def test_whoever_invents_addresses_in_the_local_network_is_slowed_in_the_end_and_the_owner_is_not():
    throttle = Throttle(lambda: "")
    throttle.know("fd00::1", "lodger")
    for number in range(FREE_PER_LINK + 20):
        throttle.tries(f"fd00::bad:{number:x}", f"user{number}", 0.0)
    assert throttle.wait_s("fd00::bad:ffff", "guest", 0.0) == LONGEST_PER_ADDRESS_S
    assert throttle.wait_s("fd00::1", "lodger", 0.0) == 0


def test_an_ipv4_address_in_ipv6_clothes_is_the_same():
    throttle = Throttle()
    fail(throttle, f"::ffff:{AWAY}", "lodger", FREE_PER_ADDRESS)
    assert throttle.wait_s(AWAY, "guest", 0.0) > 0


def test_no_flood_of_names_and_addresses_grows_anything():
    throttle = Throttle()
    for number in range(3 * MOST_TALLIES):
        throttle.tries(f"2001:db8:{number // 65536:x}:{number % 65536:x}::1", f"user{number}", 0.0)
        throttle.succeeded(f"2001:db8:{number // 65536:x}:{number % 65536:x}::1", f"user{number}")
        throttle.tries(f"2001:db8:{number // 65536:x}:{number % 65536:x}::1", f"user{number}", 0.0)
        throttle.tries(f"fd00:{number % 65536:x}::1", f"user{number}", 0.0)
    counted = (throttle._addresses, throttle._links, throttle._users, throttle._pairs, throttle._owners)
    kept = (*(tallies._tallies for tallies in counted), throttle._familiar)
    assert all(len(table) <= MOST_TALLIES for table in kept)
