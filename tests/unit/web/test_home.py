"""Home: what people read on a card, what is offered to whom, and how a command of a form ends."""

import asyncio
import copy
import re
from pathlib import Path
from typing import Any

import pytest

from knx_ocpp_bridge.control.protocol import Ended, Listing, Snapshot, Wish
from knx_ocpp_bridge.core.status import CommandResult, ConnectorStatus, ErrorCode, LimitReason
from knx_ocpp_bridge.web import wording
from knx_ocpp_bridge.web.pages import home
from knx_ocpp_bridge.web.pages.stream import MOST_OF_ONE
from knx_ocpp_bridge.web.roles import Role
from tests.kit.website import Site

HOSTILE = "<script>alert(1)</script>"
TRANSACTION = {"id": 4, "id_tag": "..E680", "accepted": True, "started_at": "2026-11-21T11:00:00Z", "meter_start_wh": 0}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """GARAGE has booted, and nothing is plugged in."""
    site = Site(tmp_path)
    site.desk.arrives("GARAGE")
    return site


def stands(site: Site, *, charger: dict[str, Any] | None = None, can: dict[str, bool] | None = None, **connector: Any):
    """The state of GARAGE is as always, but for this."""
    base = site.snapshot()
    one = copy.deepcopy(dict(base.chargers[0])) | (charger or {})
    outlet = one["connectors"][0]
    outlet["can"] |= can or {}
    outlet["values"] = {"status": 0} | connector.pop("values", {})
    outlet |= connector
    site.answers["status"] = Snapshot(base.bridge, (one,))


async def shown(site: Site, role: Role = Role.OPERATOR, path: str = "/", language: str = "en") -> str:
    async with site.visit(role, language=language) as browser:
        answer = await browser.get(path)
    assert answer.status_code == 200, answer.text
    return " ".join(answer.text.split())


@pytest.mark.parametrize("status", ConnectorStatus, ids=lambda each: each.name)
async def test_every_status_of_ocpp_has_a_word_and_a_sentence(site, status):
    stands(site, values={"status": int(status), "error_code": int(ErrorCode.HIGH_TEMPERATURE)})
    page = await shown(site)
    assert f">{wording.STATUS[status]}</span>" in page
    assert wording.SENTENCES[status] % {"error": "it is too hot"} in page


@pytest.mark.parametrize("reason", LimitReason, ids=lambda each: each.name)
async def test_every_reason_of_a_limit_has_a_sentence(site, reason):
    for status, current_a, sentences in (
        (ConnectorStatus.CHARGING, 10.5, wording.LIMITED),
        (ConnectorStatus.SUSPENDED_EVSE, 0.0, wording.HELD),
    ):
        if reason in sentences:
            values = {"status": int(status), "limit_reason": int(reason), "max_current": current_a}
            stands(site, values=values, transaction=TRANSACTION)
            assert sentences[reason] % {"limit": "10.5"} in await shown(site)
    assert reason in wording.LIMITED | wording.HELD


@pytest.mark.parametrize(
    ("reason", "badge"),
    [
        (LimitReason.WAITING, '<span class="badge warn">Waiting</span>'),
        (LimitReason.SURPLUS, '<span class="badge info">Waiting</span>'),
        (LimitReason.SESSION_LIMIT, '<span class="badge info">Paused</span>'),
        (LimitReason.DISOBEDIENCE, '<span class="badge bad">Does not obey</span>'),
        (LimitReason.NORMAL_CURRENT, '<span class="badge warn">Paused by the charger</span>'),
    ],
)
async def test_the_charger_is_not_blamed_for_what_the_bridge_holds_back(site, reason, badge):
    values = {"status": int(ConnectorStatus.SUSPENDED_EVSE), "limit_reason": int(reason), "max_current": 0.0}
    stands(site, values=values, transaction=TRANSACTION)
    assert badge in await shown(site)


async def test_a_goal_and_the_end_of_a_session_stand_on_the_card(site):
    energy = {
        "mode": "scheduled", "goal": {"energy_wh": 20_000, "soc": None, "ready_by": "07:00"},
        "session_limits": {"energy_wh": 30_000, "duration_s": 5400, "soc": 80.0, "cost": None},
    }  # fmt: skip
    stands(site, energy=energy)
    page = await shown(site, Role.VIEWER)
    assert "Goal: 20.0 kWh by 07:00" in page
    assert "Ends at 30.0 kWh · 1:30 h · 80 %" in page
    stands(site)
    assert "Goal:" not in await shown(site, Role.VIEWER)


async def test_an_outlet_of_one_phase_has_no_other_phases(site):
    values = {"status": 2, "charging": True, "current": 10.1, "current_l1": 10.1, "current_l2": 0.0, "current_l3": 0.0}
    currents = {"min_a": 6.0, "normal_a": 16.0, "fast_a": 16.0, "max_a": 16.0, "phases": 1}
    stands(site, values=values, transaction=TRANSACTION, currents=currents)
    page = await shown(site)
    assert "L1 10.1" in page
    assert "L2" not in page


