"""The charger's local authorization list, kept in step with the tag book (row O10).

Which list a charger holds is known by its version alone: the one that it reports when it arrives is compared with the
one that it has confirmed. Whatever it reports else, somebody has written there or it was wiped, and all is sent anew.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Final

from knx_ocpp_bridge.core.abilities import NO, configuration, learn
from knx_ocpp_bridge.core.card_list import (
    NOT_LISTED,
    CardList,
    Contents,
    Copy,
    applied,
    cut,
    difference,
    digest,
    next_change,
    wanted,
    whole_is_shorter,
)
from knx_ocpp_bridge.core.commands import Command, GetConfiguration, GetLocalListVersion, LocalListEntry, SendLocalList
from knx_ocpp_bridge.core.events import ListAsked, Outcome, Replied
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.setpoints import unreachable
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.step import Level
from knx_ocpp_bridge.core.turn import Turn
from knx_ocpp_bridge.core.values import Clock

LOCAL_LIST: Final = "local_list"
"""Ability: `no` once the charger has said that it has no such list."""
HELD: Final = "local_list_held"
"""Ability: version and digest of the list that the charger has confirmed; `?`: one of ours is on its way."""
LIMITS: Final = "local_list_limits"
"""Ability: most entries of a message, most of the list; blank: it does not say."""
KEYS: Final = ("SendLocalListMaxLength", "LocalAuthListMaxLength", "LocalAuthListEnabled")

_CHUNK: Final = 20
_LARGEST_CHUNK: Final = 100
"""Whatever a charger says of itself: a frame of some 15 kB."""
_HIGHEST_VERSION: Final = 2**31 - 1
_MOST_FAILURES: Final = 8
_TOLD_AFTER: Final = 2
_REST_S: Final = 600.0
"""A charger that forgets its list whenever it reconnects is not written to without end."""
_HOUR_S: Final = 3600.0
_UNKNOWN: Final = "?"
_CANNOT: Final = frozenset({"notsupported", "notimplemented"})

_Patience = Callable[[int], float]
"""How long to wait after so many failures in a row, in s."""


def in_step(turn: Turn) -> None:
    """Ask, or send, whatever is missing until the charger's list is the tag book's; one call at a time."""
    settings, known = turn.charger.settings, turn.charger.card_list
    if not settings.local_list or settings.quiet or _is_settled(turn):
        return
    if known.asked is not None and known.asked_on == turn.charger.link:
        return
    _resume(turn)
    if turn.charger.abilities.get(LOCAL_LIST) == NO or _is_none_of_ours(turn.charger):
        _leave(turn)
    elif not _rests(turn):
        _ask_next(turn)


def answered(turn: Turn, event: Replied, command: GetConfiguration | GetLocalListVersion | SendLocalList) -> None:
    """What the charger says of its list."""
    known = turn.charger.card_list
    if known.asked != command:
        return
    _put(turn, replace(known, asked=None, stale=False))
    if known.stale:
        return
    if isinstance(command, GetConfiguration):
        _limits_heard(turn, event)
    elif event.outcome is Outcome.NOT_SUPPORTED or event.status.casefold() in _CANNOT:
        _cannot(turn)
    elif event.outcome in {Outcome.TIMED_OUT, Outcome.LOST}:
        _failed(turn, event.outcome.value, _until_it_is_heard)
    elif isinstance(command, GetLocalListVersion):
        _version_heard(turn, event)
    elif event.outcome is Outcome.ANSWERED and event.status.casefold() == "accepted":
        _taken(turn)
    else:
        _refused(turn, event)


def asked_anew(turn: Turn, event: ListAsked) -> None:
    """Somebody wants all of it sent again, whatever the charger says that it holds."""
    refusal = _why_not_anew(turn.charger)
    if refusal is not None:
        turn.verdict(event.number, *refusal)
        return
    known = turn.charger.card_list
    for name in (LOCAL_LIST, HELD):  # what it refused before it may take now
        learn(turn, name, "")
    _put(turn, CardList(firmware=known.firmware, last_version=known.last_version))
    turn.note(Level.INFO, None, f"local list: sent anew ({event.origin.value})")
    turn.verdict(event.number, CommandResult.ACCEPTED, "the list of cards is being sent as a whole")


def arrived(turn: Turn) -> None:
    """The charger has connected or booted: which list it holds now, it must say itself."""
    known = turn.charger.card_list
    identity = turn.charger.identity
    firmware = "" if identity is None else identity.firmware
    if firmware != known.firmware:
        known = replace(known, firmware=firmware, failures=0, rests_until_s=0.0)
    stale = known.asked is not None
    _put(turn, replace(known, settled_for=None, version=None, limits_asked=False, off=False, stale=stale))


def overdue(turn: Turn) -> None:
    """A rest that is over does not wake the charger again."""
    wake_at_s = turn.charger.card_list.wake_at_s
    if wake_at_s is not None and wake_at_s <= turn.now.monotonic_s:
        _put(turn, replace(turn.charger.card_list, wake_at_s=None))


def _is_settled(turn: Turn) -> bool:
    known, now = turn.charger.card_list, turn.now
    if known.settled_for is not turn.charger.settings or known.settled_clock_sane is not (now.clock is Clock.SANE):
        return False
    if known.settled_until is None or now.utc < known.settled_until:
        _wake_for(turn, known.settled_until)
        return True
    return False


def _wake_for(turn: Turn, at: datetime | None) -> None:
    """In time for what comes then, by the wall clock: looked at every hour, as that one may be set meanwhile."""
    known = turn.charger.card_list
    if at is not None and known.wake_at_s is None:
        left_s = min(_HOUR_S, (at - turn.now.utc).total_seconds())
        _put(turn, replace(known, wake_at_s=turn.now.monotonic_s + left_s))


def _resume(turn: Turn) -> None:
    """An answer that was lost with its link is a failure; with new settings all failures are forgotten."""
    known, settings = turn.charger.card_list, turn.charger.settings
    if known.asked is not None:
        _put(turn, replace(known, asked=None, stale=False))
        _failed(turn, "the connection was lost", _until_it_is_heard)
    if known.tried_for is not settings:
        _put(turn, replace(turn.charger.card_list, tried_for=settings, failures=0, rests_until_s=0.0))


def _why_not_anew(charger: Charger) -> tuple[CommandResult, str] | None:
    settings, mode = charger.settings, charger.settings.tag_book.mode
    if not settings.configured:
        return CommandResult.NOT_ALLOWED_NOW, "it is not in the configuration: adopt it first"
    if not settings.local_list:
        return CommandResult.NOT_ALLOWED_NOW, "the bridge keeps no list in it: authorization.local_list is off"
    if settings.quiet:
        return CommandResult.NOT_ALLOWED_NOW, "it is sent nothing of the bridge's own accord: ocpp.quiet is on"
    if mode in NOT_LISTED:
        return CommandResult.NOT_ALLOWED_NOW, f"there is nothing to list: authorization.mode is {mode.value}"
    if not charger.reachable:
        return CommandResult.OFFLINE, unreachable(charger)
    return None


def _is_none_of_ours(charger: Charger) -> bool:
    """No list is wanted, and none was ever sent."""
    return charger.settings.tag_book.mode in NOT_LISTED and _held_on_record(charger) is None


def _rests(turn: Turn) -> bool:
    known = turn.charger.card_list
    if turn.now.monotonic_s >= known.rests_until_s:
        return False
    if known.wake_at_s != known.rests_until_s:
        _put(turn, replace(known, wake_at_s=known.rests_until_s))
    return True


def _ask_next(turn: Turn) -> None:
    charger, known = turn.charger, turn.charger.card_list
    chunk, most = _limits(charger)
    if LIMITS not in charger.abilities and not known.limits_asked:
        _put(turn, replace(known, limits_asked=True))
        _ask(turn, GetConfiguration(KEYS))
    elif known.version is None:
        _ask(turn, GetLocalListVersion())
    else:
        whole = wanted(charger.settings, (charger.own_tag, charger.reservation_tag), turn.now)
        target = cut(whole, most)
        held = _held(known)
        _tell_left_out(turn, len(whole) - len(target))
        if held == target or (not target and known.version == 0):
            _settle(turn, target)
        else:
            _send(turn, held, target, chunk)


def _ask(turn: Turn, command: Command) -> None:
    _put(turn, replace(turn.charger.card_list, asked=command, asked_on=turn.charger.link))
    turn.commands.append(command)


def _send(turn: Turn, held: Contents | None, target: Contents, chunk: int) -> None:
    """The next message on the way from `held` (None: unknown) to `target`."""
    known, record = turn.charger.card_list, _held_on_record(turn.charger)
    last = known.last_version or (0 if record is None else record[0])
    version = max(known.version or 0, last) + 1
    changes = [] if held is None else difference(held, target)
    full = held is None or version > _HIGHEST_VERSION or whole_is_shorter(target, changes, chunk)
    if version > _HIGHEST_VERSION:
        version = 1
    entries: tuple[LocalListEntry, ...] = tuple(target.values() if full else changes)[:chunk]
    after = applied({} if held is None or full else held, entries)
    if record is None or record[1] != _UNKNOWN:
        learn(turn, HELD, f"{version}:{_UNKNOWN}")
    _put(turn, replace(turn.charger.card_list, hoped=Copy(version, after), last_version=version))
    _ask(turn, SendLocalList(version, full, entries))


def _limits_heard(turn: Turn, event: Replied) -> None:
    """Read tolerantly (row K5): what is missing or no number is not known."""
    keys = configuration(event.detail) if event.outcome is Outcome.ANSWERED else {}
    chunk, most, enabled = (keys.get(key.casefold(), ("", False))[0].strip() for key in KEYS)
    if enabled.casefold() == "false":
        # Asked for again whenever it arrives: somebody may have switched it on.
        _put(turn, replace(turn.charger.card_list, off=True))
        reason = "the charger makes no use of it while its LocalAuthListEnabled is false: change that key by `call`"
        turn.note(Level.WARNING, None, f"local list: {reason}")
    elif event.outcome not in {Outcome.TIMED_OUT, Outcome.LOST}:
        learn(turn, LIMITS, f"{_number(chunk)},{_number(most)}")


def _version_heard(turn: Turn, event: Replied) -> None:
    version = _version(event.detail) if event.outcome is Outcome.ANSWERED else None
    if version is None:
        _failed(turn, event.status or event.detail or event.outcome.value, _until_it_is_heard)
        return
    if version < 0:
        _cannot(turn)
        return
    charger, known = turn.charger, turn.charger.card_list
    confirmed = next(
        (one for one in (known.hoped, known.confirmed) if one is not None and one.version == version), None
    )
    record = _held_on_record(charger)
    if confirmed is None and record is not None:
        own = (charger.own_tag, charger.reservation_tag)
        target = cut(wanted(charger.settings, own, turn.now), _limits(charger)[1])
        if record == (version, digest(target)):
            confirmed = Copy(version, target)
        elif charger.settings.tag_book.mode in NOT_LISTED and record[0] != version and record[1] != _UNKNOWN:
            # It is somebody else's list now.
            learn(turn, HELD, "")
    taken = known.hoped is not None and known.hoped.version == version
    failures = 0 if taken else known.failures
    _put(turn, replace(known, version=version, confirmed=confirmed, hoped=None, failures=failures))


def _taken(turn: Turn) -> None:
    known = turn.charger.card_list
    if known.hoped is not None:
        _put(turn, replace(known, confirmed=known.hoped, version=known.hoped.version, hoped=None, failures=0))


def _refused(turn: Turn, event: Replied) -> None:
    """All is sent anew: what it holds after a refusal, and under which version, is anybody's guess."""
    _put(turn, replace(turn.charger.card_list, confirmed=None, hoped=None))
    mismatch = event.status.casefold() == "versionmismatch"
    word = event.status or event.detail or event.outcome.value
    _failed(turn, f"the charger answered {word}", _after_a_mismatch if mismatch else _after_a_refusal)


