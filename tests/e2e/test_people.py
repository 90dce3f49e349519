"""People at the real bridge: a card is learned, charges, is stopped by its group, uses up its month, is forgotten."""

import asyncio
import json
import sqlite3
import sys
from pathlib import Path

from tests.e2e.conftest import Arrive
from tests.kit.bridge import COMMAND, BridgeProcess
from tests.kit.fake_charger import FakeCharger
from tests.kit.house import House, Outlet, charger, connector
from tests.kit.looking import managed, rows
from tests.kit.panel import Panel
from tests.kit.until import until

LEARNED, LIMITED, NAMED, BOTH, LISTED = (Outlet(main) for main in range(1, 6))
FILE_CARD = "04F11EF11E"
HOUSE = House(
    (
        charger("LEARNED", connector(LEARNED)),
        charger("LIMITED", connector(LIMITED)),
        charger("NAMED", connector(NAMED)),
        charger("BOTH", connector(BOTH, "last_user")),
        charger("LISTED", connector(LISTED), authorization={"local_list": True}),
    ),
    authorization={"mode": "allow_list", "tags_file": "tags.yaml"},
    tags=f'- {{id: "{FILE_CARD}", name: File card, group: "FLAT"}}\n',
)


async def tags(bridge: BridgeProcess, *words: str) -> tuple[int, str]:
    """Exit code and what `knx-ocpp-bridge tags` printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", COMMAND, "tags", *words, "--socket", str(bridge.socket),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    said, _ = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, said.decode()


async def status_of(box: FakeCharger, card: str) -> str:
    return (await box.send("Authorize", {"idTag": card}))["idTagInfo"]["status"]


async def learns(bridge: BridgeProcess, box: FakeCharger, card: str, name: str) -> str:
    """What `tags learn` says when this card is held to the reader meanwhile."""
    learning = asyncio.create_task(tags(bridge, "learn", "--name", name, "--charger", box.id))
    answers: list[str] = []
    while not learning.done():
        answers.append(await status_of(box, card))
        await asyncio.sleep(0.3)
    code, said = await learning
    assert (code, set(answers[:1])) == (0, {"Invalid"}), said
    return said


def files_with(bridge: BridgeProcess, text: str) -> list[str]:
    """The files of the state directory in which these characters stand."""
    found = text.encode().lower()
    return [path.name for path in bridge.state.rglob("*") if path.is_file() and found in path.read_bytes().lower()]


async def test_a_card_is_learned_and_charges_and_a_second_card_of_its_group_stops_it(
    arrive: Arrive, bridge: BridgeProcess
):
    box = await arrive("LEARNED", LEARNED, strict=False)
    said = await learns(bridge, box, "04AAAA0001", "Red card")
    assert "card 04AAAA0001 was held to LEARNED at " in said
    assert "Red card (…0001) is on disk and in force" in said
    assert (await tags(bridge, "set", "red card", "--group", "PAIR"))[0] == 0
    assert (await tags(bridge, "add", "04AAAA0002", "--name", "Red key", "--group", "PAIR"))[0] == 0
    await box.plug()
    await box.card("04AAAA0001")
    await box.charges()
    await box.meter(700)
    await box.card("04AAAA0002")
    await until(lambda: box.transaction() is None, 10, "the second card has stopped it")
    await box.settled()
    (row,) = await rows(bridge.socket, "transactions", "LEARNED")
    assert (row["name"], row["group"], row["energy_wh"]) == ("Red card", "PAIR", 700)
    (listed,) = [row for row in await rows(bridge.socket, "tags", whole=True) if row["id_tag"] == "04AAAA0001"]
    assert (listed["used_kwh"], listed["source"], listed["state"]) == (0.7, "database", "valid")


async def test_a_limit_that_is_used_up_refuses_the_next_start_and_more_of_it_lets_it_charge(
    arrive: Arrive, bridge: BridgeProcess
):
    box = await arrive("LIMITED", LIMITED, strict=False)
    await tags(bridge, "add", "04BBBB0001", "--name", "Blue card", "--limit", "1.5")
    assert await status_of(box, "04BBBB0001") == "Accepted"
    await box.plug()
    await box.card("04BBBB0001")
    await box.charges()
    await box.meter(1600)
    await box.card("04BBBB0001")
    await box.unplug()
    assert await status_of(box, "04BBBB0001") == "Blocked"
    (row,) = [row for row in await rows(bridge.socket, "tags") if row["name"] == "Blue card"]
    assert (row["used_kwh"], row["limit_kwh"], row["state"]) == (1.6, 1.5, "used up")
    await asyncio.to_thread(bridge.restart)
    await box.close()
    await box.connect()
    assert await status_of(box, "04BBBB0001") == "Blocked"
    assert (await tags(bridge, "set", "Blue card", "--limit", "2"))[0] == 0
    assert await status_of(box, "04BBBB0001") == "Accepted"
    assert "04BBBB0001" in on_disk(bridge)


def on_disk(bridge: BridgeProcess) -> list[str]:
    """The idTags that another process can read."""
    connection = sqlite3.connect(f"file:{bridge.state / 'bridge.db'}?mode=ro", uri=True)
    try:
        return [tag for (tag,) in connection.execute("SELECT id_tag FROM tags")]
    finally:
        connection.close()


async def test_a_start_in_a_persons_name_is_that_of_the_card(arrive: Arrive, bridge: BridgeProcess):
    box = await arrive("NAMED", NAMED, strict=False)
    await tags(bridge, "add", "04CCCC0001", "--name", "Green card")
    await box.plug()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", COMMAND, "start", "NAMED", "--tag", "green card", "--socket", str(bridge.socket),
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert await asyncio.wait_for(process.wait(), 30) == 0
    await box.charges()
    (row,) = await rows(bridge.socket, "transactions", "NAMED", tags=True)
    assert (row["id_tag"], row["name"]) == ("04CCCC0001", "Green card")
    refused = await managed(bridge.socket, "tag_erase", tag="Green card", yes=True)
    assert (refused.done, refused.messages) == (False, ("it charges at NAMED: stop that first",))


async def test_a_card_of_the_file_is_the_files(bridge: BridgeProcess):
    code, said = await tags(bridge, "set", "File card", "--limit", "5")
    assert code != 0
    assert "File card (…F11E) stands in" in said
    assert "tags.yaml:1: change it there and reload" in said
    code, said = await tags(bridge, "erase", FILE_CARD, "--yes")
    assert (code, "tags.yaml:1" in said) == (4, True)


async def test_a_card_that_is_erased_is_nowhere_and_the_sums_stay(arrive: Arrive, panel: Panel, bridge: BridgeProcess):
    card, name = "04DDDD7E57", "Violet card"
    box = await arrive("BOTH", BOTH, strict=False)
    await tags(bridge, "add", card, "--name", name, "--note", "on loan", "--cost-centre", "4711")
    await box.plug()
    await box.card(card)
    await box.charges()
    await box.meter(900)
    await box.card(card)
    await box.unplug()
    await panel.hears(BOTH.state("last_user"), b"Violet card\0\0\0")
    code, said = await tags(bridge, "export", name)
    exported = json.loads(said)
    assert (code, exported["entry"]["id_tag"], len(exported["transactions"])) == (0, card, 1)
    assert exported["transactions"][0]["energy_wh"] == 900
    assert exported["seen"][0]["status"] == "Accepted"
    assert files_with(bridge, card)
    code, said = await tags(bridge, "erase", card, "--yes")
    assert (code, "1 transaction made anonymous" in said) == (0, True), said
    assert (files_with(bridge, card), files_with(bridge, name)) == ([], [])
    await panel.hears(BOTH.state("last_user"), bytes(14))
    (row,) = await rows(bridge.socket, "transactions", "BOTH", tags=True)
    assert (row["id_tag"], row["name"], row["energy_wh"]) == ("", "", 900)
    assert await status_of(box, card) == "Invalid"
    log = await rows(bridge.socket, "log", about="people", newest=True)
    assert [row["text"] for row in log if "erased" in row["text"]] != []
    bridge.restart()
    (row,) = await rows(bridge.socket, "transactions", "BOTH", tags=True)
    assert (row["id_tag"], row["energy_wh"]) == ("", 900)


async def test_the_list_in_the_charger_follows_the_database(arrive: Arrive, bridge: BridgeProcess):
    box = await arrive("LISTED", LISTED, strict=False)
    await tags(bridge, "add", "04EEEE0001", "--name", "White card")
    listed = box.machine.local_list
    await until(lambda: "04eeee0001" in listed.entries, 10, "it is in the charger's list")
    await tags(bridge, "remove", "White card")
    await until(lambda: "04eeee0001" not in listed.entries, 10, "and gone from it")
