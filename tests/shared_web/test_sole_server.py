"""One server at a time over a database that is a file, for as long as anything of it lives."""

import os
import signal

import pytest
import websocket

from app import main
from shared_web import sole_server as locking
from shared_web.database_files import lock_of
from shared_web.sole_server import ServedAlready, sole_server
from tests.forked import ForkedHouse
from tests.proc import children_of, is_dead


@pytest.fixture
def urls(tmp_path):
    return [f"sqlite:///{tmp_path / name}.sqlite3" for name in ("book", "office")]


def test_a_second_server_is_refused_with_a_sentence_and_let_in_when_the_first_has_ended(urls):
    said = []
    second = sole_server(urls[:1], patience_s=0.01, tell=said.append)
    with sole_server(urls), pytest.raises(ServedAlready) as refusal, second:
        pytest.fail("two serve one book")
    assert "Stop that one first" in refusal.value.sentence and "book.sqlite3" in refusal.value.sentence
    assert len(said) == 1 and "waiting for it to end" in said[0]
    with sole_server(urls, patience_s=0, tell=said.append):
        assert len(said) == 1


def test_a_store_node_may_serve_beside_a_back_office_of_the_same_home(urls):
    with sole_server(urls[:1]), sole_server(urls[1:], patience_s=0):
        pass


def test_who_is_refused_one_database_keeps_none(urls):
    with sole_server(urls[1:]), pytest.raises(ServedAlready), sole_server(urls, patience_s=0):
        pytest.fail("two serve one office")
    with sole_server(urls, patience_s=0):
        pass


def test_a_database_server_is_for_many():
    url = "postgresql+psycopg://evertill@localhost/office"
    with sole_server([url]), sole_server([url], patience_s=0):
        pass


def test_a_worker_that_outlives_its_master_is_waited_for(urls):
    reading, writing = os.pipe()
    held = sole_server(urls)
    held.__enter__()
    if not (worker := os.fork()):
        os.close(writing)
        os.read(reading, 1)
        os._exit(0)
    held.__exit__(None, None, None)
    with pytest.raises(ServedAlready), sole_server(urls, patience_s=0):
        pytest.fail("the worker is serving")

    def end_it(_said):
        os.kill(worker, signal.SIGKILL)

    with sole_server(urls, tell=end_it):
        os.waitpid(worker, 0)
    os.close(reading)
    os.close(writing)


def test_a_lock_that_was_removed_with_its_home_is_not_taken_for_the_new_one(urls, monkeypatch):
    """Who waited holds a file that has no name any more."""
    (book, _office), lock_file = urls, lock_of(locking.file_of(urls[0]))
    in_place, looks = locking._is_in_place, []

    def look(opened, lock):
        if not looks:
            lock_file.unlink()
        looks.append(in_place(opened, lock))
        return looks[-1]

    monkeypatch.setattr(locking, "_is_in_place", look)
    with sole_server([book]):
        assert looks == [False, True]
        with pytest.raises(ServedAlready), sole_server([book], patience_s=0):
            pytest.fail("two serve one book")


def test_where_nothing_can_be_locked_the_store_sells_all_the_same(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with sole_server([f"sqlite:///{tmp_path / 'file' / 'book.sqlite3'}"]):
        pass


@pytest.mark.sqlite
def test_the_commands_know_it(settings, monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("EVERTILL_HOME", str(settings.home))
    monkeypatch.setattr("app.sole_server", lambda urls, **_how: sole_server(urls, patience_s=0))
    monkeypatch.setattr("app.server", lambda settings: pytest.fail("two serve one home"))
    with sole_server(settings.served_databases):
        for command in (["serve"], ["serve", "--role", "store"], ["reset", "--yes", "--discard-unsent"]):
            assert main(command) == 1
            assert "Stop that one first" in capsys.readouterr().err
        for command in (["migrate"], ["backup", str(tmp_path / "copy")]):
            assert main(command) == 0


@pytest.mark.sqlite
def test_after_its_master_was_killed_a_house_starts_again_within_seconds_and_never_twice(tmp_path):
    """Also while a thread of its worker waits for a browser that vanished without a word."""
    first, second = (ForkedHouse("all", tmp_path / "home") for _time in range(2))
    first.start()
    try:
        (worker,) = children_of(first._process.pid)
        line = websocket.create_connection(
            f"ws://127.0.0.1:{first.port}/pos/socket.io/?EIO=4&transport=websocket", timeout=10
        )
        assert "sid" in line.recv()
        os.kill(first._process.pid, signal.SIGKILL)
        second.start()
        assert is_dead(worker)
        assert "waiting for it to end" in second.output()
        line.shutdown()
    finally:
        for house in (first, second):
            house.kill()
