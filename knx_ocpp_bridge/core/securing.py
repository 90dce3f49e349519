"""Bringing a charger to a security profile over OCPP: one step after the other, and never out of reach.

The new password is good from the moment before the charger is told of it; the old way stays good until the charger
has come back the new way once. So whatever is lost on the way, a power cut of either side included, the charger is
let in. A profile cannot be lowered over OCPP (white paper "Improved security for OCPP 1.6-J"), so nothing tries to.
"""

from typing import Final

from knx_ocpp_bridge.core.admission import judge, needed, shown
from knx_ocpp_bridge.core.calls import SIGNS_FOR_S, one_word
from knx_ocpp_bridge.core.commands import (
    AskForCertificateRequest,
    CertificateSigned,
    ChangeConfiguration,
    Command,
    InstallCertificate,
    Reset,
)
from knx_ocpp_bridge.core.events import CertificateAsked, CertificateIssued, Outcome, Replied, SecureAsked, SecuritySet
from knx_ocpp_bridge.core.facts import SecurityKept
from knx_ocpp_bridge.core.replacing import replace
from knx_ocpp_bridge.core.security import PasswordDigest, Proof, Security, SecurityProfile
from knx_ocpp_bridge.core.setpoints import unreachable
from knx_ocpp_bridge.core.state import Securing
from knx_ocpp_bridge.core.status import CommandResult
from knx_ocpp_bridge.core.step import Level, SignAnswer
from knx_ocpp_bridge.core.turn import Turn

Said = ChangeConfiguration | InstallCertificate | AskForCertificateRequest | CertificateSigned

AUTHORIZATION_KEY: Final = "AuthorizationKey"
SECURITY_PROFILE: Final = "SecurityProfile"
_ROOT: Final = "CentralSystemRootCertificate"
_GOOD: Final = frozenset({"Accepted", "RebootRequired"})
_ACTS_WITHIN_S: Final = 60.0
_MOST_UNPROVEN: Final = 32
"""Digests of passwords that the charger may have and has not shown; each password has up to four."""


def asked(turn: Turn, event: SecureAsked) -> None:
    """The first step is said, once the new password is on disk; or it is refused with the reason."""
    charger = turn.charger
    refusal = _refusal(turn, event)
    if refusal is not None:
        turn.note(Level.WARNING, None, f"not secured: {refusal[1]}")
        turn.verdict(event.number, *refusal)
        return
    left = _steps(event, needed(charger.settings, charger.security))
    turn.note(Level.INFO, None, f"to be brought to security profile {int(event.profile)} ({event.origin.value})")
    # An earlier password may have reached the charger although its answer was lost: it stays good, too.
    unproven = (*event.digests, *charger.security.wanted_passwords)[:_MOST_UNPROVEN]
    wanted = max(event.profile, charger.security.wanted or event.profile)
    _keep(turn, replace(charger.security, wanted=wanted, wanted_passwords=unproven))
    turn.charger = replace(turn.charger, securing=Securing(event.profile, left, event.digests, event.number))
    _say_next(turn)


def answered(turn: Turn, event: Replied, command: Said) -> None:
    """The next step is said; a refusal ends it, and the charger is let in as before."""
    securing = turn.charger.securing
    if securing is None or not securing.left or securing.left[0] != command:
        return
    if isinstance(command, AskForCertificateRequest) and event.outcome is Outcome.ANSWERED and event.status in _GOOD:
        return  # the certificate request itself comes next
    if event.outcome is Outcome.LOST and _goes_on(securing):
        return
    if event.outcome is not Outcome.ANSWERED or event.status not in _GOOD:
        _refused(turn, securing, event, command)
        return
    securing = replace(securing, restart=securing.restart or event.status == "RebootRequired")
    turn.charger = replace(turn.charger, securing=replace(securing, left=securing.left[1:]))
    if securing.left[1:]:
        _say_next(turn)
    else:
        _said_all(turn, securing)


def interrupted(turn: Turn, reason: str) -> None:
    """The link is gone on the way: what was said may have been heard, so both ways in stay good.

    Whoever dials in next with this id need not be the one that was asked for a certificate request.
    """
    turn.charger = replace(turn.charger, signs_until_s=None, restart_at_s=None)
    securing = turn.charger.securing
    if securing is not None and not _goes_on(securing):
        turn.charger = replace(turn.charger, securing=None)
        turn.verdict(securing.number, CommandResult.OFFLINE, f"{reason}; it may come back with either password")


def come_back(turn: Turn, proof: Proof) -> None:
    """A connection the new way ends the old one for good; else what is left to be said is said."""
    _prove(turn, proof)
    securing = turn.charger.securing
    if securing is None:
        return
    if turn.charger.security.wanted is None:
        turn.charger = replace(turn.charger, securing=None)
        turn.verdict(securing.number, CommandResult.ACCEPTED, "it has come back the new way")
    else:
        turn.charger = replace(turn.charger, securing=replace(securing, resumed=True))
        _say_next(turn)


