from tests.kit.polite_central import PoliteCentral
from tests.unit.simulator.test_answers import profile, set_profile
from tests.unit.simulator.test_charging import booted, charging


def schedule(central: PoliteCentral, connector: int = 1, duration_s: int = 3600, **more: object) -> list[tuple]:
    answer = central.ask("GetCompositeSchedule", {"connectorId": connector, "duration": duration_s} | more)
    assert answer is not None
    assert answer["status"] == "Accepted"
    assert answer["connectorId"] == connector
    return [(p["startPeriod"], p["limit"]) for p in answer["chargingSchedule"]["chargingSchedulePeriod"]]


def stepped(*steps: tuple[int, float], **more: object) -> dict[str, object]:
    """A default profile that began a minute before noon."""
    wanted = profile("TxDefaultProfile", 0, **more)
    wanted["chargingSchedule"]["chargingSchedulePeriod"] = [{"startPeriod": s, "limit": limit} for s, limit in steps]
    return wanted


def test_without_a_profile_the_charger_itself_is_the_limit():
    assert schedule(booted()) == [(0, 32.0)]
    assert schedule(booted(), chargingRateUnit="W") == [(0, 22080.0)]


def test_every_step_of_a_schedule_is_there_from_now_on():
    central = charging()
    set_profile(central, 1, stepped((0, 10), (600, 6), (1800, 16)))
    assert schedule(central) == [(0, 10.0), (540, 6.0), (1740, 16.0)]
    assert schedule(central, duration_s=1000) == [(0, 10.0), (540, 6.0)]


def test_the_lower_of_two_purposes_counts_at_each_moment():
    central = charging()
    set_profile(central, 1, stepped((0, 10), (600, 20)))
    set_profile(central, 0, profile("ChargePointMaxProfile", 13, id_=9))
    assert schedule(central) == [(0, 10.0), (540, 13.0)]
    assert schedule(central, 0) == [(0, 13.0)]


def test_a_profile_that_ends_lets_the_charger_have_all_again():
    central = charging()
    set_profile(central, 1, stepped((0, 10), validTo="2026-06-01T12:30:00Z"))
    assert schedule(central) == [(0, 10.0), (1800, 32.0)]


def test_a_transaction_profile_that_ends_shows_the_default_after_it():
    central = charging()
    set_profile(central, 1, profile("TxDefaultProfile", 6))
    leased = profile("TxProfile", 16, id_=2, transactionId=1)
    leased["chargingSchedule"]["duration"] = 240
    set_profile(central, 1, leased)
    assert schedule(central) == [(0, 16.0), (180, 6.0)]


def test_fewer_phases_than_are_wired_are_named():
    central = charging()
    single = profile("TxDefaultProfile", 10)
    single["chargingSchedule"]["chargingSchedulePeriod"][0]["numberPhases"] = 1
    set_profile(central, 1, single)
    answer = central.ask("GetCompositeSchedule", {"connectorId": 1, "duration": 60, "chargingRateUnit": "W"})
    assert answer is not None
    assert answer["chargingSchedule"]["chargingSchedulePeriod"] == [
        {"startPeriod": 0, "limit": 2300.0, "numberPhases": 1}
    ]


def test_a_daily_schedule_comes_again():
    central = charging()
    daily = stepped((0, 10), (3600, 16), chargingProfileKind="Recurring", recurrencyKind="Daily")
    set_profile(central, 1, daily)
    assert schedule(central, duration_s=100_000) == [(0, 10.0), (3540, 16.0), (86_340, 10.0), (89_940, 16.0)]


def test_a_connector_that_does_not_exist_or_a_unit_that_is_none_is_rejected():
    for wanted in ({"connectorId": 9, "duration": 60}, {"connectorId": 1, "duration": 60, "chargingRateUnit": "kW"}):
        assert booted().ask("GetCompositeSchedule", wanted) == {"status": "Rejected"}
