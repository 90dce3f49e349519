"""What was charged, as it is asked for."""
