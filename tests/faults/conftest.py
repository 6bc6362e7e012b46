"""How much is tried: a bounded form for every run, the long one by `bin/test --long` (EVERTILL_LONG=1).

A part of the long one by EVERTILL_LONG=0.1, say, on a machine that has not got the hours.
"""

import os
from random import Random

import pytest

from tests.faults.house import House, build_template

PART = float(os.environ.get("EVERTILL_LONG") or 0)


def often(usual, long):
    """How many times: `usual` in every run, `long` at length."""
    return max(usual, round(long * PART)) if 0 < PART < 1 else at_length(usual, long)


def at_length(usual, long):
    """What no part of the long form makes smaller: how deep, or what must be true."""
    return long if PART else usual


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """An office with one published store, made once a worker and copied by each house."""
    return build_template(tmp_path_factory.mktemp("office"))


@pytest.fixture
def house(template, tmp_path):
    opened = House(tmp_path, template)
    yield opened
    opened.close()


@pytest.fixture
def random(request):
    """Chance that comes the same way every time; another seed by EVERTILL_SEED."""
    return Random(f"{os.environ.get('EVERTILL_SEED', '1')} {request.node.name}")
