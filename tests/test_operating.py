"""The examples of docs/operating can be read, and name settings that exist."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from settings import read_settings

PROJECT = Path(__file__).parents[1]
OPERATING = PROJECT / "docs" / "operating"
SETTING = re.compile(r"\bEVERTILL_[A-Z_]+\b")
# What the tests set for themselves is no setting of the program.
SOURCES = ("settings.py",)


def known():
    """Every variable that the program reads: named in settings.py, or a secret's name in capitals."""
    from settings import SECRET_NAMES

    text = "".join((PROJECT / source).read_text() for source in SOURCES)
    return set(SETTING.findall(text)) | {f"EVERTILL_{name.upper()}" for name in SECRET_NAMES}


@pytest.mark.parametrize("file", sorted(path.name for path in OPERATING.iterdir()))
def test_the_examples_name_settings_that_exist(file):
    named = set(SETTING.findall((OPERATING / file).read_text()))
    assert named <= known(), named - known()


def test_the_guide_names_settings_that_exist():
    named = set(SETTING.findall((OPERATING.parent / "operating.md").read_text()))
    assert named <= known(), named - known()


def compose():
    return yaml.safe_load((OPERATING / "compose.yaml").read_text())


def test_the_compose_file_starts_workers_that_the_program_accepts(tmp_path):
    environment = dict(compose()["services"]["evertill"]["environment"])
    assert all(isinstance(value, str) for value in environment.values())
    made = read_settings({**environment, "EVERTILL_HOME": str(tmp_path)})
    assert (made.role, made.workers, made.proxies, made.is_https) == ("all", 2, 1, True)
    assert made.replica_database.startswith(made.book_database)


def test_the_compose_file_mounts_what_lies_beside_it_and_waits_for_what_it_needs():
    services = compose()["services"]
    mounted = [
        volume.split(":")[0]
        for service in services.values()
        for volume in service.get("volumes", [])
        if volume.startswith("./")
    ]
    assert mounted and all((OPERATING / name).is_file() for name in mounted)
    for name in services["evertill"]["depends_on"]:
        assert "healthcheck" in services[name]


def test_the_image_holds_all_of_the_program(tmp_path):
    build = compose()["services"]["evertill"]["build"]
    context = (OPERATING / build["context"]).resolve()
    lines = re.findall(r"^COPY (.*)$", (context / build["dockerfile"]).read_text(), re.M)
    for *sources, target in map(str.split, lines):
        for source in sources:
            if (context / source).is_dir():
                shutil.copytree(context / source, tmp_path / target)
            else:
                shutil.copy(context / source, tmp_path / target)
    answer = subprocess.run(
        [sys.executable, "app.py", "migrate"],
        cwd=tmp_path,
        env={"EVERTILL_HOME": str(tmp_path / "home"), "EVERTILL_DEMO": "no"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert answer.returncode == 0, answer.stderr
    assert (tmp_path / "home" / "office.sqlite3").exists()


def test_the_unit_starts_workers_that_the_program_accepts(tmp_path):
    lines = re.findall(r"^Environment=(.*)$", (OPERATING / "evertill.service").read_text(), re.M)
    environment = dict(pair.split("=", 1) for line in lines for pair in line.split())
    databases = {
        name: "postgresql+psycopg://evertill@127.0.0.1/" + name.lower()
        for name in ("EVERTILL_OFFICE_DATABASE", "EVERTILL_BOOK_DATABASE")
    }
    made = read_settings({**environment, **databases, "EVERTILL_HOME": str(tmp_path)})
    assert made.workers == 2
