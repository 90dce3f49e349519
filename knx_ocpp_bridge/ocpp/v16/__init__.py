"""OCPP 1.6: its messages, and their translation into the core's words."""
