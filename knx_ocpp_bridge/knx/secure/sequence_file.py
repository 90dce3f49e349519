"""The sequence numbers of KNX Data Secure on disk: a small file beside the database, replaced as a whole.

It is written ahead: `sending` is a number that was never reached when the file was written. It is no part of a backup:
an old one put back would let numbers go back, and without any the bridge begins with a number made of the time, which
is above all that it has sent (see `knx.secure.sequence_numbers`).
"""

import hashlib
import json
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from knx_ocpp_bridge.whole_file import replacing

NAME: Final = "knx-sequence.json"
_VERSION: Final = 1
_MOST_BYTES: Final = 4 * 1024 * 1024
"""65536 individual addresses need less."""
HIGHEST: Final = 2**48 - 1
"""KNX Application Layer 03.03.07 section 5.1: a sequence number has six octets."""
_ADDRESSES: Final = 2**16
_DIGITS: Final = len(str(_ADDRESSES))


class SequenceFileError(Exception):
    """The file is there and cannot be believed: says in words why."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What must outlive a restart."""

    sending: int
    """No telegram was sent with this number or a higher one; one above the highest: none is left."""
    keyring: str
    """Which keyring `received` belongs to: its signature, hexadecimal."""
    received: Mapping[int, int]
    """By individual address: the last number that was accepted."""


def read(path: Path) -> Kept | None:
    """What was kept; None: nothing ever was.

    Raises:
        SequenceFileError: the file cannot be read, or is damaged.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise SequenceFileError("it is no file")
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SequenceFileError(f"it cannot be read ({error.strerror or error})") from error
    if len(raw) > _MOST_BYTES:
        raise SequenceFileError("it is far too large")
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise SequenceFileError("it is cut or overwritten") from error
    kept = _kept(document)
    if kept is None:
        raise SequenceFileError("its contents are not what was written")
    return kept


def write(path: Path, kept: Kept) -> None:
    """The file says this, on the disk, mode 0600; after a power cut it is either the new one or the old one.

    Raises:
        OSError: it cannot be written; it is as it was.
    """
    body = _body(kept)
    with replacing(path) as file:
        file.write(json.dumps({**body, "check": _check(body)}).encode())


def _body(kept: Kept) -> dict[str, Any]:
    received = {str(address): number for address, number in sorted(kept.received.items())}
    return {"version": _VERSION, "sending": kept.sending, "keyring": kept.keyring, "received": received}


def _check(body: Mapping[str, Any]) -> str:
    """A card that fails turns single bits over: a number with one of those is still a number."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:16]


def _kept(document: object) -> Kept | None:
    match document:
        case {
            "version": 1,
            "sending": int(sending),
            "keyring": str(keyring),
            "received": dict(received),
            "check": check,
        }:
            kept = Kept(sending, keyring, _numbers(received))
            sound = check == _check(_body(kept)) and len(kept.received) == len(received)
            return kept if sound and 0 < sending <= HIGHEST + 1 else None
        case _:
            return None


def _numbers(received: Mapping[str, object]) -> dict[int, int]:
    """Those that can be what was written."""
    return {
        int(address): number
        for address, number in received.items()
        if address.isascii() and address.isdigit() and len(address) <= _DIGITS and int(address) < _ADDRESSES
        if isinstance(number, int) and 0 <= number <= HIGHEST
    }
