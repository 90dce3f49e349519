"""The printed page as PDF, where the extra `pdf` is installed."""

from typing import Final

MOST_LINES: Final = 1000
"""Of one PDF: each takes about 10 ms and 300 kB of memory on a desktop computer, and some times as long on a Pi."""


class PdfError(Exception):
    """No PDF can be made here: what is missing, and how to get it."""


def pdf(page: str) -> bytes:
    """The page as it would be printed; it gets nothing from anywhere.

    Raises:
        PdfError: WeasyPrint, or a library of the system that it needs, is not installed.
    """
    try:
        import weasyprint
        from weasyprint.urls import URLFetcher
    except ImportError as error:
        raise PdfError(
            "PDF needs the extra pdf: pip install knx-ocpp-bridge[pdf] (docs/reports.md); "
            "or write --format html and print it to a file in any browser"
        ) from error
    except OSError as error:
        raise PdfError(
            f"the system lacks a library for PDF ({error}): apt-get install libpangoft2-1.0-0 libharfbuzz-subset0"
        ) from error
    made: bytes = weasyprint.HTML(string=page, url_fetcher=URLFetcher(allowed_protocols=())).write_pdf()
    return made
