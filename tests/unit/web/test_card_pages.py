"""Cards on pages: named, learned, changed, taken out, erased; and alarms and the log."""

import asyncio
import re
from pathlib import Path

import pytest

from knx_ocpp_bridge.core.step import AlarmKind, AuthorizationStatus, CardShown, Level, Note
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, IdTag
from knx_ocpp_bridge.web.pages.alarms import KINDS, REMEDIES
from knx_ocpp_bridge.web.roles import Role
from tests.kit.website import Site

GARAGE = ChargerId("GARAGE")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def held(site: Site, id_tag: str) -> None:
    shown = CardShown(IdTag(id_tag), ConnectorId(1), AuthorizationStatus.INVALID)
    site.desk.people.held(GARAGE, shown)


def cards(site: Site) -> dict[str, str]:
    book = site.desk.roster.charger(GARAGE).settings.tag_book
    return {str(key): tag.name for key, tag in book.tags.items()}


async def test_a_card_is_named_by_its_number(site: Site) -> None:
    async with site.visit(Role.INSTALLER) as browser:
        typed = {"id": "04AABBCC", "name": "Blue", "limit": "120,5", "charger:GARAGE": "1", "expires": "2026-12-31"}
        saved = await browser.post("/tags/edit", data=typed)
        assert saved.status_code == 303
        page = await browser.get(saved.headers["location"])
    assert "Blue (…BBCC) is on disk and in force" in page.text
    card = site.desk.roster.charger(GARAGE).settings.tag_book.tags["04aabbcc"]
    assert (card.limit_wh, card.chargers) == (120_500, frozenset({"garage"}))
    assert "04AABBCC" not in page.text


@pytest.mark.parametrize(
    ("wrong", "why"),
    [({"limit": "much"}, "The limit is a number"), ({"expires": "soon"}, "neither a date"), ({"id": ""}, "idTag")],
)
async def test_what_is_wrong_is_told_and_what_was_typed_stays(site: Site, wrong: dict[str, str], why: str) -> None:
    async with site.visit(Role.INSTALLER) as browser:
        page = await browser.post("/tags/edit", data={"id": "04AABBCC", "name": "My own name"} | wrong)
    assert page.status_code == 422
    assert why in page.text
    assert 'value="My own name"' in page.text
    assert cards(site) == {}


async def test_an_unknown_card_at_a_reader_gets_a_name_without_its_number_being_shown(site: Site) -> None:
    held(site, "04DDEEFF")
    async with site.visit(Role.INSTALLER) as browser:
        page = await browser.get("/tags")
        assert "04DDEEFF" not in page.text
        link = re.search(r'href="(/tags/edit\?card=[^"]+)"', page.text)
        assert link is not None
        form = await browser.get(link[1])
        assert "…EEFF" in form.text
        key = re.search(r'name="card" value="([^"]+)"', form.text)
        assert key is not None
        await browser.post("/tags/edit", data={"card": key[1], "name": "Green"})
    assert cards(site) == {"04ddeeff": "Green"}


async def test_a_card_is_changed_taken_out_and_erased(site: Site) -> None:
    async with site.visit(Role.INSTALLER) as browser:
        await browser.post("/tags/edit", data={"id": "04AABBCC", "name": "Blue", "note": "second key"})
        key = site.desk.shows("tags").rows[0]["key"]
        await browser.post("/tags/edit", data={"card": key, "name": "Red"})
        assert cards(site) == {"04aabbcc": "Red"}
        assert site.desk.shows("tags").rows[0]["note"] == ""
        held(site, "04AABBCC")
        refused = await browser.post("/tags/erase", data={"card": key})
        assert "cannot be undone" in (await browser.get(refused.headers["location"])).text
        await browser.post("/tags/remove", data={"card": key})
        assert cards(site) == {}
        gone = await browser.post("/tags/erase", data={"card": key, "sure": "yes"})
        assert "erased" in (await browser.get(gone.headers["location"])).text
    assert site.desk.shows("cards").rows == ()


async def test_whoever_waits_for_a_card_sees_when_it_has_come(site: Site) -> None:
    async with site.visit(Role.INSTALLER) as browser:
        begun = await browser.post("/tags/learn", data={"name": "Green"})
        assert begun.headers["location"] == "/tags/learn"
        await asyncio.sleep(0)
        assert "Hold the card of Green" in (await browser.get("/tags/learn")).text
        held(site, "04DDEEFF")
        for _ in range(20):
            await asyncio.sleep(0)
        page = await browser.get("/tags/learn")
    assert "is on disk and in force" in page.text
    assert "hx-trigger" not in page.text
    assert cards(site) == {"04ddeeff": "Green"}


