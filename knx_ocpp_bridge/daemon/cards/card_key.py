"""How a page or a file names a card without showing its id."""

import hashlib
import re
import secrets
from typing import Final

MARK: Final = "~"
"""What is written as `~` and the key of a card means that card wherever an id or a name is understood."""

_SALT: Final = secrets.token_bytes(16)
"""Who learns a key learns nothing of the card: it means something as long as this process lives."""


_KEY: Final = re.compile(rf"{MARK}[0-9a-f]{{12}}")


def is_key(written: str) -> bool:
    """Whether it names a card by its key."""
    return _KEY.fullmatch(written) is not None


def key_of(id_tag: str) -> str:
    """The same for every spelling of this id, and nothing that leads to it; empty: nobody's."""
    return hashlib.blake2b(id_tag.casefold().encode(), key=_SALT, digest_size=6).hexdigest() if id_tag else ""
