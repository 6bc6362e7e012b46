"""What a process is by its role: which databases it has, and where its front door leads."""

import pytest
from flask import request
from werkzeug.test import Client

from app import build, main, prepare
from settings import read_settings
from tests.conftest import environment_of


@pytest.fixture
def process(tmp_path):
    """Builds a process of a role over a fresh home, without a demo."""
    built = []

    def of(role):
        settings = read_settings({**environment_of(tmp_path / role), "EVERTILL_DEMO": "no"}, role=role)
        prepare(settings)
        built.append(build(settings))
        return built[-1]

    yield of
    for one in built:
        one.stop()


def get(process, path):
    return Client(process.wsgi).get(path)


def files(folder):
    return {file.name for file in folder.glob("*.sqlite3")}


def test_one_process_holds_both_houses_unless_told_otherwise(tmp_path):
    assert read_settings({"EVERTILL_HOME": str(tmp_path)}).role == "all"


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("role", "databases", "home"),
    [
        ("all", {"office.sqlite3", "book.sqlite3", "replica.sqlite3"}, "/pos/"),
        ("backoffice", {"office.sqlite3"}, "/backoffice/"),
        ("store", {"book.sqlite3", "replica.sqlite3"}, "/pos/"),
    ],
)
def test_a_process_has_the_databases_of_its_role_and_no_others(process, tmp_path, role, databases, home):
    running = process(role)
    assert get(running, "/").headers["Location"] == home
    health = get(running, "/healthz")
    assert health.status_code == 200
    assert health.json["role"] == role
    assert ("applied_versions" in health.json) == ("replica.sqlite3" in databases)
    assert files(tmp_path / role) == databases


@pytest.mark.parametrize(("role", "missing"), [("backoffice", "/pos/"), ("store", "/backoffice/sign-in")])
def test_the_other_house_is_not_there(process, role, missing):
    assert get(process(role), missing).status_code == 404


def test_the_command_line_wins_over_the_environment(tmp_path):
    environment = {
        "EVERTILL_HOME": str(tmp_path),
        "EVERTILL_ROLE": "backoffice",
        "EVERTILL_BACK_OFFICE": "https://a.example",
    }
    assert read_settings(environment).role == "backoffice"
    chosen = read_settings(environment, role="store", back_office="https://b.example")
    assert (chosen.role, chosen.back_office) == ("store", "https://b.example")


def test_an_unknown_role_is_refused_with_a_sentence(tmp_path):
    with pytest.raises(SystemExit, match="EVERTILL_ROLE must be one of all, backoffice, store"):
        read_settings({"EVERTILL_HOME": str(tmp_path), "EVERTILL_ROLE": "shop"})


def test_a_store_node_has_no_catalog_to_import_into(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("EVERTILL_HOME", str(tmp_path))
    monkeypatch.setenv("EVERTILL_ROLE", "store")
    assert main(["import-catalog", "menu.csv", "--store", "Downtown"]) == 1
    assert "where the Back Office runs" in capsys.readouterr().err
    assert files(tmp_path) == set()


@pytest.mark.parametrize(("proxies", "believed"), [("0", False), ("1", True)])
def test_only_as_many_proxies_are_believed_as_stand_in_front(tmp_path, proxies, believed):
    settings = read_settings({**environment_of(tmp_path), "EVERTILL_DEMO": "no", "EVERTILL_PROXIES": proxies})
    prepare(settings)
    running = build(settings)
    seen = []
    running.backoffice.before_request(lambda: seen.append((request.remote_addr, request.url_root)))
    told = {
        "X-Forwarded-For": "6.6.6.6, 192.0.2.7",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "shop.example",
    }
    Client(running.wsgi).get("/backoffice/sign-in", headers=told)
    running.stop()
    assert seen == [
        ("192.0.2.7", "https://shop.example/backoffice/")
        if believed
        else (None, "http://localhost/backoffice/")
    ]
