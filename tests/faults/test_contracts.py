"""An older node with a newer office, and the reverse: one contract apart they work together, fields that the
other side does not know survive, and further apart both refuse in a sentence while the store sells on.
"""

import json
from typing import Literal

import httpx2
import msgspec
import pytest

from backoffice_web.owned.command import command_store
from backoffice_web.owned.mirror import OwnedMirror
from pos_web.owned.change import change_owned
from pos_web.owned.record import OwnedRecord
from pos_web.syncing.sync_result import REFUSED
from sync_contract.contract import CONTRACT, FURTHEST, HEADER
from sync_contract.integrity import DIGEST_HEADER, content_digest
from sync_contract.owned import TERMINAL_SETTINGS, TerminalSettings, encode_owned
from sync_contract.uploads import Receipt
from tests.backoffice_web.builders import DOWNTOWN, NOON
from tests.faults.house import REGISTER, all_is_well

NEWS = {"of_another_release": {"deep": [1, "two", None]}}


class OtherRelease(httpx2.BaseTransport):
    """The line to an office that is `apart` contracts away; whoever is newer says more than the other knows.

    `says_more`: "node" adds a field to everything that it sends, "office" to everything that it answers, and
    to the bodies of what a store owns.
    `newer`: the side that the other one hears to be that far away; each in turn when it is not given.
    """

    def __init__(self, inner, *, apart, says_more, newer=None):
        self.inner = inner
        self.node_says = str(CONTRACT + (apart if newer != "office" else 0))
        self.office_says = str(CONTRACT + (apart if newer != "node" else 0))
        self.says_more = says_more

    def handle_request(self, request):
        content = request.read()
        headers = [
            (name, value)
            for name, value in request.headers.raw
            if name.lower().decode() not in {"content-length", HEADER.lower(), DIGEST_HEADER.lower()}
        ]
        if content and self.says_more == "node":
            content = b"\n".join(more(more_owned(line)) for line in content.splitlines())
        if content:
            headers.append((DIGEST_HEADER.encode(), content_digest(content).encode()))
        headers.append((HEADER.encode(), self.node_says.encode()))
        asked = httpx2.Request(request.method, request.url, headers=headers, content=content)
        response = self.inner.handle_request(asked)
        answer = b"".join(response.stream)
        response.close()
        if response.headers.get("Content-Encoding") == "gzip":
            answer = httpx2.Response(200, headers={"Content-Encoding": "gzip"}, content=answer).content
        if answer and self.says_more == "office":
            answer = b"".join(more(more_owned(line)) + b"\n" for line in answer.splitlines())
        told = {"Content-Type": response.headers.get("Content-Type", ""), HEADER: self.office_says}
        return httpx2.Response(response.status_code, headers=told, content=answer)

    def close(self):
        self.inner.close()


def more(line):
    """A line of JSON with what the other side does not know: in an object, or in each of a list of them."""
    if line.startswith(b"["):
        return b"[" + b",".join(more(json.dumps(each).encode()) for each in json.loads(line)) + b"]"
    # As text: the bytes of a published body are what its digest is of.
    return line.rstrip()[:-1] + b"," + json.dumps(NEWS).encode()[1:]


def more_owned(line):
    """A line of JSON whose store-owned bodies, in a store's set or an office's commands, say more as well."""
    told = json.loads(line)
    if not isinstance(told, dict) or not {"records", "commands"} & told.keys():
        return line
    for each in told.get("records", []) + told.get("commands", []):
        each |= {"body": each["body"] and each["body"] | NEWS, **NEWS}
    return json.dumps(told).encode()


@pytest.mark.parametrize("says_more", ["node", "office", ""])
@pytest.mark.parametrize("apart", [-FURTHEST, 0, FURTHEST])
def test_one_contract_apart_everything_goes_through_and_nothing_unknown_is_lost(
    house, random, apart, says_more
):
    node = house.node(OtherRelease(house.wsgi(), apart=apart, says_more=says_more))
    steps = node.steps()
    assert steps.sync(by="Mia K.", is_manual=True).is_success
    sold = [node.finish_a_sale() for _each in range(3)]
    steps.send()
    house.change_a_price(random)
    house.publish()
    assert steps.compare().is_behind
    assert steps.sync(by="Mia K.", is_manual=True).is_success
    steps.report()
    assert node.states() == {"acknowledged"}
    assert house.sales() == sorted(sold)
    if says_more == "node":
        kept = [json.loads(content) for content in house.documents().values()]
        assert all(document["of_another_release"] == NEWS["of_another_release"] for document in kept)
    else:
        all_is_well(house, node)


