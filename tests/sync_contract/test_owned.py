"""What is laid over a store-owned body leaves alone what it does not name, to the byte."""

import pytest

from sync_contract.owned import SoldOut, UnreadableOwned, encode_owned, laid_over


@pytest.mark.parametrize(
    ("present", "change", "after"),
    [
        (
            b'{"theme":"dark","bright":[1, 2.50]}',
            b'{"theme":"light"}',
            b'{"theme":"light","bright":[1, 2.50]}',
        ),
        (
            b'{"theme":"dark"}',
            b'{"theme":"dark", "bright":{"a":null}}',
            b'{"theme":"dark","bright":{"a":null}}',
        ),
        (b'{"theme":"dark"}', b"{ }", b'{"theme":"dark"}'),
        (None, b'{ "theme": "dark" }', b'{"theme":"dark"}'),
        (b"", b'{"theme":"dark"}', b'{"theme":"dark"}'),
        (b"[1]", b'{"theme":"dark"}', b'{"theme":"dark"}'),
        (b"\xff", b'{"theme":"dark"}', b'{"theme":"dark"}'),
    ],
)
def test_a_change_leaves_alone_what_it_does_not_name(present, change, after):
    assert laid_over(present, change) == after


def test_the_same_again_is_the_same_bytes():
    body = encode_owned(SoldOut(name="Crème brûlée"))
    assert laid_over(body, body) == body


@pytest.mark.parametrize("change", [b"", b"null", b"[]", b"\xff", b'{"a":'])
def test_what_is_no_object_changes_nothing(change):
    with pytest.raises(UnreadableOwned):
        laid_over(b"{}", change)
