"""Certificates: our own authority, the chargers' server certificate, and what keeps it valid."""
