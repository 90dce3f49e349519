"""Environment variables over the file."""

PREFIX = "KNX_OCPP_BRIDGE__"
CHARGER = "chargers: [{id: A, connectors: [{id: 1}]}]\n"


def test_a_variable_overrides_the_file(installer):
    loaded = installer.load(
        "ocpp: {listen: 0.0.0.0:8016, heartbeat_interval: 300}\nlog: {level: info}\n",
        {
            f"{PREFIX}OCPP__LISTEN": "127.0.0.1:9000",
            f"{PREFIX}OCPP__GRACEFUL_CLOSE": "yes",
            f"{PREFIX}OCPP__TLS": "false",
            f"{PREFIX}SITE__OFFLINE_AFTER": "90.5",
            f"{PREFIX}SITE__NAME": "42",
            f"{PREFIX}LOG__LEVELS__OCPP": "debug",
            f"{PREFIX}KNX__CONNECTION": "tunneling",
            f"{PREFIX}KNX__GATEWAY": "10.0.0.1",
            "KNX_OCPP_BRIDGE_CONFIG": "/elsewhere",
            "PATH": "/bin",
        },
    )
    bridge = loaded.bridge
    assert str(bridge.ocpp.listen) == "127.0.0.1:9000"
    assert (bridge.ocpp.graceful_close, bridge.ocpp.tls, bridge.ocpp.heartbeat_interval) == (True, "off", 300)
    assert (bridge.site.offline_after, bridge.site.name) == (90.5, "42")
    assert (bridge.log.level, bridge.log.levels) == ("info", {"ocpp": "debug"})
    assert str(bridge.knx.gateway) == "10.0.0.1:3671"


def test_a_list_is_overridden_as_json(installer):
    environ = {f"{PREFIX}CHARGERS": '[{"id": "B", "connectors": [{"id": 2}]}]'}
    assert list(installer.load(CHARGER, environ).chargers) == ["B"]


def test_an_object_of_the_bridge_may_come_from_a_variable(installer):
    name = f"{PREFIX}GROUP_OBJECTS__HEARTBEAT__STATE_ADDRESS"
    (bound,) = installer.load(CHARGER, {name: "1/2/3"}).objects
    assert (bound.state_address, bound.where) == (2563, f"environment variable {name}")


def test_an_empty_file_will_do_when_variables_say_everything(installer):
    environ = {f"{PREFIX}CHARGERS": '[{"id": "B", "connectors": [{"id": 2}]}]', f"{PREFIX}SITE__NAME": "Villa"}
    for text in ("", "# nothing here\n"):
        loaded = installer.load(text, environ)
        assert (list(loaded.chargers), loaded.bridge.site.name) == (["B"], "Villa")
        assert [each.reason for each in installer.problems(text)] == ["the file is empty"]


def test_a_wrong_value_names_its_variable(installer):
    assert installer.messages(CHARGER, {f"{PREFIX}KNX__RATE_LIMIT": "fast"}) == [
        f"environment variable {PREFIX}KNX__RATE_LIMIT: knx.rate_limit: 'fast' is not a number; write a number"
    ]


def test_an_unknown_variable_is_refused_with_the_nearest_key(installer):
    environ = {f"{PREFIX}OCP__LISTEN": "x", f"{PREFIX}OCPP__LISTE": "y"}
    assert installer.messages(CHARGER, environ) == [
        (
            f"environment variable {PREFIX}OCPP__LISTE: ocpp.liste: "
            "liste is not a key of this section; did you mean listen?"
        ),
        f"environment variable {PREFIX}OCP__LISTEN: ocp: ocp is not a key of this section; did you mean ocpp?",
    ]


def test_a_single_entry_of_a_list_cannot_be_overridden(installer):
    (message,) = installer.messages(CHARGER, {f"{PREFIX}CHARGERS__0__NAME": "x"})
    assert message.startswith(
        f"environment variable {PREFIX}CHARGERS__0__NAME: chargers.0.name: "
        "a single entry of a list cannot be overridden; override the whole list as JSON"
    )


def test_broken_json_names_its_variable(installer):
    assert installer.messages(CHARGER, {f"{PREFIX}CHARGERS": '[{"id": '}) == [
        f"environment variable {PREFIX}CHARGERS: chargers: the value is not JSON; check its brackets and quotes"
    ]


def test_a_name_with_an_empty_part_is_refused(installer):
    assert installer.messages(CHARGER, {f"{PREFIX}OCPP__": "x"}) == [
        f"environment variable {PREFIX}OCPP__: a part of the name is empty; write {PREFIX}SECTION__KEY=value"
    ]


def test_what_a_variable_breaks_between_sections_names_it(installer):
    environ = {f"{PREFIX}KNX__CONNECTION": "tunneling_tcp"}
    (message,) = installer.messages(CHARGER, environ)
    assert message.startswith(
        f"environment variable {PREFIX}KNX__CONNECTION: knx.connection: tunneling_tcp needs a gateway"
    )


def test_a_whole_section_may_be_overridden_as_json(installer):
    environ = {f"{PREFIX}OCPP": '{"response_timeout": 5}'}
    assert (
        installer.load("ocpp: {response_timeout: 9, heartbeat_interval: 60}", environ).bridge.ocpp.response_timeout == 5
    )
