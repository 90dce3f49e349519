"""What is no error, and still worth a sentence."""


def warnings(installer, text):
    return [each.replace(f"{installer.folder}/", "") for each in installer.load(text).warnings]


def test_the_page_may_stand_in_the_file_and_starts_nothing_yet(installer):
    text = "web: {listen: 0.0.0.0:8018}\n"
    text += "chargers: [{id: A, connectors: [{id: 1, group_objects: {online: {state_address: 1}}}]}]"
    assert warnings(installer, "site: {timezone: UTC}\n" + text) == ["bridge.yaml:2: web.listen starts nothing yet"]


def test_times_without_a_time_zone_are_told_in_utc_and_that_is_said(installer):
    text = "chargers: [{id: A, connectors: [{id: 1, group_objects: {start_time: {state_address: 1}}}]}]"
    assert warnings(installer, text) == ["bridge.yaml:1: start_time is told in UTC, because site.timezone is not set"]
    assert warnings(installer, "site: {timezone: UTC}\n" + text) == []


def test_a_charger_that_knx_does_not_see_is_told(installer):
    assert warnings(installer, "chargers:\n  - {id: A, connectors: [{id: 1}]}") == [
        "bridge.yaml:2: A has no group objects: KNX does not see it"
    ]


def test_a_bridge_without_chargers_is_told(installer):
    assert warnings(installer, "site: {name: x}") == [
        "bridge.yaml:1: no charger is listed; whoever connects is unknown"
    ]
