"""The configuration that goes to support: whoever reads it learns nothing that opens a door."""

import json

import pytest

from knx_ocpp_bridge.config.document import parse
from knx_ocpp_bridge.config.keys import SECTIONS
from knx_ocpp_bridge.config.masking import HIDDEN, without_secrets

FILE = """
# the gate opens with 0815
site: {name: Villa, prices: {"2026": {price: 0.34, basis: Contract}}}
knx:
  connection: tunneling
  keyring: house.knxkeys
  keyring_password: hush-hush
  project_password: !secret project
  keyring_pasword: hush-hush
authorization: {mode: all, own_tag_group: FAMILY0001}
chargers:
  - id: GARAGE
    password: &p hush-hush
    remote_id_tag: "04A1B2C3D4E5F6"
    flags: {remote_start_needs: hush-hush}
    connectors: [{id: 1, max_current: 16, group_objects: {charging: {state_address: 1/2/3}}}]
group_objects: {heartbeat: {state_address: 1/2/4, pin: hush-hush}}
passwords: [hush-hush, {deeper: hush-hush}]
"""


@pytest.fixture
def shown():
    document, problems = parse(FILE, "bridge.yaml", lambda name: f"hush-hush {name}")
    assert not problems
    return without_secrets(document)


def test_no_password_and_no_comment_is_in_it(shown):
    text = json.dumps(shown)
    assert "hush" not in text
    assert "0815" not in text
    assert shown["knx"]["keyring_password"] == HIDDEN
    assert shown["knx"]["project_password"] == "!secret project"


def test_what_explains_the_trouble_is_in_it(shown):
    assert shown["site"] == {"name": "Villa", "prices": {"2026": {"price": 0.34, "basis": "Contract"}}}
    (charger,) = shown["chargers"]
    (connector,) = charger["connectors"]
    assert (charger["id"], connector["max_current"]) == ("GARAGE", 16)
    assert connector["group_objects"] == {"charging": {"state_address": "1/2/3"}}
    assert shown["knx"]["keyring"] == "house.knxkeys"


def test_of_cards_the_last_characters_are_left(shown):
    assert shown["chargers"][0]["remote_id_tag"] == "…E5F6"
    assert shown["authorization"]["own_tag_group"] == "…0001"


@pytest.mark.parametrize("text", ["", "- a", "hush", "knx: hush", "chargers: {a: 1}", "knx: [1, 2]"])
def test_a_file_that_is_no_configuration_breaks_nothing(text: str):
    without_secrets(parse(text, "bridge.yaml")[0])


def test_every_key_that_may_hold_a_secret_is_hidden():
    telling = [
        f"{section}.{key}"
        for section, model in SECTIONS.items()
        for key, field in model.model_fields.items()
        if any(word in key for word in ("password", "secret", "token")) and field.repr
    ]
    assert not telling
