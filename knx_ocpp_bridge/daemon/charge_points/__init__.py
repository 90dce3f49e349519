"""What is looked at of a charge point beyond its state: limits, measurands, the last day, and where it is dialled."""
