"""What can be done: adopt, reject, forget, the window, security, certificates; and in words what cannot."""

import asyncio
import json
import re
import threading
from dataclasses import replace

import pytest

from knx_ocpp_bridge.config.edit import EditError
from knx_ocpp_bridge.control.options import AskError
from knx_ocpp_bridge.control.protocol import Reloaded
from knx_ocpp_bridge.core.commands import Call, ChangeConfiguration, InstallCertificate, TriggerMessage
from knx_ocpp_bridge.core.events import StatusNotified
from knx_ocpp_bridge.core.facts import SecurityKept
from knx_ocpp_bridge.core.security import SecurityProfile
from knx_ocpp_bridge.core.settings import Registration
from knx_ocpp_bridge.core.status import ConnectorStatus, ErrorCode
from knx_ocpp_bridge.core.values import ConnectorId, LinkNumber
from knx_ocpp_bridge.daemon.adoption.adopting import number_of_connectors
from knx_ocpp_bridge.daemon.adoption.window import MOST_ADOPTED
from tests.kit.caller import Caller
from tests.kit.front_desk import FrontDesk


@pytest.fixture
async def desk(tmp_path):
    return FrontDesk(tmp_path)


def two_connectors(command):
    if isinstance(command, Call):
        return json.dumps({"configurationKey": [{"key": "NumberOfConnectors", "readonly": True, "value": "2"}]})
    return "Accepted"


async def settled(desk):
    """Adoptions of the window have ended."""
    while desk.window._at_work:
        await asyncio.wait(list(desk.window._at_work.values()))


def kept_security(desk):
    return [fact.security for _, fact in desk.memory.facts if isinstance(fact, SecurityKept)]


# Adoption


async def test_an_adopted_charger_stands_in_the_file_and_is_served_with_the_connectors_it_says_it_has(desk):
    desk.arrives("NEWCOMER")
    desk.replies = two_connectors
    done = await desk.does("adopt", "newcomer", name="Yard")
    assert done.done
    assert "bridge.yaml now, with 2 connectors" in done.messages[0]
    assert "group_objects_from" in done.messages[1]
    assert "within 60 s" in done.messages[2]
    settings = desk.roster.charger("NEWCOMER").settings
    assert (settings.configured, settings.name, list(settings.connectors)) == (True, "Yard", [1, 2])
    assert desk.path.read_text().startswith("# ours\n")


async def test_a_charger_that_does_not_say_is_believed_to_have_the_connectors_it_spoke_of(desk):
    """Row K8."""
    desk.arrives("NEWCOMER")
    for number in (1, 2, 3):
        event = StatusNotified(
            LinkNumber(1), str(number), ConnectorId(number), ConnectorStatus.AVAILABLE, ErrorCode.NO_ERROR
        )
        desk.post("NEWCOMER", event)
    done = await desk.does("adopt", "NEWCOMER")
    assert "3 connectors (as many as it has spoken of)" in done.messages[0]


async def test_whoever_goes_away_while_the_file_is_written_does_not_leave_it_half_adopted(desk):
    desk.arrives("FIRST")
    desk.arrives("SECOND")
    go_on, begun, write = threading.Event(), asyncio.Event(), desk.editor.write
    loop = asyncio.get_running_loop()

    def slowly(*what):
        loop.call_soon_threadsafe(begun.set)
        go_on.wait()
        write(*what)

    desk.editor.write = slowly
    first = asyncio.create_task(desk.does("adopt", "FIRST", connectors=1))
    await begun.wait()
    first.cancel()
    second = asyncio.create_task(desk.does("adopt", "SECOND", connectors=1))
    await asyncio.wait([first])
    go_on.set()
    assert (await second).done
    assert [desk.roster.charger(one).settings.configured for one in ("FIRST", "SECOND")] == [True, True]


async def test_the_number_of_connectors_can_be_given_and_then_only_a_boot_is_asked_for(desk):
    desk.arrives("NEWCOMER")
    done = await desk.does("adopt", "NEWCOMER", connectors=4)
    assert "4 connectors" in done.messages[0]
    assert desk.sent == [TriggerMessage("BootNotification")]


