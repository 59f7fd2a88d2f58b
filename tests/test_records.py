"""Our dataclasses are those of the standard library, only later: each is compared with its twin from there."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import field
from typing import Any

import pytest

from harmony_desktop import records

Decorator = Callable[..., Any]
MAKERS: tuple[Decorator, Decorator] = (records.dataclass, dataclasses.dataclass)


def point(make: Decorator, **options: bool) -> Any:
    class Point:
        """A place."""

        x: int
        y: int = 0
        tags: list[str] = field(default_factory=list)
        note: str = field(default="", compare=False, repr=False)
        double: int = field(init=False, default=2)

        def moved(self, by: int) -> Any:
            return dataclasses.replace(self, x=self.x + by)  # type: ignore[type-var] # decorated below

    return make(**options)(Point)


def single(make: Decorator) -> Any:
    class Single:
        """One field, which may be unequal to itself."""

        value: float

    return make(frozen=True, slots=True)(Single)


def checked(make: Decorator) -> Any:
    class Checked:
        """Looks at what it is given."""

        value: int
        half: float = field(init=False)

        def __post_init__(self) -> None:
            if self.value < 0:
                raise ValueError("negative")
            object.__setattr__(self, "half", self.value / 2)

        def __eq__(self, other: object) -> bool:
            return isinstance(other, type(self)) and abs(other.value) == abs(self.value)

        def __hash__(self) -> int:
            return abs(self.value)

        def __repr__(self) -> str:
            return f"<{self.value}>"

    return make(frozen=True, slots=True)(Checked)


@pytest.fixture(params=MAKERS, ids=["ours", "theirs"])
def make(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(autouse=True, params=[0, records._MANY], ids=["compiled", "filled"])
def how(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test runs with the way of the first objects, and with that of the many."""
    monkeypatch.setattr(records, "_MANY", request.param)


OPTIONS: list[dict[str, bool]] = [
    {},
    {"slots": True},
    {"frozen": True},
    {"frozen": True, "slots": True},
    {"frozen": True, "slots": True, "kw_only": True},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_objects_are_made_shown_compared_and_changed_alike(make: Decorator, options: dict[str, bool]) -> None:
    cls = point(make, **options)
    assert cls.__doc__ == "A place."
    one, other = cls(x=1), cls(x=1, note="of no account")
    assert one == other
    assert one != cls(x=2)
    assert one != (1, 0, [], "", 2)
    assert repr(one).endswith("Point(x=1, y=0, tags=[], double=2)")
    assert one.tags is not other.tags
    assert one.moved(3).x == 4
    assert [item.name for item in dataclasses.fields(cls)] == ["x", "y", "tags", "note", "double"]
    assert dataclasses.asdict(one) == {"x": 1, "y": 0, "tags": [], "note": "", "double": 2}
    assert cls.__match_args__ == (() if options.get("kw_only") else ("x", "y", "tags", "note"))
    assert hasattr(one, "__dict__") is not options.get("slots", False)
    assert cls.__init__.__qualname__ == f"{cls.__qualname__}.__init__"
    for wrong in ({}, {"x": 1, "z": 2}, {"x": 1, "double": 3}):
        with pytest.raises(TypeError):
            cls(**wrong)
    if options.get("kw_only"):
        with pytest.raises(TypeError):
            cls(1)
    else:
        assert cls(1, 2) == cls(y=2, x=1)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_frozen_ones_stay_as_they_are_and_only_they_can_be_hashed(make: Decorator, options: dict[str, bool]) -> None:
    cls = point(make, **options)
    one = cls(x=1, tags=())
    if not options.get("frozen"):
        one.x = 5
        assert one == cls(x=5, tags=())
        with pytest.raises(TypeError):
            hash(one)
        return
    assert hash(one) == hash(cls(x=1, tags=(), note="other")) == hash((1, 0, (), 2))
    for name in ("x", "new"):
        with pytest.raises((dataclasses.FrozenInstanceError, TypeError)):
            setattr(one, name, 2)
    with pytest.raises(dataclasses.FrozenInstanceError):
        del one.x
    assert one.x == 1


def test_the_same_object_is_equal_even_with_a_value_that_is_not(make: Decorator) -> None:
    cls, nan = single(make), float("nan")
    assert cls(nan) == cls(nan)
    assert cls(nan) != cls(float("nan"))
    assert hash(cls(1.5)) == hash((1.5,))


def test_methods_of_its_own_count(make: Decorator) -> None:
    cls = checked(make)
    assert cls(3) == cls(3)
    assert cls(3).half == 1.5
    assert hash(cls(3)) == 3
    assert repr(cls(3)) == "<3>"
    with pytest.raises(ValueError, match="negative"):
        cls(-1)


def test_it_matches_by_place(make: Decorator) -> None:
    cls = point(make, frozen=True, slots=True)
    match cls(4, 5):
        case cls(x, y):
            assert (x, y) == (4, 5)
        case _:
            pytest.fail("it did not match")


def test_one_that_holds_itself_can_be_shown(make: Decorator) -> None:
    one = point(make)(x=1)
    one.tags.append(one)
    assert "tags=[...]" in repr(one)


@records.dataclass(frozen=True, slots=True)
class Kept:
    """One that pickle can find."""

    x: int
    more: tuple[str, ...] = ()


def test_copies_and_pickles_are_equal() -> None:
    one = Kept(1, ("a",))
    for other in (copy.copy(one), copy.deepcopy(one), *(pickle.loads(pickle.dumps(one, n)) for n in range(2, 6))):
        assert other == one
        assert other is not one
        assert hash(other) == hash(one)


def test_nothing_is_worked_out_before_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "_MANY", 3)
    cls = point(records.dataclass, frozen=True, slots=True)
    before = cls.__init__
    for _ in range(2):
        cls(1)
        assert cls.__init__ is before
    cls(1)
    assert cls.__init__ is not before
    for name in ("__dataclass_fields__", "__match_args__"):
        assert type(cls.__dict__[name]).__name__ == "_WorkedOut"
    assert [item.name for item in dataclasses.fields(cls)] == ["x", "y", "tags", "note", "double"]
    assert list(cls.__dict__["__dataclass_fields__"]) == ["x", "y", "tags", "note", "double"]


def test_a_default_that_all_would_share_is_refused(make: Decorator) -> None:
    def shared() -> Any:
        class Shared:
            tags: list[str] = []  # noqa: RUF012 - what is refused

        return make()(Shared)()

    with pytest.raises(ValueError, match="mutable default"):
        shared()


@pytest.mark.parametrize("name", ["__dataclass_fields__", "__dataclass_params__", "__match_args__"])
def test_threads_that_come_to_it_at_once_get_the_same(name: str) -> None:
    cls = point(records.dataclass, frozen=True, slots=True)
    # What a thread holds that was stopped between finding it in the class and asking it.
    found = cls.__dict__[name]
    first = getattr(cls, name)
    assert found.__get__(None, cls) is first
    assert getattr(cls, name) is first
