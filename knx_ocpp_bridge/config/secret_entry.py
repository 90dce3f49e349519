"""A secret written into the file of secrets beside the configuration."""

import os
import re
from pathlib import Path
from typing import Final

from knx_ocpp_bridge.config.change import Put, changed
from knx_ocpp_bridge.config.document import read_text
from knx_ocpp_bridge.config.edit import EditError, replace_whole
from knx_ocpp_bridge.config.secrets import FILE
from knx_ocpp_bridge.whole_file import replacing

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


class SecretError(Exception):
    """Nothing was written; says why, without the secret."""


def keep(folder: Path, name: str, value: str) -> None:
    """`secrets.yaml` of this folder holds this text under this name. A new file can be read by its owner only.

    Raises:
        SecretError: the name is none, the text is empty, or the file cannot be read or written.
    """
    if _NAME.fullmatch(name) is None:
        raise SecretError("a secret's name is a word of letters, digits and _, 64 at most")
    if not value:
        raise SecretError(f"{name}: an empty text is no secret")
    path = folder / FILE
    try:
        old = read_text(path, "utf-8") if path.exists() else None
        new = changed(old or "", [Put((name,), value)]).encode()
        if old is None:
            with replacing(path, lambda descriptor: os.fchmod(descriptor, 0o600)) as file:
                file.write(new)
        else:
            replace_whole(path.resolve(), new)
    except EditError as error:
        raise SecretError(f"{path}: {error.reason}; correct it there") from None
    except ValueError as error:
        raise SecretError(f"{path}: {error}") from None
    except OSError as error:
        raise SecretError(f"{path} cannot be written: {error.strerror or error}; see docs/install.md") from None
