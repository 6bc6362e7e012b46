"""Test input that others made and that is not part of this repository: `../shared/data`, where it exists."""

from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


def shared_file(name: str) -> Path:
    """The file `name` of ../shared/data; skips the test where it is absent."""
    file = SHARED_DATA / name
    if not file.exists():
        pytest.skip(f"../shared/data/{name} is not here")
    return file
