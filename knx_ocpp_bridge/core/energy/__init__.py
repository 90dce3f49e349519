"""Who gets how much, and when: one site's current over all its outlets. Pure; the time is an argument."""
