"""The configuration is looked at and changed while the bridge runs: judged first, then replaced, nothing half."""

import json
import os

import pytest

from knx_ocpp_bridge.config.load import load
from knx_ocpp_bridge.control.options import AskError
from knx_ocpp_bridge.core.values import ChargerId
from tests.kit.front_desk import FrontDesk

GARAGE = ChargerId("GARAGE")

FILE = """\
# ours
site:
  name: Villa   # of the lime tree
ocpp: {unknown_chargers: pending}
chargers:
  - id: GARAGE
    connectors: [{id: 1, max_current: 16}]   # by the door
"""


@pytest.fixture
def desk(tmp_path):
    made = FrontDesk(tmp_path)
    made.path.write_text(FILE)
    made.reload()
    return made


def configuration(desk):
    return desk.shows("configuration").rows[0]


async def test_the_file_is_shown_as_it_is_and_known_by_its_digest(desk):
    row = configuration(desk)
    assert row["text"] == FILE
    assert row["writable"] is True
    assert row["versions"] == []
    assert len(row["sha256"]) == 64


async def test_a_text_is_judged_line_by_line_and_nothing_changes(desk):
    wrong = FILE.replace("max_current: 16", "max_curent: 16").replace("pending", "pendig")
    checked = await desk.does("config_check", text=wrong)
    assert not checked.done
    first, second = checked.row["problems"]
    assert (first["line"], first["column"], first["path"]) == (4, 8, "ocpp.unknown_chargers")
    assert (second["line"], second["path"]) == (7, "chargers[0].connectors[0].max_curent")
    assert second["remedy"] == "did you mean max_current?"
    assert desk.path.read_text() == FILE


async def test_what_yaml_cannot_read_is_told_at_its_line(desk):
    checked = await desk.does("config_check", text='site:\n  name: "Villa\n')
    assert [each["line"] for each in checked.row["problems"]] == [3]
    assert "begins in line 2" in checked.row["problems"][0]["reason"]


async def test_a_sound_text_says_what_it_would_change_at_once_and_what_after_a_restart(desk):
    text = FILE.replace("Villa", "House").replace("{unknown", "{listen: 0.0.0.0:9000, unknown").replace("16}", "10}")
    checked = await desk.does("config_check", text=text)
    assert checked.done
    assert checked.row["live"] == ["the settings of GARAGE changed", "site.name changed"]
    assert checked.row["restart"] == ["ocpp.listen changes from 0.0.0.0:8016 to 0.0.0.0:9000 at the next restart"]
    assert desk.path.read_text() == FILE


async def test_a_text_that_is_applied_is_in_force(desk):
    new = FILE.replace("16}", "10}")
    applied = await desk.does("config_apply", text=new, was=configuration(desk)["sha256"])
    assert applied.done
    assert applied.row["live"] == ["the settings of GARAGE changed"]
    assert "the settings of GARAGE changed" in applied.messages
    assert desk.path.read_text() == new
    assert applied.row["sha256"] == configuration(desk)["sha256"]


async def test_a_text_with_an_error_leaves_all_as_it_was(desk):
    applied = await desk.does("config_apply", text=FILE.replace("16}", "-1}"), was=configuration(desk)["sha256"])
    assert not applied.done
    assert applied.row["problems"][0]["path"] == "chargers[0].connectors[0].max_current"
    assert desk.path.read_text() == FILE


async def test_who_began_with_an_older_file_is_refused(desk):
    was = configuration(desk)["sha256"]
    desk.path.write_text(FILE + "# mine\n")
    applied = await desk.does("config_apply", text=FILE.replace("16}", "10}"), was=was)
    assert not applied.done
    assert applied.row["stale"] is True
    assert desk.path.read_text() == FILE + "# mine\n"


async def test_what_the_change_began_with_must_be_said(desk):
    with pytest.raises(AskError, match="sha256"):
        await desk.does("config_apply", text=FILE)


