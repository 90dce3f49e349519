"""The building: the bus, what it tells the bridge, and the time of day."""
