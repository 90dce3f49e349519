"""`python -m assets`: everything is made anew."""

import sys
from pathlib import Path
from subprocess import CalledProcessError

from assets.browser_code import fetch
from assets.words import WordsError, compile_words
from knx_ocpp_bridge.web.languages import Language

_ROOT = Path(__file__).parents[1]
_WEB = _ROOT / "knx_ocpp_bridge" / "web"


def main() -> int:
    """0, or 1 and why not."""
    try:
        words = _WEB / "words"
        for language in (each.value for each in Language if each is not Language.EN):
            compile_words(language, sorted((words / language).glob("*.po")), words / f"{language}.mo")
        fetch(_ROOT / "build" / "web", _WEB / "static" / "vendor")
    except (WordsError, CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


sys.exit(main())