@pytest.mark.parametrize(
    ("path", "value", "after"),
    [
        ("site.name", "No. 7", '"No. 7"'),
        ("ocpp.unknown_chargers", "rejected", "rejected"),
        ("chargers[GARAGE].connectors[1].max_current", "20", "20"),
        ("chargers[garage].connectors[1].phases", "1", "16, phases: 1}"),
        ("chargers[GARAGE].name", "12", 'name: "12"'),
        ("knx.rate_limit", "12.5", "knx:\n  rate_limit: 12.5"),
        ("chargers[GARAGE].password", "!secret garage", "password: !secret garage"),
        ('log.levels["xknx.log"]', "debug", "debug"),
    ],
)
async def test_one_key_is_set_and_comments_stay(desk, path, value, after):
    (desk.path.parent / "secrets.yaml").write_text('garage: "0123456789"\n')
    (desk.path.parent / "secrets.yaml").chmod(0o600)
    done = await desk.does("config_set", path=path, value=value)
    assert done.done, done.messages
    new = desk.path.read_text()
    assert after in new
    assert all(remark in new for remark in ("# ours", "# of the lime tree", "# by the door"))
    load(desk.path, {})


async def test_a_value_that_no_key_takes_is_told_with_its_key(desk):
    done = await desk.does("config_set", path="chargers[GARAGE].connectors[1].max_current", value="a lot")
    assert not done.done
    assert done.row["problems"][0]["path"] == "chargers[0].connectors[0].max_current"
    assert desk.path.read_text() == FILE


async def test_a_charger_that_is_not_in_the_file_cannot_be_set(desk):
    done = await desk.does("config_set", path="chargers[CARPORT].name", value="x")
    assert not done.done
    assert "CARPORT" in done.messages[0]


async def test_a_key_is_taken_out(desk):
    assert (await desk.does("config_unset", path="site.name")).done
    assert "Villa" not in desk.path.read_text()
    assert "# of the lime tree" in desk.path.read_text()


async def test_several_keys_change_together_or_not_at_all(desk):
    one = "chargers[GARAGE].connectors[1]."
    done = await desk.does("config_change", changes=json.dumps({f"{one}normal_current": 8, f"{one}max_current": "10"}))
    assert done.done, done.messages
    assert "max_current: 10, normal_current: 8" in desk.path.read_text()
    text = desk.path.read_text()
    done = await desk.does("config_change", changes=json.dumps({f"{one}normal_current": 9, f"{one}max_current": 3}))
    assert not done.done
    assert desk.path.read_text() == text


async def test_the_pages_stay_when_the_last_key_of_their_section_goes(desk):
    desk.path.write_text(FILE + "web: {anonymous: view}\n")
    desk.reload()
    assert (await desk.does("config_unset", path="web.anonymous")).done
    assert desk.loaded.bridge.web is not None


async def test_a_secret_is_kept_where_nobody_else_reads_it_and_is_not_repeated(desk):
    done = await desk.does("secret_set", name="garage", value="s3cret: #x")
    file = desk.path.parent / "secrets.yaml"
    assert done.done
    assert file.stat().st_mode & 0o777 == 0o600
    assert "s3cret" not in " ".join(done.messages)
    assert (await desk.does("config_set", path="chargers[GARAGE].password", value="!secret garage")).done
    assert desk.loaded.chargers[GARAGE].password == "s3cret: #x"


@pytest.mark.parametrize(("name", "value"), [("a b", "x"), ("", "x"), ("name", "")])
async def test_what_is_no_secret_is_refused(desk, name, value):
    assert not (await desk.does("secret_set", name=name, value=value)).done


async def test_what_is_in_force_is_listed_key_by_key_without_secrets(desk):
    rows = {row["path"]: row for row in desk.shows("settings").rows}
    assert rows["site.name"] == {"path": "site.name", "value": "Villa", "written": True, "variable": ""}
    assert rows["knx.connection"]["written"] is False
    assert rows["storage.retention.samples"]["value"] == 24
    assert rows["knx.keyring_password"]["value"] is None
    assert rows["load.lease"]["value"] == 180
    assert rows["tariff.url"]["value"] is None


NAMING = [
    FILE + "authorization: {mode: allow_list, tags_file: PLACE}\n",
    FILE.replace("    connectors", "    authorization: {mode: allow_list, tags_file: PLACE}\n    connectors"),
    FILE + "knx: {connection: automatic, project: PLACE}\n",
    FILE + "knx: {connection: automatic, keyring: PLACE, keyring_password: pwd-Test1}\n",
    FILE + "a: &a {tags_file: PLACE}\nauthorization: {<<: *a, mode: allow_list}\n",
]


async def applied(desk, text):
    return await desk.does("config_apply", text=text, was=configuration(desk)["sha256"])


