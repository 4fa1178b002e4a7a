"""All that the desk's commands read, for the process they are forked from (tests.processes)."""

from importlib import import_module

from backoffice import worker
from backoffice.cli import COMMANDS

for module, _, _ in COMMANDS.values():
    import_module(module)
import_module("backoffice.app")
worker.import_jobs()
