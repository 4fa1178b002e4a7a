"""The README's call with files works as it stands."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from backoffice.config import ROOT
from backoffice.kernel.db import transaction
from tests.factories import make_client, make_office


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_the_curl_of_the_readme_declares_and_repeats(address: str, database: None, tmp_path: Path):
    with transaction() as session:
        make_office(session)
        _, key = make_client(session)
    text = (ROOT / "README.md").read_text()
    script = re.search(r"## Send a declaration.*?```sh\n(.*?)```", text, re.S)
    assert script is not None
    words = script.group(1)
    words = re.sub(r"KEY=\$\(.*\)\n", f"KEY={key}\n", words)
    words = words.replace(".venv/bin/backoffice", f"{sys.executable} -m backoffice.cli")
    words = words.replace("var/sample", str(tmp_path)).replace("http://127.0.0.1:8000", address)
    again = words.partition("\n")[2]

    first, second = (
        json.loads(
            subprocess.run(["bash", "-ec", part], cwd=ROOT, capture_output=True, check=True).stdout.splitlines()[-1]
        )
        for part in (words, again)
    )
    assert first["status"] == "submitted"
    assert first == second
