"""From the file to what the daemon runs on: the bound objects, and the core's settings of each charger."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from knx_ocpp_bridge.config import (
    admission_checks,
    advice,
    checks,
    circuit_checks,
    circuit_tree,
    collisions,
    core_settings,
    energy_advice,
    energy_checks,
    meters,
    price_source_checks,
    schemes,
    site_terms,
    written_styles,
)
from knx_ocpp_bridge.config.bound import BoundObject
from knx_ocpp_bridge.config.bus_models import Knx
from knx_ocpp_bridge.config.document import Document, parse, read_text
from knx_ocpp_bridge.config.models import ENVIRONMENT_PREFIX, Bridge
from knx_ocpp_bridge.config.objects import bind
from knx_ocpp_bridge.config.problems import ConfigError, KeyPath, Problem
from knx_ocpp_bridge.config.secrets import Secrets
from knx_ocpp_bridge.config.tag_books import TagBooks, names_of
from knx_ocpp_bridge.config.validate import validate
from knx_ocpp_bridge.core.energy.terms import SiteTerms
from knx_ocpp_bridge.core.settings import ChargerSettings, TagBook
from knx_ocpp_bridge.core.values import ChargerId

Forbidden = Callable[[Document], Sequence[Problem]]


def _nothing(_document: Document) -> Sequence[Problem]:
    return ()


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration without an error in it."""

    path: Path
    bridge: Bridge
    """Its `chargers` and `group_objects` are empty: they are below, as they are used."""
    objects: tuple[BoundObject, ...]
    chargers: Mapping[ChargerId, ChargerSettings]
    """By the id as it is written in the file."""
    tag_book: TagBook
    """Who may charge where no charger says otherwise."""
    warnings: tuple[str, ...] = ()
    """Sentences that begin with `file:line`."""
    places: Mapping[str, str] = field(default_factory=dict)
    """`file:line` of each card of a tags file, by its case-folded id and aliases."""
    bus_places: Mapping[str, str] = field(default_factory=dict)
    """`file:line` of each key of the section `knx`, or of where it would stand: for what shows later to be wrong."""
    site_terms: SiteTerms = field(default_factory=SiteTerms)
    """What the installer decided about the energy of the site."""

    def unknown(self, charger_id: ChargerId) -> ChargerSettings:
        """The settings of a charger that nobody configured."""
        return core_settings.of_anybody(self.bridge, charger_id, self.bridge.ocpp.unknown_chargers, self.tag_book)


def load(path: Path, environ: Mapping[str, str]) -> Loaded:
    """What the file says with `KNX_OCPP_BRIDGE__...` of `environ` over it; tags and secrets are read along.

    Raises:
        ConfigError: with all that is wrong, in the order of the lines.
    """
    return load_text(_read(path), path, environ)


def load_text(text: str, path: Path, environ: Mapping[str, str], forbidden: Forbidden = _nothing) -> Loaded:
    """As `load`, if this text stood in the file. Of what is `forbidden` in it nothing is done: no file is read for it.

    Raises:
        ConfigError: with all that is wrong, in the order of the lines.
    """
    document, found = parse(text.removeprefix("\ufeff"), str(path), Secrets(path.parent).value)
    stopped = forbidden(document)
    if stopped:
        raise ConfigError(tuple(stopped))
    problems = list(found)
    if any(name.upper().startswith(ENVIRONMENT_PREFIX) for name in environ) and _can_override(document, problems):
        from knx_ocpp_bridge.config.overrides import override

        document, wrong = override(document, environ)
        problems = [*problems, *wrong]
    if problems and document.data is None:
        raise ConfigError(tuple(problems))
    bridge, wrong, broken = validate(document)
    odd_styles = tuple(written_styles.odd(document, bridge.knx.style))
    document = replace(document, data=None)  # of no more use, and large in a large building
    problems += wrong
    placed, wrong = bind(bridge, document, broken)
    problems += wrong
    problems += _between_sections(bridge, document, broken)
    problems += collisions.collisions(placed, bridge.knx.style, document)
    problems += energy_checks.problems(bridge, document, placed, broken)
    books = TagBooks(path, bridge, document, None if broken else names_of(bridge.chargers))
    cards = [books.of_charger(i, charger) for i, charger in enumerate(bridge.chargers)]
    book = books.of_site()
    problems += books.problems
    if problems:
        raise ConfigError(tuple(sorted(problems, key=_line)), tuple(written_styles.concerning(odd_styles, problems)))
    objects = meters.watched(tuple(bound for bound, _ in placed), bridge)
    odd = (*map(str, odd_styles), *collisions.odd_companions(placed, bridge.knx.style))
    loaded = Loaded(path, bridge, objects, {}, book, odd, books.places, _bus_places(document))
    return _in_use(loaded, document, cards)


