"""The service: composition, signals, the clock and what systemd is told."""