class ReceiptOfBefore(msgspec.Struct):
    """As nodes decoded it before an office could settle anything."""

    uuid: str
    outcome: Literal["accepted", "duplicate", "refused"]
    reason: str = ""


def test_a_node_of_before_ends_by_a_settled_receipt_what_it_can():
    receipts = [
        Receipt(uuid="a", outcome="duplicate", reason="The reason differs."),
        Receipt(uuid="b", outcome="refused", reason="Dismissed.", is_settled=True),
    ]
    of_before = msgspec.json.decode(msgspec.json.encode(receipts), type=list[ReceiptOfBefore])
    # The first one it is done with, by the outcome; the second stays a dead letter, with words.
    assert [(each.outcome, each.reason) for each in of_before] == [
        ("duplicate", "The reason differs."), ("refused", "Dismissed."),
    ]  # fmt: skip


def test_an_office_of_before_settles_nothing_at_a_newer_node():
    answer = b'[{"uuid":"a","outcome":"refused","reason":"Another document."}]'
    assert msgspec.json.decode(answer, type=list[Receipt]) == [
        Receipt(uuid="a", outcome="refused", reason="Another document.")
    ]


def owned_bodies(house, node):
    """The settings of the register, as the store has them and as the office shows them."""
    place = (DOWNTOWN, TERMINAL_SETTINGS, REGISTER)
    with node.book.read() as book, house.office.read() as office:
        rows = book.get_one(OwnedRecord, place), office.get_one(OwnedMirror, place)
    return [json.loads(row.body) for row in rows]


def ask_for(house, settings, *, seen):
    with house.office.write() as session:
        command_store(
            session, store_id=DOWNTOWN, kind=TERMINAL_SETTINGS, key=REGISTER, seen=seen, body=settings,
            label="Register", by="Aylin", now=house.tick(),
        )  # fmt: skip


def change_at_the_till(node, settings):
    with node.book.write() as book:
        change_owned(
            book, store_id=DOWNTOWN, kind=TERMINAL_SETTINGS, key=REGISTER, body=settings, by="Sara", now=NOON
        )
        book.commit()


@pytest.mark.parametrize("apart", [-FURTHEST, 0, FURTHEST])
def test_what_a_newer_office_wants_of_a_store_stays_in_an_older_one_whoever_changes_it(house, apart):
    node = house.node(OtherRelease(house.wsgi(), apart=apart, says_more="office"))
    steps = node.steps()
    ask_for(house, TerminalSettings(theme="dark"), seen=0)
    steps.compare()
    steps.send()
    wanted = json.loads(encode_owned(TerminalSettings(theme="dark"))) | NEWS
    assert owned_bodies(house, node) == [wanted, wanted]
    # By somebody at the till, whose release does not know it.
    change_at_the_till(node, TerminalSettings(theme="light"))
    steps.send()
    assert owned_bodies(house, node) == 2 * [wanted | {"theme": "light"}]


@pytest.mark.parametrize("apart", [-FURTHEST, 0, FURTHEST])
def test_what_an_older_office_does_not_know_of_a_newer_store_stays_when_it_changes_the_rest(house, apart):
    node = house.node(OtherRelease(house.wsgi(), apart=apart, says_more="node"))
    steps = node.steps()
    of_newer = json.loads(encode_owned(TerminalSettings(volume=10))) | NEWS
    change_at_the_till(node, msgspec.Raw(json.dumps(of_newer).encode()))
    steps.compare()
    steps.send()
    assert owned_bodies(house, node) == [of_newer, of_newer]
    ask_for(house, TerminalSettings(volume=10, theme="dark"), seen=1)
    steps.compare()
    steps.send()
    assert owned_bodies(house, node) == 2 * [of_newer | {"theme": "dark"}]


@pytest.mark.parametrize(
    ("newer", "remedy"), [("office", "Update the store node"), ("node", "Update the Back Office")]
)
def test_further_apart_one_says_which_side_to_update_and_the_store_sells_on(house, random, newer, remedy):
    node = house.node()
    assert node.steps().sync(by="Mia K.", is_manual=True).is_success
    before = node.applied()
    house.change_a_price(random)
    house.publish()
    line = OtherRelease(house.wsgi(), apart=FURTHEST + 1, says_more="", newer=newer)
    node.client._http._transport = line
    steps = node.steps()
    result = steps.sync(by="Mia K.", is_manual=True)
    assert result.outcome == REFUSED
    assert remedy in result.reason
    sold = node.finish_a_sale()
    assert remedy in steps.send().reason
    assert node.applied() == before
    assert node.outbox()[sold][0] == "waiting"
    assert house.sales() == []
