"""The till bench runs to its end against a real server; its figures are judged by people, not here."""

from argparse import ArgumentParser

from tests.bench import till


def test_the_till_bench_rings_searches_and_prints_its_table(tmp_path, capsys):
    parser = ArgumentParser()
    till.options(parser)
    figures = till.run(parser.parse_args(["--sizes", "300,400", "--orders", "1", "--homes", str(tmp_path)]))
    names = [figure.name for figure in figures]
    assert "add line, 300 items: server p95" in names
    assert "search, 400 items: server p95" in names
    assert "add line, 300 → 400 items: growth of the server p50" in names
    assert all(figure.figure > 0 for figure in figures)
    printed = capsys.readouterr().out
    assert all(name in printed for name in names)
