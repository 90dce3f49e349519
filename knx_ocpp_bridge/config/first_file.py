"""The small configuration that a new installation begins with, commented in the language of its installer."""

import json
from typing import Final

LANGUAGES: Final = ("en", "de", "nl")

_TEXT: Final = """\
# {head}
# {how}

site:
  name: ""                         # {name}
  timezone: {timezone}

knx:
{knx}
ocpp:
  unknown_chargers: pending        # {unknown}

authorization:
  mode: allow_list                 # {cards}
  tags_file: tags.yaml

web:
  listen: 0.0.0.0:8018             # {web}

chargers: []                       # {chargers}
"""
_AUTOMATIC: Final = "  connection: automatic            # {automatic}\n"
_BY_GATEWAY: Final = "  connection: tunneling\n  gateway: {gateway}\n"

_WORDS: Final = {
    "en": {
        "head": "The configuration of the bridge. Everything in it can be changed on the pages as well (Settings).",
        "how": "After a change here: knx-ocpp-bridge check && knx-ocpp-bridge reload",
        "name": "name of the building",
        "automatic": "automatic: the first gateway that is found; tunneling: the one named under gateway",
        "unknown": "pending: waits until it is adopted; when all are there: rejected",
        "cards": "only the cards of the list, and the wall switch",
        "web": "the pages: http and https on this port",
        "chargers": "the charge points: adopted on the pages",
        "tags": "The cards. Always put quotes round an id.",
    },
    "de": {
        "head": "Die Konfiguration der Bridge. Alles darin lässt sich auch auf den Seiten ändern (Einstellungen).",
        "how": "Nach einer Änderung hier: knx-ocpp-bridge check && knx-ocpp-bridge reload",
        "name": "Name des Gebäudes",
        "automatic": "automatic: das erste Gateway, das gefunden wird; tunneling: das unter gateway genannte",
        "unknown": "pending: wartet, bis sie übernommen wird; wenn alle da sind: rejected",
        "cards": "nur die Karten der Liste und der Wandtaster",
        "web": "die Seiten: http und https auf diesem Port",
        "chargers": "die Ladepunkte: werden auf den Seiten übernommen",
        "tags": "Die Karten. Eine id steht immer in Anführungszeichen.",
    },
    "nl": {
        "head": "De configuratie van de bridge. Alles erin is ook op de pagina's te wijzigen (Instellingen).",
        "how": "Na een wijziging hier: knx-ocpp-bridge check && knx-ocpp-bridge reload",
        "name": "naam van het gebouw",
        "automatic": "automatic: de eerste gateway die wordt gevonden; tunneling: die onder gateway staat",
        "unknown": "pending: wacht tot het wordt overgenomen; als alles er is: rejected",
        "cards": "alleen de kaarten van de lijst en de wandschakelaar",
        "web": "de pagina's: http en https op deze poort",
        "chargers": "de laadpunten: worden op de pagina's overgenomen",
        "tags": "De kaarten. Een id staat altijd tussen aanhalingstekens.",
    },
}


def configuration(language: str, timezone: str, gateway: str = "") -> str:
    """The text of `bridge.yaml`; without a gateway one is searched for. `timezone` is an IANA name."""
    words = _WORDS[language]
    knx = _BY_GATEWAY.format(gateway=json.dumps(gateway)) if gateway else _AUTOMATIC.format(**words)
    return _TEXT.format(timezone=timezone, knx=knx, **words)


def cards(language: str) -> str:
    """The text of `tags.yaml`: no card yet."""
    return f"# {_WORDS[language]['tags']}\n[]\n"
