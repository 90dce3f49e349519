"""A project of the ETS as the bridge reads it: what it has, who is linked, and whose password it wants."""

from base64 import b64decode

import pytest

from knx_ocpp_bridge.config.addresses import AddressStyle
from knx_ocpp_bridge.ets.project import EtsError, GroupAddress, Link, Origin
from knx_ocpp_bridge.ets.reading import read
from knx_ocpp_bridge.ets.zip_files import Archive, NoPasswordError
from tests.kit.ets_projects import (
    ID,
    PANEL,
    PROGRAM,
    Recipe,
    aes_zip,
    ets6_password,
    knxproj,
    old_zip,
    protected,
    zipped,
)

GROUPS = ("EV charging", "Garage")
BUTTON = Link(
    "1.1.5", "Button 1, Switch", read=False, write=False, transmit=True, update=False, sends=True, dpt="1.001"
)
LED = Link("1.1.5", "LED", read=False, write=True, transmit=False, update=True, sends=True, dpt="5.010")

AES_BY_ANOTHER = {
    128: "UEsDBBQAAQBjAPqWdV0AAAAAMQAAAEsAAAAFAAsAYS50eHQBmQcAAgBBRQEIAAzusywAmZuKiYwY7CyN8inFLeZ8RtoJ24TtdUIp"
    "JrSp5l8DMAPQx0xw8f8QrnzodTxQSwECFAMUAAEAYwD6lnVdAAAAADEAAABLAAAABQALAAAAAAAAAAAAgAEAAAAAYS50eHQBmQcA"
    "AgBBRQEIAFBLBQYAAAAAAQABAD4AAABfAAAAAAA=",
    192: "UEsDBBQAAQBjAPqWdV0AAAAANQAAAEsAAAAFAAsAYS50eHQBmQcAAgBBRQIIAEylB9AnEykX840GxLZ9P0e/1djGM7ew4Rwa3j/O"
    "4ngmUPhDzBe5u7hVZGz6x09/+/wpTa7xUEsBAhQDFAABAGMA+pZ1XQAAAAA1AAAASwAAAAUACwAAAAAAAAAAAIABAAAAAGEudHh0"
    "AZkHAAIAQUUCCABQSwUGAAAAAAEAAQA+AAAAYwAAAAAA",
    256: "UEsDBBQAAQBjAPqWdV0AAAAAOQAAAEsAAAAFAAsAYS50eHQBmQcAAgBBRQMIAAKK7E08bPBuwIKfcCY6+FoAgVYAQDmpwztFt3SJ"
    "xb/z3yuxmsNZLjHGmPUjzBhMJzblToI4AHVtH1BLAQIUAxQAAQBjAPqWdV0AAAAAOQAAAEsAAAAFAAsAAAAAAAAAAACAAQAAAABh"
    "LnR4dAGZBwACAEFFAwgAUEsFBgAAAAABAAEAPgAAAGcAAAAAAA==",
}
"""A file `a.txt`, encrypted with the password `secret` by the Python package pyzipper 0.4.0, by length of the key."""


def refused(data: bytes, password: str = "") -> str:
    with pytest.raises(EtsError) as caught:
        read(data, "villa.knxproj", password)
    return str(caught.value)


@pytest.mark.parametrize("schema", [11, 14, 20, 21, 23])
def test_a_project_tells_its_addresses_and_who_is_linked_with_which_flags(schema):
    project = read(knxproj(Recipe(schema=schema)), "villa.knxproj")
    assert (project.origin, project.style) == (Origin.PROJECT, AddressStyle.THREE_LEVEL)
    assert project.addresses == {
        2049: GroupAddress(2049, "Garage 1 status", "5.010", "0 Available", ranges=GROUPS),
        2050: GroupAddress(2050, "Garage 1 charging", "1.010", unfiltered=True, ranges=GROUPS),
        2051: GroupAddress(2051, "Garage 1 max current", "14", secured=True, ranges=GROUPS),
        2052: GroupAddress(2052, "Nobody's", ranges=GROUPS),
    }
    assert project.links is not None
    assert project.links[2050] == (BUTTON,)
    assert project.links[2049][0] == LED
    assert 2052 not in project.links
    assert project.warnings == ()


