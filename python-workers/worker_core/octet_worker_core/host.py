"""The process of a worker: settings, telemetry, signals, loop."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Type

from octet_worker_core import telemetry
from octet_worker_core.attempt import Handler, JobAttempt
from octet_worker_core.connection import connect
from octet_worker_core.failures import OctetError
from octet_worker_core.messages import TMessage
from octet_worker_core.settings import Settings
from octet_worker_core.worker import Worker


def run_worker(
    queue: str, service_name: str, message: Type[TMessage], handler: Handler[TMessage], versions: Callable[[], Mapping[str, str]]
) -> int:
    """
    Works until SIGTERM or SIGINT, and with ``--exit-with-stdin`` until its standard input ends, so that it never outlives who started it.
    The exit code is 0, or 4 when the settings are wrong.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        settings = Settings.from_environment()
        client = connect(settings.connection_string)
        worker = Worker(client, settings, queue, JobAttempt(message, handler), versions())
    except OctetError as error:
        sys.stderr.write(f"{error.message}\n")
        return 4
    telemetry.configure(service_name)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: worker.stopping.set())
    if "--exit-with-stdin" in sys.argv[1:]:
        threading.Thread(target=_stop_with_input, args=(worker.stopping,), name="octet-stdin", daemon=True).start()
    worker.run()
    return 0


def _stop_with_input(stopping: threading.Event) -> None:
    while os.read(0, 4096):
        pass
    stopping.set()
