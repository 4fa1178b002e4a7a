"""`backoffice sample FOLDER`: an invented person's declaration and photos, to try the API with."""

from __future__ import annotations

import json
import random
from pathlib import Path

import click

from backoffice.demo.drawings import draw_id_back, draw_id_front, draw_portrait
from backoffice.demo.people import invent_person
from backoffice.demo.sample import sample_declaration


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--office", default="00114", help="Code of the receiving office.")
def sample(folder: Path, office: str) -> None:
    """Write declaration.json, portrait.jpg, id_front.jpg and id_back.jpg of somebody who does not exist."""
    rng = random.SystemRandom()
    person = invent_person(rng)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "declaration.json").write_text(
        json.dumps(sample_declaration(person, office), ensure_ascii=False, indent=2)
    )
    for name, draw in (("portrait", draw_portrait), ("id_front", draw_id_front), ("id_back", draw_id_back)):
        (folder / f"{name}.jpg").write_bytes(draw(person, rng))
    click.echo(f"{folder}: {person.full_name}, {person.bhxh_code}")
