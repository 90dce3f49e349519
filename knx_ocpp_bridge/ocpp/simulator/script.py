"""The words by which a simulated charger is handled: one line, one deed. Pure but for the deed itself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from ocpp.v16.enums import ChargePointErrorCode, ChargePointStatus, ConfigurationStatus, Reason

from knx_ocpp_bridge.ocpp.simulator.answers_security import sign_certificate
from knx_ocpp_bridge.ocpp.simulator.charge_point import ChargePoint
from knx_ocpp_bridge.ocpp.simulator.clock import Clock, duration
from knx_ocpp_bridge.ocpp.simulator.connector import Appetite
from knx_ocpp_bridge.ocpp.simulator.offline import charged

HELP: Final = """\
plug 1                    a car is plugged in                unplug 1   and out
card 1 04A2B3C4           a card is held to the reader
car 1 charges | waits | full-at 2000                         what the car wants (Wh since plugged in)
fault 1 GroundFailure [vendor code] [info]                   clear 1    the fault is gone (0: the whole charge point)
stop 1 [EmergencyStop]    the button at the charger; another reason
meter 1 +500              the register jumps by 500 Wh
past 1 04A2B3C4 26h 4h 12000     it has charged 26 h ago, for 4 h, 12 kWh, while it was offline
limits ignored / obeyed   charging profiles are accepted, and nothing follows from them
clock +2h / right         its own clock is wrong by this  clock naive    and names no time zone
configure MeterValueSampleInterval 10                        one of its configuration keys
status                    one line per connector
power-cycle               the power goes and comes back      offline / online   the network
security                  profile, roots, certificate        event TamperDetectionActivated [info]
key SECRET / profile 2    set at the charger's own menu      sign       it asks for a certificate
wait 2                    (seconds)                          expect 1 Charging 10   within 10 s, else it ends
quit"""


_PROFILES: Final = {"0": 0, "1": 1, "2": 2, "3": 3}


class ScriptError(Exception):
    """A line that says nothing this charger can do; the text says what would be possible."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing for this long."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Expect:
    """The connector must have this status within `seconds`."""

    connector: int
    status: ChargePointStatus
    seconds: float


@dataclass(frozen=True, slots=True)
class Quit:
    """The end."""


