"""Everything that is known of one charger, and of each stranger, as plain JSON values."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from knx_ocpp_bridge.core.abilities import explained
from knx_ocpp_bridge.core.admission import needed, shown
from knx_ocpp_bridge.core.commands import RateUnit
from knx_ocpp_bridge.core.events import Identity
from knx_ocpp_bridge.core.state import Charger
from knx_ocpp_bridge.core.values import CHARGE_POINT, ChargerId, Moment
from knx_ocpp_bridge.core.ways import way_of
from knx_ocpp_bridge.daemon import snapshot
from knx_ocpp_bridge.daemon.adoption.strangers import Stranger
from knx_ocpp_bridge.daemon.roster import Roster

Json = dict[str, Any]


def charger(one: Charger, now: Moment, refusal: Stranger | None, turns: int) -> Json:
    """One charge point, secrets and whole idTags left out. `refusal`: its last connection was not let in."""
    identity = one.identity or Identity()
    return {
        **snapshot.charger(one, now),
        "identity": asdict(identity),
        "aliases": list(one.settings.aliases),
        "security": security(one),
        "flags": [
            {"name": line.name, "value": line.value, "source": line.origin.value, "why": line.reason}
            for line in explained(one)
        ],
        "abilities": dict(one.abilities),
        "limited_by": _way(one),
        "rate_unit": "W" if one.flags.rate_unit == RateUnit.WATT.value else "A",
        "there_since": _there_since(one),
        "heartbeat_interval_s": one.settings.heartbeat_interval_s,
        "counters": {
            "events": turns,
            "transactions_remembered": len(one.ended),
            "commands_under_way": len(one.errands),
        },
        "refused": None if refusal is None else {"at": _stamp(refusal.last_seen), "reason": refusal.last_reason},
    }


def security(one: Charger) -> Json:
    """What this charger has to show, has shown, and will have to show."""
    agreed = one.security
    proof = one.proof if one.link is not None else None
    return {
        "charger": one.settings.id,
        "needed": int(needed(one.settings, agreed)),
        "shown": None if proof is None else int(shown(proof)),
        "wanted": None if agreed.wanted is None else int(agreed.wanted),
        "password": bool(one.settings.password or agreed.passwords or agreed.wanted_passwords),
        "tls": None if proof is None else proof.tls,
        "certificate": None if proof is None else proof.certificate,
    }


def fleet(one: Charger, last_at: datetime | None) -> Json:
    """What a list of all chargers says of this one beyond the snapshot."""
    return {
        "charger": one.settings.id,
        "there_since": _there_since(one),
        "last_heard": None if last_at is None else _stamp(last_at),
        **{name: security(one)[name] for name in ("needed", "shown", "wanted")},
    }


def _there_since(one: Charger) -> str | None:
    return None if one.there_since is None or one.link is None else _stamp(one.there_since)


def _way(one: Charger) -> str | None:
    """How it is limited: the name of the kind of charging profile, or of the way; None: it takes no limits."""
    way = way_of(one)
    return None if way is None else way.name


def strangers(roster: Roster) -> list[Json]:
    """Whoever dials in, or wants to, without being configured; who dialled last stands last."""
    seen = {one.id.casefold(): one for one in roster.strangers.everybody()}
    present = {
        charger_id.casefold(): actor.charger
        for charger_id, actor in roster.actors.items()
        if not actor.charger.settings.configured
    }
    away = {one.casefold(): one for one in roster.rejected()}
    names = dict.fromkeys((*(name for name in (*away, *present) if name not in seen), *seen))
    return [
        _stranger(roster, away.get(name, name), present.get(name), seen.get(name))
        for name in names
        if name in present or not _is_configured(roster, name)
    ]


def _is_configured(roster: Roster, identity: str) -> bool:
    known = roster.find(identity)
    return known is not None and roster.charger(known).settings.configured


def _stranger(roster: Roster, name: str, met: Charger | None, seen: Stranger | None) -> Json:
    charger_id = str(met.settings.id) if met is not None else seen.id if seen is not None else name
    identity = met.identity if met is not None and met.identity is not None else Identity()
    registration = roster.unknown(ChargerId(charger_id)).registration.value
    return {
        "id": charger_id,
        **asdict(identity),
        "address": met.peer if met is not None and met.peer else seen.peer if seen is not None else "",
        "user_agent": "" if seen is None else seen.user_agent,
        "tries": 0 if seen is None else seen.tries,
        "first_seen": None if seen is None else _stamp(seen.first_seen),
        "last_seen": None if seen is None else _stamp(seen.last_seen),
        "last_reason": "" if seen is None else seen.last_reason,
        "connected": met is not None and met.link is not None,
        "rejected": roster.is_rejected(charger_id),
        "registration": "not let in" if _refused(met, seen) else registration,
        "connectors": [] if met is None else sorted(int(each) for each in met.connectors if each != CHARGE_POINT),
    }


def _refused(met: Charger | None, seen: Stranger | None) -> bool:
    return seen is not None and seen.refused and (met is None or met.link is None)


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
