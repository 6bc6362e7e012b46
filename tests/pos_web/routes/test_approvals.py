"""Asking a manager: by PIN on the spot or from their screen, once, for exactly what was asked."""

import re
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from pos_web.approvals.answer import AlreadyAnswered, approve
from pos_web.approvals.approval import ApprovalAnswer, ApprovalRequest
from pos_web.approvals.use import Approval, ApprovalUsed, spend_with
from pos_web.catalog import published
from pos_web.orders.order import Order
from pos_web.staff.journal import JournalEntry
from pos_web.staff.till_session import TillSession
from pos_web.syncing.outbox import OutboxDocument
from pos_web.time_clock import punch
from sync_contract.records import Credential, Employee, Role
from sync_contract.uploads import decode_document
from tests.pos_web.shop import MIA, PINS, SARA, STORE, TABLET, record
from tests.pos_web.till import Till, where_to, words

TIM, NINA = "tim", "nina"


@pytest.fixture
def house(shop):
    """Besides Mia the cashier and Sara the manager: Nina, another manager, and Tim, another cashier."""
    shop.publish(
        record(TIM, Employee(name="Tim B.", role="cashier")),
        record(TIM, Credential(pin_hash=PINS[MIA])),
        record(NINA, Employee(name="Nina O.", role="manager")),
        record(NINA, Credential(pin_hash=PINS[SARA])),
    )
    return shop


def sell(till):
    """A finished sale of 2.40; its uuid."""
    till.ring("espresso")
    return where_to(till.post("/payments/cash", key="k" * 12, received="10")).rsplit("/", 1)[1]


def ask(till, sale, reason="Faulty"):
    """Press Refund without the permission; the request that waits now."""
    answer = till.post(f"/orders/{sale}/refund", reason=reason)
    assert answer.status_code == 403
    with till.shop.book.read() as book:
        return book.scalars(select(ApprovalRequest).order_by(ApprovalRequest.asked_at.desc())).first()


def go_on(till, asked):
    """What the screen does by itself once its question is approved."""
    return till.post(asked.path.removeprefix("/pos"), **dict(asked.form), approval=asked.uuid)


def put_clock_back(shop):
    """By hours; who is at the tills is asked for the PIN again another time (till_session)."""
    shop.now -= timedelta(hours=3)
    with shop.book.write() as book:
        book.execute(update(TillSession).values(touched_at=shop.now))
        book.commit()


def wait(shop, *tills):
    """Two minutes in which somebody is at each till."""
    for _minute in range(2):
        shop.tick(minutes=1)
        for each in tills:
            each.post("/sessions/touches")


def refunds(shop):
    with shop.book.read() as book:
        return list(book.scalars(select(Order).where(Order.is_refund)))


def entries(shop, action):
    with shop.book.read() as book:
        return list(book.scalars(select(JournalEntry).where(JournalEntry.action == action)))


def test_what_a_person_may_not_do_asks_a_manager_and_does_nothing_yet(till, house):
    sale = sell(till)
    answer = till.post(f"/orders/{sale}/refund", reason="Faulty")
    assert answer.status_code == 403
    assert answer.headers["HX-Reswap"] == "none"
    assert 'hx-swap-oob="innerHTML"' in answer.text
    told = words(answer)
    for word in ("Refund receipt R1-1-0001 in cash", "€2.40", "Faulty", "Mia K. · Register 1", "Sara L."):
        assert word in told, word
    assert "Tim B." not in told
    assert not refunds(house)


def test_a_pin_on_the_spot_approves_and_the_action_is_done_with_both_names(till, house):
    asked = ask(till, sell(till))
    answer = till.post(f"/approvals/{asked.uuid}/pin", employee=SARA, pin="2222")
    assert answer.headers["HX-Retarget"] == "#approval-request"
    assert "Sara L. has approved this." in words(answer)
    assert f'value="{asked.uuid}"' in answer.text
    assert "/receipts/" in where_to(go_on(till, asked))
    (entry,) = entries(house, "order.refund")
    assert (entry.employee_name, entry.approver_name) == ("Mia K.", "Sara L.")
    with house.book.read() as book:
        documents = [decode_document(one.content) for one in book.scalars(select(OutboxDocument))]
    (sent,) = [one for one in documents if getattr(one, "action", "") == "order.refund"]
    assert (sent.employee_name, sent.approver_name) == ("Mia K.", "Sara L.")


