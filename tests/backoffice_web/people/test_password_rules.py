"""A password is long, hard to guess and says nothing of the person; kinds of characters do not count."""

import pytest

from backoffice_web.people.password_rules import LONGEST, password_complaint, password_rules

ABOUT = ["Noor", "Nurse", "noor@example.com", "Corner Bakery"]


@pytest.mark.parametrize(
    "password",
    ["a short sentence", "correct horse battery staple", "k7mp-x3qd-9rtb-w4nf", "ein Satz über Tee"],
)
def test_sentences_and_random_letters_are_good(password):
    assert password_complaint(password, about=ABOUT) == ""
    assert all(rule.is_met for rule in password_rules(password, password, about=ABOUT))


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short", "At least 10"),
        ("x" * (LONGEST + 1), "at most 200"),
        ("password123", "easy to guess"),
        ("qwertyuiop", "easy to guess"),
        ("aaaaaaaaaaaaaa", "easy to guess"),
        ("1234567890", "easy to guess"),
        ("Iloveyou12", "easy to guess"),
        ("my bakery opens at dawn", "name of the business"),
        ("NURSE riding a blue lamp", "Leave out the name"),
    ],
)
def test_what_is_wrong_is_said(password, words):
    assert words.lower() in password_complaint(password, about=ABOUT).lower().replace("use at", "at")


def test_each_rule_is_ticked_by_itself():
    met = [rule.is_met for rule in password_rules("correct horse battery staple", "correct", about=ABOUT)]
    assert met == [True, True, True, False]
    assert not any(rule.is_met for rule in password_rules("", "", about=ABOUT))


def test_a_very_long_password_takes_no_long_time_to_judge():
    assert password_complaint("quiet lamps and " * 12, about=ABOUT) == ""