@dataclass(frozen=True, slots=True)
class Say:
    """Show these lines."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """It is done; nothing to wait for."""


Deed = Wait | Expect | Quit | Say | Done


def perform(line: str, charger: ChargePoint, now: datetime) -> Deed:
    """Do what a line says, or hand back what only the owner of the clock can do.

    Raises:
        ScriptError: the line is no command, or names a connector, status or error that does not exist.
    """
    words = line.split("#", 1)[0].split()
    if not words:
        return Done()
    verb = _VERBS.get(words[0])
    if verb is None:
        raise ScriptError(f"`{words[0]}` is no command here; there are: {', '.join(_VERBS)}")
    try:
        return verb(charger, words[1:], now)
    except (IndexError, ValueError, KeyError) as error:
        raise ScriptError(f"`{line.strip()}` cannot be done ({error}); the commands are:\n{HELP}") from error


def status_lines(charger: ChargePoint, now: datetime) -> Iterator[str]:
    """One line per connector: status, current, energy, transaction, limit."""
    for where in charger.connectors.values():
        limit_a = charger.limit_a(where, now)
        running = f"transaction {where.transaction.id} of {where.transaction.id_tag}" if where.transaction else "idle"
        yield (
            f"connector {where.id}: {where.status(limit_a).value}, {charger.current_a(where, now):.1f} A"
            f" of {limit_a:g} A, {where.meter_wh:.0f} Wh, {running}"
        )


def _plug(charger: ChargePoint, words: list[str], now: datetime) -> Deed:
    charger.plug(int(words[0]), now)
    return Done()


def _unplug(charger: ChargePoint, words: list[str], now: datetime) -> Deed:
    charger.unplug(int(words[0]), now)
    return Done()


def _card(charger: ChargePoint, words: list[str], now: datetime) -> Deed:
    charger.card(int(words[0]), words[1], now)
    return Done()


def _car(charger: ChargePoint, words: list[str], now: datetime) -> Deed:
    full_at_wh = float(words[2]) if words[1] == "full-at" else None
    appetite = Appetite.CHARGES if full_at_wh is not None else Appetite(words[1])
    charger.car(int(words[0]), appetite, full_at_wh, now)
    return Done()


def _fault(charger: ChargePoint, words: list[str], now: datetime) -> Deed:
    vendor_code, info = words[2] if len(words) > 2 else "", " ".join(words[3:])
    charger.fault(int(words[0]), ChargePointErrorCode(words[1]), info, vendor_code, now)
    return Done()


def _clear(charger: ChargePoint, words: list[str], now: datetime) -> Deed:
    charger.fault(int(words[0]), ChargePointErrorCode.no_error, "", "", now)
    return Done()


def _meter(charger: ChargePoint, words: list[str], now: datetime) -> Deed:
    charger.meter(int(words[0]), float(words[1]), now)
    return Done()


def _stop(charger: ChargePoint, words: list[str], now: datetime) -> Deed:
    charger.stop(charger.connectors[int(words[0])], Reason(words[1]) if len(words) > 1 else Reason.local, now)
    charger.tick(now)
    return Done()


def _past(charger: ChargePoint, words: list[str], now: datetime) -> Deed:
    ago, lasted = duration(words[2]), duration(words[3])
    charged(charger, int(words[0]), words[1], now - ago, lasted, float(words[4]))
    return Done()


def _clock(charger: ChargePoint, words: list[str], _: datetime) -> Deed:
    match words[0]:
        case "naive":
            charger.clock.naive = True
        case "right":
            charger.clock = Clock()
        case ahead:
            charger.clock.ahead = duration(ahead)
    return Done()


def _limits(charger: ChargePoint, words: list[str], now: datetime) -> Deed:
    charger.profiles.ignored = {"ignored": True, "obeyed": False}[words[0]]
    charger.tick(now)
    return Done()


def _configure(charger: ChargePoint, words: list[str], _: datetime) -> Deed:
    key, value = words[0], words[1] if len(words) > 1 else ""
    status = charger.configuration.change(key, value)
    if status is not ConfigurationStatus.accepted:
        raise ValueError(f"{key}={value} is {status.value}")
    return Done()


def _status(charger: ChargePoint, _: list[str], now: datetime) -> Deed:
    return Say(tuple(status_lines(charger, now)))


def _power_cycle(charger: ChargePoint, _: list[str], now: datetime) -> Deed:
    charger.power_cycle(now)
    return Done()


def _offline(charger: ChargePoint, _: list[str], now: datetime) -> Deed:
    charger.held_offline = True
    charger.tick(now)
    return Done()


def _online(charger: ChargePoint, _: list[str], now: datetime) -> Deed:
    charger.held_offline = False
    charger.tick(now)
    return Done()


def _security(charger: ChargePoint, _: list[str], __: datetime) -> Deed:
    security = charger.security
    roots = sum(map(len, security.roots.values()))
    own = "a certificate" if security.access.chain else "no certificate"
    key = "a key" if security.access.key else "no key"
    return Say((f"security profile {security.access.profile}, {key}, {own} of its own, {roots} installed",))


def _key(charger: ChargePoint, words: list[str], now: datetime) -> Deed:
    charger.security.set_by_hand(replace(charger.security.access, key=words[0]))
    charger.tick(now)
    return Done()


def _profile(charger: ChargePoint, words: list[str], now: datetime) -> Deed:
    charger.security.set_by_hand(replace(charger.security.access, profile=_PROFILES[words[0]]))
    charger.tick(now)
    return Done()


def _sign(charger: ChargePoint, _: list[str], __: datetime) -> Deed:
    sign_certificate(charger)
    return Done()


def _event(charger: ChargePoint, words: list[str], now: datetime) -> Deed:
    charger.security_event(words[0][:50], " ".join(words[1:])[:255], now)
    return Done()


def _wait(_: ChargePoint, words: list[str], __: datetime) -> Deed:
    return Wait(float(words[0]))


def _expect(charger: ChargePoint, words: list[str], _: datetime) -> Deed:
    connector = charger.connectors[int(words[0])].id
    return Expect(connector, ChargePointStatus(words[1]), float(words[2]) if len(words) > 2 else 10.0)


def _help(_: ChargePoint, __: list[str], ___: datetime) -> Deed:
    return Say(tuple(HELP.splitlines()))


def _quit(_: ChargePoint, __: list[str], ___: datetime) -> Deed:
    return Quit()


_VERBS: Final[dict[str, Callable[[ChargePoint, list[str], datetime], Deed]]] = {
    "plug": _plug,
    "unplug": _unplug,
    "card": _card,
    "car": _car,
    "fault": _fault,
    "clear": _clear,
    "stop": _stop,
    "meter": _meter,
    "past": _past,
    "clock": _clock,
    "limits": _limits,
    "configure": _configure,
    "status": _status,
    "power-cycle": _power_cycle,
    "offline": _offline,
    "online": _online,
    "security": _security,
    "key": _key,
    "profile": _profile,
    "sign": _sign,
    "event": _event,
    "wait": _wait,
    "expect": _expect,
    "help": _help,
    "quit": _quit,
}
