"""The counters: driven, said to the building, looked at and reset."""