@pytest.fixture
def elsewhere(tmp_path_factory, desk):
    """A file of somebody else, and a link to it beside the configuration."""
    place = tmp_path_factory.mktemp("elsewhere") / "private"
    place.write_text("- id: HUSH-HUSH-1\n  nme: Hush\n")
    (desk.path.parent / "link").symlink_to(place)
    return place


@pytest.mark.parametrize("text", NAMING)
async def test_a_text_from_afar_names_no_file_outside_of_the_configurations_folder(desk, elsewhere, text):
    for place in (str(elsewhere), f"{desk.path.parent}/../{elsewhere.parent.name}/private", "link", '"/etc\\0"'):
        new = text.replace("PLACE", place)
        checked, changed = await desk.does("config_check", text=new), await applied(desk, new)
        assert (checked.done, changed.done) == (False, False)
        assert "from afar no other file can be named" in checked.messages[0]
        assert checked.row["problems"][0]["line"] is not None
        assert "from afar no other file can be named" in changed.messages[0]
        assert "hush" not in str((checked, changed)).casefold()
    assert desk.path.read_text() == FILE


async def test_a_key_of_its_own_names_no_file_elsewhere_either(desk, elsewhere):
    assert not (await desk.does("config_set", path="authorization.tags_file", value=str(elsewhere))).done
    changes = json.dumps({"knx.connection": "automatic", "knx.project": str(elsewhere)})
    assert not (await desk.does("config_change", changes=changes)).done
    assert desk.path.read_text() == FILE


async def test_files_beside_the_configuration_and_in_the_state_may_be_named(desk):
    (desk.path.parent / "cards").mkdir()
    for place in ("tags.yaml", "cards/tags.yaml", str(desk.desk.machine.state / "tags.yaml")):
        (desk.path.parent / place).write_text("- id: A1\n")
        assert (await applied(desk, NAMING[0].replace("PLACE", place))).done


async def test_what_somebody_on_the_machine_has_named_may_stay(desk, elsewhere):
    elsewhere.write_text("- id: A1\n")
    desk.path.write_text(NAMING[1].replace("PLACE", str(elsewhere)).replace("Villa", "!secret house"))
    secrets = desk.path.parent / "secrets.yaml"
    secrets.write_text('house: "Villa"\n')
    secrets.chmod(0o600)
    desk.reload()
    another = "chargers:\n  - {id: NEW, connectors: [{id: 1}]}\n"
    assert (await applied(desk, desk.path.read_text().replace("chargers:\n", another))).done
    assert not (await applied(desk, desk.path.read_text() + f"authorization: {{tags_file: {elsewhere}}}\n")).done


@pytest.mark.parametrize(
    "text",
    [
        FILE.replace("Villa", "!secret keyring"),
        FILE.replace("pending", "!secret keyring"),
        FILE.replace("{unknown", "{listen: !secret keyring, unknown"),
        FILE.replace("GARAGE", "!secret keyring"),
        FILE + "knx: {connection: tunneling, gateway: !secret keyring}\n",
        FILE + "knx: {connection: automatic, keyring_password: &k !secret keyring}\nlog: {level: *k}\n",
        "%TAG !s! !sec\n---\n" + FILE.replace("Villa", "!s!ret keyring"),
    ],
)
async def test_a_text_from_afar_takes_a_secret_only_where_it_stays_one(desk, text):
    assert (await desk.does("secret_set", name="keyring", value="192.168.77.88")).done
    checked, changed = await desk.does("config_check", text=text), await applied(desk, text)
    for told in (checked, changed):
        assert not told.done
        assert "from afar no secret (keyring) can be put here" in told.messages[0]
        assert f"{desk.path}:" in told.messages[0]
        assert "192.168" not in str(told)
    assert desk.path.read_text() == FILE


async def test_a_pipe_that_is_named_as_a_file_keeps_nobody_waiting(desk):
    os.mkfifo(desk.path.parent / "pipe")
    for text in NAMING[:1]:
        checked = await desk.does("config_check", text=text.replace("PLACE", "pipe"))
        assert "it is a pipe or a device, and no file" in checked.messages[0]
    (desk.path.parent / "pipe").rename(desk.path.parent / "secrets.yaml")
    checked = await desk.does(
        "config_check", text=FILE.replace("    connectors", "    password: !secret a\n    connectors")
    )
    assert "it is a pipe or a device, and no file" in checked.messages[0]
