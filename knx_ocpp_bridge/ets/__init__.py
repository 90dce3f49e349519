"""The files of the ETS, both ways: group addresses in and out. Pure: bytes in, values out, and back."""
