"""What a single value may be, and what is said when it is not."""

import pytest


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sites: {}", "bridge.yaml:1: sites: sites is not a key of this section; did you mean site?"),
        ("ocpp: {listne: x}", "bridge.yaml:1: ocpp.listne: listne is not a key of this section; did you mean listen?"),
        (
            "knx: {qqq: 1}",
            (
                "bridge.yaml:1: knx.qqq: qqq is not a key of this section; known here: connection, gateway, "
                "second_gateway, keyring, keyring_password, individual_address, local_address, route_back, "
                "rate_limit, start_delay, group_address_style, project, project_password"
            ),
        ),
        (
            "knx: {keyring_password: hunter2}",
            "bridge.yaml:1: knx.keyring_password: there is no keyring that it opens; add keyring, or take it out",
        ),
        (
            "storage: {retention: 5}",
            (
                "bridge.yaml:1: storage.retention: 5 stands where a group of keys belongs; "
                "write keys with their values, indented below"
            ),
        ),
        (
            "knx: {connection: routing_secure}",
            (
                "bridge.yaml:1: knx.connection: routing_secure needs a keyring; "
                "add keyring: with the .knxkeys file that ETS exports, and keyring_password"
            ),
        ),
        (
            "knx: {connection: tunneling_tcp, gateway: 192.168.1.5, local_address: 192.168.1.9}",
            (
                "bridge.yaml:1: knx.local_address: connection: tunneling_tcp has no use for it; "
                "take local_address out: by TCP the system chooses the way to the gateway"
            ),
        ),
        (
            "knx: {keyring: house.knxkeys}",
            (
                "bridge.yaml:1: knx.keyring: the keyring needs its password; "
                "add keyring_password: !secret knx_keyring, and the password to secrets.yaml"
            ),
        ),
        (
            "knx: {connection: tunnelling}",
            (
                "bridge.yaml:1: knx.connection: 'tunnelling' is none of the values of this key; "
                "did you mean tunneling? Allowed: automatic | tunneling | tunneling_tcp | "
                "tunneling_tcp_secure | routing | routing_secure"
            ),
        ),
        (
            "ocpp: {unknown_chargers: accept}",
            (
                "bridge.yaml:1: ocpp.unknown_chargers: 'accept' is none of the values of this key; "
                "did you mean accepted? Allowed: accepted | pending | rejected"
            ),
        ),
        (
            "knx: {connection: tunneling, gateway: 192.168.1.300}",
            (
                "bridge.yaml:1: knx.gateway: '192.168.1.300' is neither an IP address nor a host name; "
                "write host:port, like 192.168.1.5:3671; an IPv6 address in brackets and quotes"
            ),
        ),
        (
            "ocpp: {listen: 0.0.0.0:99999}",
            "bridge.yaml:1: ocpp.listen: '99999' is not a port; a port is a number from 1 to 65535",
        ),
        (
            "ocpp: {listen: 0.0.0.0:0}",
            "bridge.yaml:1: ocpp.listen: '0' is not a port; a port is a number from 1 to 65535",
        ),
        (
            "ocpp: {listen: 8016}",
            (
                "bridge.yaml:1: ocpp.listen: 8016 is not an address; "
                "write host:port, like 192.168.1.5:8016; an IPv6 address in brackets and quotes"
            ),
        ),
        ("knx: {rate_limit: 0}", "bridge.yaml:1: knx.rate_limit: 0 is out of range; write at least 1"),
        ("knx: {rate_limit: 41}", "bridge.yaml:1: knx.rate_limit: 41 is out of range; write at most 40"),
        ("knx: {rate_limit: fast}", "bridge.yaml:1: knx.rate_limit: 'fast' is not a number; write a number"),
        ("knx: {rate_limit: .inf}", "bridge.yaml:1: knx.rate_limit: .inf is out of range; write at most 40"),
        ("knx: {rate_limit: true}", "bridge.yaml:1: knx.rate_limit: yes or no is not a number; write a number"),
        (
            "ocpp: {heartbeat_interval: 60.5}",
            "bridge.yaml:1: ocpp.heartbeat_interval: 60.5 is not a whole number; write a whole number",
        ),
        (
            "ocpp: {graceful_close: perhaps}",
            "bridge.yaml:1: ocpp.graceful_close: 'perhaps' is neither yes nor no; write true or false",
        ),
        ("site: {offline_after: 0}", "bridge.yaml:1: site.offline_after: 0 is out of range; write more than 0"),
        (
            "site: Villa",
            (
                "bridge.yaml:1: site: 'Villa' stands where a group of keys belongs; "
                "write keys with their values, indented below"
            ),
        ),
        (
            "chargers: {id: A}",
            "bridge.yaml:1: chargers: a group of keys stands where a list belongs; begin each entry with a dash",
        ),
        (
            "site: {name: 0042}",
            (
                "bridge.yaml:1: site.name: 0042 without quotes is the number 42 to YAML, not a text; "
                'put quotes round it: name: "0042"'
            ),
        ),
        (
            "site: {name: }",
            'bridge.yaml:1: site.name: nothing stands where a text belongs; write name: "..."',
        ),
        (
            "site: {timezone: Europe/Amsterdm}",
            "bridge.yaml:1: site.timezone: 'Europe/Amsterdm' is no time zone; did you mean Europe/Amsterdam?",
        ),
        (
            "site: {timezone: ../../etc/passwd}",
            "bridge.yaml:1: site.timezone: '../../etc/passwd' is no time zone; write a name like Europe/Amsterdam",
        ),
        (
            "knx: {connection: tunneling}",
            (
                "bridge.yaml:1: knx.connection: tunneling needs a gateway; "
                "add gateway: with the address of the KNX/IP interface, or write connection: automatic"
            ),
        ),
        (
            "knx: {gateway: 192.168.1.5}",
            (
                "bridge.yaml:1: knx.gateway: connection: automatic uses no gateway; "
                "write connection: tunneling, or take gateway out"
            ),
        ),
        (
            "knx: {individual_address: 1.1}",
            (
                "bridge.yaml:1: knx.individual_address: 1.1 is not an individual address; "
                "write it like 1.1.240: area 0..15, line 0..15, device 0..255"
            ),
        ),
        (
            'knx: {connection: tunneling, gateway: "[fe80::1]"}',
            (
                "bridge.yaml:1: knx.gateway: fe80::1 is IPv6, but KNXnet/IP is IPv4 only; "
                "write the interface's IPv4 address"
            ),
        ),
        (
            "knx: {connection: tunneling, gateway: 192.168.1.5, individual_address: 1.1.240}",
            (
                "bridge.yaml:1: knx.individual_address: connection: tunneling cannot ask for an individual address; "
                "write connection: tunneling_tcp, or take individual_address out"
            ),
        ),
        (
            "group_objects: {heartbeat: {state_address: 9/7/1, cyclic: 0.001}}",
            ("bridge.yaml:1: group_objects.heartbeat.cyclic: 0.001 is out of range; write at least 1, or 0 for never"),
        ),
        (
            "log: {levels: {ocp: debug}}",
            "bridge.yaml:1: log.levels.ocp: nothing is logged by ocp; did you mean ocpp?",
        ),
        (
            "log: {levels: {nonsense.of.mine: debug}}",
            (
                "bridge.yaml:1: log.levels.nonsense.of.mine: nothing is logged by nonsense.of.mine; "
                "known: actor, config, control, core, daemon, knx, ocpp, store, asyncio, websockets, xknx"
            ),
        ),
        (
            "log: {levels: {ocpp: loud}}",
            (
                "bridge.yaml:1: log.levels.ocpp: 'loud' is none of the values of this key; "
                "Allowed: debug | info | warning | error"
            ),
        ),
        (
            "authorization: {own_tag_group: 12345678}",
            (
                "bridge.yaml:1: authorization.own_tag_group: this without quotes is a number to YAML, not a text; "
                "put quotes round it"
            ),
        ),
    ],
)
def test_a_wrong_value_is_refused_with_line_path_reason_and_remedy(installer, text, message):
    assert installer.messages(text) == [message]


