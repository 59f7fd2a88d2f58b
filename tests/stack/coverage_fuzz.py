"""Coverage-guided fuzzing of the loader, by hand: ``make fuzz`` (needs the package atheris, which is no dependency).

Whatever the bytes, loading ends in a project or in a ComposeError. Begins with the corpus of the tests.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["harmony_desktop.stack"]):
    from harmony_desktop.stack.errors import ComposeError
    from harmony_desktop.stack.load import load_project
    from harmony_desktop.stack.render import to_json
    from harmony_desktop.stack.review import review

FOLDER = Path(tempfile.mkdtemp(prefix="harmony-fuzz-"))
FILE = FOLDER / "compose.yaml"


def try_input(data: bytes) -> None:
    """One file."""
    FILE.write_bytes(data)
    try:
        project = load_project(environ={}, cwd=FOLDER)
        to_json(project)
        review(project)
    except ComposeError:
        return


def main() -> None:
    """Write the corpus where the fuzzer finds it, then let it run; arguments go to libFuzzer."""
    from tests.stack.corpus import cases  # not to be instrumented

    corpus = FOLDER / "corpus"
    corpus.mkdir()
    for number, case in enumerate(cases()):
        for name, text in case.files.items():
            if name.endswith((".yaml", ".yml")):
                (corpus / f"{number}-{Path(name).name}").write_text(text, encoding="utf-8")
    atheris.Setup([*sys.argv, str(corpus)], try_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
