"""The form: values that most people change, found in the files as they are, and written back one by one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from harmony_desktop.control.config_files import Field, FieldKind, FieldRef, Form, SpeechChoice, Syntax
from harmony_desktop.control.memory_choice import Chosen
from harmony_desktop.control.memory_plan import context_of
from harmony_desktop.control.port_records import Binding, MachinePorts
from harmony_desktop.control.secret_names import is_secret
from harmony_desktop.setup import form_compose, json_edit
from harmony_desktop.setup.config_stack import StackFiles, syntax_of
from harmony_desktop.setup.envfile import EnvFile
from harmony_desktop.setup.flags_file import FlagsFile
from harmony_desktop.setup.json_edit import Node
from harmony_desktop.setup.layout import ENV_FILE
from harmony_desktop.setup.linter_flags import FLAGS
from harmony_desktop.setup.speech_config import SpeechConfig, SpeechModel, entries, on_device, switched
from harmony_desktop.setup.speech_sizes import family_of
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.words import say
from harmony_desktop.stack.yaml_edit import YamlEditError

_THREADS = ("--threads",)
_VARIABLE = r"\$\{(?P<%s>[A-Za-z_]\w*)(?::?-(?P<%s_default>[^${}]*))?\}"
_BIND = rf"(?:(?:{_VARIABLE % ('bind', 'bind')}|[\d.]+):)?"
_PORT = re.compile(
    rf"{_BIND}{_VARIABLE % ('port', 'port')}:(?P<target>\d+|\$\{{[^}}]*\}})(?:/\w+)?",
    re.ASCII,
)
_TAG = re.compile(rf"(?P<image>[^$]+):{_VARIABLE % ('tag', 'tag')}", re.ASCII)
_TOKEN = re.compile(r"^\s*#?\s*(?:export\s+)?(?P<name>[A-Za-z_]\w*)\s*=", re.MULTILINE | re.ASCII)
_HIGHEST = 65535


def read_form(
    stack: StackFiles, ports: MachinePorts, shipped: Mapping[str, bytes], chosen: Chosen | None = None
) -> Form:
    """Return the form.

    Args:
        stack: The files.
        ports: The ports of this machine.
        shipped: What ships, by name: the speech models that can be added are in it.
        chosen: What the stack would load.
    """
    env_path = stack.folder / ENV_FILE
    env = EnvFile((stack.text(env_path) or "").encode())
    fields = [*_port_fields(stack, env), *form_compose.port_fields(stack)]
    return Form(
        ports=tuple(_checked(fields, stack, ports)),
        bind=next(_bind_fields(stack, env), None),
        tags=(*_tag_fields(stack, env), *form_compose.tag_fields(stack)),
        threads=_threads(stack),
        speech=_speech(stack, shipped),
        text=tuple(_text_fields(chosen)),
        chosen=chosen,
        secrets=tuple(_secrets(stack)),
        fault=say("The compose files have a mistake: mend it first.") if stack.known is None else "",
    )


def edit(ref: FieldRef, value: str, text: str, shipped: Mapping[str, bytes]) -> str:
    """Return the text of a file with one value changed.

    Raises:
        HarmonyError: It cannot be done without touching more than that.
    """
    try:
        if ref.kind is FieldKind.VARIABLE:
            env = EnvFile(text.encode())
            if value:
                env.set(ref.key, value)
            else:
                env.unset(ref.key)
            return bytes(env).decode()
        if ref.kind is FieldKind.FLAG:
            flags = FlagsFile(text.encode())
            if value:
                flags.set((ref.key,), value)
            else:
                flags.remove((ref.key,))
            return bytes(flags).decode()
        if ref.kind is FieldKind.SPEECH:
            return switched(text, ref.key, on=bool(value), block=_blocks(shipped, text).get(ref.key, ""))
        if ref.kind is FieldKind.SPEECH_DEVICE:
            return on_device(text, value)
        if ref.kind is FieldKind.COMPOSE:
            return form_compose.edit(text, json.loads(ref.key), value)
        return json_edit.set_value(text, json.loads(ref.key), value)
    except (YamlEditError, json_edit.JsonEditError, ValueError) as error:
        raise HarmonyError(
            say("{file} cannot be changed from the form", file=ref.file.name),
            cause=say("It is written in a way that the form does not understand: {error}.", error=str(error)),
            advice=say("Change it in the editor."),
        ) from error


def _port_fields(stack: StackFiles, env: EnvFile) -> Iterator[Field]:
    for name, match in _ports(stack):
        detail = ""
        if match["target"].isdigit():
            service = stack.known.services.get(name) if stack.known else None
            pages = service.presentation.pages if service else ()
            detail = next((page.title for page in pages if page.port == int(match["target"])), "")
        ref = FieldRef(stack.folder / ENV_FILE, FieldKind.VARIABLE, match["port"])
        title = stack.title(name)
        yield Field(ref, title, env.value(match["port"]) or "", match["port_default"] or "", detail)


def _bind_fields(stack: StackFiles, env: EnvFile) -> Iterator[Field]:
    for _, match in _ports(stack):
        if match["bind"]:
            ref = FieldRef(stack.folder / ENV_FILE, FieldKind.VARIABLE, match["bind"])
            yield Field(ref, "", env.value(match["bind"]) or "", match["bind_default"] or "")


def _ports(stack: StackFiles) -> Iterator[tuple[str, re.Match[str]]]:
    """Yield service and variables of each port, each variable once."""
    seen: set[str] = set()
    for name, service in stack.raw_services():
        ports = service.get("ports")
        for port in ports if isinstance(ports, list) else ():
            match = _PORT.fullmatch(port) if isinstance(port, str) else None
            if match is not None and match["port"] not in seen:
                seen.add(match["port"])
                yield name, match


def _checked(fields: list[Field], stack: StackFiles, ports: MachinePorts) -> Iterator[Field]:
    """Say of each port what speaks against it. Those that the stack has now are its own, and not asked after."""
    published = stack.published_on_disk()
    wanted: dict[int, Binding] = {}
    for field in fields:
        if field.effective.isdigit() and 0 < int(field.effective) <= _HIGHEST and int(field.effective) not in published:
            wanted[int(field.effective)] = Binding(int(field.effective))
    held = ports.held(list(wanted.values())) if wanted else {}
    for index, field in enumerate(fields):
        fault = ""
        number = int(field.effective) if field.effective.isascii() and field.effective.isdigit() else 0
        if not 0 < number <= _HIGHEST:
            fault = say("A port is a number from 1 to 65535.")
        elif any(other.effective == field.effective for other in fields[:index]):
            fault = say("Another service above has this port already.")
        elif number in wanted and (holder := held.get(wanted[number])) is not None:
            fault = say("Port {port} is {why}.", port=number, why=str(holder))
        yield Field(field.ref, field.title, field.value, field.default, field.detail, fault)


def _tag_fields(stack: StackFiles, env: EnvFile) -> Iterator[Field]:
    seen: set[str] = set()
    for name, service in stack.raw_services():
        image = service.get("image")
        match = _TAG.fullmatch(image) if isinstance(image, str) else None
        if match is not None and match["tag"] not in seen:
            seen.add(match["tag"])
            ref = FieldRef(stack.folder / ENV_FILE, FieldKind.VARIABLE, match["tag"])
            yield Field(
                ref, stack.title(name), env.value(match["tag"]) or "", match["tag_default"] or "", match["image"]
            )


def _threads(stack: StackFiles) -> Field | None:
    for title, path in stack.mounted():
        if path.name == FLAGS:
            try:
                flags = FlagsFile((stack.text(path) or "").encode())
            except HarmonyError:
                return None
            return Field(FieldRef(path, FieldKind.FLAG, _THREADS[0]), title, flags.value(_THREADS))
    return None


def _text_fields(chosen: Chosen | None) -> Iterator[Field]:
    """Yield what decides, besides the model itself, how much memory it takes."""
    text = chosen.text if chosen is not None else None
    if text is None or text.flags.context is None:
        return
    made_for = text.facts.context if text.facts is not None else 0
    detail = say("tokens; the model was made for {n}", n=made_for) if made_for else say("tokens")
    yield Field(text.flags.context, say("Context size"), str(text.context or ""), str(context_of(text)), detail)
    if text.flags.layers is not None and chosen is not None and chosen.service(text.service).cards:
        layers = text.facts.layers + 1 if text.facts is not None else 0
        words = say("of {n}", n=layers) if layers else ""
        value = "" if text.layers is None else str(text.layers)
        yield Field(text.flags.layers, say("Layers on the graphics card"), value, str(layers or ""), words)


def _speech(stack: StackFiles, shipped: Mapping[str, bytes]) -> tuple[SpeechChoice, ...]:
    for _, path in stack.mounted():
        if syntax_of(path) is not Syntax.YAML:
            continue
        text = stack.text(path) or ""
        try:
            config = SpeechConfig(text)
            if not config.is_one:
                continue
            on = config.models()
            known = [*on, *config.switched_off(), *_addable(shipped, text)]
        except YamlEditError:
            continue
        names = {model.name for model in on}
        choices: dict[str, SpeechChoice] = {}
        for model in known:
            family = family_of(model.model_type)
            if model.name and model.name not in choices:
                choices[model.name] = SpeechChoice(
                    FieldRef(path, FieldKind.SPEECH, model.name),
                    model.name,
                    family.title if family else "",
                    family.text if family else "",
                    model.name in names,
                    model.language,
                )
        return tuple(choices.values())
    return ()


def _addable(shipped: Mapping[str, bytes], text: str) -> list[SpeechModel]:
    return [model for model, _ in _catalogue(shipped, text)]


def _blocks(shipped: Mapping[str, bytes], text: str) -> dict[str, str]:
    return {model.name: block for model, block in _catalogue(shipped, text)}


def _catalogue(shipped: Mapping[str, bytes], text: str) -> list[tuple[SpeechModel, str]]:
    """Return every model that ships, written for the device that a configuration uses most."""
    devices = [model.device for model in SpeechConfig(text).models() if model.device]
    device = max(set(devices), key=devices.count) if devices else "cpu"
    found: dict[str, tuple[SpeechModel, str]] = {}
    for name, content in shipped.items():
        if not name.endswith((".yml", ".yaml")) or b"model_configs" not in content:
            continue
        for model, block in entries(content.decode()):
            found.setdefault(model.name, (model, re.sub(r"(?m)^(\s+device: ).*$", rf"\g<1>{device}", block)))
    return list(found.values())


def _secrets(stack: StackFiles) -> Iterator[Field]:
    for title, path in dict.fromkeys(stack.env_files()):
        text = stack.text(path)
        if text is None:
            continue
        env = EnvFile(text.encode())
        for name in dict.fromkeys(match["name"] for match in _TOKEN.finditer(text)):
            if is_secret(name):
                yield Field(FieldRef(path, FieldKind.VARIABLE, name), title, env.value(name) or "", detail=name)
    for title, path in stack.mounted():
        if syntax_of(path) is not Syntax.JSON:
            continue
        root = json_edit.read(stack.text(path) or "").root
        for keys in _secret_keys(root) if root is not None else ():
            value = root.text(*keys) if root is not None else ""
            ref = FieldRef(path, FieldKind.JSON, json.dumps(keys))
            yield Field(ref, title, value, detail=".".join(keys))


def _secret_keys(node: Node, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in node.named():
        if value.members is not None:
            yield from _secret_keys(value, (*path, name))
        elif isinstance(value.value, str) and (is_secret(name) or name.endswith(("apikey", "api_key"))):
            yield (*path, name)
