"""The page for authors of connectors is true: its example runs, its names exist, and it stays short."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import syncer.testing

README = Path(syncer.testing.__file__).with_name("README.md")
TEXT = README.read_text(encoding="utf-8")


def example() -> str:
    """The one complete test file on the page."""
    (found,) = re.findall(r"```python\n(.*?)```", TEXT, re.S)
    return str(found)


def test_the_example_passes_as_it_stands(tmp_path: Path) -> None:
    file = tmp_path / "test_mine.py"
    file.write_text(example(), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-ra", "-p", "no:cacheprovider", "-W", "error", str(file)]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
    passed = re.search(r"(\d+) passed", ran.stdout)
    assert passed is not None and int(passed[1]) > 90, ran.stdout
    assert "override Harness.spoil" in ran.stdout, "skipped tests say what would let them run"


def test_what_a_stranger_writes_is_short() -> None:
    lines = [line for line in example().splitlines() if line.strip()]
    assert len(lines) <= 60


def test_the_names_on_the_page_exist() -> None:
    for name in set(re.findall(r"`(syncer\.testing[\w.]*)`", TEXT)):
        importlib.import_module(name)
    for path in set(re.findall(r"`(syncer/[\w/]+\.py)`", TEXT)):
        assert (README.parent.parent.parent / path).is_file(), path


def test_only_the_contract_needs_pytest() -> None:
    code = (
        "import sys; sys.modules['pytest'] = None; "
        "import syncer.testing, syncer.testing.builders, syncer.testing.memory, syncer.testing.proxy"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
