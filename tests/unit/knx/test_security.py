import asyncio
import threading

import pytest

from knx_ocpp_bridge.config.bus_models import Knx
from knx_ocpp_bridge.knx.secure import keyring as keyrings
from knx_ocpp_bridge.knx.secure import sequence_file
from knx_ocpp_bridge.knx.secure.data_secure import Ours
from knx_ocpp_bridge.knx.secure.keyring import KeyringError
from knx_ocpp_bridge.knx.secure.security import Security
from knx_ocpp_bridge.knx.secure.sequence_file import HIGHEST, NAME, Kept
from tests.kit.keyrings import PASSWORD, Interface, Keyring, key_of, raw
from tests.unit.knx.test_sequence_numbers import Wall

NOBODY = Ours(lambda: (), lambda _address: "")
HOUSE = Keyring(
    interfaces=(Interface("1.1.240", user=2, password="p", groups={"9/7/1": ("1.1.20",)}),),
    groups={"9/7/1": key_of("9/7/1")},
)


def security(folder, ours=NOBODY, password=PASSWORD):
    knx = Knx(keyring=str(folder / "house.knxkeys"), keyring_password=password)
    return Security(knx, folder, Wall(), ours)


async def test_without_a_keyring_nothing_is_secured(tmp_path):
    plain = Security(Knx(), tmp_path, Wall(), NOBODY)

    assert await plain.open() is None
    assert plain.guard is None
    assert plain.standing == ""
    assert list(tmp_path.iterdir()) == []


async def test_a_keyring_without_secured_addresses_needs_no_numbers(tmp_path):
    Keyring(interfaces=HOUSE.interfaces).write(tmp_path / "house.knxkeys")
    tunnels_only = security(tmp_path)
    running = asyncio.create_task(tunnels_only.run())

    assert await tunnels_only.open() is not None
    assert tunnels_only.guard is None
    running.cancel()
    await asyncio.wait([running])
    assert [each.name for each in tmp_path.iterdir()] == ["house.knxkeys"]


async def test_what_is_secured_can_be_sent_as_soon_as_the_keyring_is_open(tmp_path):
    HOUSE.write(tmp_path / "house.knxkeys")
    secured = security(tmp_path)
    running = asyncio.create_task(secured.run())
    await secured.open()

    assert secured.standing == "ready"
    running.cancel()
    await asyncio.wait([running])


async def test_a_keyring_is_read_once_while_it_stays_as_it_is(tmp_path, monkeypatch):
    HOUSE.write(tmp_path / "house.knxkeys")
    wrong = security(tmp_path, password="another")
    reads = []
    load = keyrings.load
    monkeypatch.setattr(keyrings, "load", lambda *given: reads.append(given) or load(*given))
    for _ in range(3):
        with pytest.raises(KeyringError, match="cannot be opened with"):
            await wrong.open()

    assert len(reads) == 1


async def test_what_is_refused_for_its_encoding_is_read_once_as_well(tmp_path, monkeypatch):
    (tmp_path / "house.knxkeys").write_bytes(b'<?xml version="1.0" encoding="utf-9"?><Keyring/>')
    strange = security(tmp_path)
    reads = []
    load = keyrings.load
    monkeypatch.setattr(keyrings, "load", lambda *given: reads.append(given) or load(*given))
    for _ in range(3):
        with pytest.raises(KeyringError, match="it has the encoding 'utf-9'"):
            await strange.open()

    assert len(reads) == 1


async def test_the_end_of_all_numbers_is_not_a_clock_that_is_not_set(tmp_path):
    keyring = keyrings.load(HOUSE.write(tmp_path / "house.knxkeys"), PASSWORD)
    sequence_file.write(tmp_path / NAME, Kept(HIGHEST + 1, keyring.signature.hex(), {}))
    secured = security(tmp_path)
    running = asyncio.create_task(secured.run())
    await secured.open()

    assert secured.standing == "no sequence number is left"
    running.cancel()
    await asyncio.wait([running])


async def test_a_corrected_password_opens_it_at_the_next_attempt_without_a_restart(tmp_path):
    HOUSE.write(tmp_path / "house.knxkeys")
    found = security(tmp_path, password="another")
    running = asyncio.create_task(found.run())
    with pytest.raises(KeyringError, match="cannot be opened with"):
        await found.open()
    found.configure(Knx(keyring=str(tmp_path / "house.knxkeys"), keyring_password=PASSWORD))

    assert await found.open() is not None
    assert found.standing == "ready"
    running.cancel()
    await asyncio.wait([running])


async def test_a_keyring_that_was_taken_out_of_the_file_counts_until_the_restart(tmp_path):
    HOUSE.write(tmp_path / "house.knxkeys")
    found = security(tmp_path)
    running = asyncio.create_task(found.run())
    found.configure(Knx())

    assert await found.open() is not None
    running.cancel()
    await asyncio.wait([running])


async def test_a_large_keyring_is_read_to_the_end_even_if_nobody_waits_for_it(tmp_path, monkeypatch):
    HOUSE.write(tmp_path / "house.knxkeys")
    slow, go = security(tmp_path), threading.Event()
    reads = []
    load = keyrings.load
    monkeypatch.setattr(keyrings, "load", lambda *given: go.wait(5) and (reads.append(given) or load(*given)))
    running = asyncio.create_task(slow.run())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await slow.open()
    go.set()

    assert await slow.open() is not None
    assert len(reads) == 1
    running.cancel()
    await asyncio.wait([running])


@pytest.mark.parametrize(("own", "told"), [("1.1.240", False), ("1.1.77", True)])
async def test_an_address_that_ets_has_not_linked_is_told_when_the_bridge_is_connected(tmp_path, caplog, own, told):
    HOUSE.write(tmp_path / "house.knxkeys")
    ours = Ours(lambda: (raw("9/7/1"), raw("9/7/2")), lambda address: f"object {address}")
    secured = security(tmp_path, ours)
    running = asyncio.create_task(secured.run())
    await secured.open()
    for _ in range(3):
        await secured.connected(own)

    assert caplog.text.count(f"not linked to {own}") == told
    running.cancel()
    await asyncio.wait([running])
