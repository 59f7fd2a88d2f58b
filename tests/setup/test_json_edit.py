"""JSON with places: every mistake told, every edit exact to the character."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmony_desktop.setup.json_edit import JsonEditError, Node, read, set_value

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12
)
looks = st.fixed_dictionaries(
    {
        "indent": st.sampled_from([None, 0, 2, 4, "\t"]),
        "ensure_ascii": st.booleans(),
        "separators": st.sampled_from([(",", ":"), (", ", ": "), (" ,", " : ")]),
    }
)


def leaves(node: Node, path: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], Node]]:
    if node.members is not None:
        return [found for name, value in node.named() for found in leaves(value, (*path, name))]
    if node.items is not None:
        return [found for index, item in enumerate(node.items) for found in leaves(item, (*path, index))]
    return [(path, node)]


def put(value: Any, path: tuple[str | int, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = put(copy[path[0]], path[1:], new)  # type: ignore[index] # as the path was made
    return copy


@given(values, looks)
def test_whatever_json_writes_is_read_as_json_reads_it(value: Any, look: dict[str, Any]) -> None:
    text = json.dumps(value, **look)
    found = read(text)
    assert found.good
    assert found.root is not None
    assert found.root.plain() == json.loads(text)
    for _, node in leaves(found.root):
        if node.members is None and node.items is None:
            assert json.loads(text[node.start : node.end]) == node.value


@given(st.dictionaries(st.text(), values, min_size=1, max_size=4), looks, st.data(), scalars)
def test_an_edit_changes_one_value_and_nothing_else(
    value: dict[str, Any], look: dict[str, Any], data: st.DataObject, new: Any
) -> None:
    text = json.dumps(value, **look)
    root = read(text).root
    assert root is not None
    found = [leaf for leaf in leaves(root) if leaf[0]]
    if not found:
        return
    path, node = data.draw(st.sampled_from(found))
    changed = set_value(text, path, new)
    assert json.loads(changed) == put(json.loads(text), path, new)
    assert changed.startswith(text[: node.start])
    assert changed.endswith(text[node.end :])


@given(st.dictionaries(st.text(), values, max_size=4), looks, st.text(), scalars)
def test_a_new_member_leaves_the_others_as_they_stand(
    value: dict[str, Any], look: dict[str, Any], key: str, new: Any
) -> None:
    if key in value:
        return
    text = json.dumps(value, **look)
    changed = set_value(text, [key], new)
    assert json.loads(changed) == json.loads(text) | {key: new}
    kept = [sign for sign in text if not sign.isspace()]
    rest = iter(changed)
    assert all(sign in rest for sign in kept), "nothing is lost, and the order stays"


def test_a_member_below_others_that_are_missing_is_written_like_its_neighbours() -> None:
    text = '{\r\n\t"a": 1,\r\n\t"b": {}\r\n}\r\n'
    assert set_value(text, ["b", "c", "d"], "é") == '{\r\n\t"a": 1,\r\n\t"b": {"c": {"d": "é"}}\r\n}\r\n'
    assert set_value(text, ["e"], [1]) == '{\r\n\t"a": 1,\r\n\t"b": {},\r\n\t"e": [1]\r\n}\r\n'
    paths: list[list[str | int]] = [["a", "x"], ["b", 0], [7], []]
    for path in paths:
        with pytest.raises(JsonEditError):
            set_value(text, path, 1)


MISTAKES = [
    ('{"a": 1,}', "There is a comma too many.", '{"a": 1}'),
    ('{"a": 1 "b": 2}', "A comma is missing.", '{"a": 1, "b": 2}'),
    ('{"a": [1, 2}', "Here stands }, where the [ of line 1 wants to be closed.", None),
    ('{"a": [1, 2', "The [ of line 1 is not closed.", '{"a": [1, 2]'),
    ('{"a": True}', "True is written true in JSON.", '{"a": true}'),
    ("{a: 1}", "A name stands in double quotes.", '{"a": 1}'),
    ('{"a": yes}', "yes is no value: text stands in double quotes.", '{"a": "yes"}'),
    ("{'a': 1}", "A name in double quotes is missing here.", None),
    ('{"a" 1}', "A colon is missing behind the name.", '{"a": 1}'),
    ('{"a": 1} // mine', "JSON knows no comments.", '{"a": 1} '),
    ('{"a": /* b */ 1}', "JSON knows no comments.", '{"a":  1}'),
    ('{"a": "b\n}', "The text is not closed: its second quote is missing.", None),
    ('{"a": "C:\\new \\dir"}', "A backslash, or a sign that cannot be seen", None),
    ('\ufeff{"a": 1}', "An invisible byte order mark", '{"a": 1}'),
    ("", "The file is empty", None),
    ('{"a": }', "A value is missing here.", None),
    ('{"a": 1} 2', "Something stands behind the end", None),
    ("[" * 1000, "It is nested too deeply.", None),
]


@pytest.mark.parametrize(("text", "message", "mended"), MISTAKES)
def test_mistakes_are_told_with_what_mends_them(text: str, message: str, mended: str | None) -> None:
    found = read(text)
    assert not found.good
    fault = found.faults[0]
    assert fault.message.startswith(message)
    if mended is None:
        assert fault.mend is None
    else:
        assert fault.mend is not None
        change = fault.mend
        result = text[: change.start] + change.text + text[change.end :]
        assert result.replace(" ", "") == mended.replace(" ", "")


def test_a_text_that_is_something_else_is_not_told_mistake_by_mistake() -> None:
    found = read("[" + "1 " * 100_000)
    assert found.root is None
    assert len(found.faults) == 100


@given(st.text(alphabet='{}[]",:\\ \n01tfn/*#a\ufeff', max_size=40))
def test_any_text_is_told_good_exactly_when_it_is(text: str) -> None:
    found = read(text)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        assert not found.good
    else:
        assert found.good
        assert found.root is not None
        assert found.root.plain() == value
