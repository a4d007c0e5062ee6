"""Real text in several languages for volume: the descriptions of packages that the system's package lists hold.

`python -m benchmarks.descriptions FOLDER` fetches them once by the machine's own `apt-get update`, into a folder of its
own, so that the system's lists stay as they are. Without them, made collections are in English alone.
"""

from __future__ import annotations

import lzma
import re
import subprocess
import sys
from pathlib import Path

LANGUAGES = ("de", "es", "fr", "it", "ja", "ko", "pt_BR", "ru", "zh_CN")
SYSTEM = Path("/var/lib/apt/lists")
MOST = 12_000

_NAME = re.compile(r"Translation-([A-Za-z_]+|[a-z]{2}%5f[A-Z]{2})(\.[a-z0-9]+)?$")
_SETTINGS = """#clear Acquire::Languages;
Acquire::Languages {{ {languages} }};
Acquire::GzipIndexes "false";
Dir::State::Lists "{folder}";
"""

Description = tuple[str, str]
"""A short line and what follows it."""


def fetch(folder: Path) -> None:
    (folder / "partial").mkdir(parents=True, exist_ok=True)
    settings = folder / "apt.conf"
    languages = " ".join(f'"{language}";' for language in LANGUAGES)
    settings.write_text(_SETTINGS.format(languages=languages, folder=folder))
    subprocess.run(["apt-get", "update", "-c", str(settings)], check=True, timeout=600)


def descriptions(folder: Path = SYSTEM, *, most: int = MOST) -> dict[str, list[Description]]:
    """By BCP 47 language, in the order of the lists; empty where the lists hold no translations."""
    found: dict[str, list[Description]] = {}
    for path in sorted(folder.glob("*_Translation-*")):
        match = _NAME.search(path.name)
        language = match.group(1).replace("%5f", "_") if match else ""
        if language in LANGUAGES:
            spoken = language.replace("_", "-")
            found.setdefault(spoken, []).extend(parsed(_read(path))[:most])
    return {language: items for language, items in found.items() if items}


def _read(path: Path) -> str:
    if path.suffix == ".xz":
        return lzma.decompress(path.read_bytes()).decode()
    if path.suffix in (".lz4", ".gz", ".bz2"):
        done = subprocess.run(["/usr/lib/apt/apt-helper", "cat-file", str(path)], capture_output=True, check=True)
        return done.stdout.decode()
    return path.read_text(encoding="utf-8")


def parsed(lists: str) -> list[Description]:
    found = []
    for entry in lists.split("\n\n"):
        title, _, rest = entry.partition("\nDescription-md5:")[2].partition(": ")[2].partition("\n")
        body = " ".join(line.strip() for line in rest.splitlines() if line.strip() != ".")
        if title and len(body) > 80:
            found.append((title.strip(), body))
    return found


if __name__ == "__main__":
    fetch(Path(sys.argv[1]).resolve())
    for name, items in descriptions(Path(sys.argv[1])).items():
        print(f"{name:6} {len(items):6} descriptions")