def test_an_object_without_the_communication_flag_does_nothing():
    links = read(knxproj(), "villa.knxproj").links
    assert links is not None
    value = Link(
        "1.1.5", "Value, Current", read=False, write=False, transmit=False, update=False, sends=True, dpt="14.019"
    )
    assert links[2051] == (value,)
    assert links[2049][1].sends is False


def test_links_are_left_out_where_nobody_asks_for_them():
    project = read(knxproj(), "villa.knxproj", links=False)
    assert (len(project.addresses), project.links) == (4, None)


def test_without_the_program_of_a_device_its_flags_are_unknown_and_it_is_said():
    project = read(knxproj(Recipe(program=False)), "villa.knxproj")
    assert project.links is not None
    assert [link.flags_known for link in project.links[2050]] == [False]
    (warning,) = project.warnings
    assert warning.startswith(f"villa.knxproj: the application program {PROGRAM} is not in it: flags of 3 linked")


def test_an_object_of_a_module_is_described_by_the_definition_of_the_module():
    instance = '<ComObjectInstanceRef RefId="MD-2_M-1_MI-1_O-5-0_R-1" Links="GA-4" />'
    recipe = Recipe(devices=PANEL.format(objects=instance))
    files = recipe.manufacturer()
    module = (
        f'<ComObject Id="{PROGRAM}_MD-2_O-5-0" Text="{{{{0:Channel}}}} A" FunctionText="Switch" ReadFlag="Disabled" '
        f'WriteFlag="Enabled" CommunicationFlag="Enabled" TransmitFlag="Disabled" UpdateFlag="Disabled" />'
        f'<ComObjectRef Id="{PROGRAM}_MD-2_O-5-0_R-1" RefId="{PROGRAM}_MD-2_O-5-0" />'
    ).encode()
    program = f"M-00FA/{PROGRAM}.xml"
    files[program] = files[program].replace(b"<ComObjectTable>", b"<ComObjectTable>" + module)
    data = zipped({**files, f"{ID}/project.xml": recipe.information(), f"{ID}/0.xml": recipe.installation()})
    links = read(data, "villa.knxproj").links
    assert links is not None
    assert [(link.name, link.write, link.flags_known) for link in links[2052]] == [("Channel A, Switch", True, True)]


def test_a_device_without_an_address_has_its_name():
    device = PANEL.replace(' Address="5"', "").format(objects='<ComObjectInstanceRef RefId="O-1_R-1" Links="GA-4" />')
    links = read(knxproj(Recipe(devices=device)), "villa.knxproj").links
    assert links is not None
    assert [link.device for link in links[2052]] == ["Panel"]


@pytest.mark.parametrize(("written", "style"), [("TwoLevel", AddressStyle.TWO_LEVEL), ("Free", AddressStyle.FREE)])
def test_the_style_is_that_of_the_project(written, style):
    assert read(knxproj(Recipe(style=written)), "villa.knxproj").style is style


@pytest.mark.parametrize("password", ["test", "gärten & 1", "密码"])
@pytest.mark.parametrize(("schema", "aes"), [(23, True), (21, True), (20, True), (20, False), (11, False)])
def test_a_protected_project_is_read_with_its_password_and_with_no_other(schema, aes, password):
    recipe = Recipe(schema=schema)
    data = protected(password, recipe, aes=aes)
    assert read(data, "villa.knxproj", password) == read(knxproj(recipe), "villa.knxproj")
    assert refused(data).startswith("villa.knxproj: the project is protected by a password; give it: ")
    assert refused(data, "another").startswith("villa.knxproj: the password is not that of the project; ")


def test_no_wrong_password_of_the_old_encryption_gives_anything():
    encrypted = old_zip({"0.xml": Recipe(schema=14).installation()}, b"test")
    for number in range(600):  # one in 256 passes the first look
        archive = Archive(encrypted, "villa.knxproj", (f"wrong {number}".encode(),))
        with pytest.raises((EtsError, NoPasswordError)):
            archive.read("0.xml")