@pytest.mark.parametrize(("written", "meant"), [("on", True), ("yes", True), ("off", False), ("false", False)])
def test_a_switch_may_be_written_in_words(installer, written, meant):
    assert installer.load(f"ocpp: {{graceful_close: {written}}}").bridge.ocpp.graceful_close is meant


@pytest.mark.parametrize(
    ("written", "host", "port"),
    [
        ("192.168.1.5", "192.168.1.5", 3671),
        ("192.168.1.5:3672", "192.168.1.5", 3672),
        ("knx-router.local", "knx-router.local", 3671),
    ],
)
def test_the_gateway_may_be_an_address_or_a_name_with_or_without_a_port(installer, written, host, port):
    gateway = installer.load(f"knx: {{connection: tunneling, gateway: {written}}}").bridge.knx.gateway
    assert (gateway.host, gateway.port) == (host, port)


@pytest.mark.parametrize(
    "written",
    ["1.2.3.4:", '"::1"', "a b", "-x", '"[1.2.3.4]"', '"[fe80::1]:3671"', '"[::1]"', '"http://x"', '""', "x:y:z"],
)
def test_what_is_no_address_of_a_gateway_is_refused(installer, written):
    (problem,) = installer.problems(f"knx: {{connection: tunneling, gateway: {written}}}")
    assert problem.path == "knx.gateway"


