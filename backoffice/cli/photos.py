"""`backoffice photos …`."""

from __future__ import annotations

import sys

import click

from backoffice.cli import common


@click.group()
def photos() -> None:
    """Look after the photos: the keys they are under, and the store they lie in."""


@photos.command()
def reencrypt() -> None:
    """Wrap every photo's data key under the first key of PHOTO_KEYS.

    Nobody is disturbed; it may be interrupted and run again. First give all processes the new key behind the old one,
    then put it in front and restart them, then run this. Ends with 1 while photos are left under other keys.
    """
    from backoffice.dossier.reencrypt import Outcome
    from backoffice.dossier.reencrypt import reencrypt as run

    common.started()
    with click.progressbar(length=0, label="Photos", file=sys.stderr) as bar:
        outcome: Outcome = run(lambda done: bar.update(done - bar.pos))
    click.echo(f"Under {outcome.current!r} now: {outcome.done}. Left: {sum(outcome.left.values())}.")
    for name, count in outcome.left.items():
        click.echo(f"  {count} photos are still under {name!r}.")
    if outcome.failed:
        click.echo(f"  {outcome.failed} of them do not open: their rows were altered.")
    for name in outcome.free:
        click.echo(
            f"No photo needs {name!r} any more. Once every process runs with {outcome.current!r} in front, run this "
            f"again; if it still says so, {name!r} may be taken out of PHOTO_KEYS."
        )
    sys.exit(1 if outcome.left else 0)


@photos.command()
@click.option("--even-most", is_flag=True, help="Remove files without rows even where most have none.")
def check(even_most: bool) -> None:
    """Compare the photo store with the database: remove files that are nobody's, mark photos whose file is gone.

    A worker does the same every day. --even-most: you have made sure that this store is this desk's alone.
    Ends with 1 when photos are without a file, or the check was given up.
    """
    from backoffice.dossier import orphans
    from backoffice.kernel.db import transaction
    from backoffice.models import PhotoCheck

    common.started()
    check_id = orphans.begin()
    while orphans.step(check_id, even_most=even_most):
        pass
    with transaction() as session:
        found = session.get_one(PhotoCheck, check_id)
    click.echo(f"Files: {found.files}. Removed: {found.removed}. Photos without a file: {found.missing}.")
    if found.fault:
        click.echo(_FAULTS[found.fault])
    sys.exit(1 if found.fault or found.missing else 0)


_FAULTS = {
    "store_out": "Given up: the photo store does not answer. What was done is done; run it again.",
    "other_store": (
        "Given up: most files of the store have no row, or most photos no file. Is this the right store, and the right "
        "database? If it is, and only files are too many: run it again with --even-most."
    ),
}