async def test_a_charger_that_was_never_let_in_is_adopted_with_one_connector(desk):
    desk.roster.turned_away(Caller("Shy", "10.0.0.7"), "it sends no user name and password")
    done = await desk.does("adopt", "SHY")
    assert "Shy stands in" in done.messages[0]
    assert "1 connector (it was never let in" in done.messages[0]


async def test_adopting_ends_a_rejection(desk):
    desk.arrives("NEWCOMER")
    await desk.does("reject", "NEWCOMER")
    assert (await desk.does("adopt", "NEWCOMER", connectors=1)).done
    assert desk.memory.rejected == set()
    assert desk.roster.charger("NEWCOMER").settings.registration is Registration.ACCEPTED


async def test_a_file_that_cannot_be_written_changes_nothing_and_says_why(desk):
    desk.arrives("NEWCOMER")
    desk.editor.trouble = EditError("bridge.yaml cannot be written", "let the bridge's user write there", "- id: X")
    done = await desk.does("adopt", "NEWCOMER", connectors=1)
    assert not done.done
    assert "cannot be written; let the bridge's user write there:\n- id: X" in done.messages[0]
    assert not desk.roster.charger("NEWCOMER").settings.configured


async def test_a_file_that_would_be_broken_is_not_put_in_force(desk):
    desk.arrives("NEWCOMER")
    done = await desk.does("adopt", "NEWCOMER", connectors=1, name='"')
    assert not done.done
    assert "bridge.yaml:" in done.messages[0]


async def test_a_list_of_chargers_in_the_environment_wins_and_it_is_said(desk):
    desk.arrives("NEWCOMER")
    before = desk.loaded

    async def reload() -> Reloaded:
        return Reloaded(reloaded=desk.loaded is before)

    desk.desk.adopting._file = replace(desk.desk.adopting._file, reload=reload)
    done = await desk.does("adopt", "NEWCOMER", connectors=1)
    assert not done.done
    assert "is not served: a variable of the environment" in done.messages[0]


async def test_a_configured_charger_is_not_adopted_again_and_an_unheard_one_not_at_all(desk):
    assert "stands in the configuration already" in (await desk.does("adopt", "GARAGE")).messages[0]
    for act in ("adopt", "reject"):
        with pytest.raises(AskError, match="has not dialled in"):
            await desk.does(act, "NEVER")


@pytest.mark.parametrize(
    ("answer", "number"),
    [
        ('{"configurationKey":[{"key":"numberofconnectors","value":"2"}]}', 2),
        ('{"configurationKey":[{"key":"NumberOfConnectors","value":2}]}', 2),
        ('{"configurationKey":[{"key":"NumberOfConnectors"}]}', 0),
        ('{"configurationKey":[{"key":"NumberOfConnectors","value":"many"}]}', 0),
        ('{"configurationKey":[{"key":"NumberOfConnectors","value":"100000"}]}', 0),
        ('{"configurationKey":["x"],"unknownKey":["NumberOfConnectors"]}', 0),
        ("[]", 0),
        ("", 0),
        ("[" * 9999, 0),
    ],
)
def test_whatever_a_charger_says_of_its_connectors_is_a_number_or_none(answer, number):
    assert number_of_connectors(answer) == number


# Rejecting and forgetting


async def test_a_rejected_stranger_is_answered_rejected_and_it_is_kept(desk):
    desk.arrives("NEWCOMER")
    await desk.does("reject", "newcomer")
    desk.arrives("NEWCOMER", 2)
    assert desk.boots == ["pending", "rejected"]
    assert desk.memory.rejected == {"NEWCOMER"}


async def test_a_forgotten_stranger_is_met_anew(desk):
    desk.arrives("NEWCOMER")
    desk.trace("NEWCOMER", "in", '[2,"1","Heartbeat",{}]')
    await desk.does("reject", "NEWCOMER")
    await desk.does("forget", "NEWCOMER")
    assert desk.shows("strangers").rows == ()
    assert (desk.memory.forgotten, desk.memory.rejected, desk.trace.size) == (["NEWCOMER"], set(), 0)
    desk.arrives("NEWCOMER", 2)
    assert desk.boots[-1] == "pending"


@pytest.mark.parametrize(("act", "why"), [("reject", "set its registration"), ("forget", "take it out there")])
async def test_what_is_configured_is_rejected_and_forgotten_in_the_configuration(desk, act, why):
    with pytest.raises(AskError, match=why):
        await desk.does(act, "GARAGE")


