"""Projects of the ETS made by hand: `.knxproj` of the older and of the newer kind, open or protected by a password."""

import hmac
import zlib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import pbkdf2_hmac, sha1
from io import BytesIO
from struct import pack
from zipfile import ZIP_DEFLATED, ZipFile

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

PROGRAM = "M-00FA_A-0001-10-ABCD"
HARDWARE = "M-00FA_H-0001-1_HP-0001-10-ABCD"
ID = "P-0F0F"

ADDRESSES = """
<GroupRange Id="P-0F0F-0_GR-1" RangeStart="2048" RangeEnd="4095" Name="EV charging" Puid="1">
 <GroupRange Id="P-0F0F-0_GR-2" RangeStart="2048" RangeEnd="2303" Name="Garage" Puid="2">
  <GroupAddress Id="P-0F0F-0_GA-1" Address="2049" Name="Garage 1 status" Description="0 Available" DatapointType="DPST-5-10" Puid="3" />
  <GroupAddress Id="P-0F0F-0_GA-2" Address="2050" Name="Garage 1 charging" DatapointType="DPST-1-10" Unfiltered="true" Puid="4" />
  <GroupAddress Id="P-0F0F-0_GA-3" Address="2051" Name="Garage 1 max current" DatapointType="DPT-14" Security="On" Puid="5" />
  <GroupAddress Id="P-0F0F-0_GA-4" Address="2052" Name="Nobody's" Puid="6" />
 </GroupRange>
</GroupRange>"""  # noqa: E501 - as the ETS writes it

PANEL = """
<DeviceInstance Id="P-0F0F-0_DI-1" Address="5" Name="Panel" ProductRefId="M-00FA_H-0001-1_P-1"
 Hardware2ProgramRefId="M-00FA_H-0001-1_HP-0001-10-ABCD" Puid="7">
 <ComObjectInstanceRefs>{objects}</ComObjectInstanceRefs>
</DeviceInstance>"""

NEW_OBJECTS = """
<ComObjectInstanceRef RefId="O-1_R-1" Links="GA-2" />
<ComObjectInstanceRef RefId="O-2_R-2" Text="LED" DatapointType="DPST-5-10" UpdateFlag="Enabled" Links="GA-1" />
<ComObjectInstanceRef RefId="O-3_R-3" Links="GA-3 GA-1" />
<ComObjectInstanceRef RefId="O-4_R-4" />"""

OLD_OBJECTS = f"""
<ComObjectInstanceRef RefId="{PROGRAM}_O-1_R-1"><Connectors><Send GroupAddressRefId="P-0F0F-0_GA-2" />
 </Connectors></ComObjectInstanceRef>
<ComObjectInstanceRef RefId="{PROGRAM}_O-2_R-2" Text="LED" DatapointType="DPST-5-10" UpdateFlag="Enabled"><Connectors>
 <Send GroupAddressRefId="P-0F0F-0_GA-1" /></Connectors></ComObjectInstanceRef>
<ComObjectInstanceRef RefId="{PROGRAM}_O-3_R-3"><Connectors><Send GroupAddressRefId="P-0F0F-0_GA-3" />
 <Receive GroupAddressRefId="P-0F0F-0_GA-1" /></Connectors></ComObjectInstanceRef>
<ComObjectInstanceRef RefId="{PROGRAM}_O-4_R-4" />"""

OBJECTS = f"""
<ComObject Id="{PROGRAM}_O-1" Name="Button" Text="Button 1" Number="1" FunctionText="Switch" ObjectSize="1 Bit"
 ReadFlag="Disabled" WriteFlag="Disabled" CommunicationFlag="Enabled" TransmitFlag="Enabled" UpdateFlag="Disabled"
 ReadOnInitFlag="Disabled" DatapointType="DPST-1-1" />
<ComObject Id="{PROGRAM}_O-2" Name="Led" Text="Display" Number="2" FunctionText="State" ObjectSize="1 Byte"
 ReadFlag="Disabled" WriteFlag="Disabled" CommunicationFlag="Enabled" TransmitFlag="Disabled" UpdateFlag="Disabled"
 ReadOnInitFlag="Disabled" />
<ComObject Id="{PROGRAM}_O-3" Name="Value" Text="Value" Number="3" FunctionText="Current" ObjectSize="4 Bytes"
 ReadFlag="Disabled" WriteFlag="Enabled" CommunicationFlag="Disabled" TransmitFlag="Enabled" UpdateFlag="Disabled"
 ReadOnInitFlag="Disabled" DatapointType="DPST-14-19" />"""