def _failed(turn: Turn, reason: str, patience: _Patience) -> None:
    known = turn.charger.card_list
    failures = known.failures + 1
    rests_until_s = turn.now.monotonic_s + patience(failures)
    given_up = failures >= _MOST_FAILURES
    if given_up:
        rests_until_s = turn.now.monotonic_s + _HOUR_S
    _put(turn, replace(known, version=None, failures=failures, rests_until_s=rests_until_s, settled_for=None))
    if given_up:
        _leave(turn)
        words = f"{reason}, {failures} times in a row; tried again when it connects anew or the cards change"
        turn.note(Level.WARNING, None, f"local list: not in step with the cards: {words}")
    else:
        level = Level.WARNING if failures == _TOLD_AFTER else Level.INFO
        again = "tried again" if patience(failures) == 0 else f"tried again in {patience(failures) / 60:g} min"
        turn.note(level, None, f"local list: not in step with the cards: {reason}; {again}")


def _after_a_refusal(failures: int) -> float:
    return 0.0 if failures == 1 else _HOUR_S


def _after_a_mismatch(failures: int) -> float:
    return 0.0 if failures == 1 else min(_HOUR_S, 60.0 * 2.0 ** (failures - 2))


def _until_it_is_heard(failures: int) -> float:
    return min(_HOUR_S, 300.0 * 2.0 ** (failures - 1))


