"""Configurations for tests: a file in a folder of its own, loaded, or the problems that it has."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

from knx_ocpp_bridge.config.load import Loaded, load
from knx_ocpp_bridge.config.problems import ConfigError, Problem


@dataclass(frozen=True, slots=True)
class Installer:
    """Writes `bridge.yaml` and what belongs to it, and looks at what the bridge says."""

    folder: Path

    def write(self, text: str, name: str = "bridge.yaml") -> Path:
        """The path of a file with this text, common indentation removed."""
        path = self.folder / name
        path.write_text(dedent(text), encoding="utf-8")
        return path

    def load(self, text: str, environ: Mapping[str, str] | None = None) -> Loaded:
        """What the text says, which must be sound."""
        return load(self.write(text), environ or {})

    def problems(self, text: str, environ: Mapping[str, str] | None = None) -> tuple[Problem, ...]:
        """All that is wrong with the text, places without the folder."""
        return self.problems_of(self.write(text), environ)

    def problems_of(self, path: Path, environ: Mapping[str, str] | None = None) -> tuple[Problem, ...]:
        """All that is wrong with a file; empty: it loads."""
        try:
            load(path, environ or {})
        except ConfigError as error:
            return tuple(self._without_folder(problem) for problem in error.problems)
        return ()

    def messages(self, text: str, environ: Mapping[str, str] | None = None) -> list[str]:
        """The problems as the installer reads them."""
        return [str(problem) for problem in self.problems(text, environ)]

    def _without_folder(self, problem: Problem) -> Problem:
        prefix = f"{self.folder}/"
        where, reason = problem.where.replace(prefix, ""), problem.reason.replace(prefix, "")
        return Problem(where, problem.path, reason, problem.remedy)
