"""A changed file: what a running bridge takes over, and what waits for a restart."""

import pytest

from knx_ocpp_bridge.config.reload import differences

FILE = """\
site: {timezone: Europe/Amsterdam}
knx: {connection: tunneling, gateway: 192.168.1.5}
ocpp: {listen: 0.0.0.0:8016, unknown_chargers: pending}
chargers:
  - {id: A, name: Garage, connectors: [{id: 1, group_objects: {status: {state_address: 1/1/1}}}]}
  - {id: B, connectors: [{id: 1, max_current: 16}]}
"""


def plan(installer, *changes, tags=("", "")):
    text = FILE + "authorization: {tags_file: tags.yaml}\n"
    installer.write(tags[0], "tags.yaml")
    old = installer.load(text)
    installer.write(tags[1], "tags.yaml")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    return differences(old, installer.load(text))


def test_a_comment_more_changes_nothing(installer):
    found = plan(installer, ("site:", "# the villa\n\nsite:"))
    assert found.empty
    assert not found.objects


def test_chargers_come_and_go_while_the_bridge_runs(installer):
    found = plan(installer, ("id: B", "id: C"))
    assert (found.added, found.removed, found.changed, found.restart) == (("C",), ("B",), (), ())
    assert found.live == ("C is a new charger", "B is no longer listed")


def test_a_current_or_a_name_changes_one_charger(installer):
    assert plan(installer, ("max_current: 16", "max_current: 10")).changed == ("B",)
    found = plan(installer, ("Garage", "Carport"))
    assert (found.changed, found.live) == (("A",), ("the settings of A changed",))


def test_a_card_more_changes_every_charger_that_looks_at_the_list(installer):
    found = plan(installer, tags=("", '- {id: "0412"}'))
    assert (found.changed, found.unknown_chargers, found.restart) == (("A", "B"), True, ())


def test_another_group_address_changes_the_objects_alone(installer):
    found = plan(installer, ("1/1/1", "1/1/2"))
    assert (found.objects, found.changed, found.restart) == (True, (), ())
    assert found.live == ("group objects: 1 before, 1 now",)


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ("circuits: [{name: main, max_current: 25}]", "circuits changed"),
        ("load: {raise_after: 10}", "load.raise_after changed"),
        ("surplus: {grid_tolerance: 200}", "surplus.grid_tolerance changed"),
        ("grid_limit: {power: 3700}", "grid_limit.power changed"),
        ("tariff: {price: 0.31}", "tariff.price changed"),
    ],
)
def test_what_is_decided_about_energy_counts_at_once(installer, keys, told):
    found = plan(installer, ("site:", f"{keys}\nsite:"))
    assert (found.site, found.live, found.restart) == (True, (told,), ())


def test_another_lease_is_told_to_every_charger(installer):
    found = plan(installer, ("site:", "load: {lease: 240}\nsite:"))
    assert (found.changed, found.site) == (("A", "B"), True)


def test_a_plan_of_an_outlet_counts_at_once_though_its_charger_is_told_nothing(installer):
    found = plan(installer, ("max_current: 16", 'plans: [{ready_by: "07:00"}]'))
    assert (found.changed, found.site, found.live) == (
        (),
        True,
        ("plans, limits of sessions or priorities of outlets changed",),
    )


def test_another_name_leaves_the_energy_of_the_site_alone(installer):
    assert not plan(installer, ("Garage", "Carport")).site


def test_the_rules_for_strangers_and_the_log_apply_at_once(installer):
    found = plan(installer, ("unknown_chargers: pending}", "unknown_chargers: rejected}\nlog: {level: debug}"))
    assert (found.unknown_chargers, found.log, found.changed, found.restart) == (True, True, (), ())


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("8016", "9000", "ocpp.listen changes from 0.0.0.0:8016 to 0.0.0.0:9000 at the next restart"),
        ("1.5}", "1.6}", "knx.gateway changes from 192.168.1.5:3671 to 192.168.1.6:3671 at the next restart"),
        ("1.5}", "1.5, rate_limit: 5}", "knx.rate_limit changes from 10.0 to 5.0 at the next restart"),
        ("pending}", "pending, tls: on}", "ocpp.tls changes from both to on at the next restart"),
        ("pending}", "pending, tls_compat: true}", "ocpp.tls_compat changes from False to True at the next restart"),
        ("pending}", "pending, pings: 0}", "ocpp.pings changes from 30.0 to 0.0 at the next restart"),
        ("site:", "storage: {path: /srv}\nsite:", "storage.path changes from nothing to /srv at the next restart"),
    ],
)
def test_what_needs_a_restart_is_said(installer, before, after, sentence):
    found = plan(installer, (before, after))
    assert found.restart == (sentence,)
    assert not found.empty


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ("project: villa.xml", ("knx.project changed: its names are read now",)),
        (
            "project: villa.knxproj, project_password: open sesame",
            ("knx.project changed: its names are read now", "knx.project_password changed: its names are read now"),
        ),
        (
            "keyring: villa.knxkeys, keyring_password: open sesame",
            (
                "knx.keyring changed: the next connection to the bus is made with it",
                "knx.keyring_password changed: the next connection to the bus is made with it",
            ),
        ),
    ],
)
def test_files_of_the_ets_and_their_passwords_need_no_restart(installer, keys, told):
    found = plan(installer, ("1.5}", f"1.5, {keys}}}"))
    assert (found.live, found.restart) == (told, ())
    assert "sesame" not in repr(found)


def test_a_keyring_that_is_taken_out_counts_until_the_restart(installer):
    keyring = "1.5, keyring: villa.knxkeys, keyring_password: open sesame}"
    old, new = installer.load(FILE.replace("1.5}", keyring)), installer.load(FILE)
    found = differences(old, new)
    assert (found.live, found.restart) == ((), ("knx.keyring is taken out at the next restart",))


@pytest.mark.parametrize(
    "keys",
    [
        'password: "correct horse"',
        "security_profile: 3",
        "client_certificate: X",
        "aliases: [X]",
        "flags: {stack_level: 3}",
        "authorization: {local_list: true}",
    ],
)
def test_what_one_charger_has_to_show_or_is_called_applies_at_once(installer, keys):
    found = plan(installer, ("name: Garage", f"name: Garage, {keys}"))
    assert (found.changed, found.restart, found.unknown_chargers) == (("A",), (), False)


@pytest.mark.parametrize("keys", ["quiet: true", "offline_is_fault: false", "security_profile: 3"])
def test_what_the_site_asks_of_all_applies_at_once_to_strangers_too(installer, keys):
    found = plan(installer, ("pending}", f"pending, {keys}}}"))
    assert (found.changed, found.restart, found.unknown_chargers) == (("A", "B"), (), True)


def test_no_password_is_told_when_it_changes(installer):
    found = plan(installer, ("name: Garage", 'name: Garage, password: "correct horse"'))
    assert found.live == ("the settings of A changed",)
    assert "horse" not in repr(found)


def test_a_new_heartbeat_interval_is_told_at_the_next_boot_and_waits_for_a_restart_in_part(installer):
    found = plan(installer, ("pending}", "pending, heartbeat_interval: 60}"))
    assert found.restart == (
        (
            "ocpp.heartbeat_interval changes from 300 to 60: a charger learns it when it boots next, but until the "
            "next restart the bridge waits as long as with 300 before it gives up a silent connection"
        ),
    )
    assert found.changed == ("A", "B")
