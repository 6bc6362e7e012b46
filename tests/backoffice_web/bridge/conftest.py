import json

import pytest

from backoffice_web.bridge.access import issue_node_token
from backoffice_web.bridge.routes import blueprint
from backoffice_web.current import Office as OfficeContext
from shared_web.announcer import Announcer
from shared_web.skeleton import new_app
from sync_contract.changes import Change, Header, More, Trailer, decode_line
from tests.backoffice_web.builders import DOWNTOWN, NOON, add_category, add_item


class Node:
    """A store node at the other end of the bridge, with the replica that it would keep."""

    def __init__(self, app, token):
        self._client = app.test_client()
        self._headers = {"Authorization": f"Bearer {token}"}
        self.records, self.version, self.epoch, self.digest = {}, 0, "", ""

    def get(self, path, **more):
        headers = {**self._headers, **more.pop("headers", {})}
        # Buffered: read to the end and closed, as every real client does.
        return self._client.get(f"/bridge/v1/{path}", headers=headers, buffered=True, **more)

    def post(self, path, content, **more):
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        headers = {**self._headers, **more.pop("headers", {})}
        return self._client.post(f"/bridge/v1/{path}", data=data, headers=headers, **more)

    def page(self, store_id=DOWNTOWN, **params):
        """One page, decoded: header, changes, end."""
        response = self.get(f"stores/{store_id}/changes", query_string=params)
        assert response.status_code == 200, response.json
        lines = [decode_line(line) for line in response.data.splitlines()]
        assert isinstance(lines[0], Header) and isinstance(lines[-1], More | Trailer)
        assert all(isinstance(line, Change) for line in lines[1:-1])
        return lines[0], lines[1:-1], lines[-1]

    def pull(self, store_id=DOWNTOWN, between=lambda: None):
        """Take all pages and apply them, as a store does. `between` runs after each page."""
        params = {"since": self.version, "epoch": self.epoch, "digest": self.digest}
        header, changes, end = self.page(store_id, **params)
        if header.is_full:
            self.records = {}
        while True:
            for change in changes:
                self.records.pop((change.kind, change.key), None)
                if change.body is not None:
                    self.records[change.kind, change.key] = bytes(change.body)
            if isinstance(end, Trailer):
                break
            between()
            after = f"{end.version},{end.kind},{end.key}"
            header, changes, end = self.page(store_id, **params, after=after)
        self.version, self.epoch, self.digest = end.to, header.epoch, end.digest
        return end


@pytest.fixture
def announced():
    return []


@pytest.fixture
def app(office, announced, tmp_path):
    announcer = Announcer(lambda event, payload, room: announced.append((event, payload, room)))
    announcer.announce = lambda event, payload, *, room: announced.append((event, payload, room))
    context = OfficeContext(
        database=office.database,
        announcer=announcer,
        clock=lambda: NOON,
        notify=lambda notice: None,
        version="test",
    )
    app = new_app("bridge_alone", folder=tmp_path, prefix="/backoffice", secret_key="secret", is_https=False)
    app.extensions["office"] = context
    app.register_blueprint(blueprint)
    return app


@pytest.fixture
def cafe(office):
    """Downtown sells a flat white; nothing is published yet."""
    with office.write() as session:
        add_category(session)
        add_item(session)
    return office


@pytest.fixture
def new_node(app, office):
    def build(*store_ids, serves_all=False):
        with office.write() as session:
            token = issue_node_token(
                session, name="Node", serves_all=serves_all, store_ids=store_ids, now=NOON
            )
        return Node(app, token)

    return build


@pytest.fixture
def node(new_node):
    """The node of Downtown."""
    return new_node(DOWNTOWN)
