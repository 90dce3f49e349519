"""Who dials, and how a connection lives and ends (catalogue rows C3, C12, C13, C24, C28, F11, F16)."""

import asyncio
import socket
from pathlib import Path

from websockets.frames import Opcode

from knx_ocpp_bridge.actor import Ports
from knx_ocpp_bridge.config.models import Ocpp
from knx_ocpp_bridge.core.commands import ClearCache
from knx_ocpp_bridge.core.events import Heartbeat, LinkOpened
from knx_ocpp_bridge.core.facts import Fact, Remembered
from knx_ocpp_bridge.core.settings import AuthorizationMode, ChargerSettings, Registration, TagBook
from knx_ocpp_bridge.core.status import CommandResult, ConnectorStatus
from knx_ocpp_bridge.core.step import AuthorizationStatus, BootAnswer, HeartbeatAnswer
from knx_ocpp_bridge.core.values import ChargerId, IdTag, LinkNumber, Moment
from knx_ocpp_bridge.daemon.roster import MOST_UNKNOWN, Roster
from knx_ocpp_bridge.ocpp import websocket
from tests.kit.caller import Caller
from tests.kit.configuration import Installer
from tests.kit.dialler import Dialler, Office
from tests.kit.life import CARD, NOON, Life

HEARTBEAT = '[2,"h1","Heartbeat",{}]'


class Disk:
    """A journal that knows nothing and keeps everything."""

    def __init__(self) -> None:
        self.kept: list[tuple[ChargerId, tuple[Fact, ...]]] = []

    def last_transaction_id(self) -> int:
        return 0

    def remembered(self, _charger: ChargerId) -> Remembered:
        return Remembered()

    def append(self, charger: ChargerId, facts: tuple[Fact, ...], _done: object = None) -> None:
        self.kept.append((charger, facts))


def roster(folder: Path, text: str = "chargers: [{id: Garage, connectors: [{id: 1}]}]") -> Roster:
    def nothing(*_arguments: object) -> None: ...

    ports = Ports(
        moment=lambda: Moment(1000.0, NOON),
        record=lambda _charger, _facts, done: done(),
        answer=nothing,
        call=nothing,
        hang_up=nothing,
        offer=nothing,
        note=nothing,
        charge=nothing,
        verdict=nothing,
        sample=nothing,
        card=nothing,
        sign=nothing,
        call_at=lambda _at_s, _call: _Timer(),
    )
    return Roster(Installer(folder).load(text), Disk(), ports)


class _Timer:
    def cancel(self) -> None: ...


def stranger(registration: Registration = Registration.PENDING) -> Life:
    return Life(ChargerSettings(ChargerId("NEW"), configured=False, registration=registration))


def test_a_probe_with_another_version_leaves_nothing_behind():
    """Row C3: first a connection that offers 2.0.1, then the real one."""
    office = Office()
    assert Dialler(office.system, offered="ocpp2.0.1").status == 400
    assert office.told() == []
    charger = Dialler(office.system)
    assert charger.status == 101
    charger.say(HEARTBEAT)
    opened, heartbeat = office.told()
    assert isinstance(opened, LinkOpened)
    assert heartbeat == Heartbeat(opened.link, '"h1"')


def test_a_charger_that_spells_its_id_in_another_case_is_the_configured_one(tmp_path: Path):
    """Row C12: the configuration's spelling is the one that counts."""
    chargers = roster(tmp_path)
    assert chargers.admit(Caller("GARAGE", "192.0.2.7")) == "Garage"
    assert list(chargers.actors) == ["Garage"]


def test_a_stranger_is_told_to_wait_and_is_told_nothing_else():
    """Row C13: let in, Pending with the time after which to ask again, never commanded."""
    life = stranger()
    life.connects()
    life.boots()
    assert life.answered == BootAnswer(Registration.PENDING, 60, life.utc)
    life.reports(ConnectorStatus.AVAILABLE)
    life.passes(600)
    assert life.commands == []
    life.presses(True, number=7)
    assert life.verdict(7) is not CommandResult.ACCEPTED
    assert life.commands == []


def test_a_stranger_that_is_accepted_by_policy_is_served_but_not_commanded():
    """Row C13: `unknown_chargers: accepted`."""
    life = stranger(Registration.ACCEPTED)
    life.connects()
    life.boots()
    assert isinstance(life.answered, BootAnswer)
    assert life.answered.registration is Registration.ACCEPTED
    life.reports(ConnectorStatus.AVAILABLE)
    life.passes(600)
    assert life.commands == []


