"""What a group address of ours is called in the ETS: by a template of the installer, or by our own."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Final

from knx_ocpp_bridge.config.bound import BoundObject
from knx_ocpp_bridge.core.group_objects import GroupObject, Quantity
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId
from knx_ocpp_bridge.ets import speech
from knx_ocpp_bridge.ets.words import clean

TEMPLATE: Final = "{charger} {connector} {object} {way}"
PLACEHOLDERS: Final = ("charger", "id", "connector", "object", "function", "way")

_MOST_PLACES: Final = 8
"""Of a list of group addresses, as far as names are looked for."""
_BRACKETS: Final = {"(": ")", "[": "]", "<": ">", "{": "}"}


class TemplateError(ValueError):
    """The template of names cannot be used; the argument says why."""


@dataclass(frozen=True, slots=True)
class Use:
    """One object that a group address serves, in one direction."""

    bound: BoundObject
    sends: bool
    place: int = 0
    """Of the address among those that the object receives on."""

    @property
    def of_the_building(self) -> bool:
        """The building tells a value of its own there, to whoever listens."""
        row = self.bound.row
        return not self.sends and (row.input or row.quantity is Quantity.CLOCK)


def uses_of(objects: Iterable[BoundObject]) -> Iterator[tuple[int, Use]]:
    """Every group address of every object, in the order of the configuration."""
    for bound in objects:
        if bound.state_address is not None:
            yield bound.state_address, Use(bound, sends=True)
        for place, address in enumerate(bound.addresses):
            yield address, Use(bound, sends=False, place=place)


def check_template(template: str) -> None:
    """Nothing, if names can be made by it.

    Raises:
        TemplateError: it has a placeholder that is none of `PLACEHOLDERS`, or brackets that do not close.
    """
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        raise TemplateError(f"{template!r} has brackets that do not fit ({error})") from None
    wrong = next((name for _, name, _, _ in parts if name is not None and name not in PLACEHOLDERS), None)
    if wrong is not None:
        known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        raise TemplateError(f"{{{wrong}}} is no placeholder; there are {known}")


@dataclass(frozen=True, slots=True)
class Naming:
    """How names are made."""

    names: Mapping[str, str]
    """What people call each charger, by its id."""
    template: str = TEMPLATE
    language: str = "en"

    def charger(self, bound: BoundObject) -> str:
        """What people call its charger; `Bridge`, or `building` of what the building measures."""
        if bound.charger is None:
            return speech.word("building" if bound.row.input else "bridge", self.language)
        return self.names.get(bound.charger) or str(bound.charger)

    def owner(self, bound: BoundObject) -> str:
        """The same with the connector, if it is of one."""
        name = self.charger(bound)
        return f"{name} {bound.connector}" if bound.charger is not None and bound.connector else name

    def of(self, uses: Sequence[Use]) -> str:
        """By the template; of several objects of one kind it says how many there are, else it names the first two."""
        first = uses[0]
        if len(uses) > 1 and len({(use.bound.row.key, use.sends) for use in uses}) == 1:
            kind = "of connectors" if any(use.bound.connector for use in uses) else "of chargers"
            number = speech.word(kind, self.language, len(uses))
            return clean(" ".join(f"{self._object(first)} {self._way(first)} {number}".split()))
        named = list(dict.fromkeys(map(self._by_template, uses)))
        more = f" + {speech.word('more', self.language, len(named) - 2)}" if len(named) > 2 else ""
        return clean(" + ".join(named[:2]) + more)

    def _by_template(self, use: Use) -> str:
        bound = use.bound
        said = {
            "charger": self.charger(bound),
            "id": self.charger(bound) if bound.charger is None else str(bound.charger),
            "connector": str(bound.connector or "") if bound.charger is not None else "",
            "object": self._object(use),
            "function": speech.function(bound, self.language),
            "way": self._way(use),
        }
        made = _filled(self.template, said)
        return clean(" ".join(made.split()) + (f" {use.place + 1}" if use.place else ""))

    def _object(self, use: Use) -> str:
        return speech.name(use.bound.row.key, self.language)

    def _way(self, use: Use) -> str:
        way = speech.way(use.bound.row, sends=use.sends)
        return speech.word(way, self.language) if way else ""


def possible_names(
    row: GroupObject, charger: ChargerId, connector: ConnectorId, *, sends: bool, names: Mapping[str, str]
) -> frozenset[str]:
    """What an export may have called an address of this object, in any language, the first of a list or a later."""
    bound = BoundObject(
        charger, connector, row, row.dpts[0], (), None, 0.0, 0.0, 0.0, respond_to_read=True, invert=False,
        read_on_init=False, timeout_s=0.0, fallback=None, where="",
    )  # fmt: skip
    places = range(1 if sends else _MOST_PLACES)
    return frozenset(
        Naming(names, language=language).of((Use(bound, sends, place),))
        for language in speech.LANGUAGES
        for place in places
    )


def _filled(template: str, said: Mapping[str, str]) -> str:
    """The template with what is said; where nothing is, the mark that would join it to the rest goes as well."""
    text, closing, gap = "", "", False
    for literal, field, _, _ in Formatter().parse(template):
        joint = literal[1:] if closing and literal.startswith(closing) else literal
        closing = ""
        value = said[field] if field else ""
        is_mark = field is not None and not any(map(str.isalnum, joint))
        if is_mark and (not value or (gap and not text)):
            closing = _BRACKETS.get(joint.strip()[-1:], "") if not value else ""
            joint = "".join(letter for letter in joint if letter in _BRACKETS.values())
        gap = gap or (field is not None and not value)
        text += joint + value
    return text
