"""Chargers that nobody configured: remembered, adopted one by one or in a window."""