def test_a_manager_approves_with_one_tap_on_their_own_screen(till, managers_till, house):
    asked = ask(till, sell(till))
    assert "Refund receipt R1-1-0001" in words(managers_till.get("/approvals/bar"))
    assert "Mia K. · Register 1" in words(managers_till.get("/approvals"))
    assert till.get(f"/approvals/{asked.uuid}").status_code == 204
    answer = managers_till.post(f"/approvals/{asked.uuid}/approval")
    assert "Nobody is waiting" in words(answer)
    assert "data-go-on" in till.get(f"/approvals/{asked.uuid}").text
    assert "/receipts/" in where_to(go_on(till, asked))
    assert len(refunds(house)) == 1


def test_a_denial_says_who_and_why(till, managers_till, house):
    asked = ask(till, sell(till))
    managers_till.post(f"/approvals/{asked.uuid}/denial", reason="Ask me first <b>")
    assert "Sara L. has denied this: Ask me first <b>" in words(till.get(f"/approvals/{asked.uuid}"))
    assert go_on(till, asked).status_code == 403
    assert not refunds(house)
    (entry,) = entries(house, "approval.deny")
    assert (entry.employee_name, entry.details["for"]) == ("Sara L.", "Mia K.")


def test_an_approval_is_used_once(till, managers_till, house):
    asked = ask(till, sell(till))
    managers_till.post(f"/approvals/{asked.uuid}/approval")
    go_on(till, asked)
    again = go_on(till, asked)
    assert again.status_code == 403
    assert "refunded already" in words(again)
    assert "it is done" in words(till.get(f"/approvals/{asked.uuid}"))


def test_an_approval_is_spent_by_the_commit_of_what_it_allows_or_not_at_all(till, managers_till, house):
    asked = ask(till, sell(till))
    managers_till.post(f"/approvals/{asked.uuid}/approval")
    approval = Approval(asked.uuid, SARA, "Sara L.", frozenset(asked.permissions))
    with house.book.write() as book:
        spend_with(book, approval, now=house.now)
        book.execute(select(Order))
        book.rollback()
    with house.book.read() as book:
        assert book.get(ApprovalAnswer, asked.uuid).used_at is None
    with house.book.write() as book:
        spend_with(book, approval, now=house.now)
        book.commit()
    with house.book.write() as book:
        spend_with(book, approval, now=house.now)
        book.add(Order(store_id=STORE, terminal_id=TABLET, employee_id=MIA, employee_name="Mia K.",
                       currency="EUR", opened_at=house.now))  # fmt: skip
        with pytest.raises(ApprovalUsed):
            book.commit()
    with house.book.read() as book:
        assert len(book.scalars(select(Order)).all()) == 1


@pytest.mark.parametrize("change", [{"reason": "Something else"}, {"other_reason": "More"}])
def test_an_approval_is_good_for_exactly_what_was_asked(till, managers_till, house, change):
    asked = ask(till, sell(till))
    managers_till.post(f"/approvals/{asked.uuid}/approval")
    other = {**dict(asked.form), **change, "approval": asked.uuid}
    answer = till.post(asked.path.removeprefix("/pos"), **other)
    assert answer.status_code == 403
    assert "This has changed since it was approved. Ask again." in words(answer)
    assert not refunds(house)


def test_an_order_that_changed_is_not_voided_by_the_approval_for_what_it_was(till, managers_till, house):
    house.publish(record("cashier", Role(name="Cashier", permissions=("order.create", "payment.cash"))))
    till.ring("espresso")
    assert till.post("/voids", reason="Mistake").status_code == 403
    with house.book.read() as book:
        asked = book.scalars(select(ApprovalRequest)).one()
    assert asked.amount_cents == 240
    managers_till.post(f"/approvals/{asked.uuid}/approval")
    till.ring("croissant")
    assert go_on(till, asked).status_code == 403
    with house.book.read() as book:
        assert book.scalars(select(Order)).one().state == "open"


def test_another_person_or_terminal_cannot_use_it(pos, till, managers_till, house):
    asked = ask(till, sell(till))
    managers_till.post(f"/approvals/{asked.uuid}/approval")
    for other in (Till(pos, house, person=TIM), Till(pos, house, terminal=TABLET)):
        assert go_on(other, asked).status_code == 403
        assert other.get(f"/approvals/{asked.uuid}").status_code == (404 if other.person == TIM else 200)
    assert not refunds(house)


def test_nobody_approves_their_own_request(till, house, pos):
    asked = ask(till, sell(till))
    house.publish(record("cashier", Role(name="Cashier", permissions=("order.create", "order.refund"))))
    answer = till.post(f"/approvals/{asked.uuid}/approval")
    assert answer.status_code == 403
    assert "cannot approve your own request" in words(answer)
    answer = till.post(f"/approvals/{asked.uuid}/pin", employee=MIA, pin="1111")
    assert answer.status_code == 422
    assert "cannot approve your own request" in words(answer)


