"""Language models from the command line: on a real engine, with the stand-in's API, and a hub on loopback."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.cli.panel import Panel
from tests.lab.lab import Lab
from tests.setup.hub_standin import running_hub
from tests.setup.making_models import gguf, write_model

pytestmark = pytest.mark.lab

TEXT = "text-generation-webui-harmonyai"
CONTAINER = f"harmony-{TEXT}-1"


def listed(panel: Panel) -> dict[str, dict[str, object]]:
    return {row["name"]: row for row in panel.json("models", "list")}


def flags_of(folder: Path) -> list[str]:
    return (folder / TEXT / "CMD_FLAGS.txt").read_text().splitlines()


def test_a_model_comes_in_is_loaded_and_unloaded(
    panel: Panel, stack_folder: Path, clean_engine: Lab, tmp_path: Path
) -> None:
    before = (stack_folder / TEXT / "CMD_FLAGS.txt").read_text()
    empty = panel("models")
    assert "There is no model in" in empty.stderr
    assert "a good first model" in empty.stderr

    source = write_model(tmp_path / "My Model.Q4_K_M.gguf")
    assert panel("models", "import", str(source)).stdout == "My-Model.Q4_K_M.gguf\n"
    told = panel("models", "load", "My-Model.Q4_K_M", "--ctx-size", "4096").stderr
    assert "starts with My-Model.Q4_K_M.gguf from now on" in told
    assert "does not run now" in told
    assert (stack_folder / TEXT / "CMD_FLAGS.txt").read_text() == (
        before + "--model My-Model.Q4_K_M.gguf\n--ctx-size 4096\n"
    )

    panel("up", "--wait")
    seen = clean_engine.api.execute(CONTAINER, "sh", "-c", "wc -c /home/app/text-generation-webui/user_data/models/*")
    assert str(source.stat().st_size) in str(seen), "the container reads it"
    clean_engine.behave(CONTAINER, "no-model")
    assert not any(row["loaded"] for row in listed(panel).values())
    assert "Loaded  My-Model.Q4_K_M.gguf" in panel("models", "load", "My-Model.Q4_K_M.gguf").stderr
    (row,) = listed(panel).values()
    assert (row["configured"], row["loaded"], row["quantisation"]) == (True, True, "Q4_K_M")
    assert "4096" in flags_of(stack_folder)[-1], "the context stays as it was"
    assert "Unloaded" in panel("models", "unload").stderr
    (row,) = listed(panel).values()
    assert (row["configured"], row["loaded"]) == (True, False)

    clean_engine.behave(CONTAINER, "unauthorized")
    refused = panel("models", "unload", check=False)
    assert refused.returncode == 1
    assert "asks for an API key" in refused.stderr


def test_a_download_from_a_hub_goes_on_where_it_broke(panel: Panel, stack_folder: Path) -> None:
    content = gguf(numbers=300_000)
    with running_hub({"Little-Q4_K_M.gguf": content, "Little-Q8_0.gguf": gguf(numbers=500_000)}) as hub:
        panel.env.update(HF_ENDPOINT=hub.hub, NO_PROXY="127.0.0.1")
        offered = panel("models", "download", "maker/Little-GGUF", "--dry-run").stdout
        assert "Q8_0" in offered
        assert not list((stack_folder / TEXT / "models").glob("*.gguf"))
        hub.break_after = [400_000]
        done = panel("models", "download", "maker/Little-GGUF:Q4_K_M")
        assert done.stdout == "Little-Q4_K_M.gguf\n"
        file = stack_folder / TEXT / "models" / "Little-Q4_K_M.gguf"
        assert file.read_bytes() == content
        if os.geteuid() == 0:
            assert file.stat().st_uid == 6972
        again = panel("models", "download", "maker/Little-GGUF:Q4_K_M", check=False)
        assert again.returncode == 1
        assert "already" in again.stderr
        missing = panel("models", "download", "maker/Little-GGUF:Q9", check=False)
        assert "has no Q9" in missing.stderr
        nowhere = panel("models", "download", "maker/Nothing", check=False)
        assert "has no maker/Nothing" in nowhere.stderr
    offline = panel("models", "download", "maker/Little-GGUF", check=False)
    assert offline.returncode == 1
    assert "cannot be reached" in offline.stderr


def test_mistakes_are_told_and_change_nothing(panel: Panel, stack_folder: Path, tmp_path: Path) -> None:
    before = (stack_folder / TEXT / "CMD_FLAGS.txt").read_bytes()
    (tmp_path / "page.gguf").write_text("<!DOCTYPE html>")
    refused = panel("models", "import", str(tmp_path / "page.gguf"), check=False)
    assert refused.returncode == 1
    assert "web page" in refused.stderr
    write_model(stack_folder / TEXT / "models" / "Cut.gguf", cut=30)
    assert "cut off" in panel("models", "load", "Cut", check=False).stderr
    assert "no model Other" in panel("models", "load", "Other", check=False).stderr
    assert panel("models", "unload", check=False).returncode == 1
    assert panel("models", "load", check=False).returncode == 2
    assert (stack_folder / TEXT / "CMD_FLAGS.txt").read_bytes() == before
    assert "cut off" in json.dumps(listed(panel))
