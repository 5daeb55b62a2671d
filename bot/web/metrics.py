"""Metrics for Prometheus: what the rows say, counted at each scrape, and what this process has measured.

Law: counts and ages, never a person; a database that is away is told as such, and the scrape does not fail.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.engine.measuring import REGISTRY
from bot.errors import StoreUnavailable
from bot.store import Store

#: Of the rows: name -> what it is. Those with a label have it in brackets.
_GAUGES = {
    "privacy_desk_oldest_unhandled_seconds": "Age of the oldest message that nobody has handled yet.",
    "privacy_desk_unhandled_messages": "Messages that wait to be handled.",
    "privacy_desk_shunted_messages": "Messages put aside because they could not be handled.",
    "privacy_desk_undelivered_messages": "Messages of ours that are queued or being sent.",
    "privacy_desk_staff_items": "Open items that a person must look at.",
    "privacy_desk_messages[outcome]": "Handled messages by what became of them.",
    "privacy_desk_requests[state]": "Requests by state.",
    "privacy_desk_outgoing[state]": "Messages of ours by state.",
    "privacy_desk_deadlines_at_risk[within]": "Open requests whose answer is overdue, or due within so many days.",
}


def metrics_route(store: Store, now: Callable[[], datetime]) -> Route:
    """GET /metrics."""

    async def metrics(request: Request) -> Response:
        del request
        told = generate_latest(await _of_the_rows(store, now())) + generate_latest(REGISTRY)
        return Response(told, media_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})

    return Route("/metrics", metrics)


async def _of_the_rows(store: Store, now: datetime) -> CollectorRegistry:
    registry = CollectorRegistry()
    up = Gauge("privacy_desk_database_up", "1 where the database can be used.", registry=registry)
    try:
        found = await _values(store, now)
    except StoreUnavailable:
        up.set(0)
        return registry
    up.set(0 if store.trouble else 1)
    for described, what in _GAUGES.items():
        name, _, label = described.rstrip("]").partition("[")
        gauge = Gauge(name, what, [label] if label else [], registry=registry)
        value = found[name]
        if isinstance(value, Mapping):
            for key, count in value.items():
                gauge.labels(key).set(count)
        else:
            gauge.set(value)
    return registry


async def _values(store: Store, now: datetime) -> Mapping[str, float | Mapping[str, int]]:
    overview = await store.overview()
    oldest = overview.oldest_unhandled
    return {
        "privacy_desk_oldest_unhandled_seconds": max(0.0, (now - oldest).total_seconds()) if oldest else 0.0,
        "privacy_desk_unhandled_messages": overview.unhandled,
        "privacy_desk_shunted_messages": overview.shunted,
        "privacy_desk_undelivered_messages": overview.undelivered,
        "privacy_desk_staff_items": overview.staff_items,
        "privacy_desk_messages": overview.messages,
        "privacy_desk_requests": overview.requests,
        "privacy_desk_outgoing": overview.outgoing,
        "privacy_desk_deadlines_at_risk": await store.at_risk(now),
    }
