"""The sync bench runs to its end against real processes; its figures are judged by people, not here."""

import json
from argparse import ArgumentParser

from tests.bench import sync
from tests.bench.figures import Figure, show, write_json


def test_the_quick_bench_takes_deltas_and_sales(tmp_path, capsys):
    parser = ArgumentParser()
    sync.options(parser)
    chosen = ["--quick", "--only", "transfers", "--only", "upward", "--homes", str(tmp_path)]
    figures = {figure.name: figure for figure in sync.run(parser.parse_args(chosen))}
    assert figures["full sync of 600 items: time"].figure > 0
    assert figures["full sync of 600 items: PouchDB"].figure is None
    assert figures["delta of 100 changes, 300 items: time"].figure > 0
    assert figures["100 queued sales uploaded: lost or doubled"].figure == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in figures)


def test_a_part_that_breaks_off_is_missed_and_the_others_go_on(tmp_path, monkeypatch, capsys):
    def break_off(*_what):
        raise SystemExit("the store did not sync")

    parts = {"transfers": break_off, "upward": lambda *_what: [Figure("measured", 1, "s", 2)]}
    monkeypatch.setattr(sync, "ROWS", parts)
    parser = ArgumentParser()
    sync.options(parser)
    figures = sync.run(parser.parse_args(["--quick", "--sizes", "300", "--homes", str(tmp_path)]))
    assert [(figure.name, figure.holds) for figure in figures] == [
        ("part transfers: broke off", False),
        ("measured", True),
    ]


def test_what_was_not_measured_is_said_and_neither_holds_nor_is_missed(tmp_path, capsys):
    figure = Figure("share of PouchDB's time", None, "%", 16.7)
    show([figure])
    assert "not measured" in capsys.readouterr().out
    write_json([figure], tmp_path / "figures.json")
    assert json.loads((tmp_path / "figures.json").read_text())[0]["holds"] is None
