"""Cards that a charger spoils, and starts that it wants otherwise (catalogue rows F16, T16 to T18, T20 to T23, T28)."""

import json

import pytest

from knx_ocpp_bridge.core.commands import ChangeConfiguration, ClearCache, GetConfiguration, RemoteStart
from knx_ocpp_bridge.core.events import Origin, Outcome, Wished
from knx_ocpp_bridge.core.settings import AuthorizationMode, Tag, TagBook
from knx_ocpp_bridge.core.status import CommandResult, ConnectorStatus
from knx_ocpp_bridge.core.step import AuthorizationStatus
from knx_ocpp_bridge.core.values import CHARGE_POINT, IdTag
from tests.kit.life import CARD, ONE, OWN_TAG, STRANGER, TWO, Life, garage, outlet

S = ConnectorStatus
ACCEPTED, INVALID = AuthorizationStatus.ACCEPTED, AuthorizationStatus.INVALID
REMOTE = "AuthorizeRemoteTxRequests"


def book(*tags: str, mode: AuthorizationMode = AuthorizationMode.ALLOW_LIST) -> TagBook:
    return TagBook(mode, {tag.casefold(): Tag(IdTag(tag), group=IdTag(f"OF {tag}")) for tag in tags})


def judged(tag: str, *known: str, mode: AuthorizationMode = AuthorizationMode.ALLOW_LIST, **flags: object):
    """What becomes of this tag at a charger with these flags, where these cards are known."""
    life = Life(garage(flags=flags, tag_book=book(*known, mode=mode)))
    life.arrives()
    life.presents(IdTag(tag))
    return life.info


@pytest.mark.parametrize(
    "spoilt",
    ["04A1B2C3-", "04a1b2c3\x8f\x02", "04A1B2C3;BEARER", "04A1B2C3 RFID", "04A1B2C3D4"],
    ids=["a dash", "rubbish", "a list", "a word", "too long"],
)
def test_a_card_with_something_behind_it_is_that_card_where_the_flag_says_so(spoilt: str):
    """Row F16: and nowhere else."""
    assert judged(spoilt, "04A1B2C3", tag_prefix=8).status is ACCEPTED
    assert judged(spoilt, "04A1B2C3", tag_prefix=8).parent == "OF 04A1B2C3"
    assert judged(spoilt, "04A1B2C3").status is INVALID


def test_a_card_that_is_cut_off_is_that_card_where_the_flag_says_so():
    """Row T28: of its first eight characters at least."""
    assert judged("04A1B2C3", "04A1B2C3D4E5F6", tag_prefix=8).status is ACCEPTED
    assert judged("04A1B2C", "04A1B2C3D4E5F6", tag_prefix=8).status is INVALID
    assert judged("04A1B2C3", "04A1B2C3D4E5F6").status is INVALID
    assert judged("", "04A1B2C3D4E5F6", tag_prefix=8).status is INVALID


def test_a_card_that_could_be_two_is_none_of_them():
    """Rows F16, T28: but a blocked one is blocked."""
    known = ("04A1B2C3D4", "04A1B2C3E5")
    assert judged("04A1B2C3", *known, tag_prefix=8).status is INVALID
    assert judged("04A1B2C3D4", *known, tag_prefix=8).parent == "OF 04A1B2C3D4"
    blocked = judged("04A1B2C3", *known, mode=AuthorizationMode.BLOCK_LIST, tag_prefix=8)
    assert blocked.status is AuthorizationStatus.BLOCKED


def test_a_card_with_its_bytes_in_reverse_order_is_that_card_where_the_flag_says_so():
    """Row T28."""
    assert judged("C3B2A104", "04A1B2C3", tag_swapped=True).status is ACCEPTED
    assert judged("C3B2A104", "04A1B2C3").status is INVALID
    assert judged("3C2B1A40", "04A1B2C3", tag_swapped=True).status is INVALID
    assert judged("C3B2A10", "01A2B3C", tag_swapped=True).status is INVALID, "half a byte has no order"


def test_the_bridges_own_tag_may_come_back_spoilt():
    """Row F16: the start of a switch is accepted, and its transaction ends by a stop without a number."""
    life = Life(garage(flags={"tag_prefix": 12}))
    life.arrives(S.PREPARING)
    spoilt = IdTag(OWN_TAG + "\x8f\x02")
    life.presents(spoilt)
    assert life.info.status is INVALID, "nobody has pressed yet"
    life.presses(True)
    life.presents(spoilt)
    assert life.info.status is ACCEPTED
    number = life.starts(spoilt, 1000)
    assert life.info.status is ACCEPTED
    life.presents(spoilt)
    assert life.info.status is ACCEPTED
    life.stops(0, 3000, id_tag=IdTag(OWN_TAG + "-"))
    assert life.memory.transactions[number].energy_wh == 2000


def test_a_reservations_tag_is_no_better_when_it_is_spoilt():
    """Row F16."""
    life = Life(garage(flags={"tag_prefix": 8}, tag_book=book("*", mode=AuthorizationMode.ALL)))
    life.arrives()
    life.presents(IdTag(life.charger.reservation_tag + "-"))
    assert life.info.status is INVALID


def test_a_card_that_a_charger_has_blocked_by_itself_is_freed_by_its_cache():
    """Row T16: `clear_cache` is an object of the charge point."""
    life = Life()
    life.arrives()
    life.presses(True, "clear_cache", CHARGE_POINT, number=1)
    assert life.told(ClearCache) == [ClearCache()]
    assert life.verdict(1) is CommandResult.ACCEPTED


