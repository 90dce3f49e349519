"""The types of single values in the configuration: how each is read, and what to say when it cannot be."""

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from knx_ocpp_bridge.config.addresses import AddressError, parse_group_address, parse_individual_address
from knx_ocpp_bridge.core import flags
from knx_ocpp_bridge.core.flags import Flag

_HOST_NAME: Final = re.compile(r"(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_-]+)*\.?")
_ORIGIN: Final = re.compile(r"https?://(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9_.-]{1,253})(:[0-9]{1,5})?")
_FORBIDDEN_IN_ID: Final = "=/()<>"
MAX_ID_TAG: Final = 20
ANONYMOUS: Final = "anonymous"
"""What the bridge calls the charger that dials without an identity; `""` in the file means it (row C10)."""
_PASSWORD_LENGTH: Final = (8, 40)
MAX_SECRET: Final = 255


@dataclass(frozen=True, slots=True)
class HostPort:
    """Where to listen or to connect; `host` is an IP address (IPv6 without brackets) or a name."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def refusal(reason: str, remedy: str, *, repeats: bool = True) -> PydanticCustomError:
    """An error that carries its own remedy. Braces in either are data, not placeholders.

    `repeats`: the value may stand in them, so they are not for secrets.
    """
    return PydanticCustomError("refused", "{reason}", {"reason": reason, "remedy": remedy, "repeats": repeats})


def parse_host_port(written: object, default_port: int) -> HostPort:
    """Host and port of `host`, `host:port` or `[IPv6]:port`.

    Raises:
        PydanticCustomError: it is none of these, or the port is not 1..65535.
    """
    if isinstance(written, HostPort):
        return written
    remedy = f"write host:port, like 192.168.1.5:{default_port}; an IPv6 address in brackets and quotes"
    if not isinstance(written, str):
        raise refusal(f"{written!r} is not an address", remedy)
    match = re.fullmatch(r"\s*(?:\[(?P<v6>[^\]]+)\]|(?P<name>[^:\[\]]+))(?::(?P<port>[^:]*))?\s*", written)
    if match is None:
        raise refusal(f"{written!r} is not an address", remedy)
    host, port = match["v6"] or match["name"].strip(), match["port"]
    if not _is_host(host, v6=match["v6"] is not None):
        raise refusal(f"{host!r} is neither an IP address nor a host name", remedy)
    if port is not None and not (port.isascii() and port.isdigit() and len(port) <= 5 and 1 <= int(port) <= 65535):
        raise refusal(f"{port!r} is not a port", "a port is a number from 1 to 65535")
    return HostPort(host, default_port if port is None else int(port))


def _is_host(host: str, *, v6: bool) -> bool:
    try:
        return ipaddress.ip_address(host).version == (6 if v6 else 4)
    except ValueError:
        looks_numeric = re.fullmatch(r"[0-9.]+", host) is not None
        return not v6 and not looks_numeric and _HOST_NAME.fullmatch(host) is not None


def _address_text(default_port: int, example: str) -> tuple[BeforeValidator, PlainSerializer, WithJsonSchema]:
    return (
        BeforeValidator(lambda written: parse_host_port(written, default_port)),
        PlainSerializer(str, return_type=str),
        WithJsonSchema({"type": "string", "examples": [example]}),
    )


def _group_address(written: object) -> int:
    try:
        return parse_group_address(written)
    except AddressError as error:
        raise refusal(error.reason, error.remedy) from None


def _group_addresses(written: object) -> tuple[int, ...]:
    if not isinstance(written, list | tuple):
        return (_group_address(written),)
    if not written:
        raise refusal("the list of addresses is empty", "take the key out, or name an address")
    addresses = tuple(_group_address(each) for each in written)
    if len(set(addresses)) != len(addresses):
        raise refusal("an address is listed twice", "name each address once")
    return addresses


def _gateway(written: HostPort) -> HostPort:
    if ":" in written.host:
        raise refusal(f"{written.host} is IPv6, but KNXnet/IP is IPv4 only", "write the interface's IPv4 address")
    return written


def _individual_address(written: object) -> str:
    try:
        return parse_individual_address(written)
    except AddressError as error:
        raise refusal(error.reason, error.remedy) from None


def _number(written: object) -> object:
    if isinstance(written, bool):
        raise refusal("yes or no is not a number", "write a number")
    return written


def _unquoted(*, secret: bool = False) -> PydanticCustomError:
    return PydanticCustomError("unquoted", "this must be text", {"secret": secret})


def _quoted(written: object) -> object:
    if not isinstance(written, str):
        raise _unquoted()
    return written


def _host_name(written: str) -> str:
    if _HOST_NAME.fullmatch(written) is None:
        raise refusal(f"{written!r} is no host name", "write it without scheme and port, like bridge.example.org")
    return written


def _origin(written: str) -> str:
    if _ORIGIN.fullmatch(written) is None:
        raise refusal(f"{written!r} is no origin", "write scheme, host and port of the page, like https://panel.local")
    return written


def _identity(written: object) -> object:
    if not isinstance(written, str):
        raise _unquoted()
    text = written or ANONYMOUS
    if text != text.strip():
        raise refusal("the id begins or ends with a blank", "copy the id exactly from the charger")
    if len(text) > 255:
        raise refusal("the id is longer than 255 characters", "give the charger a shorter id")
    bad = sorted({char for char in text if char in _FORBIDDEN_IN_ID or not char.isprintable()})
    if bad:
        shown = " ".join(char if char.isprintable() else repr(char) for char in bad)
        raise refusal(
            f"the id contains {shown}, which cannot stand in the address that a charger dials",
            "give the charger an id of letters, digits, - _ . and :",
        )
    return text


def _id_tag(written: object) -> object:
    if not isinstance(written, str):
        raise _unquoted(secret=True)
    if not 1 <= len(written) <= MAX_ID_TAG:
        raise refusal(
            f"an idTag has 1 to {MAX_ID_TAG} characters (OCPP 1.6), this one has {len(written)}",
            "write the id as the charger reports it",
        )
    if written != written.strip() or not written.isprintable():
        raise refusal(
            "the idTag has blanks at its ends or control characters", "write the id as the charger reports it"
        )
    return written


def _not_empty(written: object) -> object:
    if isinstance(written, list | tuple) and not written:
        raise refusal("the list is empty", "add at least one entry")
    return written


def _cyclic(seconds: float) -> float:
    if 0 < seconds < 1:
        raise refusal(f"{seconds:g} is out of range", "write at least 1, or 0 for never")
    return seconds


def _tls(written: object) -> object:
    if isinstance(written, bool | str):
        return _SWITCH.get(str(written).lower(), written)
    return written


_SWITCH: Final = {"true": "on", "yes": "on", "on": "on", "false": "off", "no": "off", "off": "off"}


def _pings(seconds: float) -> float:
    if 0 < seconds < 5:
        raise refusal(f"{seconds:g} is out of range", "write at least 5, or 0 for none")
    return seconds


def _password(written: object) -> object:
    """What a charger can send by Basic authentication; no message may repeat it."""
    if not isinstance(written, str):
        raise _unquoted(secret=True)
    shortest, longest = _PASSWORD_LENGTH
    remedy = f"write {shortest} to {longest} characters, or 16 to 20 bytes as 32 to 40 hex digits"
    if not shortest <= len(written) <= longest:
        raise refusal(f"the password has {len(written)} characters", remedy, repeats=False)
    if not written.isprintable():
        raise refusal("a control character stands in the password", remedy, repeats=False)
    return written


def _secret(written: object) -> object:
    """A password of somebody else's making; no message may repeat it."""
    if not isinstance(written, str):
        raise _unquoted(secret=True)
    if not written or len(written) > MAX_SECRET:
        reason = f"the password has {len(written)} characters"
        raise refusal(reason, f"write 1 to {MAX_SECRET}, or take the key out", repeats=False)
    return written


