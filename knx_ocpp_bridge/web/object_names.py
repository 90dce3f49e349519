"""What objects and their values are called on pages: a name in the visitor's language, the key small beside it."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from markupsafe import Markup, escape

from knx_ocpp_bridge.core.status import StopReason, ocpp_word
from knx_ocpp_bridge.web.languages import Language
from knx_ocpp_bridge.web.wording import NUMBERS, REASONS, STATUS

DUTCH: Final[Mapping[str, str]] = {
    "status": "status",
    "error_code": "foutcode",
    "charging": "laden",
    "reservation": "reservering",
    "availability": "beschikbaarheid",
    "unlock": "ontgrendelen",
    "transaction_energy": "energie laatste transactie",
    "start_time": "begin van het laden",
    "end_time": "einde van het laden",
    "current": "stroom",
    "max_current": "stroomgrens",
    "reset": "herstart",
    "online": "online",
    "fault": "storing",
    "cable_connected": "kabel aangesloten",
    "fast_charging": "snelladen",
    "pause": "pauze",
    "power": "vermogen",
    "current_l1": "stroom L1",
    "current_l2": "stroom L2",
    "current_l3": "stroom L3",
    "voltage_l1": "spanning L1",
    "voltage_l2": "spanning L2",
    "voltage_l3": "spanning L3",
    "soc": "accu van de auto",
    "meter": "meterstand",
    "session_energy": "energie laadsessie",
    "session_duration": "duur laadsessie",
    "user": "gebruiker",
    "charge_mode": "laadmodus",
    "limit_reason": "reden stroomgrens",
    "stop_reason": "reden einde laden",
    "last_charge_counter": "teller laadsessies",
    "last_user": "laatste gebruiker",
    "last_duration": "duur laatste laadsessie",
    "energy_today": "energie vandaag",
    "sessions_today": "laadsessies vandaag",
    "minutes_today": "laadtijd vandaag",
    "energy_yesterday": "energie gisteren",
    "sessions_yesterday": "laadsessies gisteren",
    "minutes_yesterday": "laadtijd gisteren",
    "energy_total": "energie totaal",
    "sessions_total": "laadsessies totaal",
    "minutes_total": "laadtijd totaal",
    "reset_counters": "tellers terugzetten",
    "error_text": "storing als tekst",
    "command_result": "resultaat opdracht",
    "hard_reset": "harde herstart",
    "clear_cache": "passengeheugen wissen",
    "heartbeat": "levensteken",
    "chargers_online": "laadpunten online",
    "bus_time": "tijd",
    "bus_date": "datum",
    "grid_power": "netvermogen",
    "grid_power_l1": "netvermogen L1",
    "grid_power_l2": "netvermogen L2",
    "grid_power_l3": "netvermogen L3",
    "grid_current_l1": "netstroom L1",
    "grid_current_l2": "netstroom L2",
    "grid_current_l3": "netstroom L3",
    "pv_power": "PV-vermogen",
    "tariff": "tarief",
    "release": "vrijgave",
    "surplus_mode": "laden met overschot",
    "minimum_and_surplus_mode": "minimum en overschot",
    "scheduled_mode": "gepland laden",
    "session_limit_energy": "energiegrens laadsessie",
    "session_limit_duration": "tijdgrens laadsessie",
    "session_limit_soc": "accugrens laadsessie",
    "goal_energy": "laaddoel energie",
    "goal_soc": "laaddoel accu",
    "goal_time": "klaar om",
    "waiting": "wacht",
    "car_full": "auto vol",
    "phases": "fasen",
    "next_start": "geplande start",
    "plan_reachable": "plan haalbaar",
    "grid_limit": "netbeheerder begrenst",
    "grid_limit_power": "vermogensgrens netbeheerder",
    "grid_limit_contact_1": "contact 1 netbeheerder",
    "grid_limit_contact_2": "contact 2 netbeheerder",
    "grid_limit_contact_3": "contact 3 netbeheerder",
    "grid_limit_contact_4": "contact 4 netbeheerder",
    "battery_power": "vermogen thuisaccu",
    "battery_soc": "laadtoestand thuisaccu",
    "price": "stroomprijs",
    "charging_power": "laadvermogen totaal",
    "charging_current_l1": "laadstroom totaal L1",
    "charging_current_l2": "laadstroom totaal L2",
    "charging_current_l3": "laadstroom totaal L3",
    "free_current_l1": "vrije stroom L1",
    "free_current_l2": "vrije stroom L2",
    "free_current_l3": "vrije stroom L3",
    "chargers_charging": "ladende aansluitingen",
    "chargers_waiting": "wachtende aansluitingen",
    "surplus_power": "overschot",
    "grid_limit_active": "netbegrenzing actief",
    "grid_limit_confirmed": "netbegrenzing bevestigd",
    "price_now": "stroomprijs nu",
}
"""Short names for pages; the files for the ETS know English and German."""
_WAYS: Final = {"state": "status", "command": "opdracht"}
_NUMBER: Final = re.compile(r"(-?\d+)\.(\d+)( [^ ]+)?")
_MEANT: Final = re.compile(r"(\d+) \((.+)\)")


def _word(name: str) -> str:
    return name.lower().replace("_", " ")


_MEANINGS: Final[Mapping[str, str]] = {
    **{_word(each.name): REASONS[ocpp_word(each)] for each in StopReason if ocpp_word(each) in REASONS},
    **{_word(each.name): words for each, words in STATUS.items()},
    **NUMBERS,
}
"""By the word beside a number of the monitor, what pages call it; a word that is not here stays as it is."""


def object_name(key: str, language: Language) -> str:
    """The short name of an object of the catalogue; a key that is none stays as it is."""
    if key not in DUTCH or language is Language.NL:
        return DUTCH.get(key, key)
    from knx_ocpp_bridge.ets import speech

    return speech.name(key, "de" if language is Language.DE else "en")


def with_key(text: str, language: Language) -> Markup:
    """Objects as the bridge lists them (`Garage/1 max_current, …`), each key behind its name, small."""
    return Markup(", ").join(_named(each, language) for each in text.split(", "))


def _named(text: str, language: Language) -> Markup:
    place, space, key = text.rpartition(" ")
    if key not in DUTCH:
        return escape(text)
    return Markup("{}{}{} <small>{}</small>").format(place, space, object_name(key, language), key)


def of_row(row: Mapping[str, str], language: Language) -> str:
    """The name of a row of the object table, with whether it is said or heard there."""
    if language is not Language.NL:
        return row["name"]
    name, _, way = row["name"].rpartition(" ")
    return f"{DUTCH[row['key']]} {_WAYS[way]}" if name and way in _WAYS else DUTCH[row["key"]]


def value(text: str, say: Callable[[str], str], decimal_mark: str) -> str:
    """The value of a telegram with the visitor's decimal mark, and the word beside a number translated."""
    if found := _NUMBER.fullmatch(text):
        return f"{found[1]}{decimal_mark}{found[2]}{found[3] or ''}"
    if found := _MEANT.fullmatch(text):
        return f"{found[1]} ({say(_MEANINGS[found[2]])})" if found[2] in _MEANINGS else text
    return text
