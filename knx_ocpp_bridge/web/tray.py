"""Files that a visitor sends, handed to the daemon by the name of a place that nobody else knows."""

import asyncio
from pathlib import Path

from knx_ocpp_bridge.web.visit import Visit


async def sent(visit: Visit, field: str, most_bytes: int) -> str | None:
    """The name under which the daemon finds the file of this field; None: none was chosen.

    Raises:
        HTTPException: 413, it is larger.
    """
    content = await visit.upload(field, most_bytes)
    if content is None:
        return None
    path = visit.website.tray()
    await asyncio.to_thread(_write, path, content)
    return path.name


async def sent_name(visit: Visit, field: str) -> str:
    """What the visitor calls the file; only for words."""
    form = await visit.request.form(max_files=1, max_fields=200)
    return str(getattr(form.get(field), "filename", "") or "")


def _write(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)
