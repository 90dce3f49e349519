"""The result of a self-test on paper: as a page for the printer, or as plain text. Whatever is shown is text."""

from collections.abc import Callable, Iterator, Mapping
from html import escape
from typing import Any, Final

from knx_ocpp_bridge.report.harmless import legible

Row = Mapping[str, Any]
"""A row of the topic `selftest`."""
Time = Callable[[object], str]
"""A time of ISO 8601 as people at the site read it."""

TITLES: Final = {
    "connection": "Connection",
    "status": "Status",
    "clock": "Clock",
    "keys": "Configuration keys",
    "start": "Start",
    "limit": "Limit to the least current",
    "pause": "Pause",
    "fast": "Fast",
    "stop": "Stop",
    "unlock": "Unlock",
}
_STYLE: Final = """
@page { size: A4; margin: 18mm } body { font: 10.5pt/1.4 sans-serif; color: #000; background: #fff; max-width: 46rem }
table { border-collapse: collapse; width: 100% } th, td { border-bottom: 1px solid #999; padding: .3rem .5rem;
text-align: left; vertical-align: top } th[scope=row] { white-space: nowrap; font-weight: 600 } small { color: #444 }
tr { break-inside: avoid } dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem }
dt { color: #444 } dd { margin: 0 } .sign { margin-top: 3rem } .failed { font-weight: 700 }
""".strip()


def as_text(row: Row, time: Time) -> str:
    """Lines of text with a line feed at the end of each."""
    head = [f"{name:<14}{value}" for name, value in _facts(row, time)]
    trials: list[str] = []
    for each in row["trials"]:
        trials.append(f"{each['outcome']:<10}  {TITLES.get(each['trial'], each['trial']):<26}  {_reason(each)}")
        trials += [f"{'':40}{finding}" for finding in each["findings"]]
    lines = [f"Self-test of {_place(row)}", "", *head, "", *trials, "", *row["left"], _sum(row)]
    return "".join(f"{_plain(line)}\n" for line in lines)


def as_page(row: Row, time: Time) -> str:
    """A whole page, HTML 5: nothing from elsewhere, no script."""
    title = f"Self-test of {_place(row)}"
    facts = "\n".join(f"<dt>{_safe(name)}</dt><dd>{_safe(value)}</dd>" for name, value in _facts(row, time))
    trials = "\n".join(_line(each) for each in row["trials"])
    left = "".join(f"<p><strong>{_safe(each)}</strong></p>\n" for each in row["left"])
    return f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{_safe(title)}</title>
<style>{_STYLE}</style></head>
<body>
<h1>{_safe(title)}</h1>
<dl>
{facts}
</dl>
<table>
<thead><tr><th>Trial</th><th>Result</th><th>What was seen</th><th>s</th></tr></thead>
<tbody>
{trials}
</tbody>
</table>
<p>{_safe(_sum(row))}</p>
{left}<p class="sign">Date, signature: ________________________________</p>
</body>
</html>
"""


def _line(each: Row) -> str:
    findings = "".join(f"<br><small>{_safe(finding)}</small>" for finding in each["findings"])
    answer = f"<br><small>answer: {_safe(each['answer'])}</small>" if _says_more(each) else ""
    mark = ' class="failed"' if each["outcome"] == "failed" else ""
    return (
        f"<tr{mark}><th scope=row>{_safe(TITLES.get(each['trial'], each['trial']))}</th>"
        f"<td>{_safe(each['outcome'])}</td>"
        f"<td>{_safe(each['reason'])}{answer}{findings}</td><td>{each['seconds'] or ''}</td></tr>"
    )


def _says_more(each: Row) -> bool:
    return bool(each["answer"]) and each["answer"] not in each["reason"]


def _reason(each: Row) -> str:
    return f"{each['reason']} (answer: {each['answer']})" if _says_more(each) else str(each["reason"])


def _facts(row: Row, time: Time) -> Iterator[tuple[str, str]]:
    session = "" if row["transaction"] is None else f"{row['transaction']} (of this test)"
    ended = "not yet" if row["ended_at"] is None else time(row["ended_at"])
    for name, value in (
        ("Site", row["site"]),
        ("Charger", row["charger"]),
        ("Name", row["name"]),
        ("Connector", row["connector"]),
        ("Vendor", row["vendor"]),
        ("Model", row["model"]),
        ("Serial number", row["serial"]),
        ("Firmware", row["firmware"]),
        ("Bridge", f"version {row['version']}"),
        ("Began", time(row["began_at"])),
        ("Ended", ended),
        ("Asked for by", row["by"]),
        ("Transaction", session),
    ):
        if value not in ("", None):
            yield name, str(value)


def _sum(row: Row) -> str:
    seen = f"passed: {row['passed']}, failed: {row['failed']}"
    return f"{seen}, not seen: {row['not_seen']}, not tried: {row['not_tried']}"


def _place(row: Row) -> str:
    return f"{row['name'] or row['charger']}, connector {row['connector']}"


def _plain(line: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in line).rstrip()


def _safe(text: object) -> str:
    return escape(legible(str(text)))
