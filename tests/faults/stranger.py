"""Somebody who sends anything to the bridge, and sees whether the office took notice."""

from functools import cached_property

from sqlalchemy import inspect


class Stranger:
    """Sends to the bridge with any token, and looks whether anything was written."""

    def __init__(self, house):
        self.house = house
        self.client = house.app.test_client()

    def ask(self, method, path, *, token=None, **more):
        headers = {"Authorization": f"Bearer {token or self.house.token}", **more.pop("headers", {})}
        answer = self.client.open(f"/bridge/v1/{path}", method=method, headers=headers, buffered=True, **more)
        assert answer.status_code < 500, (method, path, answer.data[:300])
        return answer

    def refused(self, method, path, **more):
        """The answer is a 4xx with a sentence, and the office is as it was."""
        before = self.written()
        answer = self.ask(method, path, **more)
        assert 400 <= answer.status_code < 500, (method, path, answer.status_code)
        assert answer.json["error"] and answer.json["sentence"]
        assert self.written() == before, (method, path)
        return answer

    def written(self):
        """Everything that the office holds, to the last row."""
        with self.house.office.read() as session:
            # By the driver alone: dozens of tables are read twice for each thing that is sent.
            cursor = session.connection().connection.cursor()
            return {name: cursor.execute(f'SELECT * FROM "{name}"').fetchall() for name in self._tables}

    @cached_property
    def _tables(self):
        return sorted(inspect(self.house.office.database.engine).get_table_names())
