"""The examples of docs/operating can be read, and name settings that exist."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from app import COMMANDS, build, main
from backoffice_web.stores.save_store import LONGEST_AUTO_SYNC_S
from settings import ROLES, read_settings
from shared_web.command_line import command_line

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
    environment = named((OPERATING / "evertill.service").read_text())
    made = read_settings({**environment, "EVERTILL_HOME": str(tmp_path)})
    assert (made.role, made.workers, made.is_https) == ("all", 2, True)


def named(text):
    """The environment that `text` names, one variable a line, in comments or not."""
    lines = re.findall(r'^(?:# +)?(EVERTILL_[A-Z_]+)="?([^"\n]+)"?$', text, re.M)
    assert lines
    return dict(lines)


def guide():
    return (OPERATING.parent / "operating.md").read_text()


def alerts():
    """The alerts of the guide, by name."""
    (text,) = re.findall(r"^```yaml\n(groups:\n.*?)^```", guide(), re.M | re.S)
    return {rule["alert"]: rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]}


def test_no_store_counts_as_behind_while_it_waits_as_it_was_told_to():
    minutes = int(alerts()["StoreIsBehind"]["for"].removesuffix("m"))
    assert minutes * 60 > LONGEST_AUTO_SYNC_S


def test_every_command_of_the_guide_can_be_typed():
    typed = re.findall(r"(?:sudo evertill|\bapp\.py) ([a-z][^`\n']*)", guide())
    assert len(typed) > 10
    for words in typed:
        command_line(roles=ROLES).parse_args(shlex.split(words))


def environments():
    """Of the guide: the environment files of a single shop and of a store node."""
    return [named(text) for text in re.findall(r"^# /etc/evertill/environment.*?^```", guide(), re.M | re.S)]


@pytest.mark.sqlite
@pytest.mark.parametrize("number", [0, 1], ids=["single shop", "store node"])
def test_by_the_guide_a_new_home_can_be_backed_up_and_verified(tmp_path, monkeypatch, number):
    for name, value in environments()[number].items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("EVERTILL_HOME", str(tmp_path / "home"))
    assert main(["migrate"]) == 0
    build(read_settings()).stop()
    assert main(["backup", str(tmp_path / "backup")]) == 0
    assert main(["verify"]) == 0


@pytest.mark.sqlite
def test_by_the_guide_a_role_may_be_given_instead(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("EVERTILL_HOME", str(tmp_path / "home"))
    assert main(["migrate", "--role", "store"]) == 0
    build(read_settings(role="store")).stop()
    assert main(["backup", str(tmp_path / "backup"), "--role", "store"]) == 0
    assert "book.sqlite3" in capsys.readouterr().out
    assert main(["verify", "--role", "store"]) == 0


def test_the_script_and_the_backup_at_night_run_what_the_program_knows():
    for name in ("evertill-backup.service", "evertill"):
        text = (OPERATING / name).read_text()
        for word in re.findall(r"app\.py ([a-z-]+)", text):
            assert word in COMMANDS
        assert "/etc/evertill/environment" in text
    assert subprocess.run(["sh", "-n", str(OPERATING / "evertill")], check=False).returncode == 0
