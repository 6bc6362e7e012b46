"""What one worker hears of the others: whatever comes, it goes on listening."""

import json

import pytest

from shared_web.relay import Relay


@pytest.fixture
def heard():
    return []


@pytest.fixture
def relay(heard):
    made = Relay(None, channel="test")
    made.hear("hint", heard.append)
    return made


@pytest.mark.parametrize("text", ["", "no json", "[]", "null", "{}", '{"topic": "hint", "from": "x"}'])
def test_rubbish_in_the_channel_ends_nothing(relay, heard, text):
    relay._take(text)
    relay._take(json.dumps({"from": "another", "topic": "hint", "content": {"store": "corner"}}))
    assert heard == [{"store": "corner"}]


def test_a_listener_that_fails_is_logged_and_not_fatal(relay, heard):
    relay.hear("bad", lambda content: content["missing"])
    relay._take(json.dumps({"from": "another", "topic": "bad", "content": {}}))
    relay._take(json.dumps({"from": "another", "topic": "hint", "content": {}}))
    assert heard == [{}]