def _cannot(turn: Turn) -> None:
    """A list that is merely switched off is not a charger without one: that is looked at before it is believed."""
    known = turn.charger.card_list
    if known.off:
        _leave(turn)
    elif not known.limits_asked:
        learn(turn, LIMITS, "")
    else:
        learn(turn, LOCAL_LIST, NO)
        learn(turn, HELD, "")
        _leave(turn)
        reason = "this charger has none; while it is offline, it decides by itself which cards it takes"
        turn.note(Level.WARNING, None, f"local list: {reason}")


def _settle(turn: Turn, target: Contents) -> None:
    charger, known = turn.charger, turn.charger.card_list
    listed = charger.settings.tag_book.mode not in NOT_LISTED
    held = f"{known.version}:{digest(target)}"
    changed = charger.abilities.get(HELD) != held
    learn(turn, HELD, held if listed else "")
    rests_until_s = turn.now.monotonic_s + _REST_S if changed and known.version else 0.0
    _put(turn, replace(turn.charger.card_list, failures=0, rests_until_s=rests_until_s))
    if changed and known.version:
        turn.note(Level.INFO, None, f"local list: in step (cards: {len(target)}, version {known.version})")
    _leave(turn)


def _leave(turn: Turn) -> None:
    settings = turn.charger.settings
    until = next_change(settings.tag_book, turn.now)
    sane = turn.now.clock is Clock.SANE
    _put(
        turn,
        replace(turn.charger.card_list, settled_for=settings, settled_clock_sane=sane, settled_until=until),
    )
    _wake_for(turn, until)


