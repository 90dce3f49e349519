"""Peer for the start: a process that imports the five packages, then listens. Argument: the port."""

import socket
import sys

import cryptography  # noqa: F401
import ocpp  # noqa: F401
import pydantic_settings  # noqa: F401
import websockets  # noqa: F401
import xknx  # noqa: F401

with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
    server.accept()
    sys.stdin.read()
