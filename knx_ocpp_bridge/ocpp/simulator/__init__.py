"""A simulated OCPP 1.6J charge point: what the demo and the tests plug their cars into.

Everything but `link` is pure: time is an argument, and nothing here waits. A polite charger: where the standard
leaves a choice, it does what most chargers do.
"""
