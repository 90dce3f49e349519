"""The pages leave descriptors to chargers and files."""

import resource

import pytest

from knx_ocpp_bridge.web.descriptors import WANTED, most_connections, raised

ENDLESS = resource.RLIM_INFINITY


@pytest.mark.parametrize(
    ("soft", "hard", "asked"),
    [
        (1024, 524288, WANTED), (1024, 2000, 2000), (1024, ENDLESS, WANTED), (20000, 20000, 20000),
        (ENDLESS, ENDLESS, ENDLESS),
    ],
)  # fmt: skip
def test_more_is_asked_for_as_far_as_it_is_allowed_and_wanted(soft: int, hard: int, asked: int):
    assert raised(soft, hard) == asked


@pytest.mark.parametrize(("given", "pages"), [(600, 200), (1024, 341), (WANTED, 512)])
def test_the_pages_have_a_third_at_most(monkeypatch: pytest.MonkeyPatch, given: int, pages: int):
    def forbidden(_which: int, _limits: tuple[int, int]) -> None:
        raise PermissionError

    monkeypatch.setattr(resource, "getrlimit", lambda _which: (given, given))
    monkeypatch.setattr(resource, "setrlimit", forbidden)
    assert most_connections(512) == pages