# The window


async def test_while_the_window_is_open_whoever_boots_is_adopted(desk):
    desk.replies = two_connectors
    await desk.does("window", minutes=10)
    assert desk.shows("window").rows[0] == {"open": True, "closes_in_s": 600, "left": 16, "adopted": []}
    desk.arrives("NEWCOMER")
    await settled(desk)
    assert list(desk.roster.charger("NEWCOMER").settings.connectors) == [1, 2]
    assert desk.shows("window").rows[0]["adopted"] == ["NEWCOMER"]


async def test_the_window_closes_by_itself_and_by_0(desk):
    await desk.does("window", minutes=1)
    desk.now_s += 61
    assert not desk.window.is_open
    desk.arrives("LATE")
    await desk.does("window", minutes=1)
    await desk.does("window", minutes=0)
    desk.arrives("LATER", 2)
    await settled(desk)
    assert set(desk.loaded.chargers) == {"GARAGE"}


async def test_a_window_adopts_sixteen_and_no_more(desk):
    await desk.does("window", minutes=60)
    for number in range(MOST_ADOPTED + 4):
        desk.arrives(f"S{number}", number + 1)
    await settled(desk)
    assert len(desk.loaded.chargers) == 1 + MOST_ADOPTED
    assert not desk.window.is_open


async def test_a_stranger_that_cannot_be_adopted_may_try_again(desk):
    desk.editor.trouble = EditError("bridge.yaml cannot be written", "let the bridge's user write there", "- id: X")
    await desk.does("window", minutes=10)
    desk.arrives("NEWCOMER")
    await settled(desk)
    desk.editor.trouble = None
    desk.arrives("NEWCOMER", 2)
    await settled(desk)
    assert desk.window.state()["adopted"] == ["NEWCOMER"]


# Security


async def test_a_charger_is_given_root_key_and_profile_and_nobody_learns_the_key(desk):
    desk.arrives("GARAGE")
    desk.sent.clear()
    done = await desk.does("secure", "GARAGE", profile=2)
    assert done.done
    root, key, profile = [one for one in desk.sent if isinstance(one, InstallCertificate | ChangeConfiguration)]
    assert isinstance(root, InstallCertificate)
    assert (key.key, profile) == ("AuthorizationKey", ChangeConfiguration("SecurityProfile", "2"))
    assert re.fullmatch("[0-9a-f]{40}", key.value)
    assert key.value not in str(done)
    assert key.value not in str(kept_security(desk))
    assert any(digest.fits(bytes.fromhex(key.value)) for digest in kept_security(desk)[-1].wanted_passwords)


async def test_every_charger_gets_a_key_and_a_salt_of_its_own(desk):
    desk.arrives("GARAGE")
    await desk.does("secure", "GARAGE", profile=1)
    first = desk.sent[-2].value
    before = kept_security(desk)[-1].wanted_passwords[0].salt
    await desk.does("secure", "GARAGE", profile=1)
    assert desk.sent[-2].value != first
    assert kept_security(desk)[-1].wanted_passwords[0].salt != before


async def test_a_charger_that_refuses_is_not_secured_and_says_why(desk):
    desk.arrives("GARAGE")
    desk.replies = lambda command: "NotSupported" if isinstance(command, ChangeConfiguration) else "Accepted"
    done = await desk.does("secure", "GARAGE", profile=1)
    assert not done.done
    assert done.messages[0]


async def test_a_password_made_here_is_shown_once_and_kept_as_a_digest(desk):
    done = await desk.does("password", "GARAGE")
    password = done.messages[1].rpartition(" ")[2]
    assert re.fullmatch("[0-9a-f]{40}", password)
    (security,) = kept_security(desk)
    assert password not in str(security)
    assert any(digest.fits(password.encode()) for digest in security.passwords)
    assert desk.roster.charger("GARAGE").security == security


async def test_a_given_password_is_not_repeated_and_a_profile_can_be_set_by_hand(desk):
    done = await desk.does("password", "GARAGE", password="correct horse", profile=1)
    assert "correct horse" not in str(done)
    (security,) = kept_security(desk)
    assert security.profile is SecurityProfile.BASIC
    assert security.passwords[0].fits(b"correct horse")
    await desk.does("password", "GARAGE", none=True, profile=0)
    assert kept_security(desk)[-1].passwords == ()
    assert kept_security(desk)[-1].profile is SecurityProfile.OPEN


