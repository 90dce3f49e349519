"""Charging profiles by hand: what is shown of them, what the forms ask for, and what stays when they are refused."""

from pathlib import Path

import pytest

from knx_ocpp_bridge.control.protocol import Listing, Managed
from knx_ocpp_bridge.web.roles import Role
from tests.kit.website import Site

HERE = "/chargers/GARAGE/profiles"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.desk.arrives("GARAGE")
    return site


async def test_the_schedule_of_the_charger_stands_beside_what_was_meant_and_written(site):
    composite = {
        "at": "2026-11-22T10:00:00Z", "connector": 1, "result": "accepted", "answer": "Accepted", "start": "",
        "duration_s": 86_400, "unit": "A", "periods": [{"start_s": 0, "limit": 9.5, "phases": None}],
    }  # fmt: skip
    write = {
        "at": "2026-11-22T09:00:00Z", "action": "SetChargingProfile", "connector": 1, "sent": {"a": "<b>"},
        "result": "rejected", "answer": "Rejected",
    }  # fmt: skip
    row = {
        "connector": 1,
        "wanted_a": 10.0,
        "in_force_a": 10.0,
        "orders": [],
        "writes": [write],
        "composite": composite,
    }
    site.answers["profiles"] = Listing((row,))
    async with site.visit(Role.INSTALLER) as browser:
        page = (await browser.get(HERE)).text
    for text in ("10 A", "9.5", "Rejected", "GetCompositeSchedule"):
        assert text in page
    assert "<b>" not in page


@pytest.mark.parametrize(
    ("form", "act", "options"),
    [
        (
            {"act": "set", "connector": "1", "periods": "0:10", "kind": "Absolute", "id": ""},
            "profile_set",
            {"connector": 1, "periods": "0:10", "kind": "Absolute"},
        ),
        ({"act": "clear", "id": "7"}, "profile_clear", {"id": 7}),
        ({"act": "clear_all"}, "profile_clear", {"all": True}),
        ({"act": "ask", "connector": "1"}, "composite_schedule", {"connector": 1, "duration": 86_400}),
    ],
)
async def test_a_form_asks_for_what_was_typed_and_nothing_else(site, form, act, options):
    site.answers[act] = Managed(done=True, messages=("told",))
    async with site.visit(Role.INSTALLER) as browser:
        answer = await browser.post(HERE, data=form)
    assert answer.status_code == 303
    assert (site.asked[-1].act, dict(site.asked[-1].options)) == (act, options)


async def test_what_is_refused_is_told_and_what_was_typed_stays(site):
    async with site.visit(Role.INSTALLER) as browser:
        wrong = await browser.post(HERE, data={"act": "set", "connector": "1", "periods": "0:nonsense"})
        letters = await browser.post(HERE, data={"act": "set", "connector": "one"})
    assert wrong.status_code == letters.status_code == 422
    assert 'value="0:nonsense"' in wrong.text
    assert "digits alone" in letters.text
