from __future__ import annotations

import random
from typing import Any

import pytest
import yaml

from harmony_desktop.stack.yaml_edit import YamlEditError, read_plain, remove_value, set_value

LIMIT = ("services", "web", "deploy", "resources", "limits", "memory")


def test_an_empty_file_gets_blocks_behind_its_comments() -> None:
    assert (
        set_value("# mine\n", ("services", "web", "restart"), "no") == '# mine\nservices:\n  web:\n    restart: "no"\n'
    )


HANDMADE = """\
# of my own
services:

    web:   # the page
        environment: {A: "1", B: 'x # y'}  # kept
        command: |
          one
          two
        # about the limits
        deploy:
            resources:
                limits: {cpus: '2'}   # enough

    db:
        restart: always
# the end
"""


def test_everything_else_stays_as_it_was() -> None:
    changed = set_value(HANDMADE, LIMIT, "4g")
    assert changed == HANDMADE.replace("{cpus: '2'}", "{cpus: '2', memory: 4g}")
    changed = set_value(changed, ("services", "web", "restart"), "on-failure:5")
    assert changed == HANDMADE.replace(
        "limits: {cpus: '2'}   # enough\n",
        "limits: {cpus: '2', memory: 4g}   # enough\n        restart: \"on-failure:5\"\n",
    )
    changed = remove_value(remove_value(changed, LIMIT), ("services", "web", "restart"))
    assert changed == HANDMADE


def test_a_value_is_replaced_in_its_place_with_its_comment_kept() -> None:
    text = "services:\n  web:\n    restart: 'always' # so far\n"
    assert set_value(text, ("services", "web", "restart"), "no") == text.replace("'always'", '"no"')


def test_windows_line_ends_stay() -> None:
    text = "services:\r\n  web:\r\n    scale: 2\r\n"
    changed = set_value(text, ("services", "web", "restart"), "always")
    assert changed == text + "    restart: always\r\n"
    assert remove_value(changed, ("services", "web", "restart")) == text


def test_mappings_that_become_empty_go_too() -> None:
    text = set_value("# head\n", LIMIT, "4g")
    assert remove_value(text, LIMIT) == "# head\n"
    text = set_value(set_value("", LIMIT, "4g"), ("services", "db", "scale"), 2)
    assert remove_value(text, LIMIT) == "services:\n  db:\n    scale: 2\n"


def test_a_key_without_a_value_takes_one_and_a_mapping_below_it() -> None:
    assert set_value("services:\n", ("services", "web", "scale"), 2) == "services:\n  web:\n    scale: 2\n"
    assert set_value("services:\n  web:\n    scale:\n", ("services", "web", "scale"), 2).endswith("scale: 2\n")


def test_a_file_without_a_last_line_end() -> None:
    assert set_value("services: {web: {scale: 1}}", LIMIT, "1g") == (
        "services: {web: {scale: 1, deploy: {resources: {limits: {memory: 1g}}}}}"
    )
    assert set_value("services:\n  web:\n    scale: 1", ("services", "db", "scale"), 2) == (
        "services:\n  web:\n    scale: 1\n  db:\n    scale: 2\n"
    )


def test_removing_in_a_flow_mapping() -> None:
    for text, left in (
        ("a: {b: 1, c: 2}\n", "a: {c: 2}\n"),
        ("a: {c: 2, b: 1}\n", "a: {c: 2}\n"),
        ("a: {c: 2, b: 1, d: 3}\n", "a: {c: 2, d: 3}\n"),
    ):
        assert remove_value(text, ("a", "b")) == left


def test_what_is_not_there_is_removed_without_a_change() -> None:
    assert remove_value(HANDMADE, ("services", "nobody", "scale")) == HANDMADE


def test_an_alias_is_refused_rather_than_changed_for_all_who_share_it() -> None:
    text = (
        "x-limits: &limits\n  memory: 1g\nservices:\n  web:\n    deploy:\n      resources:\n        limits: *limits\n"
    )
    with pytest.raises(YamlEditError, match="safely"):
        set_value(text, LIMIT, "4g")


@pytest.mark.parametrize("text", ["a: [", "- list\n", "a: 1\n---\nb: 2\n"])
def test_what_is_no_mapping_is_refused(text: str) -> None:
    with pytest.raises(YamlEditError):
        set_value(text, LIMIT, "4g")


def test_tags_are_part_of_a_value() -> None:
    text = "services:\n  web:\n    ports: !override ['1:1']\n"
    assert read_plain(set_value(text, ("services", "web", "scale"), 2))["services"]["web"]["scale"] == "2"
    assert "!override ['1:1']" in set_value(text, ("services", "web", "scale"), 2)


def _anything(chance: random.Random, depth: int = 0) -> Any:
    kind = chance.random()
    if depth > 3 or kind < 0.35:
        return chance.choice(["a", "x: y", "no", "two\nlines\n", "", None, "4g", "# no comment", "'q'", "é"])
    if kind < 0.5:
        return [_anything(chance, depth + 1) for _ in range(chance.randrange(3))]
    names = ("web", "db", "deploy", "resources", "limits", "memory", "restart", "x y")
    return {chance.choice(names): _anything(chance, depth + 1) for _ in range(chance.randrange(4))}


@pytest.mark.parametrize("seed", range(8))
def test_whatever_is_there_the_edit_is_exact_or_refused(seed: int) -> None:
    chance = random.Random(seed)
    edited = 0
    for _ in range(40):
        data = {"services": {"web": _anything(chance), "db": _anything(chance)}}
        style = chance.choice([None, True, False])
        text = yaml.safe_dump(data, default_flow_style=style, allow_unicode=True, sort_keys=False)
        before = read_plain(text)
        keys = chance.choice([LIMIT, ("services", "db", "restart"), ("services", "new", "scale")])
        try:
            after = read_plain(set_value(text, keys, "4g"))
        except YamlEditError:
            continue
        edited += 1
        place = after
        for key in keys[:-1]:
            place = place[key]
        assert place.pop(keys[-1]) == "4g"
        others = {name: value for name, value in after["services"].items() if name != keys[1]}
        assert others == {name: value for name, value in before["services"].items() if name != keys[1]}
    assert edited > 10
