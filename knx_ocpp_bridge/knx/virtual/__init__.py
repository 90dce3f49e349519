"""A KNXnet/IP server of our own on loopback, for the demo and the tests."""