def _tell_left_out(turn: Turn, left_out: int) -> None:
    if left_out != turn.charger.card_list.told_left_out:
        _put(turn, replace(turn.charger.card_list, told_left_out=left_out))
        if left_out:
            most = _limits(turn.charger)[1]
            reason = f"the charger takes {most} cards, {left_out} do not fit: the last ones of the list"
            turn.note(Level.WARNING, None, f"local list: {reason}")


def _held(known: CardList) -> Contents | None:
    """What it holds for certain."""
    confirmed = known.confirmed
    return confirmed.contents if confirmed is not None and confirmed.version == known.version else None


def _held_on_record(charger: Charger) -> tuple[int, str] | None:
    version, _, contents = charger.abilities.get(HELD, "").partition(":")
    return (int(version), contents) if version.isdecimal() and contents else None


def _limits(charger: Charger) -> tuple[int, int | None]:
    """The most entries of one message, and of the list if that is known."""
    chunk, _, most = charger.abilities.get(LIMITS, "").partition(",")
    return min(int(_number(chunk) or _CHUNK), _LARGEST_CHUNK), int(most) if _number(most) else None


def _number(text: str) -> str:
    """A positive number as text; empty for everything else."""
    return text if text.isascii() and text.isdecimal() and len(text) < 10 and int(text) > 0 else ""


def _version(detail: str) -> int | None:
    try:
        found = json.loads(detail)["listVersion"]
        return None if isinstance(found, bool) else max(-1, min(_HIGHEST_VERSION, int(found)))
    except (ValueError, TypeError, LookupError, OverflowError, RecursionError):
        return None


def _put(turn: Turn, known: CardList) -> None:
    turn.charger = replace(turn.charger, card_list=known)
