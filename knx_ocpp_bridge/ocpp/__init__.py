"""The charger side: OCPP 1.6J over WebSocket. Knows the wire and the core's words, decides nothing."""