@pytest.mark.parametrize("way", ["connection: routing", "connection: tunneling_tcp, gateway: 192.168.1.5"])
def test_an_individual_address_is_good_where_it_can_be_asked_for(installer, way):
    assert installer.load(f"knx: {{{way}, individual_address: 1.1.240}}").bridge.knx.individual_address == "1.1.240"


@pytest.mark.parametrize("name", ["ocpp", "ocpp.session", "xknx", "xknx.log", "websockets.server"])
def test_concerns_and_libraries_may_have_levels_of_their_own(installer, name):
    assert installer.load(f"log: {{levels: {{{name}: debug}}}}").bridge.log.levels == {name: "debug"}


@pytest.mark.parametrize("seconds", [0, 1, 3600])
def test_a_value_may_be_sent_again_from_every_second_on_or_never(installer, seconds):
    text = f"group_objects: {{heartbeat: {{state_address: 9/7/1, cyclic: {seconds}}}}}"
    assert installer.load(text).objects[0].cyclic_s == seconds


def test_the_defaults_are_those_of_the_contract(installer):
    bridge = installer.load("site: {timezone: Europe/Amsterdam}").bridge
    assert (bridge.site.offline_after, bridge.site.enforce_authorization) == (60, True)
    assert (bridge.knx.connection, bridge.knx.rate_limit, bridge.knx.group_address_style) == (
        "automatic",
        10,
        "three_level",
    )
    assert str(bridge.ocpp.listen) == "0.0.0.0:8016"
    assert (bridge.ocpp.tls, bridge.ocpp.unknown_chargers.value) == ("both", "pending")
    assert (bridge.ocpp.heartbeat_interval, bridge.ocpp.response_timeout) == (300, 30)
    assert (bridge.ocpp.graceful_close, bridge.ocpp.pending_retry_interval, bridge.ocpp.max_frame) == (False, 60, 2**20)
    assert (bridge.authorization.mode.value, bridge.authorization.tags_file) == ("allow_list", None)
    assert (bridge.storage.path, bridge.log.level) == (None, "info")


def test_an_empty_section_is_as_good_as_none(installer):
    assert installer.load("site:\nlog:\nchargers:\n").chargers == {}


def test_no_secret_is_repeated(installer):
    text = "knx: {keyring_password: hunter2}\nchargers: [{id: A, passwort: hunter2, connectors: [{id: 1}]}]"
    messages = installer.messages(text)
    assert len(messages) == 2
    assert "hunter2" not in "".join(messages)