def _local_address(written: object) -> object:
    try:
        return str(ipaddress.IPv4Address(written if isinstance(written, str) else ""))
    except ValueError:
        raise refusal(f"{written!r} is not an IPv4 address", "write an address of this machine") from None


def _fallback(written: object) -> object:
    return float(written) if isinstance(written, bool) else written


def _offsets(written: object) -> tuple[object, ...]:
    listed = tuple(written) if isinstance(written, list | tuple) else (written,)
    if len({str(each) for each in listed}) != len(listed):
        raise refusal("an offset is listed twice", "name each offset once")
    return listed


def sound_flag(name: str, value: Flag) -> Flag:
    """The value of a flag, within the range that the core gives it."""
    reason = flags.refusal(name, value)
    if reason:
        raise refusal(reason, "see its row in docs/configuration.md, or take it out")
    return value


Number = BeforeValidator(_number)
NotEmpty = BeforeValidator(_not_empty)
GroupAddress = Annotated[
    int,
    BeforeValidator(_group_address),
    WithJsonSchema({"type": ["string", "integer"], "examples": ["9/7/0", "1/515", 2563]}),
]
GroupAddresses = Annotated[
    tuple[int, ...],
    BeforeValidator(_group_addresses),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": ["string", "integer"]},
                {"type": "array", "items": {"type": ["string", "integer"]}, "minItems": 1},
            ],
            "examples": ["9/7/2", ["9/7/42", "9/7/142"]],
        }
    ),
]
IndividualAddress = Annotated[str, BeforeValidator(_individual_address), WithJsonSchema({"type": "string"})]
OcppListen = Annotated[HostPort, *_address_text(8016, "0.0.0.0:8016")]
WebListen = Annotated[HostPort, *_address_text(8018, "0.0.0.0:8018")]
Gateway = Annotated[HostPort, AfterValidator(_gateway), *_address_text(3671, "192.168.1.5")]
Dpt = Annotated[str, BeforeValidator(_quoted)]
Text = Annotated[str, BeforeValidator(_quoted), Field(max_length=255)]
ChargerName = Annotated[str, BeforeValidator(_identity)]
IdTagText = Annotated[str, BeforeValidator(_id_tag)]
FilePath = Annotated[Path, BeforeValidator(_quoted), WithJsonSchema({"type": "string"})]
HostName = Annotated[str, BeforeValidator(_quoted), AfterValidator(_host_name)]
Origin = Annotated[str, BeforeValidator(_quoted), AfterValidator(_origin)]
"""RFC 6454: scheme, host and port of a page."""
Tls = Annotated[
    Literal["off", "on", "both"], BeforeValidator(_tls), WithJsonSchema({"enum": ["off", "on", "both", False, True]})
]
Profile = Annotated[Literal[0, 1, 2, 3], Number]
"""A security profile of the OCA white paper for OCPP 1.6-J; 0: none."""
Pings = Annotated[float, Number, Field(ge=0, le=600, allow_inf_nan=False), AfterValidator(_pings)]
"""Seconds from 5, or 0."""
Password = Annotated[str, BeforeValidator(_password), Field(repr=False)]
Secret = Annotated[str, BeforeValidator(_secret), Field(repr=False)]
LocalAddress = Annotated[str, BeforeValidator(_local_address), WithJsonSchema({"type": "string", "format": "ipv4"})]
Fallback = Annotated[float, BeforeValidator(_fallback), Field(ge=-1e6, le=1e6, allow_inf_nan=False)]
"""A number in the unit of the object, or 0 and 1 (false and true)."""
Offsets = Annotated[
    tuple[Annotated[int, Number, Field(ge=0, le=65535)], ...],
    BeforeValidator(_offsets),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "integer"}}]}),
]
Connection = Literal["automatic", "tunneling", "tunneling_tcp", "tunneling_tcp_secure", "routing", "routing_secure"]
LongerThanZero = Annotated[float, Number, Field(gt=0, le=86400 * 7, allow_inf_nan=False)]
"""Seconds that cannot be 0."""
FromOneSecond = Annotated[float, Number, Field(ge=1, le=86400 * 7, allow_inf_nan=False)]
Seconds = Annotated[float, Number, Field(ge=0, le=86400 * 7, allow_inf_nan=False)]
Cyclic = Annotated[float, Number, Field(ge=0, le=86400 * 7, allow_inf_nan=False), AfterValidator(_cyclic)]
"""Seconds from 1, or 0."""
Amperes = Annotated[float, Number, Field(ge=1, le=80, allow_inf_nan=False)]
