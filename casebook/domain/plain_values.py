"""Frozen values to plain JSON data and back, leaving out what equals its default."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
Reader = Callable[[Any], Any]


def to_plain(value: Any) -> Any:
    """Dataclasses as dicts, tuples as lists, enumerations as their values."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            name: to_plain(content)
            for name, default in _defaults(type(value))
            if (content := getattr(value, name)) != default
        }
    if isinstance(value, tuple):
        return [to_plain(item) for item in value]
    return value.value if isinstance(value, Enum) else value


def from_plain(kind: Callable[..., T], plain: Mapping[str, Any]) -> T:
    """A dataclass of `kind` from what `to_plain` made of it. Raises KeyError for a missing field."""
    value: T = _reader(kind)(plain)
    return value


@cache
def _defaults(kind: Any) -> tuple[tuple[str, Any], ...]:
    return tuple((field.name, field.default) for field in fields(kind))


@cache
def _reader(hint: Any) -> Reader:
    """What turns plain data back into a value of the type `hint`."""
    origin = get_origin(hint)
    if origin in {Union, UnionType}:
        inner = _reader(next(one for one in get_args(hint) if one is not NoneType))
        return lambda content: None if content is None else inner(content)
    if origin is tuple:
        return _tuple_reader(get_args(hint))
    if is_dataclass(hint):
        return _dataclass_reader(hint)
    if isinstance(hint, type) and issubclass(hint, (Enum, float)):
        return hint
    return lambda content: content


def _tuple_reader(items: tuple[Any, ...]) -> Reader:
    if items[-1] is Ellipsis:
        read = _reader(items[0])
        return lambda content: tuple(read(item) for item in content)
    readers = [_reader(item) for item in items]
    return lambda content: tuple(read(item) for read, item in zip(readers, content, strict=True))


def _dataclass_reader(kind: Any) -> Reader:
    readers = {name: _reader(hint) for name, hint in get_type_hints(kind).items()}
    required = [name for name, default in _defaults(kind) if default is MISSING]

    def read(plain: Mapping[str, Any]) -> Any:
        for name in required:
            if name not in plain:
                raise KeyError(name)
        return kind(**{name: readers[name](content) for name, content in plain.items() if name in readers})

    return read
