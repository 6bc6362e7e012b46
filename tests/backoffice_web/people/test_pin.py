"""PINs that people try first are told apart from the rest."""

from datetime import date

import pytest

from backoffice_web.people.pin import is_easy_pin

BORN = date(1987, 3, 29)


@pytest.mark.parametrize(
    "pin", ["1111", "0000", "1234", "4321", "7890", "0987", "1212", "123123", "12345678"]
)
def test_pins_that_people_try_first_are_easy(pin):
    assert is_easy_pin(pin)


@pytest.mark.parametrize("pin", ["2903", "0329", "1987", "8703", "0387", "290387", "29031987", "19870329"])
def test_a_date_of_birth_is_easy_however_it_is_written(pin):
    assert is_easy_pin(pin, born_on=BORN)
    assert not is_easy_pin(pin)


@pytest.mark.parametrize("pin", ["4711", "8391", "2580", "1357", "530917"])
def test_other_pins_are_not(pin):
    assert not is_easy_pin(pin, born_on=BORN)
