"""What decides. Pure and total: no loop, clock, socket, disk, randomness or log is reached from here."""
