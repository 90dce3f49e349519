"""What options mean that several topics and verbs have in common."""

from collections.abc import Mapping
from typing import Final

OPTIONS: Final[Mapping[str, str]] = {
    "after": "Only rows whose `number` is above this one; to go on, give `next` of the answer.",
    "before": "Only rows whose `number` is below this one; 0: no bound.",
    "file": "What `POST /files` has answered.",
    "password": "The password.",
    "role": "`viewer`, `operator` or `installer`.",
    "user": "Name of the user.",
    "was": "`sha256` of the text that the change began with (GET /configuration): else it is refused.",
    "check": "Only say what would be done.",
    "language": "Of names and functions: `en` or `de`.",
    "path": "A key, e.g. `site.name` or `chargers[GARAGE].name`.",
    "key": "Name of the group object.",
    "limit": "At most so many rows.",
    "newest": "The newest rows instead of the oldest; they are in order all the same.",
    "tags": "Show idTags whole instead of their end; that somebody has looked is kept in the log.",
    "whole": "Show idTags whole instead of their end; that somebody has looked is kept in the log.",
    "since": "Only what ended at this time or later: ISO 8601 with its distance from UTC.",
    "until": "Only what ended before this time: ISO 8601 with its distance from UTC.",
    "id_tags": "Only these idTags, separated by commas.",
    "tag": "A card: its id, an alias, its name, or `~` and its `who`.",
    "cost_centre": "Only the cards of this cost centre.",
    "group": "Only the cards of this group.",
    "open": "What has not ended yet is listed too.",
    "transaction": "Number of the transaction.",
    "connector": "Number of the connector; 0 is the whole charge point.",
    "name": "A name for people.",
    "number": "Number of the row.",
    "minutes": "For how many minutes.",
    "address": "A group address as ETS writes it.",
    "dpt": "Datapoint type, e.g. `9.001`; empty: as the bridge or the ETS file knows it.",
}
