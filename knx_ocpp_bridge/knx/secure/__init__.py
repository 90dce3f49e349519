"""KNX Secure: the keyring, Data Secure, its numbers, and what was refused."""
