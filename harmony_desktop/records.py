"""Dataclasses that are worked out when they are first used, rather than when their module is imported.

Python 3.11 looks at each field of a dataclass and compiles up to seven functions for it. With more than a hundred of
them that was a sixth of the time of a short call of the command line, in which most make no object at all. With
``from harmony_desktop.records import dataclass`` a class is the same as with that of :mod:`dataclasses`, for the type
checker too: fields, defaults, ``replace`` and ``fields``, comparison, hash, ``repr``, pattern matching, copies and
pickles. At once it only gets its slots; its fields are looked at, and its ``__init__`` is compiled, with the first
object. The other methods need no code of their own for each class.

A class that derives from a dataclass, or has an ``InitVar``, is one for the standard library.
"""

from __future__ import annotations

import dataclasses
from operator import attrgetter
from reprlib import recursive_repr
from threading import RLock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from dataclasses import dataclass as dataclass  # noqa: PLC0414 - what the checker shall take it for
else:

    def dataclass(cls: type | None = None, /, **options: bool) -> Any:  # noqa: ANN401
        """Make a class a dataclass; the options are ``frozen``, ``slots`` and ``kw_only``."""
        return _made(cls, **options) if cls is not None else lambda cls: _made(cls, **options)


def _made(cls: type, *, frozen: bool = False, slots: bool = False, kw_only: bool = False) -> type:
    own = {name for name, value in cls.__dict__.items() if (name, value) != ("__hash__", None)}
    written = _Written(cls, kw_only=kw_only)
    made = _with_slots(cls, written.fields) if slots else cls
    methods: dict[str, Any] = {
        "__init__": _first_init(made, frozen=frozen),
        "__repr__": _repr,
        "__eq__": _equal,
        "__hash__": _hash if frozen else None,
        **{name: _WorkedOut(made, name, written) for name in _WORKED_OUT},
    }
    if frozen:
        methods |= {"__setattr__": _refuse_to_set, "__delattr__": _refuse_to_delete}
        if slots:
            methods |= {"__getstate__": _state, "__setstate__": _set_state}
    for name, method in methods.items():
        if name not in own:
            setattr(made, name, method)
    return made


def _with_slots(cls: type, names: Sequence[str]) -> type:
    """Return the class with slots, for which it has to be made anew; defaults would be in their way."""
    content = {name: value for name, value in cls.__dict__.items() if name not in {*names, "__dict__", "__weakref__"}}
    made = type(cls)(cls.__name__, cls.__bases__, {**content, "__slots__": tuple(names)})
    made.__qualname__ = cls.__qualname__
    return made


#: What the standard library finds out of the fields, and keeps in the class.
_WORKED_OUT = ("__dataclass_fields__", "__dataclass_params__", "__match_args__")


#: Held while a class is worked out: the thread that holds it may free an object whose end makes a first object.
_WORKING = RLock()


class _Written:
    """The fields of a class as they were written, to be given to the standard library when somebody asks for them."""

    __slots__ = ("_content", "_kw_only", "_name", "_twin", "fields")

    def __init__(self, cls: type, *, kw_only: bool) -> None:
        content = cls.__dict__
        self.fields = tuple(content.get("__annotations__", ()))
        self._name, self._kw_only = cls.__name__, kw_only
        kept = ("__module__", "__annotations__", "__doc__", *self.fields)
        self._content = {name: content[name] for name in kept if name in content}
        self._twin: type | None = None

    def worked_out(self) -> type:
        """Return a class with the same fields, made by the standard library; the same one to every thread."""
        with _WORKING:
            if self._twin is None:
                plain = type(self._name, (), self._content)
                self._twin = dataclasses.dataclass(plain, init=False, repr=False, eq=False, kw_only=self._kw_only)
            return self._twin


class _WorkedOut:
    """An attribute of the class that gives way to its value when somebody asks for it."""

    __slots__ = ("_name", "_owner", "_written")

    def __init__(self, owner: type, name: str, written: _Written) -> None:
        self._owner, self._name, self._written = owner, name, written

    def __get__(self, _item: object, _cls: type) -> object:
        # Several threads may get here at once, each of which puts the same value into the same place.
        value = getattr(self._written.worked_out(), self._name)
        setattr(self._owner, self._name, value)
        return value


