"""A zip file that nobody trusts: how much is in it is known before it is unpacked, and counted while it is."""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from struct import Struct
from typing import IO, Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from knx_ocpp_bridge.ets import zip_aes
from knx_ocpp_bridge.ets.project import refusal

MAX_MEMBERS: Final = 20_000
MAX_MEMBER: Final = 100 * 1024 * 1024
"""Bytes of one unpacked member."""
MAX_TOTAL: Final = 1024 * 1024 * 1024
"""Bytes unpacked of one file, all in all."""
MAX_RATIO: Final = 400
"""Unpacked bytes per packed byte of a member of more than a megabyte; the XML of projects has up to about 60."""

_MAX_DIRECTORY: Final = 4 * 1024 * 1024
_TAIL: Final = 22 + 0xFFFF
_END, _END64_LOCATOR = b"PK\x05\x06", b"PK\x06\x07"
_SIZE_AT, _SIZE = 12, Struct("<L")
_SIZE64_BEFORE, _SIZE64 = 20 + 56 - 40, Struct("<Q")
_LOCAL: Final = Struct("<4s22xHH")
_ENCRYPTED: Final = 1
_PIECE: Final = 64 * 1024
_UNREADABLE: Final = (BadZipFile, NotImplementedError, ValueError, EOFError)
"""What the library's reader raises of a file: the second is its word for a way of packing that it does not know."""
_REMEDY: Final = "export the project from the ETS once more"


class NoPasswordError(Exception):
    """The members are encrypted, and none of the passwords opens them."""


@dataclass(slots=True)
class Budget:
    """What may still be unpacked, for all zip files that are in each other."""

    left: int = MAX_TOTAL


@dataclass(slots=True)
class Archive:
    """The members of one zip file. `data` is all of it.

    Raises:
        EtsError: it is broken, or has more members than any project.
    """

    data: bytes
    place: str
    passwords: Sequence[bytes] = ()
    """Those to be tried on encrypted members, the likeliest first."""
    budget: Budget = field(default_factory=Budget)
    members: dict[str, ZipInfo] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if _directory_size(self.data) > _MAX_DIRECTORY:
            raise refusal(self.place, f"it has more than {MAX_MEMBERS} files in it", _REMEDY)
        try:
            with ZipFile(BytesIO(self.data)) as archive:
                listed = archive.infolist()
        except _UNREADABLE as error:
            raise refusal(self.place, f"the zip file is broken or not whole ({error})", _REMEDY) from None
        if len(listed) > MAX_MEMBERS:
            raise refusal(self.place, f"it has {len(listed)} files in it, more than {MAX_MEMBERS}", _REMEDY)
        self.members = {info.filename.replace("\\", "/"): info for info in listed}

    def size(self, name: str) -> int:
        """Bytes of the unpacked member, as the file says."""
        return self.members[name].file_size

    def read(self, name: str) -> bytes:
        """All of a member.

        Raises:
            EtsError: it is broken, or too large.
            NoPasswordError: no password opens it.
        """
        return b"".join(self.stream(name))

    def stream(self, name: str) -> Iterator[bytes]:
        """The member in pieces; whether it may be unpacked is decided before the first.

        Raises:
            EtsError: it is broken, or too large.
            NoPasswordError: no password opens it.
        """
        info = self.members[name]
        place = f"{self.place}, {name}"
        self._check(info, place)
        if not info.flag_bits & _ENCRYPTED:
            return _unpacked(_plain(self._raw(info, place)), info.compress_type, info, place)
        for password in self.passwords:
            try:
                return self._opened(info, password, place)
            except zip_aes.PasswordError:
                continue
        raise NoPasswordError

    def _check(self, info: ZipInfo, place: str) -> None:
        if info.file_size > MAX_MEMBER:
            reason = f"it has {info.file_size >> 20} MB unpacked, more than {MAX_MEMBER >> 20}"
            raise refusal(place, reason, "export the group addresses as XML instead")
        if info.file_size > 1 << 20 and info.file_size > MAX_RATIO * max(info.compress_size, 1):
            raise refusal(place, f"it unpacks to more than {MAX_RATIO} times its size, no project does", _REMEDY)
        self.budget.left -= info.file_size
        if self.budget.left < 0:
            reason = f"more than {MAX_TOTAL >> 20} MB would have to be unpacked"
            raise refusal(self.place, reason, "export the group addresses as XML instead")

    def _raw(self, info: ZipInfo, place: str) -> memoryview:
        """The packed bytes of the member."""
        at = info.header_offset
        head = self.data[at : at + _LOCAL.size]
        if len(head) < _LOCAL.size or not head.startswith(b"PK\x03\x04"):
            raise refusal(place, "the zip file is broken: this member is not where it says", _REMEDY)
        _, name, extra = _LOCAL.unpack(head)
        start = at + _LOCAL.size + name + extra
        raw = memoryview(self.data)[start : start + info.compress_size]
        if len(raw) < info.compress_size:
            raise refusal(place, "the zip file is not whole: this member ends early", _REMEDY)
        return raw

    def _opened(self, info: ZipInfo, password: bytes, place: str) -> Iterator[bytes]:
        if info.compress_type != zip_aes.METHOD:
            return self._old(info, password, place)
        try:
            seal = zip_aes.sealing(info.extra)
            return _unpacked(zip_aes.opened(self._raw(info, place), seal, password), seal.method, info, place)
        except zip_aes.BrokenError as error:
            raise refusal(place, f"this member is broken: {error}", _REMEDY) from None

    def _old(self, info: ZipInfo, password: bytes, place: str) -> Iterator[bytes]:
        """A member in the old encryption of zip files; one byte tells of a wrong password, or the first piece does."""
        try:
            with ZipFile(BytesIO(self.data)) as archive:
                member = archive.open(info, pwd=password)
            first = member.read(_PIECE)
        except (RuntimeError, BadZipFile, zlib.error, EOFError):
            raise zip_aes.PasswordError from None
        except _UNREADABLE as error:
            raise refusal(place, f"this member cannot be unpacked ({error})", _REMEDY) from None
        return self._rest(first, member, place)

    @staticmethod
    def _rest(first: bytes, member: IO[bytes], place: str) -> Iterator[bytes]:
        piece = first
        try:
            while piece:
                yield piece
                piece = member.read(_PIECE)
        except (BadZipFile, zlib.error, EOFError) as error:
            raise refusal(place, f"this member is broken ({error}), or the password is not its own", _REMEDY) from None


