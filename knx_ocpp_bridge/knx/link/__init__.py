"""The way to the bus: gateways found, dialled, watched and left."""
