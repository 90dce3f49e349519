"""A service that tells prices, on loopback."""

import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


@dataclass(frozen=True, slots=True)
class Answer:
    """What is told at one path."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    pause_s: float = 0.0
    """Before each byte of the body; 0: it is sent at once."""


class PriceService:
    """`with PriceService({"/prices": Answer(b"...")}) as service`: `service.url("/prices")` can be asked."""

    def __init__(self, answers: dict[str, Answer], tls: ssl.SSLContext | None = None) -> None:
        self.answers = answers
        self.asked: list[str] = []
        """Paths, with what stood behind them."""
        self._over = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self._answer, self._over))
        self._server.daemon_threads = True
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._scheme = "http" if tls is None else "https"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def url(self, path: str) -> str:
        """Where it can be asked."""
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}{path}"

    def _answer(self, path: str) -> Answer:
        self.asked.append(path)
        return self.answers.get(path.partition("?")[0], Answer(status=404))


def _handler(answer: Callable[[str], Answer], over: threading.Event) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told = answer(self.path)
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.end_headers()
            pieces = [told.body] if not told.pause_s else [bytes([each]) for each in told.body]
            for piece in pieces:
                if over.wait(told.pause_s):
                    return
                self.wfile.write(piece)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as it is called there
            return

    return Handler
