"""The speech engine's configuration (``model_configs`` in YAML): what it offers, and switching models on and off."""

from __future__ import annotations

from collections.abc import Iterator

from harmony_desktop.records import dataclass
from harmony_desktop.stack.words import say
from harmony_desktop.stack.yaml_edit import YamlEditError
from harmony_desktop.stack.yaml_places import (
    Scalar,
    YamlDocument,
    comment_out,
    commented_items,
    insert_item,
    read,
    uncomment,
)

MODELS = "model_configs"


@dataclass(frozen=True, slots=True)
class SpeechModel:
    """One entry.

    Attributes:
        index: Its place in the list; -1 for one that stands in comments.
        name: What others call it by.
        model: What is loaded.
        model_type: Its kind ("FasterWhisper").
        language: "EN", or "".
        device: "cpu", "cuda", or "".
    """

    index: int
    name: str
    model: str
    model_type: str
    language: str = ""
    device: str = ""

    @property
    def transcribes(self) -> bool:
        """Whether it turns speech into text."""
        return "whisper" in self.model_type.casefold()


class SpeechConfig:
    """A text that was read.

    Raises:
        YamlEditError: It is not YAML.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.document = read(text)

    @property
    def is_one(self) -> bool:
        """Whether it is a configuration of the speech engine at all."""
        return self.document.node(MODELS) is not None

    def models(self) -> list[SpeechModel]:
        """Return the models that are on."""
        count = self.document.size(MODELS)
        return [_model(self.document, index, MODELS, index) for index in range(count)]

    def switched_off(self) -> list[SpeechModel]:
        """Return the models that stand in comments."""
        return [_model(read(item.block), -1, 0) for item in commented_items(self.text)]

    def place(self, index: int, *keys: str) -> Scalar | None:
        """Return where a value of a model stands, or None."""
        return self.document.scalar(MODELS, index, *keys)


def switched(text: str, name: str, *, on: bool, block: str = "") -> str:
    """Return the text with a model switched on or off.

    Switching off puts its lines into comments, switching on takes them out again: what the user has changed of the
    entry comes back. All entries of the name are switched off, one is switched on.

    Args:
        text: The configuration.
        name: The model.
        on: Whether it shall be offered.
        block: The entry, for one that stands nowhere in the file, or "".

    Raises:
        YamlEditError: It cannot be done.
    """
    present = [model for model in SpeechConfig(text).models() if model.name == name]
    if on:
        if present:
            return text
        for item in commented_items(text):
            if _model(read(item.block), -1, 0).name == name:
                return _checked(uncomment(text, item), name, on=True)
        if not block:
            raise YamlEditError(say("{name} is not in the file", name=name))
        return _checked(insert_item(text, (MODELS,), block), name, on=True)
    for model in reversed(present):
        text = comment_out(text, (MODELS, model.index))
    return _checked(text, name, on=False)


def on_device(text: str, device: str) -> str:
    """Return the text with all models that name a device computed on another one; nothing else in it changes.

    Raises:
        YamlEditError: It cannot be done.
    """
    config = SpeechConfig(text)
    places = [config.place(model.index, "device_config", "device") for model in config.models() if model.device]
    for place in sorted((place for place in places if place is not None), key=lambda place: -place.start):
        text = f"{text[: place.start]}{device}{text[place.end :]}"
    if any(model.device not in {"", device} for model in SpeechConfig(text).models()):
        raise YamlEditError(say("it is written in a way that cannot be edited safely"))
    return text


def entries(text: str) -> Iterator[tuple[SpeechModel, str]]:
    """Yield each model that is on with its entry, without indentation. Raises YamlEditError."""
    config = SpeechConfig(text)
    lines = text.splitlines()
    for model in config.models():
        first, last = config.document.lines(MODELS, model.index)
        indent = len(lines[first]) - len(lines[first].lstrip(" "))
        yield model, "".join(f"{line[indent:]}\n" for line in lines[first : last + 1])


def _checked(text: str, name: str, *, on: bool) -> str:
    if any(model.name == name for model in SpeechConfig(text).models()) is not on:
        raise YamlEditError("it is written in a way that cannot be edited safely")
    return text


def _model(document: YamlDocument, index: int, *path: str | int) -> SpeechModel:
    def value(*keys: str) -> str:
        return document.value(*path, *keys)

    return SpeechModel(
        index, value("name"), value("model"), value("model_type"), value("language"), value("device_config", "device")
    )
