"""Work that may take for ever holds nobody up, not even the end of the process."""

import asyncio
import subprocess
import sys
import threading

import pytest

from knx_ocpp_bridge.knx.aside import aside

HANGS = """
import asyncio, threading
from knx_ocpp_bridge.knx.aside import aside

async def main():
    task = asyncio.create_task(aside(threading.Event().wait, "hangs"))
    await asyncio.sleep(0.05)
    assert not task.done()

asyncio.run(main())
"""


async def test_what_it_gives_back_comes_from_a_thread_of_its_name():
    assert await aside(lambda: threading.current_thread().name, "reader") == "reader"


@pytest.mark.parametrize("fault", [ValueError("told"), MemoryError("told"), SystemExit(1)])
async def test_what_it_raises_is_raised_where_it_is_waited_for(fault):
    def fails():
        raise fault

    with pytest.raises(type(fault)) as caught:
        await aside(fails, "reader")
    assert caught.value is fault


async def test_who_waits_no_longer_lets_it_end_alone():
    go, ended = threading.Event(), threading.Event()
    task = asyncio.create_task(aside(lambda: go.wait(5) and ended.set(), "reader"))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    go.set()
    assert task.cancelled()
    assert await asyncio.to_thread(ended.wait, 5)


def test_a_process_ends_although_its_work_does_not():
    subprocess.run([sys.executable, "-W", "error", "-c", HANGS], check=True, timeout=20)