def _plain(raw: memoryview) -> Iterator[bytes]:
    return (bytes(raw[start : start + _PIECE]) for start in range(0, len(raw), _PIECE))


def _unpacked(packed: Iterable[bytes], method: int, info: ZipInfo, place: str) -> Iterator[bytes]:
    """The bytes of the member, never more than it said it has; its checksum is looked at where there is one."""
    if method not in {ZIP_STORED, ZIP_DEFLATED}:
        raise refusal(place, f"it is packed in a way ({method}) that the ETS does not use", _REMEDY)
    checked = info.compress_type != zip_aes.METHOD  # AES has a seal instead, and AE-2 no checksum
    return _counted(_inflated(packed, place) if method == ZIP_DEFLATED else iter(packed), info, place, checked=checked)


def _inflated(packed: Iterable[bytes], place: str) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for piece in packed:
            rest = piece
            while rest:
                yield inflater.decompress(rest, _PIECE)
                rest = inflater.unconsumed_tail
        yield inflater.flush()
    except zlib.error as error:
        raise refusal(place, f"this member is broken ({error})", _REMEDY) from None


def _counted(pieces: Iterator[bytes], info: ZipInfo, place: str, *, checked: bool) -> Iterator[bytes]:
    seen = checksum = 0
    for piece in pieces:
        seen += len(piece)
        if seen > info.file_size:
            raise refusal(place, "more is packed in this member than it says", _REMEDY)
        checksum = zlib.crc32(piece, checksum)
        yield piece
    if seen != info.file_size or (checked and checksum != info.CRC):
        raise refusal(place, "this member is broken: its length or checksum is another", _REMEDY)


def _directory_size(data: bytes) -> int:
    """Bytes of the list of members, as any reader of zip files may find it: the largest that the end tells."""
    sizes = [0]
    at = data.find(_END, max(len(data) - _TAIL, 0))
    while at >= 0 and at + _SIZE_AT + _SIZE.size <= len(data):
        sizes += _SIZE.unpack_from(data, at + _SIZE_AT)
        if data[max(at - 20, 0) : at].startswith(_END64_LOCATOR) and at >= _SIZE64_BEFORE:
            sizes += _SIZE64.unpack_from(data, at - _SIZE64_BEFORE)
        at = data.find(_END, at + 1)
    return max(size for size in sizes if size != 0xFFFFFFFF)