def _in_use(loaded: Loaded, document: Document, cards: Sequence[TagBook]) -> Loaded:
    """What is sound, in the words in which it is used; `cards` are the books of the chargers in their order."""
    bridge = loaded.bridge
    fail_safes = circuit_tree.fail_safes(bridge)
    chargers = {
        ChargerId(charger.id): core_settings.of_charger(bridge, charger, book, fail_safes)
        for charger, book in zip(bridge.chargers, cards, strict=True)
    }
    warnings = (
        *advice.warnings(bridge, document, loaded.objects),
        *admission_checks.admission_advice(bridge, document),
        *energy_advice.advice(bridge, document, loaded.objects, fail_safes),
        *energy_advice.of_cards((loaded.tag_book, *cards), loaded.places, loaded.objects),
        *loaded.warnings,
    )
    knx = _beside(loaded.path.parent.absolute(), bridge.knx)
    tariff = price_source_checks.beside(loaded.path.parent.absolute(), bridge.tariff)
    rest = bridge.model_copy(update={"chargers": (), "group_objects": {}, "knx": knx, "tariff": tariff})
    terms = site_terms.site_terms(bridge, fail_safes)
    return replace(loaded, bridge=rest, chargers=chargers, warnings=warnings, site_terms=terms)


def _between_sections(bridge: Bridge, document: Document, broken: frozenset[KeyPath]) -> Iterator[Problem]:
    yield from checks.site_problems(bridge, document, broken)
    yield from checks.log_problems(bridge, document)
    yield from price_source_checks.problems(bridge.tariff, document, broken)
    yield from schemes.problems(bridge, document)
    yield from admission_checks.identity_problems(bridge, document)
    yield from admission_checks.admission_problems(bridge, document, broken)
    yield from checks.connector_problems(bridge, document)
    yield from checks.current_problems(bridge, document, broken)
    yield from circuit_checks.problems(bridge, document, broken)


def _bus_places(document: Document) -> dict[str, str]:
    return {key: document.where(("knx", key)) for key in Knx.model_fields}


def _beside(folder: Path, knx: Knx) -> Knx:
    """Files of the ETS are named relative to the configuration."""
    named = {"keyring": knx.keyring, "project": knx.project}
    return knx.model_copy(update={key: folder / path for key, path in named.items() if path is not None})


def _read(path: Path) -> str:
    try:
        return read_text(path)
    except OSError as error:
        reason = f"the file cannot be read: {error.strerror or error}"
        remedy = "name the right one with -c FILE, and let the service's user read it"
    except ValueError as error:
        reason, remedy = str(error), "save it as UTF-8 text"
    raise ConfigError((Problem(str(path), "", reason, remedy),))


def _can_override(document: Document, problems: list[Problem]) -> bool:
    """An empty file is as good as one that says nothing."""
    return isinstance(document.data, dict) or (document.data is None and not problems)


def _line(problem: Problem) -> tuple[str, int]:
    file, _, line = problem.where.rpartition(":")
    return (file, int(line)) if line.isdigit() else (problem.where, 0)
