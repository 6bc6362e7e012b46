"""Cuts the line between a running store node and its office, as a broken router would."""

from contextlib import contextmanager

import httpx2


@contextmanager
def office_gone(evertill):
    """Within the block every request of the node's agent finds nobody."""
    client = evertill.agent._client
    before = client._http

    def nobody(request):
        raise httpx2.ConnectError("no route to the office", request=request)

    client._http = httpx2.Client(
        base_url=before.base_url, headers=before.headers, transport=httpx2.MockTransport(nobody)
    )
    try:
        yield
    finally:
        client._http.close()
        client._http = before