async def test_a_card_has_power_current_energy_and_time_in_the_manner_of_the_visitor(site):
    values = {
        "status": 2, "charging": True, "power": 7234.0, "current": 10.12, "max_current": 16.0, "current_l1": 10.1,
        "current_l2": 10.0, "current_l3": 0.0, "session_energy": 12439, "session_duration": 6541, "soc": 84,
    }  # fmt: skip
    stands(site, values=values, transaction=TRANSACTION)
    page = await shown(site, language="de")
    for text in (
        "<strong>7,2</strong> kW",
        "10,1 / 16 A",
        "L1 10,1 · L2 10,0 · L3 0,0",
        "12,43 <small>kWh",
        "1:49 <small>h",
    ):
        assert text in page


@pytest.mark.parametrize(
    ("state", "offered"),
    [
        ({"values": {"status": 0}}, {"charging=1", "reservation=1", "unlock=1"}),
        ({"values": {"status": 1}}, {"charging=1", "unlock=1"}),
        ({"values": {"status": 2}, "transaction": TRANSACTION}, {"charging=0", "pause=1", "unlock=1"}),
        ({"values": {"status": 4, "pause": True}, "transaction": TRANSACTION}, {"charging=0", "pause=0", "unlock=1"}),
        ({"values": {"status": 0}, "armed": True}, {"charging=0", "reservation=1", "unlock=1"}),
        ({"values": {"status": 6}, "reserved": True}, {"reservation=0", "unlock=1"}),
        ({"values": {"status": 8}}, {"unlock=1"}),
        ({"values": {"status": 0}, "can": {"reserve": False, "unlock": False}}, {"charging=1"}),
        ({"values": {"status": 0}, "charger": {"online": "offline"}}, set()),
        (
            {"values": {"status": 1}, "can": {"fast": True, "unlock": False}},
            {"charging=1", "fast_charging=0", "fast_charging=1"},
        ),
    ],
)  # fmt: skip
async def test_only_what_makes_sense_and_the_charger_can_is_offered(site, state, offered):
    stands(site, **state)
    page = await shown(site)
    assert {f"{key}={value}" for key, value in re.findall(r'<button name="(\w+)" value="(\d)"', page)} - {
        "theme="
    } >= offered
    assert set(re.findall(r'<button name="(\w+)" value="\d"', page)) == {each.split("=")[0] for each in offered}


async def test_a_viewer_sees_no_button_no_card_and_no_refusal(site):
    stands(site, values={"status": 2, "user": "Lodger's card"}, transaction=TRANSACTION)
    site.answers["wish"] = Ended(CommandResult.REJECTED, "no")
    async with site.visit(Role.OPERATOR) as browser:
        await browser.post("/outlets/GARAGE/1", data={"charging": "0"})
        assert "Lodger&#39;s card" in (await browser.get("/")).text
    page = await shown(site, Role.VIEWER)
    assert "Lodger" not in page
    assert "/outlets/" not in page
    assert "refused" not in page


async def test_a_start_that_waits_says_how_long(site):
    until = site.desk.moment().utc.replace(microsecond=0).isoformat()
    stands(site, armed=True, armed_until=until.replace("12:00:00", "12:01:32"))
    assert "Armed: plug in within 1:32." in await shown(site)


async def test_a_charger_that_is_away_says_since_when(site):
    alarm = {"kind": "offline", "charger": "GARAGE", "at": "2026-11-21T11:02:00+00:00"}
    site.answers["alarms"] = Listing((alarm,))
    stands(site, charger={"online": "offline"})
    assert "Offline since 12:02." in await shown(site)


async def test_names_are_text(site):
    stands(site, charger={"name": HOSTILE}, values={"status": 8, "error_text": HOSTILE})
    page = await shown(site)
    assert HOSTILE not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 2


async def test_a_form_sends_a_wish_and_shows_home_again(site):
    site.answers["wish"] = Ended(CommandResult.ACCEPTED, "done")
    async with site.visit(Role.OPERATOR) as browser:
        answer = await browser.post("/outlets/GARAGE/1", data={"max_current": "7,5"})
        assert answer.status_code == 303
        again = await browser.get(answer.headers["location"])
    assert "The charger was told." in again.text
    (wish,) = [each for each in site.asked if isinstance(each, Wish)]
    assert (wish.charger, wish.connector, wish.key, wish.value) == ("GARAGE", 1, "max_current", 7.5)


