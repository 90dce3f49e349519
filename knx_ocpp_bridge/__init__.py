"""A KNX/IP to OCPP 1.6J bridge: the Central System of a building's EV chargers, shown as group objects."""

__version__ = "0.1.0"
