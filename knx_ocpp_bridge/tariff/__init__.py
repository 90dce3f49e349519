"""Prices of energy from a file or a service. Reads and asks; decides nothing about charging."""
