"""The command line: what may be typed is what can be done."""

import pytest

from app import COMMANDS, main
from settings import ROLES
from shared_web.command_line import command_line


def test_every_word_of_the_command_line_does_something():
    (commands,) = [action for action in command_line(roles=ROLES)._actions if action.dest == "command"]
    assert set(commands.choices) == set(COMMANDS)


def test_without_a_word_the_usage_names_them_all(capsys):
    with pytest.raises(SystemExit) as refused:
        main([])
    told = capsys.readouterr().err
    assert refused.value.code == 2 and all(word in told for word in COMMANDS)
