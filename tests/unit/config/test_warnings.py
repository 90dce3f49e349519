"""What is no error, and still worth a sentence."""


def warnings(installer, text):
    return [each.replace(f"{installer.folder}/", "") for each in installer.load(text).warnings]


def test_times_without_a_time_zone_are_told_in_utc_and_that_is_said(installer):
    text = "chargers: [{id: A, connectors: [{id: 1, group_objects: {start_time: {state_address: 0/0/1}}}]}]"
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


def test_an_address_in_another_style_than_the_others_is_told_with_its_line(installer):
    text = """\
    site: {timezone: UTC}
    knx: {group_address_style: STYLE}
    chargers:
      - id: A
        connectors:
          - id: 1
            group_objects_from: {scheme: xxter, base: 9/6/0}
            group_objects:
              charging: {address: [9/7, 9/7/9], state_address: 9/7/1}
              online:
                state_address: 2563
    """
    three, two, free = (
        warnings(installer, text.replace("STYLE", style)) for style in ("three_level", "two_level", "free")
    )
    assert [each.partition(";")[0] for each in three] == [
        "bridge.yaml:9: 9/7 is read as 9/0/7",
        "bridge.yaml:11: 2563 is read as 1/2/3",
    ]
    assert three[0].endswith("; write it in the style of the others, or set knx.group_address_style")
    assert [each.split(" ")[1] for each in two] == ["9/6/0", "9/7/9", "9/7/1", "2563"]
    assert [each.split(" ")[1] for each in free] == ["9/6/0", "9/7", "9/7/9", "9/7/1"]
