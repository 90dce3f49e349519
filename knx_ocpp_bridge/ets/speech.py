"""What objects are called in the ETS, and what they do, in the languages of the installer."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from knx_ocpp_bridge.config.bound import BoundObject
from knx_ocpp_bridge.config.table import function_of
from knx_ocpp_bridge.core.group_objects import GroupObject

LANGUAGES: Final = ("en", "de")

NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "status": ("status", "Status"),
    "error_code": ("error code", "Fehlercode"),
    "charging": ("charging", "Laden"),
    "reservation": ("reservation", "Reservierung"),
    "availability": ("availability", "Verfügbarkeit"),
    "unlock": ("unlock", "Entriegeln"),
    "transaction_energy": ("energy of last transaction", "Energie letzte Transaktion"),
    "start_time": ("start of charging", "Ladebeginn"),
    "end_time": ("end of charging", "Ladeende"),
    "current": ("current", "Strom"),
    "max_current": ("current limit", "Stromgrenze"),
    "reset": ("restart", "Neustart"),
    "online": ("online", "Online"),
    "fault": ("fault", "Störung"),
    "cable_connected": ("cable plugged in", "Kabel gesteckt"),
    "fast_charging": ("fast charging", "Schnellladen"),
    "pause": ("pause", "Pause"),
    "power": ("power", "Leistung"),
    "current_l1": ("current L1", "Strom L1"),
    "current_l2": ("current L2", "Strom L2"),
    "current_l3": ("current L3", "Strom L3"),
    "voltage_l1": ("voltage L1", "Spannung L1"),
    "voltage_l2": ("voltage L2", "Spannung L2"),
    "voltage_l3": ("voltage L3", "Spannung L3"),
    "soc": ("battery of the car", "Ladezustand Auto"),
    "meter": ("meter", "Zählerstand"),
    "session_energy": ("energy of session", "Energie Ladevorgang"),
    "session_duration": ("duration of session", "Dauer Ladevorgang"),
    "user": ("user", "Nutzer"),
    "charge_mode": ("charge mode", "Lademodus"),
    "limit_reason": ("reason of current limit", "Grund Stromgrenze"),
    "stop_reason": ("reason of stop", "Grund Ladeende"),
    "last_charge_counter": ("counter of charges", "Zähler Ladevorgänge"),
    "last_user": ("last user", "Letzter Nutzer"),
    "last_duration": ("duration of last charge", "Dauer letzter Ladevorgang"),
    "energy_today": ("energy today", "Energie heute"),
    "sessions_today": ("sessions today", "Ladevorgänge heute"),
    "minutes_today": ("time charged today", "Ladezeit heute"),
    "energy_yesterday": ("energy yesterday", "Energie gestern"),
    "sessions_yesterday": ("sessions yesterday", "Ladevorgänge gestern"),
    "minutes_yesterday": ("time charged yesterday", "Ladezeit gestern"),
    "energy_total": ("energy total", "Energie gesamt"),
    "sessions_total": ("sessions total", "Ladevorgänge gesamt"),
    "minutes_total": ("time charged total", "Ladezeit gesamt"),
    "reset_counters": ("reset of counters", "Zähler zurücksetzen"),
    "error_text": ("fault as text", "Störung als Text"),
    "command_result": ("result of command", "Ergebnis Befehl"),
    "hard_reset": ("hard reset", "Harter Neustart"),
    "clear_cache": ("clear card cache", "Kartenspeicher leeren"),
    "heartbeat": ("heartbeat", "Lebenszeichen"),
    "chargers_online": ("chargers online", "Ladepunkte online"),
    "bus_time": ("time", "Uhrzeit"),
    "bus_date": ("date", "Datum"),
    "grid_power": ("grid power", "Netzleistung"),
    "grid_power_l1": ("grid power L1", "Netzleistung L1"),
    "grid_power_l2": ("grid power L2", "Netzleistung L2"),
    "grid_power_l3": ("grid power L3", "Netzleistung L3"),
    "grid_current_l1": ("grid current L1", "Netzstrom L1"),
    "grid_current_l2": ("grid current L2", "Netzstrom L2"),
    "grid_current_l3": ("grid current L3", "Netzstrom L3"),
    "pv_power": ("PV power", "PV-Leistung"),
    "tariff": ("tariff", "Tarif"),
    "release": ("release", "Freigabe"),
}
"""Short names of every object of the catalogue, by its key, in the order of `LANGUAGES`."""

GERMAN: Final[Mapping[str, str]] = {
    "Connector status": "Status des Anschlusses",
    "Error code": "Fehlercode",
    "Start (1) or stop (0) charging, and whether it charges": "Laden starten (1) oder beenden (0), und ob geladen wird",
    "Reserve now (1) or free (0)": "Jetzt reservieren (1) oder freigeben (0)",
    "Set available (1) or unavailable (0), and which it is": (
        "Verfügbar (1) oder nicht verfügbar (0) setzen, und was davon gilt"
    ),
    "1 unlocks the connector; a transaction ends first": "1 entriegelt den Anschluss; eine Transaktion endet zuvor",
    "Energy of the transaction that has just ended": "Energie der soeben beendeten Transaktion",
    "When charging started": "Wann das Laden begann",
    "When charging ended": "Wann das Laden endete",
    "Actual charging current, the largest of the phases": "Aktueller Ladestrom, der größte der Phasen",
    "Current limit, and the limit in force": "Stromgrenze, und die geltende Grenze",
    "1 restarts the charge point (soft reset)": "1 startet den Ladepunkt neu (Soft Reset)",
    "The charge point is connected": "Der Ladepunkt ist verbunden",
    "Faulted, or not connected": "Gestört, oder nicht verbunden",
    "An alarm stands, whatever it is about": "Ein Alarm steht an, gleich welcher",
    "A cable is plugged in": "Ein Kabel ist gesteckt",
    "Fast (1) or normal (0) current, and which is in force": "Schnelles (1) oder normales (0) Laden, und was gilt",
    "Pause (1) or go on (0), and whether 0 A is in force": "Pause (1) oder weiter (0), und ob 0 A gelten",
    "Actual charging power": "Aktuelle Ladeleistung",
    "Charging current of phase L1": "Ladestrom der Phase L1",
    "Charging current of phase L2": "Ladestrom der Phase L2",
    "Charging current of phase L3": "Ladestrom der Phase L3",
    "Voltage of phase L1": "Spannung der Phase L1",
    "Voltage of phase L2": "Spannung der Phase L2",
    "Voltage of phase L3": "Spannung der Phase L3",
    "State of charge of the car, where the charger knows it": "Ladezustand des Autos, wo der Ladepunkt ihn kennt",
    "Lifetime energy of the connector": "Gesamte Energie des Anschlusses seit Inbetriebnahme",
    "Energy since the cable was plugged in": "Energie seit dem Stecken des Kabels",
    "Time since the running session began to charge": "Zeit seit Ladebeginn des laufenden Ladevorgangs",
    "The card that charges, or was held to the reader": "Die Karte, die lädt oder an den Leser gehalten wurde",
    "Off (0), normal (1) or fast (2), and which is in force": "Aus (0), normal (1) oder schnell (2), und was gilt",
    "What the current limit in force comes from": "Woher die geltende Stromgrenze kommt",
    "Why the last transaction ended": "Warum die letzte Transaktion endete",
    "Changes with each charge that ends": "Ändert sich mit jedem Ladevorgang, der endet",
    "Name of the card that charged last": "Name der Karte, die zuletzt geladen hat",
    "Time that the last charge took": "Dauer des letzten Ladevorgangs",
    "Energy today": "Energie heute",
    "Sessions today": "Ladevorgänge heute",
    "Time charged today": "Ladezeit heute",
    "Energy yesterday": "Energie gestern",
    "Sessions yesterday": "Ladevorgänge gestern",
    "Time charged yesterday": "Ladezeit gestern",
    "Energy since the counters were reset": "Energie seit dem Zurücksetzen der Zähler",
    "Sessions since the counters were reset": "Ladevorgänge seit dem Zurücksetzen der Zähler",
    "Time charged since the counters were reset": "Ladezeit seit dem Zurücksetzen der Zähler",
    "1 begins the totals anew": "1 beginnt die Summen von vorn",
    "Error information and vendor code, or offline, 14 characters": (
        "Fehlertext und Herstellercode, oder offline, 14 Zeichen"
    ),
    "The newest alarm that stands, 14 characters; empty: none": "Der neueste anstehende Alarm, 14 Zeichen; sonst leer",
    "What became of the last command": "Was aus dem letzten Befehl wurde",
    "1 restarts the charge point (hard reset)": "1 startet den Ladepunkt neu (Hard Reset)",
    "1 clears the charge point's authorisation cache": "1 leert den Kartenspeicher des Ladepunkts",
    "The bridge is alive; sent every minute": "Die Bridge lebt; jede Minute gesendet",
    "How many configured chargers are connected": "Wie viele konfigurierte Ladepunkte verbunden sind",
    "Date and time, or weekday and time: sent to the building, or taken from it": (
        "Datum und Uhrzeit, oder Wochentag und Uhrzeit: an das Gebäude gesendet oder von ihm übernommen"
    ),
    "Date, beside a `bus_time` of 10.001: sent to the building, or taken from it": (
        "Datum, neben einer `bus_time` von 10.001: an das Gebäude gesendet oder von ihm übernommen"
    ),
    "Power from the grid, negative while feeding in": "Leistung aus dem Netz, negativ bei Einspeisung",
    "Power from the grid on L1": "Leistung aus dem Netz auf L1",
    "Power from the grid on L2": "Leistung aus dem Netz auf L2",
    "Power from the grid on L3": "Leistung aus dem Netz auf L3",
    "Current from the grid on L1": "Strom aus dem Netz auf L1",
    "Current from the grid on L2": "Strom aus dem Netz auf L2",
    "Current from the grid on L3": "Strom aus dem Netz auf L3",
    "Power of the photovoltaic system": "Leistung der Photovoltaikanlage",
    "Number of the tariff that is in force": "Nummer des geltenden Tarifs",
    "Charging is released (1) or held (0)": "Laden ist freigegeben (1) oder gesperrt (0)",
}
"""Functions of the catalogue in German, by their English sentence: one that is reworded needs a new translation."""

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "state": ("state", "Status"),
    "command": ("command", "Befehl"),
    "bridge": ("Bridge", "Bridge"),
    "building": ("building", "Gebäude"),
    "sent": ("sent by the bridge", "sendet die Bridge"),
    "received": ("received by the bridge", "empfängt die Bridge"),
    "of connectors": ("of {} connectors", "von {} Anschlüssen"),
    "of chargers": ("of {} chargers", "von {} Ladepunkten"),
    "more": ("{} more", "{} weitere"),
    "and more": ("and {} more", "und {} weitere"),
    "group": ("EV charging", "E-Mobilität"),
}
FLAGS: Final[Mapping[str, str]] = {"en": "CRWTUI", "de": "KLSÜAI"}
"""Letters of communication, read, write, transmit, update, read on init."""


def name(key: str, language: str) -> str:
    """The short name of an object of the catalogue."""
    return NAMES[key][LANGUAGES.index(language)]


def word(which: str, language: str, *inside: object) -> str:
    """One of the words round the objects; `inside` stands where it has a gap."""
    return _WORDS[which][LANGUAGES.index(language)].format(*inside)


def function(bound: BoundObject, language: str) -> str:
    """What the object does where it stands; and that its bit is turned round on the bus, where it is."""
    if language == "en":
        return function_of(bound)
    told = GERMAN[function_of(replace(bound, invert=False))]
    return f"{told} (invertiert: 0 auf dem Bus bedeutet 1)" if bound.invert else told


def flags(letters: str, language: str) -> str:
    """`C R T` with the letters of the ETS in this language."""
    return letters.translate(str.maketrans(FLAGS["en"], FLAGS[language]))


def way(row: GroupObject, *, sends: bool) -> str:
    """`state` and `command` where they tell two group addresses apart, `command` of what only receives; else empty."""
    if sends:
        return "state" if row.receives else ""
    return "" if row.input else "command"
