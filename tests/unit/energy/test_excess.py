"""More flows than a charger was told: all of it counts, as soon as it is sure that the car had time to follow."""

from tests.kit.parking import Parking, circuit, key, outlet


def two(fuse_a: float = 20.0, *, each_a: float = 16.0) -> Parking:
    """Two that charge, and have what they were told."""
    site = Parking([circuit("main", fuse_a)], [outlet(name, "main", max_a=each_a) for name in ("ONE", "TWO")])
    site.plug("ONE", "TWO")
    site.pass_time(600)
    assert site.amperes() == {"ONE": fuse_a / 2, "TWO": fuse_a / 2}
    return site


def free_a(site: Parking) -> float:
    return site.look().circuits[0].free_a[0]


def test_chargers_that_round_up_are_told_less_until_the_sum_fits() -> None:
    site = two(15.0)
    for name in ("ONE", "TWO"):
        site.measure(name, 8.0)
    site.pass_time(120)
    assert site.amperes() == {"ONE": 7.0, "TWO": 7.0}
    for name in ("ONE", "TWO"):
        site.measure(name, 7.0)
    site.pass_time(300)
    assert site.amperes() == {"ONE": 7.0, "TWO": 7.0}, "half an ampere is not worth a try"


def test_what_one_takes_too_much_is_taken_from_what_is_given_out() -> None:
    site = two()
    site.measure("ONE", 10.6)
    site.look(1)
    assert sum(site.amperes().values()) <= 20.0 - 0.6 + 0.001
    assert free_a(site) <= 0.001


def test_what_a_meter_is_off_is_no_excess() -> None:
    site = two()
    site.measure("ONE", 10.2)
    site.measure("TWO", 10.1)
    site.pass_time(120)
    assert site.amperes() == {"ONE": 10.0, "TWO": 10.0}


def lowered(site: Parking) -> None:
    """Both have just confirmed less, for a third, and the newest measurement is from before."""
    for name in ("ONE", "TWO"):
        site.measure(name, 10.0)
    site.look(5)
    for name in ("ONE", "TWO"):
        site.set(name, base_a=6.0)
    site.look(1)
    site.obey()
    site.look(1)


def test_what_was_measured_before_a_limit_was_lowered_says_nothing() -> None:
    site = two()
    lowered(site)
    assert free_a(site) == 8.0
    site.pass_time(300)
    assert free_a(site) == 8.0, "however long nothing is measured"


def test_a_car_has_seconds_to_follow() -> None:
    site = two()
    lowered(site)
    site.look(4)
    site.measure("ONE", 9.0)
    assert free_a(site) == 8.0
    site.look(20)
    site.measure("ONE", 9.0)
    assert free_a(site) == 5.0


def test_who_is_always_on_the_way_to_less_is_not_believed_for_ever() -> None:
    site = two(32.0)
    limit_a = 16.0
    for _ in range(9):
        limit_a -= 1.0
        site.set("ONE", base_a=limit_a)
        site.look(1)
        site.obey()
        site.look(1)
        site.look(3)
        site.measure("ONE", 15.9)
        site.look(0)
    assert site.views[key("ONE")].promised_a == 7.0
    assert site.look().circuits[0].granted_a[0] >= 15.9 + 16.0


def test_another_car_begins_without_the_excess_of_the_last() -> None:
    site = two()
    site.measure("ONE", 12.0)
    site.pass_time(20)
    site.unplug("ONE")
    site.pass_time(400)
    site.plug("ONE")
    site.pass_time(600)
    assert site.amperes() == {"ONE": 10.0, "TWO": 10.0}


def test_a_charger_that_is_away_and_did_not_obey_counts_with_what_it_took() -> None:
    site = two()
    site.measure("ONE", 14.0)
    site.set("ONE", disobeys=True, online=False)
    site.pass_time(60)
    assert site.amperes()["TWO"] == 6.0
