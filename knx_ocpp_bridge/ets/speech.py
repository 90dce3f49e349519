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
    "surplus_mode": ("surplus charging", "Überschussladen"),
    "minimum_and_surplus_mode": ("minimum and surplus", "Minimum und Überschuss"),
    "scheduled_mode": ("scheduled charging", "Geplantes Laden"),
    "session_limit_energy": ("energy limit of session", "Energiegrenze Ladevorgang"),
    "session_limit_duration": ("time limit of session", "Zeitgrenze Ladevorgang"),
    "session_limit_soc": ("battery limit of session", "Ladezustandsgrenze Ladevorgang"),
    "goal_energy": ("energy to charge", "Ladeziel Energie"),
    "goal_soc": ("battery to reach", "Ladeziel Ladezustand"),
    "goal_time": ("ready by", "Ladeziel Uhrzeit"),
    "waiting": ("waiting", "Wartet"),
    "car_full": ("car full", "Auto voll"),
    "phases": ("phases", "Phasen"),
    "next_start": ("planned start", "Geplanter Ladebeginn"),
    "plan_reachable": ("plan can be met", "Plan erreichbar"),
    "grid_limit": ("grid operator's limit", "Netzbetreiber begrenzt"),
    "grid_limit_power": ("grid operator's power", "Leistungsgrenze Netzbetreiber"),
    "grid_limit_contact_1": ("grid operator's contact 1", "Kontakt 1 Netzbetreiber"),
    "grid_limit_contact_2": ("grid operator's contact 2", "Kontakt 2 Netzbetreiber"),
    "grid_limit_contact_3": ("grid operator's contact 3", "Kontakt 3 Netzbetreiber"),
    "grid_limit_contact_4": ("grid operator's contact 4", "Kontakt 4 Netzbetreiber"),
    "battery_power": ("battery power", "Leistung Hausspeicher"),
    "battery_soc": ("battery of the house", "Ladezustand Hausspeicher"),
    "price": ("price", "Strompreis"),
    "charging_power": ("charging power of all", "Ladeleistung gesamt"),
    "charging_current_l1": ("charging current L1", "Ladestrom gesamt L1"),
    "charging_current_l2": ("charging current L2", "Ladestrom gesamt L2"),
    "charging_current_l3": ("charging current L3", "Ladestrom gesamt L3"),
    "free_current_l1": ("free current L1", "Freier Strom L1"),
    "free_current_l2": ("free current L2", "Freier Strom L2"),
    "free_current_l3": ("free current L3", "Freier Strom L3"),
    "chargers_charging": ("connectors charging", "Ladende Anschlüsse"),
    "chargers_waiting": ("connectors waiting", "Wartende Anschlüsse"),
    "surplus_power": ("surplus", "Überschuss"),
    "grid_limit_active": ("grid limit active", "Netzbegrenzung aktiv"),
    "grid_limit_confirmed": ("grid limit confirmed", "Netzbegrenzung bestätigt"),
    "price_now": ("price now", "Strompreis jetzt"),
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
    "How it is to charge, by number, and which mode is in force": (
        "Wie geladen werden soll, als Zahl, und welcher Modus gilt"
    ),
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
    "Charge with surplus only (1) or normally (0), and which is in force": (
        "Nur mit Überschuss laden (1) oder normal (0), und was gilt"
    ),
    "Charge with the minimum and the surplus (1) or normally (0), and which is in force": (
        "Mit Minimum und Überschuss laden (1) oder normal (0), und was gilt"
    ),
    "Charge by plan and tariff (1) or normally (0), and which is in force": (
        "Nach Plan und Tarif laden (1) oder normal (0), und was gilt"
    ),
    "Energy after which the session is paused; 0: no limit": (
        "Energie, nach der der Ladevorgang pausiert; 0: keine Grenze"
    ),
    "Time after which the session is paused; 0: no limit": ("Zeit, nach der der Ladevorgang pausiert; 0: keine Grenze"),
    "State of charge at which the session is paused; 0: no limit": (
        "Ladezustand, bei dem der Ladevorgang pausiert; 0: keine Grenze"
    ),
    "Energy that the session is to have; 0: no goal": "Energie, die der Ladevorgang haben soll; 0: kein Ziel",
    "State of charge that the car is to have; 0: no goal": "Ladezustand, den das Auto haben soll; 0: kein Ziel",
    "Time of day by which the goal is to be reached": "Uhrzeit, bis zu der das Ziel erreicht sein soll",
    "It is to charge, and is held back": "Es soll laden und wird zurückgehalten",
    "The car takes no more": "Das Auto nimmt nichts mehr an",
    "On how many phases it may charge": "Auf wie vielen Phasen geladen werden darf",
    "When charging is planned": "Wann das Laden geplant ist",
    "The goal can still be reached in time": "Das Ziel ist noch rechtzeitig erreichbar",
    "The grid operator limits the power (1) or does not (0)": (
        "Der Netzbetreiber begrenzt die Leistung (1) oder nicht (0)"
    ),
    "Power that the grid operator allows while it limits": (
        "Leistung, die der Netzbetreiber erlaubt, solange er begrenzt"
    ),
    "Contact 1 of the grid operator": "Kontakt 1 des Netzbetreibers",
    "Contact 2 of the grid operator": "Kontakt 2 des Netzbetreibers",
    "Contact 3 of the grid operator": "Kontakt 3 des Netzbetreibers",
    "Contact 4 of the grid operator": "Kontakt 4 des Netzbetreibers",
    "Power from the battery of the house, negative while it is charged": (
        "Leistung aus dem Hausspeicher, negativ während er lädt"
    ),
    "State of charge of the battery of the house": "Ladezustand des Hausspeichers",
    "Price of a kWh now": "Preis einer kWh jetzt",
    "Power of all chargers together": "Leistung aller Ladepunkte zusammen",
    "Current of all chargers together on L1": "Strom aller Ladepunkte zusammen auf L1",
    "Current of all chargers together on L2": "Strom aller Ladepunkte zusammen auf L2",
    "Current of all chargers together on L3": "Strom aller Ladepunkte zusammen auf L3",
    "Current still free on L1": "Noch freier Strom auf L1",
    "Current still free on L2": "Noch freier Strom auf L2",
    "Current still free on L3": "Noch freier Strom auf L3",
    "How many connectors charge": "Wie viele Anschlüsse laden",
    "How many connectors are held back": "Wie viele Anschlüsse zurückgehalten werden",
    "Surplus that cars can be charged with": "Überschuss, mit dem Autos geladen werden können",
    "An order of the grid operator is in force": "Eine Anordnung des Netzbetreibers gilt",
    "All chargers have confirmed the order of the grid operator": (
        "Alle Ladepunkte haben die Anordnung des Netzbetreibers bestätigt"
    ),
    "Price of a kWh that is reckoned with": "Preis einer kWh, mit dem gerechnet wird",
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
