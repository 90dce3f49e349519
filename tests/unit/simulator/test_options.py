from pathlib import Path

import pytest
from click.testing import CliRunner

from knx_ocpp_bridge.cli.simulate import simulate

DIAL = ["charge-point", "--id", "X", "--url"]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["wss://bridge", "--certificate", "cert.pem"], "belong together"),
        (["ws://bridge", "--certificate", "cert.pem", "--key", "cert.pem"], "needs a URL with wss://"),
        (["wss://bridge", "--ca", "nowhere.pem"], "does not exist"),
    ],
)
def test_options_that_do_not_fit_together_are_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], why: str
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cert.pem").write_text("")
    result = CliRunner().invoke(simulate, [*DIAL, *options])
    assert result.exit_code == 2
    assert why in result.output