async def test_the_waiting_can_be_ended_and_is_for_somebody(site: Site) -> None:
    async with site.visit(Role.INSTALLER) as browser:
        nobody = await browser.post("/tags/learn", data={"name": " "})
        assert "Say whose card" in (await browser.get(nobody.headers["location"])).text
        await browser.post("/tags/learn", data={"name": "Green"})
        await browser.post("/tags/learn/stop")
        assert "No card is waited for" in (await browser.get("/tags/learn")).text
    held(site, "04DDEEFF")
    assert cards(site) == {}


async def test_a_tags_file_is_copied_and_a_wrong_one_refused(site: Site) -> None:
    async with site.visit(Role.INSTALLER) as browser:
        good = {"file": ("tags.yaml", b'- {id: "04AA", name: One}\n')}
        assert (await browser.post("/tags/import", files=good)).status_code == 303
        bad = await browser.post("/tags/import", files={"file": ("tags.yaml", b"\xff\xfe\x00")})
        assert "not UTF-8" in (await browser.get(bad.headers["location"])).text
        none = await browser.post("/tags/import", data={"x": "1"})
        assert "Choose a tags file" in (await browser.get(none.headers["location"])).text
        large = await browser.post("/tags/import", files={"file": ("tags.yaml", b"#" * 70_000)})
        assert large.status_code == 413
    assert cards(site) == {"04aa": "One"}


async def test_an_operator_sees_cards_and_cannot_change_them(site: Site) -> None:
    async with site.visit(Role.OPERATOR) as browser:
        text = (await browser.get("/tags")).text
        assert (await browser.post("/tags/edit", data={"id": "1", "name": "x"})).status_code == 403
    assert "/tags/edit" not in text


# alarms and the log


def test_every_kind_of_alarm_has_words_and_what_can_be_mended_a_remedy() -> None:
    assert set(KINDS) == {kind.value for kind in AlarmKind}
    assert set(KINDS) - set(REMEDIES) == {"charging_started", "charging_stopped"}


async def test_an_alarm_that_stands_has_a_remedy_and_is_acknowledged_by_an_operator(site: Site) -> None:
    site.desk.alarms.hear(GARAGE, Note(Level.WARNING, None, "offline for 60 s <b>", "time", AlarmKind.OFFLINE))
    async with site.visit(Role.VIEWER) as browser:
        text = (await browser.get("/alarms")).text
        assert "offline for 60 s &lt;b&gt;" in text
        assert "power and network" in text
        assert "/alarms/acknowledge" not in text
        assert (await browser.post("/alarms/acknowledge", data={"number": "1"})).status_code == 403
    async with site.visit(Role.OPERATOR) as browser:
        seen = await browser.post("/alarms/acknowledge", data={"number": "1"})
        text = (await browser.get(seen.headers["location"])).text
        assert "alarm 1 is acknowledged" in text
        assert (await browser.post("/alarms/acknowledge", data={"number": "x"})).status_code == 400
        assert (await browser.post("/alarms/acknowledge", data={"number": "all"})).status_code == 303
    assert not any(row["to_acknowledge"] for row in site.desk.shows("alarms").rows)


async def test_the_log_is_read_back_page_by_page_narrowed_and_saved(site: Site) -> None:
    for number in range(1, 251):
        site.desk.memory.lines.append({
            "number": number, "at": "2026-11-21T12:00:00+00:00", "charger": "GARAGE", "connector": None,
            "level": "WARNING" if number % 2 else "INFO", "about": "connection", "text": f"<i>line {number}.",
        })  # fmt: skip
    async with site.visit(Role.OPERATOR) as browser:
        first = (await browser.get("/log")).text
        assert "&lt;i&gt;line 250." in first
        assert "line 150." not in first
        older = re.search(r'rel="next" href="([^"]+)"', first)
        assert older is not None
        second = (await browser.get(older[1].replace("&amp;", "&"))).text
        assert "line 150." in second
        assert "line 151." not in second
        found = (await browser.get("/log?charger=GARAGE&words=LINE%20249.")).text
        assert found.count("&lt;i&gt;line") == 1
        table = (await browser.get("/log.csv")).text
        assert table.count("\r\n") == 251
        assert (await browser.get("/log?charger=NOBODY")).status_code == 404
