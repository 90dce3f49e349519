"""Open pages with live values: `open` on standard input opens them, `close` closes them; the answer is bytes read."""

import select
import socket
import sys
from typing import Final

_REQUEST: Final = (
    "GET /live?topics={topics}&lang={lang} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/event-stream\r\n\r\n"
)
_LANGUAGES: Final = ("en", "de", "nl")


def main() -> None:
    port, count, topics = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    pages: list[socket.socket] = []
    taken = 0
    while True:
        ready, _, _ = select.select([sys.stdin, *pages], [], [])
        for one in ready:
            if one is not sys.stdin:
                got = one.recv(1 << 20)
                assert got, "a stream was closed"
                taken += len(got)
                continue
            word = sys.stdin.readline().strip()
            if word == "open":
                pages = [_opened(port, topics, number) for number in range(count)]
            else:
                for page in pages:
                    page.close()
                pages.clear()
                if not word:
                    return
            print(taken, flush=True)
            taken = 0
            break


def _opened(port: int, topics: str, number: int) -> socket.socket:
    page = socket.create_connection(("127.0.0.1", port))
    page.sendall(_REQUEST.format(topics=topics, lang=_LANGUAGES[number % len(_LANGUAGES)], port=port).encode())
    assert b" 200 " in page.recv(4096).split(b"\r\n", 1)[0]
    return page


if __name__ == "__main__":
    main()
