import asyncio
import json
import logging
import os
import resource
import signal
import stat
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from xknx.telegram import IndividualAddress

from knx_ocpp_bridge.core.values import Clock, Moment
from knx_ocpp_bridge.knx.secure import sequence_file, sequence_numbers
from knx_ocpp_bridge.knx.secure.sequence_file import HIGHEST, NAME, Kept, SequenceFileError
from knx_ocpp_bridge.knx.secure.sequence_numbers import STEP, SequenceNumbers, of_time
from tests.kit.until import until

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SWITCH, DIMMER = IndividualAddress("1.1.20"), IndividualAddress("1.1.21")
HOUSE, REBUILT = "aa" * 16, "bb" * 16


class Wall:
    """The clock on the wall, in the hands of the test."""

    def __init__(self, utc=NOW, clock=Clock.SANE):
        self.utc, self.clock = utc, clock

    def __call__(self):
        return Moment(0.0, self.utc, self.clock)


@contextmanager
def full_disk():
    """No file takes another byte."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)


async def begun(folder, wall=None, keyring=HOUSE, senders=None):
    """A bridge that has been started."""
    numbers = SequenceNumbers(folder / NAME, wall or Wall())
    await numbers.begin(keyring, {SWITCH: 0, DIMMER: 0} if senders is None else senders)
    await numbers.start()
    return numbers


async def test_the_first_number_is_that_of_the_time(tmp_path):
    numbers = await begun(tmp_path)

    assert numbers.take() == of_time(NOW) == int((NOW - datetime(2018, 1, 5, tzinfo=UTC)).total_seconds()) * 1000
    assert numbers.take() == of_time(NOW) + 1


async def test_after_a_power_cut_the_number_is_above_all_that_were_sent(tmp_path):
    cut = await begun(tmp_path)
    sent = [cut.take() for _ in range(5)]

    assert (await begun(tmp_path)).take() > max(sent)


@pytest.mark.parametrize("years", [1, 8])
async def test_a_clock_that_was_set_back_does_not_take_the_number_back(tmp_path, years):
    cut = await begun(tmp_path)
    sent = [cut.take() for _ in range(5)]

    assert (await begun(tmp_path, Wall(NOW - timedelta(days=365 * years)))).take() > max(sent)


async def test_a_clock_that_was_far_ahead_once_does_not_take_the_number_back_when_it_is_right_again(tmp_path):
    ahead = await begun(tmp_path, Wall(NOW + timedelta(days=3650)))
    sent = ahead.take()
    ahead.close()

    assert (await begun(tmp_path)).take() == sent + 1


async def test_a_thousand_restarts_in_a_minute_never_take_the_number_back(tmp_path):
    last = 0
    for restart in range(1000):
        numbers = await begun(tmp_path, Wall(NOW + timedelta(milliseconds=60 * restart)))
        number = numbers.take()
        assert number > last
        last = number


async def test_hours_of_telegrams_cost_one_write(tmp_path):
    numbers = await begun(tmp_path)
    written = (tmp_path / NAME).stat().st_mtime_ns
    for _ in range(STEP // 4):
        numbers.take()
    await numbers.keep()

    assert (tmp_path / NAME).stat().st_mtime_ns == written


async def test_what_is_reserved_is_reserved_anew_before_it_is_used_up(tmp_path):
    numbers = await begun(tmp_path)
    for _ in range(STEP // 2 + 1):
        last = numbers.take()
    await numbers.keep()

    assert sequence_file.read(tmp_path / NAME).sending == last + 1 + STEP


async def test_numbers_of_others_outlive_a_power_cut_once_they_are_kept(tmp_path):
    cut = await begun(tmp_path)
    cut.received[SWITCH] = 4711
    await cut.keep()

    assert (await begun(tmp_path)).received == {SWITCH: 4711, DIMMER: 0}


async def test_numbers_of_others_outlive_a_restart(tmp_path):
    numbers = SequenceNumbers(tmp_path / NAME, Wall())
    running = asyncio.create_task(numbers.run())
    await numbers.begin(HOUSE, {SWITCH: 0})
    await until(lambda: numbers.ready, 2, "there is a number")
    numbers.received[SWITCH], last = 4711, numbers.take()
    running.cancel()
    await asyncio.wait([running])
    again = await begun(tmp_path, senders={SWITCH: 0})

    assert again.received == {SWITCH: 4711}
    assert again.take() == last + 1


async def test_a_number_in_the_keyring_counts_if_it_is_higher(tmp_path):
    before = await begun(tmp_path)
    before.received.update({SWITCH: 100, DIMMER: 100})
    before.close()

    assert (await begun(tmp_path, senders={SWITCH: 7, DIMMER: 900})).received == {SWITCH: 100, DIMMER: 900}


async def test_a_new_keyring_begins_with_the_numbers_in_it_as_a_device_may_have_been_replaced(tmp_path):
    before = await begun(tmp_path)
    before.received[SWITCH] = 4711
    before.close()

    assert (await begun(tmp_path, keyring=REBUILT)).received == {SWITCH: 0, DIMMER: 0}


async def test_the_same_keyring_read_again_forgets_nothing(tmp_path):
    numbers = await begun(tmp_path)
    numbers.received[SWITCH] = 4711
    await numbers.begin(HOUSE, {SWITCH: 0})

    assert numbers.received == {SWITCH: 4711}


async def test_a_sender_that_the_keyring_does_not_name_any_more_is_forgotten(tmp_path):
    before = await begun(tmp_path)
    before.received[SWITCH] = 4711
    before.close()

    assert (await begun(tmp_path, senders={DIMMER: 0})).received == {DIMMER: 0}


async def test_nothing_can_be_sent_before_the_clock_is_set(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(sequence_numbers, "LOOK_S", 0.0)
    wall = Wall(datetime(2024, 1, 1, tzinfo=UTC), Clock.WAITING)
    numbers = SequenceNumbers(tmp_path / NAME, wall)
    await numbers.begin(HOUSE, {SWITCH: 0})
    starting = asyncio.create_task(numbers.start())
    for clock in (Clock.WAITING, Clock.UNKNOWN):
        wall.clock = clock
        await asyncio.sleep(0.01)
        assert not numbers.ready
    wall.utc, wall.clock = NOW, Clock.SANE
    await starting

    assert numbers.ready
    assert numbers.take() == of_time(NOW)
    assert caplog.text.count("KNX Data Secure waits until the clock is set") == 1


async def test_the_file_is_for_the_bridge_alone(tmp_path):
    await begun(tmp_path)

    assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == [NAME]


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: b"",
        lambda raw: raw[: len(raw) // 2],
        lambda raw: b"\xff" * len(raw),
        lambda raw: b"[]",
        lambda raw: b"[" * 100_000,
        lambda raw: raw.replace(b'"sending": ', b'"sending": 1'),
        lambda raw: raw.replace(b"4711", b"4710"),
        lambda raw: raw + b" " * 5_000_000,
        lambda raw: raw.replace(b'"received": {', b'"received": {"' + b"1" * 5000 + b'": 1, '),
        lambda raw: raw.replace(b"4711", b"1" * 5000),
    ],
    ids=["empty", "cut", "overwritten", "other", "deep", "higher", "lower", "huge", "long address", "long number"],
)
async def test_a_damaged_file_is_told_and_sending_goes_on_above_all_before(tmp_path, damage, caplog):
    cut = await begun(tmp_path)
    cut.received[SWITCH] = 4711
    cut.close()
    sent = cut.take()
    path = tmp_path / NAME
    path.write_bytes(damage(path.read_bytes()))

    numbers = await begun(tmp_path)

    assert numbers.take() > sent
    assert numbers.received == {SWITCH: 0, DIMMER: 0}
    assert "the sequence numbers of KNX Data Secure" in caplog.text
    assert "could be repeated" in caplog.text
    assert (tmp_path / f"{NAME}.damaged").exists()


async def test_at_the_end_of_all_numbers_nothing_goes_back_and_the_reason_is_its_own(tmp_path, caplog):
    sequence_file.write(tmp_path / NAME, Kept(HIGHEST - 1, HOUSE, {SWITCH.raw: 4711}))
    last = await begun(tmp_path)
    assert not last.is_used_up
    assert [last.take() for _ in range(4)] == [HIGHEST - 1, HIGHEST, None, None]
    await last.keep()
    last.close()
    assert caplog.text == ""

    again = await begun(tmp_path)

    assert (again.take(), again.is_used_up, again.received[SWITCH]) == (None, True, 4711)
    assert "no sequence number of KNX Data Secure is left" in caplog.text
    assert "damaged" not in caplog.text


async def test_a_full_disk_is_told_once_and_the_next_write_succeeds(tmp_path, caplog):
    numbers = await begun(tmp_path)
    before = (tmp_path / NAME).read_bytes()
    with full_disk():
        for number in (1, 2, 3):
            numbers.received[SWITCH] = number
            await numbers.keep()
            assert numbers.take() is not None
    assert [each.name for each in tmp_path.iterdir()] == [NAME]
    assert (tmp_path / NAME).read_bytes() == before
    assert [each.levelno for each in caplog.records] == [logging.WARNING]
    assert "make room" in caplog.text

    await numbers.keep()

    assert sequence_file.read(tmp_path / NAME).received[SWITCH.raw] == 3
    with full_disk():
        numbers.received[SWITCH] = 4
        await numbers.keep()
    assert len(caplog.records) == 2  # another time, told anew


async def test_a_disk_that_takes_nothing_is_told_once_and_sending_goes_on(tmp_path, caplog):
    numbers = SequenceNumbers(tmp_path / "gone" / NAME, Wall())
    await numbers.begin(HOUSE, {SWITCH: 0})
    await numbers.start()
    await numbers.keep()

    assert numbers.take() == of_time(NOW)
    assert [each.levelno for each in caplog.records] == [logging.WARNING]


async def test_without_a_directory_the_numbers_live_as_long_as_the_process():
    numbers = SequenceNumbers(None, Wall())
    await numbers.begin(HOUSE, {SWITCH: 5})
    await numbers.start()

    assert numbers.take() == of_time(NOW)
    assert numbers.received == {SWITCH: 5}


def test_a_file_that_cannot_be_read_is_said_to_be_so(tmp_path):
    (tmp_path / NAME).symlink_to(NAME)
    with pytest.raises(SequenceFileError, match="cannot be read"):
        sequence_file.read(tmp_path / NAME)


async def test_what_is_no_file_is_moved_aside_unread(tmp_path, caplog):
    os.mkfifo(tmp_path / NAME)
    await begun(tmp_path)

    assert "are lost: it is no file" in caplog.text
    assert (tmp_path / f"{NAME}.damaged").is_fifo()
    assert sequence_file.read(tmp_path / NAME) is not None


def test_what_is_written_is_what_is_read(tmp_path):
    kept = Kept(2**48 - 1, HOUSE, {0: 0, 65535: 2**48 - 1})
    sequence_file.write(tmp_path / NAME, kept)

    assert sequence_file.read(tmp_path / NAME) == kept
    assert json.loads((tmp_path / NAME).read_bytes())["version"] == 1