def _prove(turn: Turn, proof: Proof) -> None:
    security = turn.charger.security
    if security.wanted is None:
        return
    reached = shown(proof)
    if reached is SecurityProfile.TLS_CLIENT and security.wanted is reached:
        if judge(turn.charger.settings, Security(reached), proof) is not None:
            return  # a certificate of ours, but another charger's
        proven = security.wanted_passwords or security.passwords
    else:
        proven = _proven(security.wanted_passwords, proof)
        if not proven or reached is SecurityProfile.OPEN:
            until = f"until it comes back with security profile {int(security.wanted)}"
            turn.note(Level.WARNING, None, f"let in the old way, and so is whoever dials with its id, {until}")
            return
    reached = max(min(reached, security.wanted), security.profile)
    charger = turn.charger
    denied = judge(charger.settings, Security(reached, proven), proof, any_username=charger.flags.any_username)
    if denied is not None:
        # Asked for from now on, it would keep the charger out.
        turn.note(Level.WARNING, None, f"came back with its new password, but {denied.reason}; {denied.remedy}")
        return
    if reached < security.wanted:
        # It has the new password already, and not the new profile yet.
        _keep(turn, replace(security, profile=reached, passwords=proven))
        return
    _keep(turn, Security(reached, proven))
    turn.note(Level.INFO, None, f"came back with security profile {int(reached)}; nothing less is let in now")


def overdue(turn: Turn) -> None:
    """What a charger was told and has not done in time: a restart of its connection, a certificate request."""
    _restart(turn)
    until_s = turn.charger.signs_until_s
    if until_s is None or turn.now.monotonic_s < until_s:
        return
    turn.charger = replace(turn.charger, signs_until_s=None)
    securing = turn.charger.securing
    if securing is not None and securing.left and isinstance(securing.left[0], AskForCertificateRequest):
        _told_nothing(turn, securing)
        _end(turn, securing, CommandResult.TIMED_OUT, "it sends no certificate request")


def put(turn: Turn, event: SecuritySet) -> None:
    """What somebody has set by hand holds from the next connection on."""
    turn.note(Level.WARNING, None, f"its password or security profile was set here by {event.origin.value}")
    _keep(turn, event.security)


def certificate_asked(turn: Turn, event: CertificateAsked) -> None:
    """A certificate request is signed for a charger that has proved who it is, or that was asked for one (row O7)."""
    charger = turn.charger
    in_time = charger.signs_until_s is not None and turn.now.monotonic_s <= charger.signs_until_s
    proved = needed(charger.settings, charger.security) >= SecurityProfile.TLS_BASIC
    accepted = charger.settings.configured and bool(event.csr) and (in_time or proved)
    turn.reply(event, SignAnswer(accepted))
    if accepted:
        turn.charger = replace(charger, signs_until_s=None)
        turn.sign = event.csr
        turn.note(Level.INFO, None, "its certificate request is being signed")
    else:
        turn.note(Level.WARNING, None, "its certificate request is refused: nobody asked for one")


def certificate_issued(turn: Turn, event: CertificateIssued) -> None:
    """The certificate goes to the charger, as a step of its securing or by itself."""
    securing = turn.charger.securing
    awaited = securing is not None and bool(securing.left) and isinstance(securing.left[0], AskForCertificateRequest)
    if not event.chain:
        turn.note(Level.WARNING, None, f"its certificate request cannot be signed: {event.reason}")
        if securing is not None and awaited:
            _told_nothing(turn, securing)
            _end(turn, securing, CommandResult.REJECTED, event.reason)
        return
    if turn.charger.link is None:
        return
    command = CertificateSigned(event.chain)
    if securing is not None and awaited:
        turn.charger = replace(turn.charger, securing=replace(securing, left=(command, *securing.left[1:])))
    turn.commands.append(command)


def _proven(passwords: tuple[PasswordDigest, ...], proof: Proof) -> tuple[PasswordDigest, ...]:
    """The forms of the password that was shown; each password has a salt of its own."""
    salts = {one.salt for one in passwords if one.fits(proof.password or b"")}
    return tuple(one for one in passwords if one.salt in salts)


def _refusal(turn: Turn, event: SecureAsked) -> tuple[CommandResult, str] | None:
    charger = turn.charger
    if not charger.settings.configured:
        return CommandResult.NOT_ALLOWED_NOW, "it is not in the configuration: adopt it first"
    if not charger.reachable:
        return CommandResult.OFFLINE, unreachable(charger)
    if charger.securing is not None:
        return CommandResult.NOT_ALLOWED_NOW, "it is being secured already"
    least = needed(charger.settings, charger.security)
    if event.profile < max(least, SecurityProfile.BASIC):
        reason = f"it has profile {int(least)}, and a profile cannot be lowered over OCPP"
        return CommandResult.NOT_ALLOWED_NOW, reason
    return None


