"""/metrics: a few counts for Prometheus, read from the database and the queue at each scrape; nothing personal."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, Response, make_response
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from redis.exceptions import RedisError
from rq import Queue
from sqlalchemy import func, select, text

from backoffice.dossier import orphans
from backoffice.kernel import clock, queue
from backoffice.kernel.db import transaction
from backoffice.models import Declaration, FigureCheck, FigureDelta, Gateway, Notice, NoticeStatus, Status
from backoffice.models.notice import UNDELIVERED
from backoffice.notices import doors
from backoffice.web.guard import public

pages = Blueprint("metrics", __name__)
_UNFINISHED = (NoticeStatus.QUEUED, NoticeStatus.SENDING)


class DeskCollector:
    """Counts taken when asked: no process keeps any."""

    def collect(self) -> Iterable[Metric]:
        """Yield the gauges."""
        with transaction() as session:
            unfinished = session.execute(
                select(Notice.lane, func.count()).where(Notice.status.in_(_UNFINISHED)).group_by(Notice.lane)
            ).all()
            undelivered = session.scalar(select(func.count()).where(text(UNDELIVERED)).select_from(Notice))
            out = {
                name: opened is not None for name, opened in session.execute(select(Gateway.name, Gateway.opened_at))
            }
            overdue = session.scalar(
                select(func.count()).where(Declaration.status == Status.SUBMITTED, Declaration.expires_at < clock.now())
            )
            steps = session.scalar(select(func.count()).select_from(FigureDelta))
            figures = session.scalars(select(FigureCheck).order_by(FigureCheck.id.desc()).limit(1)).one_or_none()
            missing, check = orphans.missing_count(session), orphans.newest(session)
        notices = GaugeMetricFamily("backoffice_notices_unfinished", "Notices not yet sent", labels=["lane"])
        for lane, number in unfinished:
            notices.add_metric([lane], number)
        yield notices
        yield GaugeMetricFamily(
            "backoffice_notices_undelivered", "Failed or unknown, unhandled", value=undelivered or 0
        )
        yield _gateways([(name, out.get(name, False)) for name in doors.names()])
        yield GaugeMetricFamily("backoffice_declarations_overdue", "Overdue, not yet swept", value=overdue or 0)
        yield GaugeMetricFamily("backoffice_photos_missing", "Photos whose file is gone", value=missing)
        if check and check.ended_at:
            ended, is_sound = check.ended_at.timestamp(), float(check.fault is None)
            yield GaugeMetricFamily("backoffice_photo_check_ended", "When the newest check ended", value=ended)
            yield GaugeMetricFamily("backoffice_photo_check_sound", "0 when it was given up", value=is_sound)
        yield GaugeMetricFamily("backoffice_figure_steps", "Steps of figures not yet added up", value=steps or 0)
        if figures is not None:
            at, wrong = figures.at.timestamp(), figures.differences
            yield GaugeMetricFamily("backoffice_figure_check_ended", "When the newest check ended", value=at)
            yield GaugeMetricFamily("backoffice_figure_differences", "Sums it found wrong", value=wrong)
        yield _jobs()


def _gateways(known: Iterable[tuple[str, bool]]) -> Metric:
    out = GaugeMetricFamily("backoffice_gateway_out", "1 while a gateway's circuit is open", labels=["gateway"])
    for name, is_out in known:
        out.add_metric([name], float(is_out))
    return out


def _jobs() -> Metric:
    jobs = GaugeMetricFamily("backoffice_jobs_waiting", "Jobs in the queue", labels=["lane"])
    for lane in queue.LANES:
        try:
            jobs.add_metric([lane], Queue(lane, connection=queue.connection()).count)
        except (RedisError, OSError):
            jobs.add_metric([lane], -1)
    return jobs


@pages.get("/metrics")
@public
def metrics() -> Response:
    """Answer in Prometheus' text format; on the internal surface only (-1 jobs: the queue is out)."""
    registry = CollectorRegistry()
    registry.register(DeskCollector())
    response = make_response(generate_latest(registry))
    response.mimetype = "text/plain"
    return response
