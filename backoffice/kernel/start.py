"""The common start of every process: database, queue, keyed hashes, logging."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Sequence
from types import TracebackType

import structlog
from structlog.typing import Processor

from backoffice import config
from backoffice.config import Settings
from backoffice.kernel import db, hashing, queue

_QUIET = ("alembic", "urllib3", "botocore", "PIL", "rq.scheduler")


def start(settings: Settings, processors: Sequence[Processor] = ()) -> None:
    """Make this process ready to work with `settings`; a second call replaces the first.

    `processors` see every log event, those of libraries and tracebacks too, last before it is written
    (identity.redaction.redact_event).
    """
    config.use(settings)
    configure_logging(settings, processors)
    db.configure(settings.database_url)
    queue.configure(settings.redis_url)
    hashing.configure(settings.lookup_key)


def configure_logging(settings: Settings, processors: Sequence[Processor] = ()) -> None:
    """Write log events to stderr: one JSON object a line in production, plain lines elsewhere."""
    real = settings.is_production
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso" if real else "%H:%M:%S", utc=real),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    # Tracebacks become text before the redaction, for they quote values.
    last: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        *processors,
        _renderer(settings),
    ]
    _handle_root(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.PositionalArgumentsFormatter(), *shared], processors=last
        )
    )
    sys.excepthook = _log_uncaught


def _renderer(settings: Settings) -> Processor:
    if settings.is_production:
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(
        colors=False, pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
    )


class _Stderr(logging.Handler):
    """Writes to whatever sys.stderr is at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line; a closed terminal stops nothing."""
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()


def _handle_root(formatter: logging.Formatter) -> None:
    handler = _Stderr()
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [other for other in root.handlers if not isinstance(other, _Stderr)] + [handler]
    root.setLevel(logging.INFO)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(True)


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Let a traceback that ends the process pass the redaction like any other."""
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("backoffice").critical("stopped by an error", exc_info=(kind, error, trace))
