"""The console's words in other languages: the catalogues of its areas become one per language."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

_ALWAYS_THE_SAME: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""The dates in the header: what is built of the same words are the same bytes."""


class WordsError(Exception):
    """Some words cannot be used; each line names the file, the words, and what is wrong."""


def compile_words(language: str, sources: list[Path], target: Path) -> None:
    """`target` is one catalogue of all `sources`, none of whose translations is missing, doubtful or contradicted.

    Raises:
        WordsError: all that is wrong; nothing was written.
    """
    kept: dict[tuple[str, str | None], tuple[Message, Path]] = {}
    problems: list[str] = []
    for source in sources:
        try:
            read = _read(source, language)
        except WordsError as error:
            problems.append(str(error))
            continue
        for message in (each for each in read if each.id):  # without the header
            problems += [f"{source}: {_name(message)!r} {trouble}" for trouble in _troubles(message, read)]
            other, elsewhere = kept.setdefault((_name(message), message.context), (message, source))
            if (message.id, message.string) != (other.id, other.string):
                problems.append(
                    f"{source}: {_name(message)!r} is {message.string!r} here and {other.string!r} in {elsewhere}; "
                    "make them one, or tell them apart by msgctxt"
                )
    if problems:
        raise WordsError("\n".join(problems))
    whole = Catalog(locale=language, creation_date=_ALWAYS_THE_SAME, revision_date=_ALWAYS_THE_SAME, fuzzy=False)
    for message, _ in kept.values():
        whole[message.id] = message
    target.parent.mkdir(exist_ok=True)
    with target.open("wb") as file:
        write_mo(file, whole)


def _read(source: Path, language: str) -> Catalog:
    with source.open("rb") as file:
        try:
            return read_po(file, locale=language, ignore_obsolete=True, charset="utf-8", abort_invalid=True)
        except (PoFileError, UnicodeDecodeError) as error:
            raise WordsError(f"{source}: {error}") from error


def _name(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _troubles(message: Message, catalog: Catalog) -> list[str]:
    """What is wrong with it by itself; also a placeholder that the page does not fill, or a plural too many."""
    said = (message.string,) if isinstance(message.string, str) else message.string
    if message.fuzzy:
        return ["is marked fuzzy: somebody must decide"]
    if not said or not all(said):
        return ["is not translated"]
    return [str(error) for error in message.check(catalog)]
