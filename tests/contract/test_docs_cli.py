"""Every verb of the command line has its chapter, and every option its line in it."""

import re
from pathlib import Path

import click
import pytest

from knx_ocpp_bridge.cli.main import COMMANDS, main

PAGE = Path(__file__).parents[2] / "docs/cli.md"


def chapters() -> dict[str, str]:
    """Heading -> the text below it, for every heading of the second level."""
    _, *parts = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {part.partition("\n")[0]: part.partition("\n")[2] for part in parts}


def verbs() -> dict[str, click.Command]:
    """Every command that does something, by its whole name: a group stands for its own commands."""
    context = click.Context(main)
    found: dict[str, click.Command] = {}
    for name in COMMANDS:
        command = main.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            found |= {name: command} if command.invoke_without_command else {}
            for each in command.commands or command.list_commands(context):  # a late group has a table instead
                sub = command.get_command(context, each)
                assert sub is not None
                found[f"{name} {each}"] = sub
        else:
            found[name] = command
    return found


def test_the_chapters_are_the_verbs_in_their_order():
    assert list(chapters()) == list(verbs())


@pytest.mark.parametrize("verb", verbs())
def test_the_options_of_a_verb_stand_in_its_table_and_no_others(verb: str):
    options = {
        word
        for parameter in verbs()[verb].params
        if isinstance(parameter, click.Option)
        for word in (*parameter.opts, *parameter.secondary_opts)
    }
    rows = [line for line in chapters()[verb].splitlines() if line.startswith("| `-")]
    documented = {word for row in rows for word in re.findall(r"`(-[\w-]+)[ `]", row.split("|")[1])}
    assert documented == options


@pytest.mark.parametrize("verb", verbs())
def test_every_verb_has_an_example(verb: str):
    assert f"$ knx-ocpp-bridge {verb}" in chapters()[verb]


def test_the_exit_codes_are_those_of_the_help():
    documented = set(re.findall(r"^\| (\d) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert documented == set(re.findall(r"(\d) [a-z]", (main.help or "").partition("Exit codes:")[2]))