def ready(**flags: object) -> Life:
    life = Life(garage(flags=flags))
    life.arrives(S.PREPARING)
    return life


def test_a_charger_that_refuses_starts_is_pointed_out_once():
    """Row T17: without being asked for anything."""
    life = ready()
    life.answers[RemoteStart] = "Rejected"
    for _ in range(3):
        life.presses(True)
    assert len([words for words in life.words if REMOTE in words]) == 1
    assert life.told(GetConfiguration) == []


def test_a_charger_that_refuses_starts_is_set_right_where_the_flag_allows_it():
    """Row T17: read first, written once, and the next start is the proof."""
    life = ready(sets_authorize_remote=True)
    life.answers[RemoteStart] = "Rejected"
    life.silent.add(GetConfiguration)
    life.presses(True, number=1)
    assert life.verdict(1) is CommandResult.REJECTED
    assert life.told(GetConfiguration) == [GetConfiguration((REMOTE,))]
    rows = [{"key": REMOTE.lower(), "readonly": False, "value": "True"}]
    life.replies("", json.dumps({"configurationKey": rows, "unknownKey": []}))
    assert life.told(ChangeConfiguration) == [ChangeConfiguration(REMOTE, "false")]
    life.presses(True)
    life.passes(100)
    assert len(life.told(ChangeConfiguration)) == 1
    assert len(life.told(GetConfiguration)) == 1


@pytest.mark.parametrize(
    "rows",
    [
        [{"key": REMOTE, "readonly": True, "value": "true"}],
        [{"key": REMOTE, "readonly": False, "value": "false"}],
        [{"key": REMOTE}],
        [],
    ],
    ids=["read-only", "false already", "no value", "unknown"],
)
def test_a_key_that_is_not_the_reason_is_left_as_it_is(rows: list[dict[str, object]]):
    """Rows T17, K3, K5."""
    life = ready(sets_authorize_remote=True)
    life.answers[RemoteStart] = "Rejected"
    life.silent.add(GetConfiguration)
    life.presses(True)
    life.replies("", json.dumps({"configurationKey": rows, "unknownKey": []}))
    assert life.told(ChangeConfiguration) == []


def test_a_start_without_connector_is_this_connectors_start():
    """Row T18: with two outlets as well, if the flag says so."""
    life = Life(garage(outlet(1), outlet(2), flags={"start_without_connector": True}))
    life.arrives(S.PREPARING)
    life.presses(True, connector=TWO)
    assert life.told(RemoteStart) == [RemoteStart(None, OWN_TAG)]
    life.starts(OWN_TAG, connector=TWO)
    assert life.info.status is ACCEPTED
    assert life.state("charging", TWO) is True


def test_the_tag_of_a_start_is_always_the_same_one():
    """Row T20: random but kept, or the one that the charger insists on."""
    life = ready()
    life.presses(True)
    life.restarts()
    life.connects()
    life.boots()
    life.reports(S.PREPARING)
    life.passes(3)
    life.presses(True)
    assert {one.id_tag for one in life.told(RemoteStart)} == {OWN_TAG}
    assert OWN_TAG.isalnum()
    assert OWN_TAG.isupper()
    insists = Life(garage(remote_id_tag=IdTag("PlugAndCharge")))
    insists.arrives(S.PREPARING)
    insists.presses(True)
    assert insists.told(RemoteStart) == [RemoteStart(ONE, IdTag("PlugAndCharge"))]


def test_a_start_never_leaves_before_the_answer_that_led_to_it():
    """Row T21: the answer to StatusNotification, and behind it the call, in one step."""
    life = Life()
    life.arrives()
    life.presses(True)
    step = life.reports(S.PREPARING)
    assert step.answer is not None
    assert step.commands == (RemoteStart(ONE, OWN_TAG),)


def test_a_charger_that_waits_for_a_start_gets_one_for_each_car():
    """Row T22: `start_on_plug`; a car that is refused is not started again and again."""
    life = Life(garage(outlet(start_on_plug=True)), answers={RemoteStart: "Rejected"})
    life.arrives()
    for _ in range(3):
        life.reports(S.AVAILABLE)
        life.reports(S.PREPARING)
        life.passes(3600)
    starts = life.told(RemoteStart)
    assert starts == [RemoteStart(ONE, OWN_TAG), RemoteStart(None, OWN_TAG)] * 3


@pytest.mark.parametrize("tag", ["", "freevend", "local", "00:11:22:33:44:55"])
def test_a_free_charger_with_a_tag_of_its_own_is_let_in_by_the_policy(tag: str):
    """Row T23: everybody, or a star in the list; else nobody."""
    assert judged(tag, mode=AuthorizationMode.ALL).status is ACCEPTED
    assert judged(tag, "*").status is ACCEPTED
    assert judged(tag, "04A1B2C3").status is INVALID


def test_a_card_that_somebody_starts_with_is_judged_like_one_that_is_presented():
    """Row T23: no way round the list."""
    life = ready()
    life.wishes(Wished(ONE, "charging", True, Origin.CLI, 1, id_tag=STRANGER))
    life.wishes(Wished(ONE, "charging", True, Origin.CLI, 2, id_tag=CARD))
    assert (life.verdict(1), life.verdict(2)) == (CommandResult.NOT_ALLOWED_NOW, CommandResult.ACCEPTED)


def test_a_start_that_is_not_supported_says_nothing_of_its_keys():
    """Row T17: only a refusal may have that reason."""
    life = ready(sets_authorize_remote=True)
    life.answers[RemoteStart] = Outcome.NOT_SUPPORTED
    life.presses(True)
    assert life.told(GetConfiguration) == []
