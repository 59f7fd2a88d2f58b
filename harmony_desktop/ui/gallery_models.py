"""Recorded states of the models page, for the gallery and the tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harmony_desktop.control.model_memory import MemoryThere
from harmony_desktop.control.models import (
    Configured,
    Facts,
    HubChoice,
    HubFile,
    LocalModel,
    ModelsPlace,
    Phase,
    Removed,
    Repository,
    Suggestion,
)
from harmony_desktop.control.models_state import GoingOn, ModelsState, Work
from harmony_desktop.control.state import Problem
from harmony_desktop.control.store import Store
from harmony_desktop.control.text_api import Answering, LoadedModel
from harmony_desktop.control.transfer import Pace
from harmony_desktop.stack.words import say

_MB, _GB = 1024**2, 1024**3
_TEXT = "text-generation-webui-harmonyai"
_HERMES, _QWEN = "Hermes-3-Llama-3.1-8B.Q4_K_M.gguf", "Qwen3-4B-Instruct-2507-Q4_K_M.gguf"


class RecordedModels:
    """Shows a recording; what is asked of it is written down.

    Args:
        calls: Where it is written down.
        state: What is shown.
    """

    def __init__(self, calls: list[tuple[object, ...]], state: ModelsState) -> None:
        self._calls = calls
        self._store = Store(state)

    @property
    def store(self) -> Store[ModelsState]:
        """The recorded state."""
        return self._store

    def look(self) -> None:
        """Write it down."""
        self._calls.append(("look_at_models",))

    def use(self, name: str, context: int) -> None:
        """Write it down."""
        self._calls.append(("use_model", name, context))

    def unload(self) -> None:
        """Write it down."""
        self._calls.append(("unload_model",))

    def import_file(self, file: str, *, link: bool) -> None:
        """Write it down."""
        self._calls.append(("import_model", file, link))

    def look_up(self, address: str) -> None:
        """Write it down."""
        self._calls.append(("look_up_model", address))

    def forget_repository(self) -> None:
        """Write it down."""
        self._calls.append(("forget_repository",))

    def download(self, name: str) -> None:
        """Write it down."""
        self._calls.append(("download_model", name))

    def keep_token(self, token: str) -> None:
        """Write it down."""
        self._calls.append(("keep_token", token))

    def remove(self, name: str) -> None:
        """Write it down."""
        self._calls.append(("remove_model", name))

    def put_back(self) -> None:
        """Write it down."""
        self._calls.append(("put_model_back",))

    def clear_unfinished(self) -> None:
        """Write it down."""
        self._calls.append(("clear_unfinished",))

    def cancel(self) -> None:
        """Write it down."""
        self._calls.append(("cancel_model_work",))

    def dismiss(self) -> None:
        """Put it away."""
        self._calls.append(("dismiss_model_words",))
        self._store.set(replace(self._store.value, problem=None, wants_token=False, page="", said=""))


_PLACE = ModelsPlace(
    _TEXT,
    "Text Generation",
    Path(f"/home/you/Harmony/{_TEXT}/models"),
    Path(f"/home/you/Harmony/{_TEXT}/CMD_FLAGS.txt"),
)
_MODELS = (
    LocalModel(
        _HERMES,
        int(4.58 * _GB),
        Facts("llama", "Hermes 3 Llama 3.1 8B", "Q4_K_M", 131072, 32, 131072, 8_030_000_000),
        files=(_HERMES,),
    ),
    LocalModel(
        "Mixtral-8x7B-Instruct-v0.1.Q5_K_M.gguf",
        int(30.0 * _GB),
        Facts("llama", "Mixtral 8x7B Instruct", "Q5_K_M", 32768, 32, 131072, 46_700_000_000),
    ),
    LocalModel(
        _QWEN, int(2.33 * _GB), Facts("qwen3", "Qwen3 4B Instruct 2507", "Q4_K_M", 262144, 36, 147456, 4_020_000_000)
    ),
    LocalModel("half-a-download.gguf", 812 * _MB, None, "It is cut off: 1208 MB are missing at its end."),
)
_SUGGESTIONS = (
    Suggestion(
        "Llama 3.2 3B Instruct",
        "bartowski/Llama-3.2-3B-Instruct-GGUF",
        "Llama-3.2-3B-Instruct-Q4_K_M.gguf",
        2_020_000_000,
        "Llama 3.2 Community License",
        "https://www.llama.com/llama3_2/license/",
        131072,
        114688,
        "Small and quick, talks well for its size",
    ),
    Suggestion(
        "Qwen3 4B Instruct 2507",
        "unsloth/Qwen3-4B-Instruct-2507-GGUF",
        _QWEN,
        2_500_000_000,
        "Apache 2.0",
        "https://huggingface.co/Qwen/Qwen3-4B-Instruct-2507/blob/main/LICENSE",
        262144,
        147456,
        "Small, versatile, many languages",
        first=True,
    ),
    Suggestion(
        "Hermes 3 Llama 3.1 8B",
        "NousResearch/Hermes-3-Llama-3.1-8B-GGUF",
        _HERMES,
        4_920_000_000,
        "Llama 3.1 Community License",
        "https://www.llama.com/llama3_1/license/",
        131072,
        131072,
        "Middle-sized, made for characters and long talks",
    ),
)
_CPU = MemoryThere(0, 16 * _GB)
_CARD = MemoryThere(24 * _GB, 62 * _GB)
_EMPTY = ModelsState(
    place=_PLACE,
    looked=True,
    free=212 * _GB,
    loaded=LoadedModel(Answering.READY),
    there=_CPU,
    suggestions=_SUGGESTIONS,
)
_FULL = replace(
    _EMPTY,
    models=_MODELS,
    configured=Configured(_HERMES, 8192),
    loaded=LoadedModel(Answering.READY, _HERMES),
    there=_CARD,
)


def _choice(quantisation: str, size: float) -> HubChoice:
    name = f"Hermes-3-Llama-3.1-8B.{quantisation}.gguf"
    return HubChoice(name, quantisation, (HubFile(name, int(size * _GB), "ab" * 32),))


_REPOSITORY = Repository(
    "NousResearch/Hermes-3-Llama-3.1-8B-GGUF",
    "main",
    "llama3",
    choices=(_choice("Q3_K_M", 3.74), _choice("Q4_K_M", 4.58), _choice("Q5_K_M", 5.34), _choice("Q8_0", 7.95)),
    context=131072,
    page="https://huggingface.co/NousResearch/Hermes-3-Llama-3.1-8B-GGUF",
)


def models_states() -> dict[str, ModelsState]:
    """Return all recordings by name."""
    downloading = GoingOn(Work.DOWNLOAD, _QWEN, Phase.DOWNLOADING, 1_060_000_000, 2_500_000_000, Pace(21.4 * _MB, 64.0))
    gated = Problem(
        "This model asks who takes it",
        "The owner of maker/Closed-GGUF wants you to agree to something first.",
        "Agree on its page (https://huggingface.co/maker/Closed-GGUF), make a token there, and enter it here.",
        _TEXT,
    )
    failed = Problem(
        "Mixtral-8x7B-Instruct-v0.1.Q5_K_M.gguf could not be loaded",
        "it ran out of memory on the graphics card",
        "Choose a smaller model or a smaller context.",
        _TEXT,
    )
    return {
        "models": _FULL,
        "models-empty": _EMPTY,
        "models-looking": ModelsState(),
        "models-missing": ModelsState(
            looked=True,
            missing=Problem(
                "This stack has no folder for language models",
                "No service mounts a folder of this computer as its folder “models”.",
                "Set up a text generation service with such a mount, then come back.",
            ),
        ),
        "models-arrived": replace(
            _FULL,
            loaded=LoadedModel(Answering.READY),
            said=say("{model} is in the models folder. Use it, and Harmony can talk.", model=_QWEN),
            arrived=_QWEN,
        ),
        "models-downloading": replace(_EMPTY, going_on=downloading),
        "models-loading": replace(
            _FULL, loaded=LoadedModel(Answering.READY), going_on=GoingOn(Work.LOAD, _HERMES, since=0.0)
        ),
        "models-failed": replace(_FULL, problem=failed),
        "models-gated": replace(
            _EMPTY, problem=gated, wants_token=True, page="https://huggingface.co/maker/Closed-GGUF"
        ),
        "models-locked": replace(_FULL, loaded=LoadedModel(Answering.LOCKED)),
        "models-deleted": replace(_FULL, unfinished=int(1.4 * _GB), models=_MODELS[1:], removed=Removed(_HERMES)),
        "models-use": _FULL,
        "models-found": replace(_FULL, repository=_REPOSITORY),
    }
