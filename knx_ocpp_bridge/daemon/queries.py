"""What can be looked at: one table of topics for whoever asks. Nothing in it waits, but what is marked."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from knx_ocpp_bridge.control.options import AskError, MissingError, Option, read
from knx_ocpp_bridge.control.protocol import Listing
from knx_ocpp_bridge.daemon import alarm_desk, details
from knx_ocpp_bridge.daemon.about_words import about_word
from knx_ocpp_bridge.daemon.access import access_topics
from knx_ocpp_bridge.daemon.accounts import counter_topics
from knx_ocpp_bridge.daemon.books import Row
from knx_ocpp_bridge.daemon.building import bus_topics, input_topics, scan_verbs, telegram_topics
from knx_ocpp_bridge.daemon.cards import people_topics
from knx_ocpp_bridge.daemon.charge_points import charge_point_topics
from knx_ocpp_bridge.daemon.energy import site_topics
from knx_ocpp_bridge.daemon.history import energy_topics, history_topics, report_topics
from knx_ocpp_bridge.daemon.history.known import known_charger
from knx_ocpp_bridge.daemon.objects import ets_verbs, keyring_verbs, object_topics
from knx_ocpp_bridge.daemon.settings import file_topics
from knx_ocpp_bridge.daemon.sources import (
    AFTER,
    LIMIT,
    NEWEST,
    Given,
    Sources,
    Topic,
    found,
    listing,
    unknown,
)
from knx_ocpp_bridge.daemon.system import system_topics
from knx_ocpp_bridge.daemon.upkeep import key_verbs, profile_verbs, selftest_topics, upkeep_topics
from knx_ocpp_bridge.daemon.vitals import vital_topics
from knx_ocpp_bridge.pki.errors import PkiError
from knx_ocpp_bridge.store.errors import StoreError


def _failures(sources: Sources, _charger: str, given: Given) -> Listing:
    return listing(sources.books.failures.rows(given["after"])[: given["limit"]], given["after"])


def _trace(sources: Sources, charger: str, given: Given) -> Listing:
    known = sources.roster.find(charger)
    rows, following = sources.books.trace.rows(
        known or charger, given["after"], given["limit"], tags=given["tags"], newest=given["newest"]
    )
    if known is None and not rows:
        raise MissingError(unknown(sources.roster, charger))
    return Listing(tuple(rows), following)


def _log(sources: Sources, charger: str, given: Given) -> Listing:
    known = known_charger(sources, charger) if charger else None
    about = given["about"]

    def lines(word: str) -> list[Row]:
        span = {name: given[name] for name in ("after", "before", "limit", "newest")}
        return sources.books.diary.log_rows(known, word or None, **span)

    rows = lines(about)
    if about and not rows and (word := about_word(about)) != about:
        rows = lines(word)
    return listing(rows, given["after"])


def _charger(sources: Sources, charger: str, _given: Given) -> Listing:
    charger_id = found(sources.roster, charger)
    actor = sources.roster.actors[charger_id]
    refusal = sources.roster.strangers.find(charger_id)
    row = details.charger(
        actor.charger,
        sources.machine.clock.moment(),
        refusal if refusal is not None and refusal.refused else None,
        actor.turns,
    )
    return Listing((row,))


def _strangers(sources: Sources, _charger: str, _given: Given) -> Listing:
    return Listing(tuple(details.strangers(sources.roster)))


def _window(sources: Sources, _charger: str, _given: Given) -> Listing:
    return Listing((sources.window.state(),))


def _ca(sources: Sources, _charger: str, given: Given) -> Listing:
    authority = sources.books.authority
    if authority is None:
        raise MissingError("TLS is off (ocpp.tls), so there is no certificate authority")
    row = dict(authority.facts())
    if given["root"]:
        row["root_pem"] = authority.root_pem().decode("ascii")
    return Listing((row,))


def _security(sources: Sources, _charger: str, _given: Given) -> Listing:
    chargers = [actor.charger for actor in sources.roster.actors.values() if actor.charger.settings.configured]
    return Listing(tuple(details.security(one) for one in chargers))


TOPICS: Final[Mapping[str, Topic]] = {
    "failures": Topic(_failures, {"after": AFTER, "limit": LIMIT}),
    "trace": Topic(
        _trace,
        {"after": AFTER, "limit": LIMIT, "newest": NEWEST, "tags": Option(bool, default=False)},
        charger=True,
    ),
    "log": Topic(
        _log,
        {"about": Option(str, ""), "after": AFTER, "before": Option(int, 0), "limit": LIMIT, "newest": NEWEST},
        charger=None,
    ),
    "charger": Topic(_charger, {}, charger=True),
    "strangers": Topic(_strangers, {}),
    "window": Topic(_window, {}),
    "ca": Topic(_ca, {"root": Option(bool, default=False)}),
    "security": Topic(_security, {}),
    **access_topics.TOPICS,
    **alarm_desk.TOPICS,
    **input_topics.TOPICS,
    **counter_topics.TOPICS,
    **energy_topics.TOPICS,
    **history_topics.TOPICS,
    **people_topics.TOPICS,
    **report_topics.TOPICS,
    **telegram_topics.TOPICS,
    **bus_topics.TOPICS,
    **scan_verbs.TOPICS,
    **object_topics.TOPICS,
    **ets_verbs.TOPICS,
    **keyring_verbs.TOPICS,
    **charge_point_topics.TOPICS,
    **key_verbs.TOPICS,
    **profile_verbs.TOPICS,
    **selftest_topics.TOPICS,
    **upkeep_topics.TOPICS,
    **system_topics.TOPICS,
    **file_topics.TOPICS,
    **vital_topics.TOPICS,
    **site_topics.TOPICS,
}


def look(sources: Sources, topic: str, charger: str = "", options: Given | None = None) -> Listing:
    """The rows of a topic, at most 500, and where to go on.

    Raises:
        AskError: there is no such topic, charger or option.
    """
    known = TOPICS.get(topic)
    if known is None:
        raise MissingError(f"there is no topic {topic!r}; there are {', '.join(TOPICS)}")
    if known.charger is True and not charger:
        raise AskError(f"{topic} is about one charger: name it")
    if known.charger is False and charger:
        raise AskError(f"{topic} is about no single charger")
    try:
        answer = known.answer(sources, charger, read(known.options, options or {}))
    except (PkiError, StoreError) as error:
        raise AskError(str(error)) from error
    return replace(answer, zone=sources.site().timezone)


async def looked(sources: Sources, topic: str, charger: str, options: Given) -> Listing:
    """As `look`; what waits for the disk is answered beside the loop.

    Raises:
        AskError: as `look`.
    """
    known = TOPICS.get(topic)
    if known is not None and known.beside:
        return await asyncio.to_thread(look, sources, topic, charger, options)
    return look(sources, topic, charger, options)