REFERENCES = f"""
<ComObjectRef Id="{PROGRAM}_O-1_R-1" RefId="{PROGRAM}_O-1" />
<ComObjectRef Id="{PROGRAM}_O-2_R-2" RefId="{PROGRAM}_O-2" WriteFlag="Enabled" />
<ComObjectRef Id="{PROGRAM}_O-3_R-3" RefId="{PROGRAM}_O-3" />
<ComObjectRef Id="{PROGRAM}_O-4_R-4" RefId="{PROGRAM}_O-1" />"""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a project is made of; schema 14 is that of ETS 5.6, 20 that of ETS 5.7, 23 that of ETS 6."""

    schema: int = 23
    style: str = "ThreeLevel"
    addresses: str = ADDRESSES
    devices: str = ""
    program: bool = True

    def knx(self, inside: str) -> bytes:
        """One XML file of a project."""
        head = f'<?xml version="1.0" encoding="utf-8"?>\n<KNX xmlns="http://knx.org/xml/project/{self.schema}" '
        return f'{head}CreatedBy="ETS" ToolVersion="6.0">{inside}</KNX>'.encode()

    def information(self) -> bytes:
        """`project.xml`."""
        told = f'<ProjectInformation Name="Building" GroupAddressStyle="{self.style}" ProjectId="15" Guid="1" />'
        return self.knx(f'<Project Id="{ID}">{told}</Project>')

    def installation(self) -> bytes:
        """`0.xml`."""
        objects = NEW_OBJECTS if self.schema >= 20 else OLD_OBJECTS
        devices = self.devices or PANEL.format(objects=objects)
        if self.schema >= 21:
            devices = f'<Segment Id="{ID}-0_S-1" Number="0" MediumTypeRefId="MT-0" Puid="9">{devices}</Segment>'
        line = f'<Line Id="{ID}-0_L-1" Address="1" Name="Line" Puid="8" MediumTypeRefId="MT-0">{devices}</Line>'
        topology = f'<Topology><Area Id="{ID}-0_A-1" Address="1" Name="Area" Puid="7">{line}</Area></Topology>'
        groups = f"<GroupAddresses><GroupRanges>{self.addresses}</GroupRanges></GroupAddresses>"
        installation = f'<Installation Name="" InstallationId="0" BCUKey="4294967295">{topology}{groups}</Installation>'
        return self.knx(f'<Project Id="{ID}"><Installations>{installation}</Installations></Project>')

    def manufacturer(self) -> dict[str, bytes]:
        """The files of the manufacturer of the panel, and master data."""
        program = (
            f"<Static><ComObjectTable>{OBJECTS}</ComObjectTable><ComObjectRefs>{REFERENCES}</ComObjectRefs></Static>"
        )
        application = (
            f'<ApplicationProgram Id="{PROGRAM}" Name="P" DefaultLanguage="en-US">{program}</ApplicationProgram>'
        )
        product = '<Products><Product Id="M-00FA_H-0001-1_P-1" Text="Panel" OrderNumber="1" /></Products>'
        link = f'<Hardware2Program Id="{HARDWARE}"><ApplicationProgramRef RefId="{PROGRAM}" /></Hardware2Program>'
        hardware = (
            f'<Hardware Id="M-00FA_H-0001-1" Name="Panel" SerialNumber="1" VersionNumber="1">{product}'
            f"<Hardware2Programs>{link}</Hardware2Programs></Hardware>"
        )
        master = (
            '<MasterData Version="1"><DatapointTypes /><MediumTypes /><FunctionTypes />'
            '<Manufacturers><Manufacturer Id="M-00FA" Name="KNX Association" KnxManufacturerId="250" /></Manufacturers>'
            "</MasterData>"
        )
        files = {
            "knx_master.xml": self.knx(master),
            "M-00FA/Hardware.xml": self.knx(_of_manufacturer(f"<Hardware>{hardware}</Hardware>")),
        }
        if self.program:
            programs = f"<ApplicationPrograms>{application}</ApplicationPrograms>"
            files[f"M-00FA/{PROGRAM}.xml"] = self.knx(_of_manufacturer(programs))
        return files


def _of_manufacturer(inside: str) -> str:
    return f'<ManufacturerData><Manufacturer RefId="M-00FA">{inside}</Manufacturer></ManufacturerData>'


def knxproj(recipe: Recipe | None = None) -> bytes:
    """A project without a password."""
    made = recipe or Recipe()
    project = {f"{ID}/project.xml": made.information(), f"{ID}/0.xml": made.installation()}
    return zipped({**made.manufacturer(), **project, f"{ID}.signature": b"signed"})


def protected(password: str, recipe: Recipe | None = None, *, aes: bool = True) -> bytes:
    """A project with a password: as ETS 6 protects it, or with the old encryption of ETS 4 and 5."""
    made = recipe or Recipe()
    secret = ets6_password(password) if made.schema >= 21 else password.encode()
    files = {"project.xml": made.information(), "0.xml": made.installation()}
    inner = aes_zip(files, secret) if aes else old_zip(files, secret)
    return zipped({**made.manufacturer(), f"{ID}.zip": inner, f"{ID}.signature": b"signed"})


def ets6_password(password: str) -> bytes:
    """What ETS 6 gives the zip file as its password."""
    return b64encode(pbkdf2_hmac("sha256", password.encode("utf-16-le"), b"21.project.ets.knx.org", 65536, 32))


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip file with these members."""
    made = BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def aes_zip(files: Mapping[str, bytes], password: bytes, *, strength: int = 3) -> bytes:
    """A zip file whose members are encrypted by WinZip's AES (AE-2)."""
    members = []
    for name, content in files.items():
        key_length = 8 * (strength + 1)
        salt = name.encode().ljust(key_length // 2, b"s")[: key_length // 2]
        keys = pbkdf2_hmac("sha1", password, salt, 1000, 2 * key_length + 2)
        secret = _counter_mode(_deflated(content), keys[:key_length])
        seal = hmac.new(keys[key_length:-2], secret, sha1).digest()[:10]
        extra = pack("<HHH2sBH", 0x9901, 7, 2, b"AE", strength, 8)
        members.append((name, content, salt + keys[-2:] + secret + seal, 99, extra, 0))
    return _raw_zip(members)


def old_zip(files: Mapping[str, bytes], password: bytes) -> bytes:
    """A zip file in the encryption of PKWARE's APPNOTE section 6.1."""
    members = []
    for name, content in files.items():
        checksum = zlib.crc32(content)
        plain = bytes(11) + bytes([checksum >> 24]) + _deflated(content)
        members.append((name, content, _old_encryption(plain, password), 8, b"", checksum))
    return _raw_zip(members)


def _deflated(content: bytes) -> bytes:
    deflater = zlib.compressobj(wbits=-15)
    return deflater.compress(content) + deflater.flush()


def _counter_mode(plain: bytes, key: bytes) -> bytes:
    """Block for block, the counter as a little-endian number."""
    blocks = (plain[start : start + 16] for start in range(0, len(plain), 16))
    made = b""
    for number, block in enumerate(blocks, 1):
        made += Cipher(AES(key), CTR(number.to_bytes(16, "little"))).encryptor().update(block)
    return made


def _old_encryption(plain: bytes, password: bytes) -> bytes:
    table = [_crc_of(number) for number in range(256)]
    keys = [0x12345678, 0x23456789, 0x34567890]

    def update(byte: int) -> None:
        keys[0] = (keys[0] >> 8) ^ table[(keys[0] ^ byte) & 0xFF]
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = (keys[2] >> 8) ^ table[(keys[2] ^ (keys[1] >> 24)) & 0xFF]

    for byte in password:
        update(byte)
    made = bytearray()
    for byte in plain:
        mask = (keys[2] | 2) & 0xFFFF
        made.append(byte ^ ((mask * (mask ^ 1)) >> 8 & 0xFF))
        update(byte)
    return bytes(made)


def _crc_of(number: int) -> int:
    for _ in range(8):
        number = (number >> 1) ^ 0xEDB88320 if number & 1 else number >> 1
    return number


def _raw_zip(members: list[tuple[str, bytes, bytes, int, bytes, int]]) -> bytes:
    """Name, content, packed bytes, method, extra field and checksum of each; all are marked as encrypted."""
    body, directory = b"", b""
    for name, content, packed, method, extra, checksum in members:
        sizes = (checksum, len(packed), len(content), len(name), len(extra))
        directory += pack("<4sHHHHHHLLLHHHHHLL", b"PK\x01\x02", 51, 51, 1, method, 0, 33, *sizes, 0, 0, 0, 0, len(body))
        directory += name.encode() + extra
        body += pack("<4sHHHHHLLLHH", b"PK\x03\x04", 51, 1, method, 0, 33, *sizes) + name.encode() + extra + packed
    end = pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, len(members), len(members), len(directory), len(body), 0)
    return body + directory + end