async def test_whoever_sets_a_password_that_nobody_is_asked_for_is_told_so(desk):
    done = await desk.does("password", "GARAGE", password="correct horse")
    assert "GARAGE is let in without it" in done.messages[0]
    assert not any("has to show" in message for message in done.messages)
    done = await desk.does("password", "GARAGE", password="correct horse", profile=1)
    assert "has to show" in done.messages[0]


@pytest.mark.parametrize(("profile", "kept_out"), [(0, False), (1, True), (2, True), (3, False)])
async def test_whoever_takes_away_a_password_that_is_asked_for_is_told_that_the_charger_is_kept_out(
    desk, profile, kept_out
):
    done = await desk.does("password", "GARAGE", none=True, profile=profile)
    assert any("not let in" in message for message in done.messages) is kept_out


async def test_what_was_set_by_hand_is_shown(desk):
    await desk.does("password", "GARAGE", profile=2)
    (row,) = desk.shows("security").rows
    assert (row["needed"], row["password"], row["shown"]) == (2, True, None)


# Certificates


async def test_certificates_are_renewed_imported_removed_and_signed(desk):
    assert (await desk.does("own")).done
    assert (await desk.does("renew")).done
    imported = await desk.does("import", chain="C", key="K")
    assert imported.done
    assert "ca own" in imported.messages[-1]
    assert not (await desk.does("own")).done
    assert desk.papers.did == ["remove", "renew", "import C K", "remove"]
    assert (await desk.does("sign", "GARAGE", csr="REQUEST")).messages == ("REQUEST signed for GARAGE",)


@pytest.mark.parametrize(
    ("act", "charger", "options", "why"),
    [
        ("dance", "", {}, "there is no act 'dance'; there are adopt, reject"),
        ("adopt", "", {}, "adopt is done to one charger: name it"),
        ("window", "GARAGE", {}, "window is done to no charger"),
        ("window", "", {"minutes": 61}, "minutes is a whole number from 0 to 60"),
        ("secure", "NOBODY", {}, "there is no charger 'NOBODY'"),
        ("secure", "GARAGE", {"key": "00" * 15}, "16 to 20 bytes in hex"),
        ("secure", "GARAGE", {"key": "zz" * 16}, "16 to 20 bytes in hex"),
        ("secure", "GARAGE", {"profile": 0}, "profile is a whole number from 1 to 3"),
        ("password", "GARAGE", {"password": "x", "none": True}, "either a password or none"),
        ("password", "GARAGE", {"password": "x" * 65}, "1 to 64 characters"),
        ("import", "", {"chain": "x"}, "both are needed"),
        ("sign", "GARAGE", {}, "csr is the PEM text"),
    ],
)
async def test_what_cannot_be_done_is_refused_in_words(desk, act, charger, options, why):
    with pytest.raises(AskError, match=why):
        await desk.does(act, charger, **options)


async def test_security_of_a_stranger_waits_until_it_is_adopted(desk):
    desk.arrives("NEWCOMER")
    for act, options in (("password", {}), ("sign", {"csr": "x"})):
        with pytest.raises(AskError, match="adopt it first"):
            await desk.does(act, "NEWCOMER", **options)
    done = await desk.does("secure", "NEWCOMER", profile=1)
    assert "adopt it first" in done.messages[0]


async def test_without_tls_there_are_no_certificates_to_act_on(tmp_path):
    desk = FrontDesk(tmp_path, tls=False)
    desk.arrives("GARAGE")
    with pytest.raises(AskError, match="TLS is off"):
        await desk.does("secure", "GARAGE", profile=2)
    assert (await desk.does("secure", "GARAGE", profile=1)).done


async def test_what_is_done_while_the_disk_refuses_is_said_to_be_in_memory_alone(desk):
    desk.memory.trouble = "since 8:30 the disk refuses (full)"
    done = await desk.does("window", "", minutes=5)
    assert done.done
    assert done.messages[-1] == (
        "but since 8:30 the disk refuses (full): until the disk takes it, a power cut would undo this"
    )
