"""A document against the models: all problems at once, and what is sound, so that the rest can be judged too."""

from copy import deepcopy
from typing import Final, cast

from pydantic import ValidationError

from knx_ocpp_bridge.config.document import Document
from knx_ocpp_bridge.config.explain import explain
from knx_ocpp_bridge.config.models import Bridge
from knx_ocpp_bridge.config.problems import KeyPath, Problem, spell

_ROUNDS: Final = 20
"""Each round takes out all that was refused; what was hidden behind it shows in the next."""

_LARGE_FUSE_A: Final = 10_000.0
_TOGETHER: Final = frozenset({"zones", "plans"})

Tree = dict[str, object]


def validate(document: Document) -> tuple[Bridge, tuple[Problem, ...], frozenset[KeyPath]]:
    """The bridge, the problems, and the paths that were taken out or replaced to get at a bridge at all.

    With problems the bridge is only good for looking for more of them. Positions in lists are those of the file.
    """
    if not isinstance(document.data, dict):
        return Bridge(), (_no_mapping(document),), frozenset({()})
    data: Tree = {key: value for key, value in document.data.items() if value is not None}
    problems: list[Problem] = []
    broken = set(document.unresolved)
    for count in range(_ROUNDS):
        try:
            return Bridge.model_validate(data), tuple(problems), frozenset(broken)
        except ValidationError as refused:
            errors = refused.errors(include_url=False)
        if count == 0:
            data = deepcopy(data)  # what was written is still to be shown
        for error in errors:
            path = tuple(error["loc"])
            if path not in broken:
                problems.append(explain(error, document))
                broken.add(path)
            _take_out(data, path)
    return Bridge(), tuple(problems), frozenset({()})


def _no_mapping(document: Document) -> Problem:
    what = "is empty" if document.data is None else "does not begin with keys like site:"
    return document.problem((), f"the file {what}", "begin with one of the examples")


def _take_out(data: Tree, path: KeyPath) -> None:
    """Remove what was refused; what a charger or connector cannot be without becomes a stand-in."""
    if "group_objects" in path[:-1]:
        path = path[: path.index("group_objects") + 2]
    path = _whole(path)
    parent: object = data
    for part in path[:-1]:
        try:
            parent = cast("dict[str | int, object]", parent)[part]
        except (KeyError, IndexError, TypeError):
            return
    last = path[-1]
    stand_in = _stand_in(path)
    if stand_in is not None and isinstance(parent, list | dict):
        cast("dict[str | int, object]", parent)[last] = stand_in
    elif isinstance(parent, dict):
        parent.pop(last, None)
        if last in {"scheme", "base"}:
            _take_out(data, path[:-1])


def _whole(path: KeyPath) -> KeyPath:
    """The list with entries that only make sense together, where the path is in one."""
    ends = (place for place, key in enumerate(path) if key in _TOGETHER)
    end = next(ends, None)
    return path if end is None else path[: end + 1]


def _stand_in(path: KeyPath) -> object:
    match path:
        case ("circuits", int(), *key):
            return _of_circuit(path[:2], tuple(key))
        case ("chargers", int(charger)):
            return {"id": _charger_id(charger), "connectors": [{"id": 1}]}
        case ("chargers", int(charger), "id"):
            return _charger_id(charger)
        case ("chargers", int(), "connectors"):
            return [{"id": 1}]
        case ("chargers", int(), "connectors", int(connector)):
            return {"id": _connector_id(connector)}
        case ("chargers", int(), "connectors", int(connector), "id"):
            return _connector_id(connector)
        case _:
            return None


def _of_circuit(path: KeyPath, key: KeyPath) -> object:
    circuit = {"name": spell(path), "max_current": _LARGE_FUSE_A}
    return circuit.get(str(key[0])) if key else circuit


def _charger_id(position: int) -> str:
    return spell(("chargers", position))


def _connector_id(position: int) -> int:
    return 255 - position % 200
