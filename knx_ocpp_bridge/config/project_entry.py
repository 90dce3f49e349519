"""The configuration file with `knx.project` in it, written as an installer would: one line more, all else as it was."""

import json
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode

from knx_ocpp_bridge.config.edit import EditError, meaning

_REMEDY: Final = "put this under knx: yourself and reload"


def with_project(text: str, file: str) -> str:
    """The text with this `knx.project`; every other byte is as it was.

    To YAML the new text says what the old one said and this, or it is not given.

    Raises:
        EditError: the text is broken, names another project, or is written in a way that leaves no place.
    """
    line = f"project: {json.dumps(file, ensure_ascii=False)}"
    written, problem = meaning(text)
    if problem:
        raise EditError(f"the file has an error ({problem})", _REMEDY, f"  {line}")
    knx = written.get("knx") or {}
    if not isinstance(knx, dict) or knx.get("project", file) != file:
        raise EditError("the file names another project under knx.project", "change that line and reload", f"  {line}")
    if "project" in knx:
        return text
    new = _with_line(text, line)
    wanted = written | {"knx": {**knx, "project": file}}
    if new is None or meaning(new) != (wanted, ""):
        raise EditError("the file is written in a way that leaves no place for a line more", _REMEDY, f"  {line}")
    return new


def _with_line(text: str, line: str) -> str | None:
    """The text with this line as the first of `knx`, or with a section `knx` at its end; None: it has no place."""
    yaml = YAML(typ="safe", pure=True)
    root = yaml.compose(text)
    newline = "\r\n" if text.partition("\n")[0].endswith("\r") else "\n"
    if not isinstance(root, MappingNode) or root.flow_style:
        return None
    section = next((value for key, value in root.value if key.value == "knx"), None)
    if section is None:
        margin = " " * root.value[0][0].start_mark.column
        between = "" if text.endswith("\n") else newline
        return f"{text}{between}{newline}{margin}knx:{newline}{margin}  {line}{newline}"
    if not isinstance(section, MappingNode) or section.flow_style or not section.value:
        return None
    first = section.value[0][0].start_mark
    at = first.index - first.column
    return f"{text[:at]}{' ' * first.column}{line}{newline}{text[at:]}"
