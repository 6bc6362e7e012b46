"""The file that carries documents by hand: whole and from us, or not taken."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_contract.document_file import Head, UnreadableFile, read_file, sign, signing_key, write_file

KEY = signing_key("a token")
DOCUMENTS = [b'{"uuid":"a"}', '{"uuid":"b","name":"Café"}'.encode()]


def file_of(documents, key=KEY):
    head = Head(
        store="s", store_name="Corner", exported_at=datetime(2026, 11, 23, tzinfo=UTC), count=len(documents)
    )
    return write_file(head, documents, signed_by=lambda body: sign(body, key))


@pytest.mark.parametrize("documents", [[], DOCUMENTS, [b""]])
def test_what_was_written_is_read(documents):
    found = read_file(file_of(documents))
    assert list(found.documents) == documents
    assert found.head.store == "s"
    assert found.is_signed_with(KEY)
    assert not found.is_signed_with(signing_key("another token"))


def test_line_ends_at_the_end_of_the_file_do_not_matter():
    assert read_file(file_of(DOCUMENTS) + b"\r\n\n").is_signed_with(KEY)


@given(st.data())
def test_no_changed_byte_goes_unnoticed(data):
    content = bytearray(file_of(DOCUMENTS))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    try:
        found = read_file(bytes(content))
    except UnreadableFile:
        return
    # What may differ is how the signature is written: its letters' case, or the file's last line end.
    is_same = found.is_signed_with(KEY)
    assert not is_same or (found.head.store, list(found.documents)) == ("s", DOCUMENTS)


@given(st.binary(max_size=300))
def test_rubbish_is_no_file(content):
    with pytest.raises(UnreadableFile):
        read_file(content)


def test_a_file_that_was_cut_is_none():
    content = file_of(DOCUMENTS)
    for length in range(len(content) - 1):
        with pytest.raises(UnreadableFile):
            read_file(content[:length])
