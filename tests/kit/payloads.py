"""Payloads written by hand, apart from the code under test."""

import struct
from datetime import datetime


def ampere(value: float) -> bytes:
    """DPT 14.019"""
    return struct.pack(">f", value)


def energy(value_wh: int) -> bytes:
    """DPT 13.010"""
    return struct.pack(">i", value_wh)


def time_of_day(at: datetime) -> bytes:
    """DPT 10.001 with its weekday"""
    return bytes([at.isoweekday() << 5 | at.hour, at.minute, at.second])


def date_and_time(at: datetime) -> bytes:
    """The seven octets of DPT 19.001 before the clock quality: weekday set, working day invalid, summer time."""
    summer = 1 if at.dst() else 0
    return bytes(
        [at.year - 1900, at.month, at.day, at.isoweekday() << 5 | at.hour, at.minute, at.second, 0x20 | summer]
    )
