"""One answer of a service that tells prices: bounded in size, in time and in where it may send us."""

import http.client
import ssl
import urllib.error
import urllib.request
from datetime import date, timedelta
from string import punctuation
from time import monotonic
from typing import Final
from urllib.parse import quote, urljoin, urlsplit

from knx_ocpp_bridge.config.price_source import DAYS_IN_URL
from knx_ocpp_bridge.tariff.error import PriceError
from knx_ocpp_bridge.tariff.reading import LARGEST

_SILENCE_S: Final = 20.0
_WHOLE_S: Final = 60.0
_REDIRECTIONS: Final = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTIONS: Final = 10
_PIECE: Final = 65536
_HEADERS: Final = {"User-Agent": "knx-ocpp-bridge", "Accept": "*/*", "Accept-Encoding": "identity"}
_NETWORK: Final = "see `tariff.url` and whether this machine reaches the internet"
_ANOTHER: Final = "write another `tariff.url`"


def dated(url: str, today: date) -> str:
    """The address of this day."""
    for name, days in zip(DAYS_IN_URL, (-1, 0, 1), strict=True):
        url = url.replace(f"{{{name}}}", (today + timedelta(days=days)).isoformat())
    return url


def fetch(url: str) -> bytes:
    """What is there now, `LARGEST` + 1 bytes of it at most. Waits; no cookie is kept, and no file is opened.

    Raises:
        PriceError: nothing is there, it does not answer in time, or it cannot prove who it is.
    """
    end_s = monotonic() + _WHOLE_S
    try:
        for _ in range(_MOST_REDIRECTIONS):
            further = _asked(url, end_s)
            if isinstance(further, bytes):
                return further
            url = further
        raise PriceError("the service of prices leads on and on", _ANOTHER)
    except urllib.error.URLError as error:
        raise PriceError(f"the service of prices cannot be asked: {_reason(error.reason)}", _NETWORK) from None
    except TimeoutError:
        raise PriceError("the service of prices does not answer in time", _NETWORK) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise PriceError(f"the service of prices cannot be asked: {_reason(error)}", _NETWORK) from None


def _asked(url: str, end_s: float) -> bytes | str:
    """What is there, or where we are led; what stands beside that is not read."""
    try:
        with _opener().open(_request(url), timeout=_SILENCE_S) as answer:
            return _body(answer, end_s)
    except urllib.error.HTTPError as error:
        error.close()
        location = error.headers.get("Location", "") if error.code in _REDIRECTIONS else ""
        led = urljoin(url, location) if location else ""
        match urlsplit(url).scheme, urlsplit(led).scheme:
            case "https", "http":
                raise PriceError("the service of prices leads from https to http", _ANOTHER) from None
            case _, "http" | "https":
                return quote(led, safe=punctuation, encoding="iso-8859-1")  # as headers are read
            case _:
                raise PriceError(f"the service of prices answers {error.code}", "see `tariff.url`") from None


def _request(url: str) -> urllib.request.Request:
    return urllib.request.Request(url, headers=_HEADERS)  # noqa: S310 - the configuration takes http and https alone


def _opener() -> urllib.request.OpenerDirector:
    """Knows http and https and nothing else, wherever it is led."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(context=ssl.create_default_context()),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


def _body(answer: http.client.HTTPResponse, end_s: float) -> bytes:
    body = bytearray()
    while len(body) <= LARGEST:
        piece = answer.read1(_PIECE)
        if not piece:
            if answer.length:
                raise http.client.IncompleteRead(bytes(body), answer.length)
            return bytes(body)
        body += piece
        if monotonic() > end_s:
            raise TimeoutError
    raise PriceError(f"the service of prices tells more than {LARGEST // 1024} KiB", "ask for fewer days or fields")


def _reason(error: object) -> str:
    match error:
        case ssl.SSLCertVerificationError():
            return f"it does not prove who it is ({error.verify_message})"
        case OSError() if error.strerror:
            return error.strerror
        case _:
            return str(error) or type(error).__name__