@pytest.mark.parametrize(
    "change",
    [
        ("employee", SARA, None),
        record(SARA, Employee(name="Sara L.", role="cashier")),
        record("manager", Role(name="Manager", permissions=("order.create",))),
    ],
    ids=["switched off", "another role", "permission taken away"],
)
def test_an_approval_is_void_when_who_gave_it_may_not_give_it_any_more(till, house, change):
    asked = ask(till, sell(till))
    till.post(f"/approvals/{asked.uuid}/pin", employee=SARA, pin="2222")
    house.publish(change)
    assert go_on(till, asked).status_code == 403
    assert not refunds(house)


def clock_in(shop, role):
    """Sara, who is a cashier by herself, begins a shift."""
    both = Employee(name="Sara L.", role="cashier", roles=("cashier", "manager"))
    shop.publish(record(SARA, both))
    with shop.replica.read() as replica:
        profile = published.profile(replica, store_id=STORE)
    place = {"store_id": STORE, "terminal_id": TABLET, "now": shop.now}
    shop.do(punch.clock_in, profile=profile, role=role, by=shop.person(SARA), **place)


def test_a_pin_approves_in_the_role_of_the_shift(till, house):
    clock_in(house, "manager")
    asked = ask(till, sell(till))
    assert "Sara L." in words(till.page(f"/approvals/{asked.uuid}"))
    answer = till.post(f"/approvals/{asked.uuid}/pin", employee=SARA, pin="2222")
    assert "Sara L. has approved this." in words(answer)
    assert "/receipts/" in where_to(go_on(till, asked))


def test_a_managers_pin_approves_nothing_in_a_shift_as_a_cashier(till, house):
    clock_in(house, "cashier")
    asked = ask(till, sell(till))
    answer = till.post(f"/approvals/{asked.uuid}/pin", employee=SARA, pin="2222")
    assert answer.status_code in {403, 422} and "may not do this either" in words(answer)


def test_whoever_lacks_the_permission_as_well_cannot_approve(pos, till, house):
    asked = ask(till, sell(till))
    tim = Till(pos, house, terminal=TABLET, person=TIM)
    assert "Refund" not in words(tim.get("/approvals/bar"))
    assert tim.post(f"/approvals/{asked.uuid}/approval").status_code == 403
    answer = till.post(f"/approvals/{asked.uuid}/pin", employee=TIM, pin="1111")
    assert (answer.status_code, "Tim B. may not do this either" in words(answer)) == (422, True)


def test_wrong_pins_of_a_manager_count_as_at_the_login_screen(till, house):
    asked = ask(till, sell(till))
    said = [words(till.post(f"/approvals/{asked.uuid}/pin", employee=SARA, pin="9999")) for _ in range(5)]
    assert "3 tries left" in said[1]
    assert "Try again in 30 seconds" in said[4]
    assert till.post(f"/approvals/{asked.uuid}/pin", employee=SARA, pin="2222").status_code == 422


def test_a_question_runs_out_after_two_minutes(till, managers_till, house):
    asked = ask(till, sell(till))
    wait(house, till, managers_till)
    assert "Nobody answered in time" in words(till.get(f"/approvals/{asked.uuid}"))
    assert managers_till.post(f"/approvals/{asked.uuid}/approval").status_code == 409
    assert "Nobody is waiting" in words(managers_till.get("/approvals"))


def test_an_approval_that_nobody_uses_runs_out_too(till, managers_till, house):
    asked = ask(till, sell(till))
    managers_till.post(f"/approvals/{asked.uuid}/approval")
    wait(house, till, managers_till)
    assert go_on(till, asked).status_code == 403


def test_a_clock_that_is_put_back_makes_neither_a_question_nor_an_approval_last(till, managers_till, house):
    sale = sell(till)
    approved = ask(till, sale)
    managers_till.post(f"/approvals/{approved.uuid}/approval")
    house.tick()
    waiting = ask(till, sale, reason="Cold")
    put_clock_back(house)
    assert "Nobody is waiting" in words(managers_till.get("/approvals"))
    assert go_on(till, approved).status_code == 403
    assert managers_till.post(f"/approvals/{waiting.uuid}/approval").status_code == 409
    # Asked again it is another question.
    ask(till, sale, reason="Cold")
    assert "Cold" in words(managers_till.get("/approvals"))
    assert not refunds(house)