def test_there_are_never_too_many_strangers(tmp_path: Path):
    """Row C13: whoever dials with invented ids fills no memory, and takes no place of a configured charger."""
    chargers = roster(tmp_path)
    for number in range(MOST_UNKNOWN + 10):
        assert chargers.admit(Caller(f"INVENTED-{number}", "192.0.2.7")) is not None
    assert len(chargers.actors) == MOST_UNKNOWN + 1
    for number, charger in enumerate(list(chargers.actors)):
        chargers.post(charger, LinkOpened(LinkNumber(number + 1), "192.0.2.7"))
    assert chargers.admit(Caller("ONE-MORE", "192.0.2.7")) is None, "all of them are connected"
    assert chargers.admit(Caller("garage", "192.0.2.7")) == "Garage"


async def test_a_stop_of_the_bridge_sends_no_close_frame():
    """Row C24: several brands never dial again after one."""
    office = Office()
    charger = Dialler(office.system)
    await office.system._leave()
    assert charger.transport.aborted
    assert charger.frames() == []


async def test_a_stop_can_be_made_graceful():
    """Row C24: `graceful_close: true`."""
    office = Office(settings=Ocpp(graceful_close=True))
    charger = Dialler(office.system)
    leaving = asyncio.ensure_future(office.system._leave())
    await asyncio.sleep(0)
    (frame,) = charger.frames()
    assert frame.opcode is Opcode.CLOSE
    charger.connection.connection_lost(None)
    await leaving


def test_the_kernel_looks_for_dead_peers():
    """Row C28: pings every 30 s are one half (row C26), TCP keepalive and TCP_USER_TIMEOUT the other."""
    with socket.socket() as sock:
        websocket._find_dead_peers(sock)
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        idle_s = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE)
        tries = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT)
        between_s = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL)
        assert idle_s + tries * between_s <= 45
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 45_000


def test_a_request_is_answered_while_our_own_call_waits():
    """Row F11: the two directions know nothing of each other."""
    office = Office(answers=lambda event: HeartbeatAnswer(NOON) if isinstance(event, Heartbeat) else None)
    charger = Dialler(office.system)
    charger.say(HEARTBEAT)
    office.system.call(ChargerId("CP1"), ClearCache())
    office.pass_time(3)
    assert [text[1] for text in charger.texts()] == ["3", "2"], "the call is out, and stays unanswered"
    charger.say('[2,"h2","Heartbeat",{}]')
    assert charger.texts() == ['[3,"h2",{"currentTime":"2026-11-21T12:00:00Z"}]']


def test_a_card_with_a_letter_too_many_is_another_card():
    """Row F16: upper and lower case are alike, a beginning is not the whole."""
    life = Life()
    life.arrives()
    life.presents(IdTag(CARD.lower()))
    assert life.info.status is AuthorizationStatus.ACCEPTED
    for mangled in (CARD + "-", CARD[:-1], CARD + "00"):
        life.presents(IdTag(mangled))
        assert life.info.status is AuthorizationStatus.INVALID


def test_the_bridges_own_tag_is_short_enough_for_every_charger(tmp_path: Path):
    """Row F16: some chargers spoil tags of 20 characters."""
    chargers = roster(tmp_path)
    (actor,) = chargers.actors.values()
    assert 8 <= len(actor.charger.own_tag) <= 16
    assert actor.charger.own_tag.isascii()
    assert actor.charger.own_tag.isalnum()
    assert actor.charger.own_tag == actor.charger.own_tag.upper()


def test_a_stop_with_a_spoilt_tag_ends_its_transaction():
    """Row F16: a stop is never refused, else the charger goes on."""
    life = Life()
    life.arrives()
    number = life.charges()
    life.stops(number, 1500, id_tag=IdTag(CARD + "\x17"))
    assert life.info.status is AuthorizationStatus.ACCEPTED
    assert life.state("charging") is False
    assert life.state("transaction_energy") == 500


def test_a_charger_may_be_told_to_admit_every_card():
    """Row F16: where a reader spoils every card, the mode is the way out."""
    life = Life(ChargerSettings(ChargerId("G"), tag_book=TagBook(mode=AuthorizationMode.ALL)))
    life.connects()
    life.boots()
    life.presents(IdTag("any"))
    assert life.info.status is AuthorizationStatus.ACCEPTED
