"""Chargers that charge: each tells its meter once a second, spread over the second, with other values each time."""

import itertools
import sys
import time

from benchmarks.load import connect
from benchmarks.messages import meter_values


def main() -> None:
    port, first, count = map(int, sys.argv[1:])
    chargers = connect(port, count, transaction=True, first=first)
    print("charging", flush=True)
    begun_s = time.monotonic()
    for turn in itertools.count():
        number = turn % count
        charger = chargers[number]
        current_a = 6 + (turn * 7 % 100) / 10
        charger.call(meter_values(1, charger.transaction, current_a, str(10_000_000 + turn)))
        charger.settle()
        time.sleep(max(0.0, begun_s + (turn + 1) / count - time.monotonic()))


if __name__ == "__main__":
    main()
