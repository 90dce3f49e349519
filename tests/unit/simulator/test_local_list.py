from tests.kit.polite_central import PoliteCentral
from tests.unit.simulator.test_charging import booted


def row(tag: str, status: str = "Accepted", **more: object) -> dict[str, object]:
    return {"idTag": tag, "idTagInfo": {"status": status} | more}


def send(central: PoliteCentral, version: int, *rows: dict[str, object], full: bool = True) -> str:
    payload = {
        "listVersion": version,
        "updateType": "Full" if full else "Differential",
        "localAuthorizationList": list(rows),
    }
    answer = central.ask("SendLocalList", payload)
    assert answer is not None
    return str(answer["status"])


def version(central: PoliteCentral) -> object:
    answer = central.ask("GetLocalListVersion")
    assert answer is not None
    return answer["listVersion"]


def charges_offline(central: PoliteCentral, tag: str) -> bool:
    central.disconnect()
    central.charger.plug(1, central.now)
    central.charger.card(1, tag, central.now)
    return central.charger.connectors[1].transaction is not None


def test_a_list_has_a_version_and_an_empty_one_has_version_zero():
    central = booted()
    assert version(central) == 0
    assert send(central, 7, row("A"), row("B", "Blocked")) == "Accepted"
    assert version(central) == 7


def test_a_differential_list_adds_changes_and_removes():
    central = booted()
    send(central, 1, row("A"), row("B"))
    assert send(central, 2, {"idTag": "A"}, row("B", "Blocked"), row("C"), full=False) == "Accepted"
    assert set(central.charger.local_list.entries) == {"b", "c"}
    assert not charges_offline(central, "B")


def test_a_differential_list_that_is_not_newer_is_a_version_mismatch_and_changes_nothing():
    central = booted()
    send(central, 5, row("A"))
    assert send(central, 5, row("B"), full=False) == "VersionMismatch"
    assert version(central) == 5
    assert central.charger.local_list.find("B") is None


def test_a_list_that_is_too_long_or_says_one_card_twice_fails_and_changes_nothing():
    central = booted()
    send(central, 1, row("A"))
    assert send(central, 2, *(row(f"T{n}") for n in range(21))) == "Failed"
    assert send(central, 2, row("A"), row("a", "Blocked")) == "Failed"
    assert send(central, 2, {"idTag": "A"}) == "Failed"
    assert version(central) == 1


def test_a_list_holds_a_hundred_cards_and_not_one_more():
    central = booted()
    for turn in range(5):
        rows = [row(f"T{turn}-{n}") for n in range(20)]
        assert send(central, turn + 1, *rows, full=False) == "Accepted"
    assert send(central, 6, row("ONE MORE"), full=False) == "Failed"
    assert send(central, 6, {"idTag": "T0-0"}, row("INSTEAD"), full=False) == "Accepted"


def test_a_switched_off_list_is_not_supported():
    central = booted()
    send(central, 3, row("A"))
    central.ask("ChangeConfiguration", {"key": "LocalAuthListEnabled", "value": "false"})
    assert version(central) == -1
    assert send(central, 4, row("B")) == "NotSupported"


def test_offline_a_listed_card_charges_and_its_expiry_counts():
    central = booted()
    send(central, 1, row("GOOD"), row("OLD", expiryDate="2026-06-01T11:00:00Z"), row("BAD", "Blocked"))
    assert not charges_offline(central, "OLD")
    assert not charges_offline(central, "BAD")
    assert not charges_offline(central, "STRANGER")
    assert charges_offline(central, "good")


def test_a_blocked_card_is_refused_offline_even_where_unknown_cards_may_charge():
    central = booted()
    send(central, 1, row("BAD", "Blocked"))
    central.ask("ChangeConfiguration", {"key": "AllowOfflineTxForUnknownId", "value": "true"})
    assert not charges_offline(central, "BAD")
    assert charges_offline(central, "STRANGER")


def test_online_a_listed_card_starts_at_once_only_where_that_is_switched_on():
    for value, said in (("false", "Authorize"), ("true", "StartTransaction")):
        central = booted()
        send(central, 1, row("GOOD"))
        central.ask("ChangeConfiguration", {"key": "LocalPreAuthorize", "value": value})
        central.charger.plug(1, central.now)
        central.take()
        central.charger.card(1, "GOOD", central.now)
        central.listen()
        assert next(word for word in central.take() if word[0].isalpha()) == said
