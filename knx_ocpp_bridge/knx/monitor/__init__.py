"""The group monitor: telegrams kept, named and decoded."""
