"""Releases that are one apart: what this one does not know is ignored, kept as it came, and no obstacle."""

import json

from pos_web.catalog.replica import ReplicaRecord
from pos_web.syncing.sync_result import APPLIED, UP_TO_DATE
from sync_contract.records import encode
from tests.pos_web.syncing.node import coffee
from tests.simulated_office import STORE


def publish_bytes(office, bodies):
    return office.stores[STORE].publish(bodies)


def kept(node):
    with node.replica.read() as session:
        return {(one.kind, one.key): bytes(one.body) for one in session.query(ReplicaRecord)}


def test_fields_and_kinds_of_a_newer_office_are_kept_byte_by_byte(node):
    key, item = coffee()
    body = json.loads(encode(item))
    newer = json.dumps({**body, "allergens": ["milk"], "shelf": {"row": 3}}).encode()
    loyalty = b'{"points_per_cent": 2}'
    publish_bytes(node.office, {("item", key): newer, ("loyalty", "l1"): loyalty})
    assert node.steps.sync(by="test", is_manual=True).outcome == APPLIED
    assert kept(node) == {("item", key): newer, ("loyalty", "l1"): loyalty}
    publish_bytes(node.office, {("loyalty", "l1"): b'{"points_per_cent": 3}'})
    assert node.steps.sync(by="test", is_manual=True).outcome == APPLIED
    publish_bytes(node.office, {("loyalty", "l1"): None})
    assert node.steps.sync(by="test", is_manual=True).outcome == APPLIED
    assert kept(node) == {("item", key): newer}
    assert node.steps.sync(by="test", is_manual=True).outcome == UP_TO_DATE
