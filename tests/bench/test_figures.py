import json

import pytest

from tests.bench.figures import Figure, percentile, show, write_json


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [([5], 95, 5), ([1, 2, 3, 4], 50, 2), (range(1, 101), 95, 95), (range(100, 0, -1), 99, 99)],
)
def test_a_percentile_is_a_value_that_was_measured(values, percent, expected):
    assert percentile(values, percent) == expected


def test_a_figure_holds_up_to_its_bar_and_always_without_one():
    assert Figure("add line", 20.0, "ms", 20).holds
    assert not Figure("add line", 20.1, "ms", 20).holds
    assert Figure("add line", 9_999.0, "ms").holds


def test_a_missed_bar_is_said_in_the_table(capsys):
    show([Figure("add line", 30.0, "ms", 20), Figure("search", 3.0, "ms", 50)])
    lines = capsys.readouterr().out.splitlines()
    assert "MISSED" in lines[2]
    assert "holds" in lines[3]


def test_json_has_one_object_a_row(tmp_path):
    write_json([Figure("add line", 30.0, "ms", 20)], tmp_path / "figures.json")
    assert json.loads((tmp_path / "figures.json").read_text()) == [
        {"name": "add line", "figure": 30.0, "unit": "ms", "bar": 20, "holds": False}
    ]
