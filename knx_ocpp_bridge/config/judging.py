"""A text judged as the configuration it might become: what is wrong with it, line by line, or what it would change."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knx_ocpp_bridge.config.load import Forbidden, Loaded, load_text
from knx_ocpp_bridge.config.models import ENVIRONMENT_PREFIX
from knx_ocpp_bridge.config.problems import ConfigError, Problem
from knx_ocpp_bridge.config.reload import differences


@dataclass(frozen=True, slots=True)
class Judged:
    """What there is to say of a text."""

    problems: tuple[dict[str, Any], ...] = ()
    """file, line (None: no line of a file), column (None: unknown), path, reason, remedy, text; in order."""
    warnings: tuple[str, ...] = ()
    live: tuple[str, ...] = ()
    """What it changes at once, in sentences."""
    restart: tuple[str, ...] = ()
    """What it changes after a restart only, in sentences."""
    loaded: Loaded | None = None
    """None: it has an error."""


def judged(text: str, in_force: Loaded, environ: Mapping[str, str], forbidden: Forbidden) -> Judged:
    """What this text would do in the place of the file that `in_force` was read from."""
    try:
        new = load_text(text, in_force.path, environ, forbidden)
    except ConfigError as error:
        return Judged(tuple(_row(each, text, in_force.path) for each in error.problems), error.warnings)
    plan = differences(in_force, new)
    return Judged((), new.warnings, plan.live, plan.restart, new)


def overridden(environ: Mapping[str, str]) -> dict[str, str]:
    """The keys that a variable of the environment decides, with its name."""
    return {
        name[len(ENVIRONMENT_PREFIX) :].lower().replace("__", "."): name
        for name in sorted(environ)
        if name.upper().startswith(ENVIRONMENT_PREFIX)
    }


def _row(problem: Problem, text: str, path: Path) -> dict[str, Any]:
    file, _, number = problem.where.rpartition(":")
    line = int(number) if number.isdigit() else None
    column = _column(text, line, problem.path) if line is not None and file == str(path) else None
    return {
        "file": file if line is not None else problem.where,
        "line": line,
        "column": column,
        "path": problem.path,
        "reason": problem.reason,
        "remedy": problem.remedy,
        "text": str(problem),
    }


def _column(text: str, line: int, path: str) -> int | None:
    """Where the last key of the path begins in this line, from 1."""
    lines = text.removeprefix("\ufeff").split("\n", line)
    if not 0 < line <= len(lines):
        return None
    key = path.rpartition(".")[2].partition("[")[0]
    found = re.search(rf"(?<![\w.-])[\"']?{re.escape(key)}[\"']?\s*:", lines[line - 1]) if key else None
    return None if found is None else found.start() + 1