async def test_a_refusal_stands_on_the_card_with_its_reason(site):
    site.answers["wish"] = Ended(CommandResult.NOT_ALLOWED_NOW, "the reader is busy")
    async with site.visit(Role.OPERATOR) as browser:
        card = await browser.post(
            "/outlets/GARAGE/1", data={"unlock": "1"}, headers={"hx-request": "true", "hx-current-url": "http://x/"}
        )
        assert card.text.lstrip().startswith("<article")
        assert "<strong>Unlock:</strong> That is not possible now." in card.text
        assert "the reader is busy" in card.text
        assert "the reader is busy" in (await browser.get("/")).text


async def test_a_command_that_takes_its_time_lets_the_page_go_on(site, monkeypatch):
    monkeypatch.setattr(home, "_WAITED_FOR_S", 0.01)
    site.answers["wish"] = Ended(CommandResult.TIMED_OUT, "no cable was plugged in")
    ask, plugged = site.ask, asyncio.Event()

    async def slowly(request, caller):
        if isinstance(request, Wish):
            await plugged.wait()
        return await ask(request, caller)

    monkeypatch.setattr(site, "ask", slowly)
    async with site.visit(Role.OPERATOR) as browser:
        card = await browser.post("/outlets/GARAGE/1", data={"charging": "1"}, headers={"hx-request": "true"})
        assert "no cable" not in card.text
        plugged.set()
        await asyncio.sleep(0.01)
        assert "no cable was plugged in" in (await browser.get("/")).text


@pytest.mark.parametrize("form", [{}, {"charging": "yes"}, {"max_current": "much"}, {"hard_reset": "1"}])
async def test_what_no_card_sends_is_not_done(site, form):
    async with site.visit(Role.OPERATOR) as browser:
        answer = await browser.post("/outlets/GARAGE/1", data=form)
    assert answer.status_code == 400
    assert not [each for each in site.asked if isinstance(each, Wish)]


async def test_the_card_alone_has_nothing_round_it_and_its_forms_stay_there(site):
    stands(site, values={"status": 1})
    page = await shown(site, path="/embed/GARAGE/1?theme=dark&lang=nl")
    assert '<html lang="nl" data-theme="dark">' in page
    assert "<nav" not in page
    assert '<form method="post" action=""' in page
    async with site.visit(Role.VIEWER) as browser:
        assert (await browser.get("/embed/GARAGE/2")).status_code == 404
        assert (await browser.get("/embed/NOBODY/1")).status_code == 404


async def test_many_connectors_are_shown_small_with_a_filter(site):
    base = site.snapshot()
    many = [copy.deepcopy(dict(base.chargers[0])) | {"id": f"C{n}", "name": f"Place {n}"} for n in range(200)]
    site.answers["status"] = Snapshot(base.bridge, tuple(many))
    page = await shown(site)
    assert page.count("<article") == 200
    assert 'data-filter="#outlets"' in page
    assert page.count('<details class="more-of"') == 200


async def test_an_empty_building_says_what_to_do(site):
    site.answers["status"] = Snapshot(site.snapshot().bridge, ())
    assert 'href="/chargers"' in await shown(site, Role.INSTALLER)
    assert "No charge point stands in the configuration yet." in await shown(site, Role.VIEWER)


async def test_a_stream_is_refused_where_it_would_be_too_much_or_is_not_theirs(site):
    async with site.visit(Role.VIEWER) as browser:
        assert (await browser.get("/live?topics=nonsense")).status_code == 404
        assert (await browser.get("/live?topics=telegrams")).status_code == 403
        assert (await browser.get("/live?topics=" + "+".join(f"outlet:{n}" for n in range(9)))).status_code == 400


async def test_somebody_has_so_many_streams_and_not_more(site, monkeypatch):
    made = site._website
    websites = []
    monkeypatch.setattr(site, "_website", lambda guest: websites.append(made(guest)) or websites[-1])
    async with site.visit(Role.VIEWER) as browser:
        websites[0].live.streams["127.0.0.1"] = MOST_OF_ONE
        answer = await browser.get("/live?topics=home")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "60"


async def test_language_and_colours_are_kept_in_the_browser(site):
    async with site.visit(Role.VIEWER) as browser:
        answer = await browser.post("/look", data={"language": "nl", "theme": "dark", "next": "/"})
        assert answer.headers["location"] == "/"
        assert '<html lang="nl" data-theme="dark">' in (await browser.get("/")).text
        for elsewhere in ("//evil.test", "https://evil.test/", "/\\evil.test"):
            answer = await browser.post("/look", data={"language": "en", "next": elsewhere})
            assert answer.headers["location"] == "/"
        assert "set-cookie" not in (await browser.post("/look", data={"language": "xx", "next": "/"})).headers


async def test_trouble_of_the_bridge_stands_on_every_page_without_scripts(site):
    row = {"check": "bus", "finding": "bus_lost", "level": "trouble", "facts": {"trouble": "no answer"}}
    site.answers["health"] = Listing((row,))
    page = await shown(site, path="/statistics", language="de")
    assert "Es gibt keine Verbindung zum KNX-Bus: no answer." in page