@pytest.mark.parametrize("bits", AES_BY_ANOTHER)
def test_what_another_implementation_encrypted_is_read(bits):
    archive = Archive(b64decode(AES_BY_ANOTHER[bits]), "a.zip", (b"wrong", b"secret"))
    assert archive.read("a.txt") == b"The bridge of the house. " * 3


def test_a_protected_project_that_was_changed_is_refused():
    whole = aes_zip({"project.xml": Recipe().information(), "0.xml": Recipe().installation()}, ets6_password("test"))
    at = whole.index(b"0.xml", whole.index(b"0.xml") - 1) + 100
    changed = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
    assert "it was changed after it was encrypted" in refused(zipped({f"{ID}.zip": changed}), "test")


def test_the_first_of_several_installations_is_read_and_the_others_are_named():
    recipe = Recipe()
    files = {f"{ID}/{number}.xml": recipe.installation() for number in (10, 2, 0)}
    project = read(zipped({**files, f"{ID}/project.xml": recipe.information()}), "villa.knxproj", links=False)
    assert len(project.addresses) == 4
    assert project.warnings == (f"villa.knxproj: of 3 installations {ID}/0.xml alone is read",)


def test_a_newer_schema_is_read_with_a_warning():
    project = read(knxproj(Recipe(schema=99)), "villa.knxproj", links=False)
    assert len(project.addresses) == 4
    assert "its schema is 99, newer than any that is known here (23)" in project.warnings[0]


def test_an_address_that_is_none_costs_itself_alone():
    rows = "".join(f'<GroupAddress Id="GA-{raw}" Address="{raw}" Name="N" />' for raw in (0, 65536, 7, 7, "x", ""))
    project = read(knxproj(Recipe(addresses=rows)), "villa.knxproj", links=False)
    assert (list(project.addresses), len(project.warnings)) == ([7], 5)
    assert project.warnings[0].startswith(
        f"villa.knxproj, {ID}/0.xml:10: N is left out: 0/0/0 is the broadcast address"
    )


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"[Content_Types].xml": b"", "xl/workbook.xml": b""}, "this is a document of an office program"),
        ({"knx_master.xml": b"", "M-0001/Catalog.xml": b""}, "there is no project in it; it may be a product database"),
        ({"holiday.jpg": b""}, "it is a zip file without one"),
        ({f"{ID}.zip": b"PK\x05\x06"}, f"villa.knxproj, {ID}.zip: the zip file is broken or not whole"),
        ({f"{ID}.zip": zipped({"a": b""})}, f"villa.knxproj, {ID}.zip: the project has no installation (0.xml) in it"),
        ({f"{ID}/0.xml": b"<html/>"}, f"villa.knxproj, {ID}/0.xml:1: its root is <html> of no namespace"),
        (
            {f"{ID}/0.xml": Recipe().installation()[:-99]},
            f"villa.knxproj, {ID}/0.xml:17: the XML is broken or ends early",
        ),
        (
            {f"{ID}/0.xml": b"<!DOCTYPE a>" + Recipe().installation().partition(b"\n")[2]},
            f"villa.knxproj, {ID}/0.xml:1: a document type",
        ),
    ],
)
def test_what_is_no_project_is_refused_with_what_it_may_be(files, told):
    assert told in refused(zipped(files))


def test_links_without_end_are_refused():
    links = " ".join(f"GA-{number}" for number in range(300_001))
    instance = f'<ComObjectInstanceRef RefId="O-1_R-1" Links="{links}" />'
    assert "it has more than 300000 links" in refused(knxproj(Recipe(devices=PANEL.format(objects=instance))))


def test_trouble_with_the_file_of_a_manufacturer_never_costs_the_project():
    recipe = Recipe()
    files = {**recipe.manufacturer(), f"{ID}/project.xml": recipe.information(), f"{ID}/0.xml": recipe.installation()}
    files |= {f"M-00FA/{PROGRAM}.xml": b"<broken", "M-00FA/Hardware.xml": b"<!DOCTYPE x>"}
    project = read(zipped(files), "villa.knxproj")
    assert (len(project.addresses), len(project.warnings)) == (4, 2)
