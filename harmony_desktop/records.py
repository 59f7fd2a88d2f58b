"""Dataclasses that are worked out when they are first used, rather than when their module is imported.

Python 3.11 looks at each field of a dataclass and compiles up to seven functions for it. With more than a hundred of
them that was a sixth of the time of a short call of the command line, in which most make no object at all. With
``from harmony_desktop.records import dataclass`` a class is the same as with that of :mod:`dataclasses`, for the type
checker too: fields, defaults, ``replace`` and ``fields``, comparison, hash, ``repr``, pattern matching, copies and
pickles. At once it only gets its slots; its fields are looked at with the first object. Of most classes a short call
makes a few objects at most, for which nothing is compiled: only a class of which there are more gets an ``__init__`` of
its own. The other methods need no code for each class at all.

A class that derives from a dataclass, or has an ``InitVar``, is one for the standard library.
"""

from __future__ import annotations

import dataclasses
from operator import attrgetter
from reprlib import recursive_repr
from threading import RLock
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
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
        "__init__": _first_init(made, written, frozen=frozen),
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
        kept = ("__module__", "__annotations__", *self.fields)
        self._content = {name: content[name] for name in kept if name in content}
        self._twin: type | None = None

    def worked_out(self) -> type:
        """Return a class with the same fields, made by the standard library; the same one to every thread."""
        with _WORKING:
            if self._twin is None:
                # Without words of its own the class would get its signature for them, which is dear.
                plain = type(self._name, (), {**self._content, "__doc__": "The fields of a class."})
                self._twin = dataclasses.dataclass(plain, init=False, repr=False, eq=False, kw_only=self._kw_only)
            return self._twin

    def parameters(self) -> tuple[_Parameter, ...]:
        """Return what an ``__init__`` has to know, by the rules of the standard library."""
        return tuple(self._parameter(name) for name in self.fields)

    def _parameter(self, name: str) -> _Parameter:
        value = self._content.get(name, dataclasses.MISSING)
        if isinstance(value, dataclasses.Field):
            by_name = self._kw_only if value.kw_only is dataclasses.MISSING else value.kw_only
            return _Parameter(name, value.default, value.default_factory, value.init, by_name)
        if value.__class__.__hash__ is None:
            raise ValueError(f"mutable default {type(value)} for field {name} is not allowed: use default_factory")
        return _Parameter(name, value, dataclasses.MISSING, True, self._kw_only)


class _Parameter(NamedTuple):
    """A field, as far as an ``__init__`` is concerned."""

    name: str
    default: Any
    factory: Any
    given: bool
    by_name: bool


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


#: Objects from which on it pays to compile: that takes as long as filling some eighty without.
_MANY = 32


def _first_init(cls: type, written: _Written, *, frozen: bool) -> Callable[..., None]:
    """Return an ``__init__`` for the first objects, which puts a compiled one into its place when there are many."""
    made = 0
    filling: _Filling | None = None

    def __init__(self: Any, /, *args: Any, **kwargs: Any) -> None:  # noqa: N807, ANN401
        nonlocal made, filling
        made += 1
        if filling is None:
            filling = _Filling(written.parameters(), object.__setattr__ if frozen else setattr)
        if made < _MANY and filling.fits(args, kwargs):
            filling.fill(self, args, kwargs)
            return
        # What does not fit is an error, which it tells as Python does.
        init = _compiled_init(cls, written.parameters(), frozen=frozen)
        cls.__init__ = init  # type: ignore[misc] # that is what this one is for
        init(self, *args, **kwargs)

    __init__.__qualname__, __init__.__module__ = f"{cls.__qualname__}.__init__", cls.__module__
    return __init__


class _Filling:
    """Fills objects of one class with what they are made of."""

    __slots__ = ("_names", "_parameters", "_positional", "_required", "_set")

    def __init__(self, parameters: Sequence[_Parameter], setter: Callable[[Any, str, Any], None]) -> None:
        self._parameters = parameters
        self._set = setter
        self._names = frozenset(item.name for item in parameters if item.given)
        self._positional = tuple(item.name for item in parameters if item.given and not item.by_name)
        self._required = frozenset(
            item.name
            for item in parameters
            if item.given and item.default is dataclasses.MISSING and item.factory is dataclasses.MISSING
        )

    def fits(self, args: Sequence[object], kwargs: Mapping[str, object]) -> bool:
        """Whether an object can be made of this."""
        if len(args) > len(self._positional):
            return False
        placed = self._positional[: len(args)]
        return (
            self._names.issuperset(kwargs)
            and kwargs.keys().isdisjoint(placed)
            and self._required.difference(placed).issubset(kwargs)
        )

    def fill(self, item: Any, args: Sequence[object], kwargs: Mapping[str, object]) -> None:  # noqa: ANN401
        """Set its attributes."""
        values = dict(zip(self._positional, args, strict=False))
        values.update(kwargs)
        put = self._set
        for name, default, factory, _given, _by_name in self._parameters:
            if name in values:
                put(item, name, values[name])
            elif factory is not dataclasses.MISSING:
                put(item, name, factory())
            elif default is not dataclasses.MISSING:
                put(item, name, default)
        if hasattr(item, "__post_init__"):
            item.__post_init__()


def _compiled_init(cls: type, parameters: Sequence[_Parameter], *, frozen: bool) -> Callable[..., None]:
    """Return an ``__init__`` that does what that of the standard library does."""
    names: dict[str, Any] = {"_set": object.__setattr__, "_absent": _ABSENT}
    lines: list[str] = []
    positional: list[str] = []
    named: list[str] = []
    for name, default, factory, given, by_name in parameters:
        value = name
        signature = named if by_name else positional
        if factory is not dataclasses.MISSING:
            names[f"_make_{name}"] = factory
            value = f"_make_{name}()"
            if given:
                signature.append(f"{name}=_absent")
                value = f"{value} if {name} is _absent else {name}"
        elif default is not dataclasses.MISSING:
            names[f"_default_{name}"] = default
            if given:
                signature.append(f"{name}=_default_{name}")
            else:
                value = f"_default_{name}"
        elif given:
            signature.append(name)
        else:
            continue
        lines.append(f"_set(self, {name!r}, {value})" if frozen else f"self.{name} = {value}")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    head = ", ".join(["self", *positional, *(["*", *named] if named else [])])
    body = "\n ".join(lines or ["pass"])
    exec(f"def __init__({head}):\n {body}", names)  # noqa: S102 - names of fields, which are identifiers
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
