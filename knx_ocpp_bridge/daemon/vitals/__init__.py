"""What a monitoring system wants to know that nothing else tells."""