def _steps(event: SecureAsked, present: SecurityProfile) -> tuple[Command, ...]:
    """At the profile it has already, only the password is renewed."""
    steps: list[Command] = []
    if event.root:
        steps.append(InstallCertificate(_ROOT, event.root))
    if event.profile is SecurityProfile.TLS_CLIENT:
        steps.append(AskForCertificateRequest())
    if event.key:
        steps.append(ChangeConfiguration(AUTHORIZATION_KEY, event.key))
    if event.profile is not present:
        steps.append(ChangeConfiguration(SECURITY_PROFILE, str(int(event.profile))))
    return tuple(steps)


def _goes_on(securing: Securing) -> bool:
    """A lost link does not end it: many chargers dial anew as soon as they have a new password (white paper, A01)."""
    match securing.left:
        case (ChangeConfiguration(key=key),):
            return key == SECURITY_PROFILE and not securing.resumed
        case _:
            return False


def _say_next(turn: Turn) -> None:
    securing = turn.charger.securing
    if securing is None or not securing.left:
        return
    if isinstance(securing.left[0], AskForCertificateRequest):
        turn.charger = replace(turn.charger, signs_until_s=turn.now.monotonic_s + SIGNS_FOR_S)
    turn.commands.append(securing.left[0])


def _refused(turn: Turn, securing: Securing, event: Replied, command: Said) -> None:
    what = command.key if isinstance(command, ChangeConfiguration) else type(command).__name__
    heard = event.outcome is Outcome.ANSWERED or event.outcome is Outcome.NOT_SUPPORTED
    told_key = not isinstance(command, InstallCertificate | AskForCertificateRequest | CertificateSigned)
    security = turn.charger.security
    if heard and (not told_key or what == AUTHORIZATION_KEY):
        _told_nothing(turn, securing)
    elif heard:
        # It has the new password and keeps its profile.
        _keep(turn, replace(security, wanted=max(security.profile, SecurityProfile.BASIC)))
    unsupported = event.outcome is Outcome.NOT_SUPPORTED or event.status == "NotSupported"
    result = CommandResult.NOT_SUPPORTED if unsupported else CommandResult.REJECTED
    if event.outcome is Outcome.TIMED_OUT:
        result = CommandResult.TIMED_OUT
    _end(turn, securing, result, f"{what}: the charger answered {one_word(event)}")


def _told_nothing(turn: Turn, securing: Securing) -> None:
    """It knows nothing of the new password and profile; of an earlier password it may."""
    security = turn.charger.security
    unproven = tuple(one for one in security.wanted_passwords if one not in securing.digests)
    _keep(turn, replace(security, wanted=security.wanted if unproven else None, wanted_passwords=unproven))


def _end(turn: Turn, securing: Securing, result: CommandResult, reason: str) -> None:
    turn.charger = replace(turn.charger, securing=None)
    turn.note(Level.WARNING, None, f"not secured: {reason}; it is let in as before")
    turn.verdict(securing.number, result, f"{reason}; it is let in as before")


def _said_all(turn: Turn, securing: Securing) -> None:
    last = securing.left[-1]
    restart_at_s = None
    if securing.restart:
        restart_at_s = turn.now.monotonic_s
    elif isinstance(last, ChangeConfiguration) and last.key == SECURITY_PROFILE:
        # Most dial anew at once; some wait for a restart and do not say so.
        restart_at_s = turn.now.monotonic_s + _ACTS_WITHIN_S
    turn.charger = replace(turn.charger, securing=None, restart_at_s=restart_at_s)
    has = "certificate" if securing.profile is SecurityProfile.TLS_CLIENT else "password"
    reason = (
        f"it knows its {has} and profile {int(securing.profile)} now; "
        "until it has come back that way once, it is let in the old way too"
    )
    turn.note(Level.INFO, None, reason)
    turn.verdict(securing.number, CommandResult.ACCEPTED, reason)


def _restart(turn: Turn) -> None:
    """What it has accepted acts after a restart only; it is not interrupted while a car charges."""
    at_s = turn.charger.restart_at_s
    if at_s is None or turn.now.monotonic_s < at_s:
        return
    if any(connector.transaction is not None for connector in turn.outlets()):
        turn.charger = replace(turn.charger, restart_at_s=turn.now.monotonic_s + _ACTS_WITHIN_S)
        return
    turn.charger = replace(turn.charger, restart_at_s=None)
    turn.note(Level.INFO, None, "it is restarted, so that its new security profile acts")
    turn.commands.append(Reset(hard=False))


def _keep(turn: Turn, security: Security) -> None:
    if security != turn.charger.security:
        turn.charger = replace(turn.charger, security=security)
        turn.facts.append(SecurityKept(security))
