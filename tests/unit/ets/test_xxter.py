"""An xxter's page made our configuration: every group address stays what it was."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from knx_ocpp_bridge.config.load import load_text
from knx_ocpp_bridge.core.authorization import authorize
from knx_ocpp_bridge.core.group_objects import CATALOGUE
from knx_ocpp_bridge.core.settings import AuthorizationMode
from knx_ocpp_bridge.core.status import ChargeMode
from knx_ocpp_bridge.core.values import IdTag
from knx_ocpp_bridge.ets import xxter, xxter_cards, xxter_file
from knx_ocpp_bridge.ets.project import EtsError

PAGE = """Parameters;Group objects;
Name;Charger 1
OCPP identifier (often SN);OCPP123455A9876
Connector number;1
Current for normal charging (A);10
Current for fast charging (A);16
Datapoint type for time to use;DPT 10.001
Datapoint type for current to use;DPT 9.021
RFID tags to start charging;*
RFID tags to enable in Smart Energy Manager;
OCPP status;9/7/0;;DPT 5.010
OCPP error code;9/7/100;;DPT 5.010
Start / stop charging;9/7/1;9/7/2;DPT 1.010
Reserve now / free reservation;;9/7/3;DPT 1.003
Availability;9/7/4;9/7/5;DPT 1.003
Unlock connector;;9/7/6;DPT 1.003
Transaction used (Wh);9/7/10;;DPT 13.010
Start charge time;9/7/20;;DPT 10.001
End charge time;9/7/30;;DPT 10.001
Charging current (A);9/7/40;;
Max charging current (A);9/7/41;9/7/42;
Reset charger;;9/7/101;DPT 1.015
""".replace(";DPT 1.003\nAvail", ";DPT 1.010\nAvail")


def made(page: str, tmp_path: Path):
    text = xxter_file.configuration(xxter.read(page.encode(), "list.csv"), "list.csv")
    (tmp_path / "tags.yaml").write_text('- id: "04A2"\n')
    return load_text(text, tmp_path / "bridge.yaml", {})


def test_the_example_of_the_manual_keeps_every_address(tmp_path):
    loaded = made(PAGE, tmp_path)
    base = 9 << 11 | 7 << 8
    assert {bound.row.key: (bound.state_address, bound.addresses) for bound in loaded.objects} == {
        row.key: (
            None if row.send_offset is None else base + row.send_offset,
            () if row.receive_offset is None else (base + row.receive_offset,),
        )
        for row in CATALOGUE.values()
        if (row.send_offset, row.receive_offset) != (None, None)
    }


def test_currents_name_and_everybody_may_charge(tmp_path):
    loaded = made(PAGE, tmp_path)
    (settings,) = loaded.chargers.values()
    (connector,) = settings.connectors.values()
    assert (settings.name, connector.normal_current_a, connector.fast_current_a, connector.max_current_a) == (
        "Charger 1", 10.0, 16.0, 16.0,
    )  # fmt: skip
    assert settings.tag_book.mode.value == "all"


def test_the_type_of_the_parameters_counts_where_the_object_names_none(tmp_path):
    loaded = made(PAGE, tmp_path)
    assert {bound.row.key: bound.dpt for bound in loaded.objects if "current" in bound.row.key} == {
        "current": "9.021",
        "max_current": "9.021",
    }


def test_rows_pasted_with_tabs_mean_the_same(tmp_path):
    assert made(PAGE.replace(";", "\t"), tmp_path).objects == made(PAGE, tmp_path).objects


def test_the_type_may_stand_in_the_cell_of_the_address(tmp_path):
    pasted = PAGE.replace("9/7/1;9/7/2;DPT 1.010", "9/7/1\t9/7/2 DPT 1.010").replace(";", "\t")
    assert made(pasted, tmp_path).objects == made(PAGE, tmp_path).objects


def test_two_pages_of_one_charger_are_its_two_connectors(tmp_path):
    second = PAGE.replace("Connector number;1", "Connector number;2").replace("9/7/", "9/6/")
    loaded = made(PAGE + second, tmp_path)
    assert [list(settings.connectors) for settings in loaded.chargers.values()] == [[1, 2]]
    assert len(loaded.objects) == 24


def test_one_connector_twice_is_refused_with_both_lines():
    with pytest.raises(EtsError, match=r"list\.csv:24: connector 1 of OCPP123455A9876 stands in line 2 already"):
        xxter.read((PAGE + PAGE).encode(), "list.csv")


def test_an_object_of_ours_may_stand_under_its_own_name(tmp_path):
    loaded = made(PAGE + "fast_charging;9/7/7;9/7/8\n", tmp_path)
    assert loaded.objects[-1].row.key == "fast_charging"


def test_a_single_address_is_taken_for_what_the_object_can(tmp_path):
    loaded = made("Name;A\nOCPP identifier;A\nUnlock connector;9/7/6\nOCPP status;;9/7/0\n", tmp_path)
    assert {bound.row.key: (bound.state_address, bound.addresses) for bound in loaded.objects} == {
        "status": (9 << 11 | 7 << 8, ()),
        "unlock": (None, (9 << 11 | 7 << 8 | 6,)),
    }


def test_cards_become_a_list_and_numbers_stay_texts():
    chargers = xxter.read(PAGE.replace("charging;*", "charging;04A2, 12E45678 0412 04a2,").encode(), "list.csv")
    cards = xxter_cards.cards(chargers)
    assert xxter_cards.tags_file(cards) == '- id: "04A2"\n- id: "12E45678"\n- id: "0412"\n'
    assert 'mode: allow_list\n  tags_file: "tags.yaml"' in xxter_file.configuration(chargers, "list.csv")


def admitted(tmp_path: Path, **lists: str) -> dict[str, set[str]]:
    """Which of three cards each charger accepts, by the configuration that the list becomes."""
    page = "Name;{0}\nOCPP identifier;{1}\nConnector number;{2}\nRFID tags to start charging;{3}\n"
    pages = [page.format(name, name[:2], name[2:] or 1, tags) for name, tags in lists.items()]
    chargers = xxter.read("".join(pages).encode(), "list.csv")
    (tmp_path / "tags.yaml").write_text(xxter_cards.tags_file(xxter_cards.cards(chargers)))
    loaded = load_text(xxter_file.configuration(chargers, "list.csv"), tmp_path / "bridge.yaml", {})
    now = datetime(2026, 11, 21, tzinfo=UTC)
    return {
        str(charger): {
            card
            for card in ("A1", "B2", "C3")
            if authorize(settings.tag_book, IdTag(card), charger, now, clock_sane=True).status.value == "Accepted"
        }
        for charger, settings in loaded.chargers.items()
    }


@pytest.mark.parametrize(
    ("lists", "accepted"),
    [
        ({"G1": "A1,B2", "G2": "B2 A1"}, {"G1": {"A1", "B2"}, "G2": {"A1", "B2"}}),
        ({"G1": "A1,B2", "G2": "b2,C3"}, {"G1": {"A1", "B2"}, "G2": {"B2", "C3"}}),
        ({"G1": "*", "G2": "A1"}, {"G1": {"A1", "B2", "C3"}, "G2": {"A1"}}),
        ({"G1": "*", "G2": "A1", "G3": "B2"}, {"G1": {"A1", "B2", "C3"}, "G2": {"A1"}, "G3": {"B2"}}),
        ({"G1": "*", "G2": ""}, {"G1": {"A1", "B2", "C3"}, "G2": set()}),
        ({"G1": "A1", "G2": ""}, {"G1": {"A1"}, "G2": set()}),
        ({"G1": "*, A1", "G2": "*"}, {"G1": {"A1", "B2", "C3"}, "G2": {"A1", "B2", "C3"}}),
        ({"G11": "*", "G12": "A1"}, {"G1": {"A1"}}),
        ({"G11": "A1", "G12": "B2"}, {"G1": {"A1", "B2"}}),
    ],
)
def test_a_card_charges_where_the_xxter_let_it_and_nowhere_else(tmp_path, lists, accepted):
    assert admitted(tmp_path, **lists) == accepted


def test_one_list_for_all_chargers_stays_a_plain_list(tmp_path):
    admitted(tmp_path, G1="A1,B2", G2="B2,A1")
    assert (tmp_path / "tags.yaml").read_text() == '- id: "A1"\n- id: "B2"\n'


def test_connectors_of_one_charger_with_different_cards_are_told():
    page = "Name;A\nOCPP identifier;G1\nConnector number;{}\nRFID tags to start charging;{}\n"
    (note,) = xxter_file.notes(xxter.read((page.format(1, "*") + page.format(2, "A1")).encode(), "list.csv"))
    assert note.startswith("G1: its connectors had different cards; a charger has one list here, of all of them; every")


TWO = (
    "Name;A\nOCPP identifier;G1\nRFID tags to start charging;{}\nRFID tags to enable in Smart Energy Manager;{}\n"
    "Name;B\nOCPP identifier;G2\nRFID tags to start charging;{}\nRFID tags to enable in Smart Energy Manager;{}\n"
)


def sorted_out(tmp_path, *lists: str):
    """The configuration with its cards, and what is noted."""
    chargers = xxter.read(TWO.format(*lists).encode(), "list.csv")
    (tmp_path / "tags.yaml").write_text(xxter_cards.tags_file(xxter_cards.cards(chargers)))
    loaded = load_text(xxter_file.configuration(chargers, "list.csv"), tmp_path / "bridge.yaml", {})
    return loaded, list(xxter_file.notes(chargers))


def test_cards_of_the_energy_manager_charge_by_plan_and_the_others_at_once(tmp_path):
    loaded, notes = sorted_out(tmp_path, "A1", "A2", "A1", "a2")
    tags = loaded.chargers["G1"].tag_book.tags
    assert {tag.id: tag.mode for tag in tags.values()} == {"A1": None, "A2": ChargeMode.SCHEDULED}
    (note,) = notes
    assert note.startswith("cards of the Smart Energy Manager charge in the mode scheduled: say by when")


def test_a_card_that_only_the_energy_manager_knows_may_charge_there_and_nowhere_else(tmp_path):
    loaded, _ = sorted_out(tmp_path, "A1", "A2", "A1", "")
    now = datetime(2026, 1, 1, tzinfo=UTC)
    accepted = {
        charger: authorize(settings.tag_book, IdTag("A2"), charger, now, clock_sane=True).status.value
        for charger, settings in loaded.chargers.items()
    }
    assert accepted == {"G1": "Accepted", "G2": "Blocked"}


def test_a_card_of_the_energy_manager_is_scheduled_where_every_card_charges(tmp_path):
    loaded, _ = sorted_out(tmp_path, "*", "A2", "*", "")
    for settings in loaded.chargers.values():
        assert settings.tag_book.mode is AuthorizationMode.ALL
        assert {tag.id: (tag.mode, tag.chargers) for tag in settings.tag_book.tags.values()} == {
            "A2": (ChargeMode.SCHEDULED, frozenset())
        }


def test_a_card_of_the_energy_manager_at_an_open_charger_does_not_open_the_others(tmp_path):
    loaded, _ = sorted_out(tmp_path, "*", "A2", "A1", "")
    assert loaded.chargers["G2"].tag_book.tags["a2"].chargers == frozenset({"g1"})


def test_every_card_in_the_energy_manager_is_a_connector_that_is_scheduled(tmp_path):
    loaded, notes = sorted_out(tmp_path, "A1", "*", "A1", "")
    modes = [settings.connectors[1].mode for settings in loaded.chargers.values()]
    assert modes == [ChargeMode.SCHEDULED, ChargeMode.NORMAL]
    assert list(loaded.chargers["G1"].tag_book.tags) == ["a1"]
    assert len(notes) == 1


def test_a_card_with_two_modes_has_one_here_and_a_note_says_so(tmp_path):
    loaded, notes = sorted_out(tmp_path, "", "04AABBCC", "04AABBCC", "")
    assert loaded.chargers["G2"].tag_book.tags["04aabbcc"].mode is ChargeMode.SCHEDULED
    assert notes[1] == (
        "card …BBCC: the energy manager had it at G1, and it charged at once at G2; here a card has one mode, which is "
        "scheduled"
    )


def test_a_name_cannot_break_the_file(tmp_path):
    loaded = made(PAGE.replace("Charger 1", '"A: ""quoted"" \\\\ {name} # no comment"'), tmp_path)
    (settings,) = loaded.chargers.values()
    assert settings.name == 'A: "quoted" \\\\ {name} # no comment'


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("", "list.csv: there is no charger in it"),
        ("Name;A\n", "list.csv:1: this charger has no `OCPP identifier`"),
        ("OCPP status;9/7/0\n", "list.csv:1: a group object stands before the name of any charger"),
        ("Name;A\nOCPP identifier;A\nOCPP staus;9/7/0\n", "list.csv:3: 'OCPP staus' is no row of an xxter's list"),
        ("Name;A\nOCPP identifier;A\nOCPP status;9/8/0\n", "list.csv:3: 9/8/0: the middle group is 8"),
        ("Name;A\nOCPP identifier;A\nOCPP status;9/7/0;;DPT 9.001\n", "list.csv:3: 'OCPP status' as DPT 9.001"),
        ("Name;A\nOCPP identifier;A\nOCPP status;1\nOCPP status;2\n", "list.csv:4: 'OCPP status' stands twice"),
        ("Name;A\nOCPP identifier;A\nConnector number;one\n", "list.csv:1: Connector number is 'one'"),
        ("Name;A\nOCPP identifier;A\nDatapoint type for time to use;date\n", "list.csv:1: the datapoint type 'date'"),
        ("\0\0\0", "list.csv: this is no text"),
        ("Name;A\nOCPP identifier;A\nName;Value\n", "list.csv:3: this charger has no `OCPP identifier`"),
    ],
)
def test_a_list_that_cannot_be_meant_is_refused_with_its_line(page, message):
    with pytest.raises(EtsError) as refused:
        xxter.read(page.encode(), "list.csv")
    assert str(refused.value).startswith(message)


def test_a_list_that_is_too_large_is_refused():
    with pytest.raises(EtsError, match="larger than 1024 KiB"):
        xxter.read(b"x" * (xxter.MOST_BYTES + 1), "list.csv")


def test_all_faults_of_a_list_are_told_at_once():
    page = "Name;A\nOCPP identifier;A\nConnector number;x\nOCPP status;9/8/0\nUnlok;9/7/1\nName;B\n"
    with pytest.raises(EtsError) as refused:
        xxter.read(page.encode(), "list.csv")
    assert [line.partition(": ")[0] for line in str(refused.value).splitlines()] == [
        "list.csv:4", "list.csv:5", "list.csv:1", "list.csv:6",
    ]  # fmt: skip


def test_a_row_that_is_nearly_right_is_told_with_the_right_one():
    with pytest.raises(EtsError, match=r"list\.csv:3: 'OCPP staus' is no row of .*; did you mean 'ocpp status'\?"):
        xxter.read(b"Name;A\nOCPP identifier;A\nOCPP staus;9/7/0\n", "list.csv")


def test_a_list_of_nonsense_is_refused_in_a_page_and_no_more():
    with pytest.raises(EtsError) as refused:
        xxter.read(("Name;A\nOCPP identifier;A\n" + "nonsense\n" * 5000).encode(), "list.csv")
    lines = str(refused.value).splitlines()
    assert (len(lines), lines[-1]) == (31, "the rest was not read: mend these first")


@pytest.mark.parametrize(
    "heading",
    ["Label;Sending address;Receiving address;DPT", "Name;Value", "\nBezeichnung;Sendeadresse;Empfangsadresse;DPT", ""],
)
def test_a_heading_above_the_list_is_passed_over(tmp_path, heading):
    assert made(heading + "\n" + PAGE, tmp_path).objects == made(PAGE, tmp_path).objects


def test_a_charger_that_is_called_like_a_column_keeps_its_name():
    (charger,) = xxter.read(b"Name;Receiving dock\nOCPP identifier;A\n", "list.csv")
    assert charger.parameters["name"] == "Receiving dock"


def test_what_was_assumed_of_a_row_is_told_with_its_line():
    page = "Name;A\nOCPP identifier;A\nStart / stop charging;9/7/1\nOCPP status;9/7/0;9/7/9\nAvailability;;9/7/5\n"
    one, both = xxter_file.notes(xxter.read(page.encode(), "list.csv"))
    assert one.startswith(
        "list.csv:3: 'Start / stop charging' has one group address: it is taken for the one that it sends"
    )
    assert both == "list.csv:4: 'OCPP status' only sends: 9/7/9 is left out"
