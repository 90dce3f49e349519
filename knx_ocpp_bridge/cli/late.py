"""Groups of verbs that are imported one at a time, when they are called."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

Late = Mapping[str, tuple[str, str]]
"""Verb: `module:command`, and the sentence that the help shows."""


class LateGroup(click.Group):
    """A click group of a table. click's own way to load a command late is a subclass of its group."""

    def __init__(self, *, late: Late, **settings: Any) -> None:  # noqa: ANN401 - click's own are passed on
        super().__init__(**settings)
        self._late = late

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        """The verbs, in the order of the table."""
        return list(self._late)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        """The verb, imported now; None: there is none of this name."""
        if cmd_name not in self._late:
            return None
        module, _, attribute = self._late[cmd_name][0].partition(":")
        command = getattr(import_module(module), attribute)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        """The table, without importing any of it."""
        if self._late:
            with formatter.section("Commands"):
                formatter.write_dl([(name, sentence) for name, (_, sentence) in self._late.items()])
