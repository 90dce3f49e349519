"""Who is let in, by the configuration: TLS, security profiles, passwords."""

import pytest


def charger(keys: str) -> str:
    return f"chargers:\n  - id: A\n    connectors: [{{id: 1}}]\n    {keys}\n"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("off", "off"),
        ('"off"', "off"),
        ("false", "off"),
        ("False", "off"),
        ('"false"', "off"),
        ("no", "off"),
        ("on", "on"),
        ("true", "on"),
        ("yes", "on"),
        ("both", "both"),
    ],
)
def test_tls_is_what_was_meant_whether_yaml_reads_a_word_or_a_switch(installer, written, meant):
    assert installer.load(f"ocpp: {{tls: {written}}}").bridge.ocpp.tls == meant