def _first_init(cls: type, *, frozen: bool) -> Callable[..., None]:
    """Return an ``__init__`` that puts the real one into its place."""

    def __init__(self: Any, /, *args: Any, **kwargs: Any) -> None:  # noqa: N807, ANN401
        init = _compiled_init(cls, frozen=frozen)
        cls.__init__ = init  # type: ignore[misc] # that is what this one is for
        init(self, *args, **kwargs)

    return __init__


def _compiled_init(cls: type, *, frozen: bool) -> Callable[..., None]:
    """Return an ``__init__`` that does what that of the standard library does."""
    names: dict[str, Any] = {"_set": object.__setattr__, "_absent": _ABSENT}
    lines: list[str] = []
    positional: list[str] = []
    named: list[str] = []
    for field in dataclasses.fields(cls):
        name = value = field.name
        parameters = named if field.kw_only else positional
        if field.default_factory is not dataclasses.MISSING:
            names[f"_make_{name}"] = field.default_factory
            value = f"_make_{name}()"
            if field.init:
                parameters.append(f"{name}=_absent")
                value = f"{value} if {name} is _absent else {name}"
        elif field.default is not dataclasses.MISSING:
            names[f"_default_{name}"] = field.default
            if field.init:
                parameters.append(f"{name}=_default_{name}")
            else:
                value = f"_default_{name}"
        elif field.init:
            parameters.append(name)
        else:
            continue
        lines.append(f"_set(self, {name!r}, {value})" if frozen else f"self.{name} = {value}")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    signature = ", ".join(["self", *positional, *(["*", *named] if named else [])])
    body = "\n ".join(lines or ["pass"])
    exec(f"def __init__({signature}):\n {body}", names)  # noqa: S102 - names of fields, which are identifiers
    init: Callable[..., None] = names["__init__"]
    init.__qualname__, init.__module__ = f"{cls.__qualname__}.__init__", cls.__module__
    return init


#: Stands for an argument that was not given, where the default is made anew each time.
_ABSENT: Any = object()


@recursive_repr()
def _repr(self: Any) -> str:  # noqa: ANN401
    shown = (f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self) if field.repr)
    return f"{self.__class__.__qualname__}({', '.join(shown)})"


#: What gets from an object of a class, as a tuple, all that is compared, and all that is hashed.
_COMPARED: dict[type, Callable[[Any], object]] = {}
_HASHED: dict[type, Callable[[Any], object]] = {}


def _equal(self: Any, other: object) -> Any:  # noqa: ANN401 - True, False or NotImplemented
    if other.__class__ is not self.__class__:
        return NotImplemented
    cls: Any = self.__class__
    values = _COMPARED.get(cls)
    if values is None:
        values = _COMPARED[cls] = _getter([field.name for field in dataclasses.fields(cls) if field.compare])
    return values(self) == values(other)


def _hash(self: Any) -> int:  # noqa: ANN401
    cls: Any = self.__class__
    values = _HASHED.get(cls)
    if values is None:
        fields = dataclasses.fields(cls)
        names = [field.name for field in fields if (field.compare if field.hash is None else field.hash)]
        values = _HASHED[cls] = _getter(names)
    return hash(values(self))


def _getter(names: Sequence[str]) -> Callable[[Any], object]:
    # Always a tuple: tuples take what is the same object for equal, as those of the standard library do.
    if len(names) > 1:
        return attrgetter(*names)
    if not names:
        return lambda _item: ()
    one = attrgetter(names[0])
    return lambda item: (one(item),)


def _refuse_to_set(self: Any, name: str, value: object) -> None:  # noqa: ANN401, ARG001
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: Any, name: str) -> None:  # noqa: ANN401, ARG001
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[object]:  # noqa: ANN401
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _set_state(self: Any, state: Sequence[object]) -> None:  # noqa: ANN401
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)
