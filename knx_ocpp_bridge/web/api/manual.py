"""The table of routes as it stands in docs/api.md."""

from collections.abc import Iterable

from knx_ocpp_bridge.web.api.table import Route


def routes_table(routes: Iterable[Route]) -> str:
    """All routes by heading, as tables of Markdown."""
    groups: dict[str, list[Route]] = {}
    for route in routes:
        groups.setdefault(route.group, []).append(route)
    parts: list[str] = []
    for group, found in groups.items():
        rows = (f"| `{one.method} {one.path}` | {one.role.name.lower()} | {one.summary} |" for one in found)
        parts.append("\n".join((f"### {group}", "", "| route | role | |", "|---|---|---|", *rows)))
    return "\n\n".join(parts)
