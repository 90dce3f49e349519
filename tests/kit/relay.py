"""A way into a machine of `tests.kit.cable`: `python -m tests.kit.relay PATH PORT`, and `outside` on this one.

A Unix socket can be reached from every network namespace; a TCP port of loopback cannot.
"""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

_CHUNK: Final = 65536


async def main(path: str, port: int) -> None:
    """Whoever connects to the Unix socket is connected to the TCP port here."""

    async def inside(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _join(reader, writer, *await asyncio.open_connection("127.0.0.1", port))

    server = await asyncio.start_unix_server(inside, path)
    print("ready", flush=True)
    await server.serve_forever()


@contextlib.asynccontextmanager
async def outside(path: Path) -> AsyncIterator[int]:
    """A TCP port on this machine that leads to the Unix socket."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _join(reader, writer, *await asyncio.open_unix_connection(path))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()


async def _join(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter,
    other_reader: asyncio.StreamReader, other_writer: asyncio.StreamWriter,
) -> None:  # fmt: skip
    async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await source.read(_CHUNK):
                target.write(data)
                await target.drain()
        target.close()

    await asyncio.gather(copy(reader, other_writer), copy(other_reader, writer))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
