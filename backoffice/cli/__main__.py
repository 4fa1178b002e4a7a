"""`python -m backoffice.cli` is `backoffice`."""

from backoffice.cli import main

main(prog_name="backoffice")
