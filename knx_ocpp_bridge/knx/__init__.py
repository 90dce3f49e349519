"""The building side: KNXnet/IP. Knows telegrams and the core's words, decides nothing."""