def test_a_question_that_was_taken_back_cannot_be_approved(till, managers_till, house):
    asked = ask(till, sell(till))
    assert till.post(f"/approvals/{asked.uuid}/withdrawal").status_code == 204
    answer = managers_till.post(f"/approvals/{asked.uuid}/approval")
    assert (answer.status_code, "taken the request back" in words(answer)) == (409, True)


def test_the_same_question_twice_is_one_request(till, house):
    sale = sell(till)
    first, second, other = ask(till, sale), ask(till, sale), ask(till, sale, reason="Cold")
    assert first.uuid == second.uuid != other.uuid


def test_exactly_one_answer_counts_when_two_press_at_once(till, house):
    asked = ask(till, sell(till))
    start, outcomes = Barrier(2), []

    def press(who):
        person = house.person(who)
        start.wait()
        with house.book.write() as book:
            try:
                approve(book, request_uuid=asked.uuid, by=person, terminal_id=TABLET, now=house.now)
                book.commit()
                outcomes.append("approved")
            except AlreadyAnswered as problem:
                outcomes.append(problem.sentence)

    threads = [Thread(target=press, args=(who,)) for who in (SARA, NINA)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(outcome == "approved" for outcome in outcomes) == [False, True]
    assert len(entries(house, "approval.approve")) == 1


def test_the_database_keeps_one_answer_a_request(till, managers_till, house):
    asked = ask(till, sell(till))
    managers_till.post(f"/approvals/{asked.uuid}/approval")
    twice = {"request_uuid": asked.uuid, "store_id": STORE, "verdict": "denied", "employee_id": NINA,
             "employee_name": "Nina O.", "reason": "", "at": house.now, "expires_at": house.now}  # fmt: skip
    with house.book.write() as book, pytest.raises(IntegrityError):
        book.add(ApprovalAnswer(**twice))
        book.commit()


def test_a_person_who_may_is_asked_nothing(managers_till, till, house):
    sale = sell(till)
    assert "/receipts/" in where_to(managers_till.post(f"/orders/{sale}/refund", reason="Faulty"))
    assert entries(house, "order.refund")[0].approver_name == ""


def test_what_cannot_be_done_is_not_asked_for(till, house):
    sale = sell(till)
    answer = till.post(f"/orders/{sale}/refund", reason=" ")
    assert (answer.status_code, "Choose or type a reason." in words(answer)) == (403, True)
    assert till.post("/orders/nothing/refund", reason="Faulty").status_code == 403
    with house.book.read() as book:
        assert book.scalars(select(ApprovalRequest)).all() == []


def test_somebody_elses_held_order_is_taken_up_with_an_approval(pos, till, managers_till, house):
    house.publish(record("cashier", Role(name="Cashier", permissions=("order.create", "order.hold"))))
    till.ring("espresso")
    till.post("/holds")
    with house.book.read() as book:
        held = book.scalars(select(Order)).one()
    tim = Till(pos, house, terminal=TABLET, person=TIM)
    listed = words(tim.get("/holds"))
    assert "0001 Mia K. · A manager has to approve it." in listed and "2.40" not in listed
    answer = tim.post(f"/holds/{held.uuid}/recall")
    assert (answer.status_code, "of Mia K." in words(answer)) == (403, True)
    with house.book.read() as book:
        asked = book.scalars(select(ApprovalRequest)).one()
    managers_till.post(f"/approvals/{asked.uuid}/approval")
    assert "/order" in where_to(go_on(tim, asked))
    assert where_to(till.post(f"/holds/{held.uuid}/recall")) == ""


def test_without_script_the_question_is_a_page_with_a_pin_form(till, house):
    sale = sell(till)
    page = till.submit(f"/orders/{sale}/refund", reason="Faulty")
    assert page.status_code == 403
    action = re.search(r'action="/pos(/approvals/[0-9a-f]+/pin)"', page.text)[1]
    wrong = till.submit(action, employee=SARA, pin="1")
    assert (wrong.status_code, "Wrong PIN. 4 tries left." in words(wrong)) == (422, True)
    page = till.submit(action, employee=SARA, pin="2222")
    assert "Go on" in words(page)
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))
    done = till.submit(f"/orders/{sale}/refund", reason=fields["reason"], approval=fields["approval"])
    assert "/receipts/" in where_to(done)


def test_a_restored_page_of_a_request_of_another_store_is_not_found(till, house):
    assert till.get("/approvals/unknown").status_code == 404
    for noun in ("pin", "approval", "denial"):
        assert till.post(f"/approvals/unknown/{noun}").status_code == 404
