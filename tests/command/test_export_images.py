"""`casebook export images`: what is asked for is written and told, and what there is not is said."""

import json
from contextlib import nullcontext

import pytest
from typer.testing import CliRunner

from casebook.domain.errors import NotFound
from services.command import export_images
from services.command.main import application

RUN, APP = CliRunner(), application(["export"])


def test_the_console_writes_images_with_their_manifest_and_refuses_what_there_is_not(sample, tmp_path, monkeypatch):
    monkeypatch.setattr(export_images, "opened", lambda _settings: nullcontext(sample))
    out = tmp_path / "volumes"
    words = ["export", "images", "--as", "nifti", "--subject", "JP-03-0001", "--role", "adc", "--json"]
    ran = RUN.invoke(APP, [*words, "--out", str(out)])
    assert ran.exit_code == 0, ran.output
    said = json.loads(ran.stdout.splitlines()[-1])
    written = [path for path in out.rglob("*") if path.suffix == ".gz"]
    assert (said["files"], said["left_out"]) == (len(written), {})
    assert sum(path.stat().st_size for path in written) == said["bytes"] > 0
    assert {path.name for path in out.iterdir() if path.is_file()} == {"manifest.json", "manifest.csv", "sources.csv"}
    for more in (["--subject", "JP-03-9999"], ["--cut", "never-made"], ["--timepoint", "month-99"]):
        with pytest.raises(NotFound):
            RUN.invoke(APP, ["export", "images", "--out", str(tmp_path / "none"), *more], catch_exceptions=False)
