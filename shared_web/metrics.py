"""What a monitoring system reads at `/metrics`: counters of this process, and figures read when it asks.

Invariant: no label ever holds what somebody typed; names of stores and routes only, so that neither the
number of series nor a secret can grow out of a request.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hmac import compare_digest
from ipaddress import ip_address

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

REGISTRY = CollectorRegistry()
REQUEST_SECONDS = Histogram(
    "evertill_request_seconds",
    "How long requests took to answer.",
    ["house", "route", "method", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
SYNCS = Counter("evertill_syncs", "Syncs by how they ended.", ["store_id", "outcome"], registry=REGISTRY)
SYNC_SECONDS = Histogram(
    "evertill_sync_seconds",
    "How long syncs took that applied something.",
    ["store_id"],
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
    registry=REGISTRY,
)


@dataclass(frozen=True)
class Figure:
    """One value of this moment; figures of one name have the same words and the same names of labels."""

    name: str
    words: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


def home_figures(*, version: str, role: str, backed_up_at: datetime | None) -> Iterator[Figure]:
    """What runs here, and when its home was backed up last."""
    yield Figure("evertill_info", "What runs here.", 1, {"version": version, "role": role})
    words = "When the last backup was made, in seconds since 1970; 0 for never."
    made_at = backed_up_at.timestamp() if backed_up_at is not None else 0
    yield Figure("evertill_last_backup_timestamp_seconds", words, made_at)


def metrics_text(
    figures: Iterable[Figure], *, own: Iterable[Figure] = (), worker: str | None = None
) -> bytes:
    """Everything, in the text format of Prometheus.

    `own` figures and the counters are this process's. Where several workers answer at one address, `worker`
    says in a label which one that is.
    """
    return generate_latest(_OfWorker(worker, own)) + generate_latest(_Collected(figures))


def may_read_metrics(*, caller: str, is_forwarded: bool, authorization: str, token: str | None) -> bool:
    """With the token, from anywhere; without, from this very computer – and not through a proxy on it."""
    scheme, _space, given = authorization.partition(" ")
    if token and scheme.lower() == "bearer" and compare_digest(given.strip().encode(), token.encode()):
        return True
    return not is_forwarded and _is_loopback(caller)


class _Collected(Collector):
    def __init__(self, figures: Iterable[Figure]) -> None:
        self._figures = list(figures)

    def collect(self) -> Iterable[Metric]:
        families: dict[str, GaugeMetricFamily] = {}
        for figure in self._figures:
            family = families.setdefault(
                figure.name, GaugeMetricFamily(figure.name, figure.words, labels=list(figure.labels))
            )
            family.add_metric(list(figure.labels.values()), figure.value)
        return families.values()


class _OfWorker(Collector):
    def __init__(self, worker: str | None, own: Iterable[Figure]) -> None:
        self._label = {"worker": worker} if worker else {}
        self._own = _Collected(own)

    def collect(self) -> Iterable[Metric]:
        for family in (*REGISTRY.collect(), *self._own.collect()):
            family.samples = [one._replace(labels=one.labels | self._label) for one in family.samples]
            yield family


def _is_loopback(caller: str) -> bool:
    try:
        return ip_address(caller).is_loopback
    except ValueError:
        return False
