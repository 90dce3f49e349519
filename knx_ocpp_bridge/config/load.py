"""From the file to what the daemon runs on: the bound objects, and the core's settings of each charger."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from knx_ocpp_bridge.config import checks, collisions, written_styles
from knx_ocpp_bridge.config.bound import BoundObject
from knx_ocpp_bridge.config.document import Document, parse, read_text
from knx_ocpp_bridge.config.models import ENVIRONMENT_PREFIX, Authorization, Bridge, Charger, Connector
from knx_ocpp_bridge.config.objects import bind
from knx_ocpp_bridge.config.problems import ConfigError, KeyPath, Problem
from knx_ocpp_bridge.config.tags import load_tags
from knx_ocpp_bridge.config.validate import validate
from knx_ocpp_bridge.core.group_objects import Quantity
from knx_ocpp_bridge.core.security import SecurityProfile
from knx_ocpp_bridge.core.settings import (
    AuthorizationMode,
    ChargerSettings,
    ConnectorSettings,
    Registration,
    Tag,
    TagBook,
)
from knx_ocpp_bridge.core.values import ChargerId, ConnectorId, IdTag


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

    def unknown(self, charger_id: ChargerId) -> ChargerSettings:
        """The settings of a charger that nobody configured."""
        return _settings(self.bridge, charger_id, self.bridge.ocpp.unknown_chargers, self.tag_book)


def load(path: Path, environ: Mapping[str, str]) -> Loaded:
    """What the file says with `KNX_OCPP_BRIDGE__...` of `environ` over it; tags files are read along.

    Raises:
        ConfigError: with all that is wrong, in the order of the lines.
    """
    document, problems = _read(path)
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
    problems += checks.site_problems(bridge, document, broken)
    problems += checks.log_problems(bridge, document)
    problems += checks.id_problems(bridge, document)
    problems += checks.current_problems(bridge, document, broken)
    problems += collisions.collisions(placed, bridge.knx.style, document)
    books = _Books(path, bridge, document)
    chargers = {
        ChargerId(charger.id): _charger(bridge, charger, books.of_charger(i, charger))
        for i, charger in enumerate(bridge.chargers)
    }
    book = books.of_site()
    problems += books.problems
    if problems:
        raise ConfigError(tuple(sorted(problems, key=_line)))
    objects = tuple(bound for bound, _ in placed)
    warnings = (
        *_warnings(bridge, document, objects),
        *odd_styles,
        *collisions.odd_companions(placed, bridge.knx.style),
    )
    rest = bridge.model_copy(update={"chargers": (), "group_objects": {}})
    return Loaded(path, rest, objects, chargers, book, warnings)


def _read(path: Path) -> tuple[Document, list[Problem]]:
    file = str(path)
    try:
        document, problems = parse(read_text(path), file)
    except OSError as error:
        reason = f"the file cannot be read: {error.strerror or error}"
        remedy = "name the right one with -c FILE, and let the service's user read it"
        return Document(file), [Problem(file, "", reason, remedy)]
    except ValueError as error:
        return Document(file), [Problem(file, "", str(error), "save it as UTF-8 text")]
    return document, list(problems)


def _can_override(document: Document, problems: list[Problem]) -> bool:
    """An empty file is as good as one that says nothing."""
    return isinstance(document.data, dict) or (document.data is None and not problems)


def _line(problem: Problem) -> tuple[str, int]:
    file, _, line = problem.where.rpartition(":")
    return (file, int(line)) if line.isdigit() else (problem.where, 0)


class _Books:
    """Tag books of site and chargers; each tags file is read once."""

    def __init__(self, path: Path, bridge: Bridge, document: Document) -> None:
        self.problems: list[Problem] = []
        self._folder = path.parent
        self._site = bridge.authorization
        self._zone = _zone(bridge)
        self._document = document
        self._read: dict[Path, Mapping[str, Tag]] = {}

    def of_site(self) -> TagBook:
        return self._book(self._site, ("authorization", "tags_file"))

    def of_charger(self, position: int, charger: Charger) -> TagBook:
        from_site = "tags_file" not in charger.authorization.model_fields_set
        path: KeyPath = ("chargers", position, "authorization", "tags_file")
        return self._book(_rules(self._site, charger), ("authorization", "tags_file") if from_site else path)

    def _book(self, rules: Authorization, at: KeyPath) -> TagBook:
        tags = {} if rules.tags_file is None else self._tags(rules.tags_file, at)
        group = None if rules.own_tag_group is None else IdTag(rules.own_tag_group)
        return TagBook(rules.mode, tags, group)

    def _tags(self, tags_file: Path, at: KeyPath) -> Mapping[str, Tag]:
        path = self._folder / tags_file
        if path not in self._read:
            tags: Mapping[str, Tag] = {}
            try:
                tags, problems = load_tags(path, str(path), self._zone)
                self.problems += problems
            except OSError as error:
                reason = f"{path} cannot be read: {error.strerror or error}"
                remedy = "create it (an empty file is no card), or put the name right"
                self.problems.append(self._document.problem(at, reason, remedy))
            except ValueError as error:
                self.problems.append(self._document.problem(at, f"{path}: {error}", "save it as UTF-8 text"))
            self._read[path] = tags
        return self._read[path]


def _rules(site: Authorization, charger: Charger) -> Authorization:
    own = charger.authorization
    return site.model_copy(update={key: getattr(own, key) for key in own.model_fields_set})


def _zone(bridge: Bridge) -> ZoneInfo:
    try:
        return ZoneInfo(bridge.site.timezone)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def _charger(bridge: Bridge, charger: Charger, book: TagBook) -> ChargerSettings:
    settings = _settings(bridge, ChargerId(charger.id), charger.registration, book)
    remote = charger.remote_id_tag
    return replace(
        settings,
        name=charger.name,
        configured=True,
        connectors={ConnectorId(each.id): _connector(each) for each in charger.connectors},
        remote_id_tag=None if remote is None else IdTag(remote),
        security_profile=max(settings.security_profile, SecurityProfile(charger.security_profile)),
        password=charger.password,
        client_certificate=charger.client_certificate,
        flags=charger.flags.model_dump(exclude_unset=True),
        aliases=charger.aliases,
        local_list=_rules(bridge.authorization, charger).local_list,
    )


def _settings(bridge: Bridge, charger_id: ChargerId, registration: Registration, book: TagBook) -> ChargerSettings:
    """What the site says of every charger, whether somebody configured it or not."""
    return ChargerSettings(
        id=charger_id,
        configured=False,
        registration=registration,
        tag_book=book,
        enforce_authorization=bridge.site.enforce_authorization,
        offline_after_s=bridge.site.offline_after,
        heartbeat_interval_s=bridge.ocpp.heartbeat_interval,
        pending_retry_interval_s=bridge.ocpp.pending_retry_interval,
        security_profile=SecurityProfile(bridge.ocpp.security_profile),
        quiet=bridge.ocpp.quiet,
        offline_is_fault=bridge.ocpp.offline_is_fault,
    )


def _connector(connector: Connector) -> ConnectorSettings:
    lowest, normal, fast, highest = checks.currents(connector)
    return ConnectorSettings(
        id=ConnectorId(connector.id),
        min_current_a=lowest,
        normal_current_a=normal,
        fast_current_a=fast,
        max_current_a=highest,
        below_minimum=connector.below_minimum,
        phases=connector.phases,
        phase_rotation=connector.phase_rotation,
        start_window_s=connector.start_window,
        start_requires_cable=connector.start_requires_cable,
        start_on_plug=connector.start_on_plug,
        remote_start_when=connector.remote_start_when,
        stop_mode=connector.stop_mode,
        unlock_in_transaction=connector.unlock_in_transaction == "allow",
    )


def _warnings(bridge: Bridge, document: Document, objects: tuple[BoundObject, ...]) -> Iterator[str]:
    if bridge.web is not None:
        yield f"{document.where(('web',))}: web.listen starts nothing yet"
    if "timezone" not in bridge.site.model_fields_set:
        timed = next((bound for bound in objects if bound.row.quantity is Quantity.TIME), None)
        if timed is not None:
            yield f"{timed.where}: {timed.row.key} is told in UTC, because site.timezone is not set"
    if not bridge.chargers:
        yield f"{document.where(('chargers',))}: no charger is listed; whoever connects is unknown"
    bound_chargers = {bound.charger for bound in objects}
    for i, charger in enumerate(bridge.chargers):
        if charger.id not in bound_chargers:
            yield f"{document.where(('chargers', i))}: {charger.id} has no group objects: KNX does not see it"
    rules = bridge.authorization
    if rules.tags_file is not None and rules.mode is AuthorizationMode.NONE:
        yield f"{document.where(('authorization', 'tags_file'))}: mode none lets no card charge, listed or not"
