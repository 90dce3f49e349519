"""What belongs to the upkeep of a charger: its configuration keys, its self-test, and what can be done to it."""
