"""Environment variables that override the file, each told by name when it is to blame."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict, SettingsError

from knx_ocpp_bridge.config.document import Document
from knx_ocpp_bridge.config.models import ENVIRONMENT_PREFIX, Bridge
from knx_ocpp_bridge.config.problems import KeyPath, Problem, spell

_DELIMITER: Final = "__"


class _Overridden(Bridge, BaseSettings):
    model_config = SettingsConfigDict(frozen=True, env_prefix=ENVIRONMENT_PREFIX, env_nested_delimiter=_DELIMITER)


def override(document: Document, environ: Mapping[str, str]) -> tuple[Document, tuple[Problem, ...]]:
    """The document with every `KNX_OCPP_BRIDGE__SECTION__KEY` laid over it, in the order of their names."""
    source = EnvSettingsSource(_Overridden)
    problems: list[Problem] = []
    for name in sorted(environ):
        if not name.upper().startswith(ENVIRONMENT_PREFIX):
            continue
        path = tuple(name[len(ENVIRONMENT_PREFIX) :].lower().split(_DELIMITER))
        if not all(path):
            problems.append(
                _refused(name, (), "a part of the name is empty", f"write {ENVIRONMENT_PREFIX}SECTION__KEY=value")
            )
            continue
        source.env_vars = {name.lower(): environ[name]}
        try:
            value = _value_at(source(), path, environ[name])
        except SettingsError:
            value = environ[name]
            if value.lstrip().startswith(("[", "{")):
                problems.append(_refused(name, path, "the value is not JSON", "check its brackets and quotes"))
                continue
        document, blocked = _laid_over(document, path, name, value)
        problems += blocked
    return document, tuple(problems)


def _value_at(settings: Mapping[str, object], path: KeyPath, text: str) -> object:
    """What the settings source made of the text; the text itself where it knows no such key."""
    value: object = settings
    for part in path:
        if not isinstance(value, Mapping) or part not in value:
            return text
        value = value[part]
    return value


def _stands(data: object, path: KeyPath) -> bool:
    """Whether the file, or a variable before, has something there."""
    for part in path:
        if not isinstance(data, Mapping) or part not in data:
            return False
        data = data[part]
    return True


def _laid_over(document: Document, path: KeyPath, name: str, value: object) -> tuple[Document, tuple[Problem, ...]]:
    data = _with_value(document.data, path, value)
    if data is None:
        remedy = f"override the whole list as JSON, or change {document.file}"
        return document, (_refused(name, path, "a single entry of a list cannot be overridden", remedy),)
    inside = len(path)
    lines = {at: line for at, line in document.lines.items() if at[:inside] != path}
    written = {at: text for at, text in document.written.items() if at[:inside] != path}
    variables = {at: each for at, each in document.variables.items() if at[:inside] != path}
    made = {path[:length]: name for length in range(1, inside) if not _stands(document.data, path[:length])}
    variables = made | variables | {path: name}
    secrets = {at: each for at, each in document.secrets.items() if at[:inside] != path}
    unresolved = frozenset(at for at in document.unresolved if at[:inside] != path)
    document = replace(document, data=data, lines=lines, written=written, secrets=secrets, unresolved=unresolved)
    return replace(document, variables=variables), ()


def _with_value(data: object, path: KeyPath, value: object) -> dict[str, object] | None:
    """A copy of `data` with the value at the path; None: a list is in the way."""
    if isinstance(data, list):
        return None
    copy: dict[str, object] = dict(data) if isinstance(data, dict) else {}
    key = str(path[0])
    if len(path) == 1:
        copy[key] = value
        return copy
    below = _with_value(copy.get(key), path[1:], value)
    if below is None:
        return None
    copy[key] = below
    return copy


def _refused(name: str, path: KeyPath, reason: str, remedy: str) -> Problem:
    return Problem(f"environment variable {name}", spell(path), reason, remedy)
