"""The JSDoc types of schema.js, read and applied to values, as strictly as they are written.

A small part of the language: `object` types with `@property {type} name` or `[name]`, and aliases. A type is a union
of names, literals, arrays, tuples and string, number, boolean, null.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isfinite
from typing import Any

_COMMENT = re.compile(r"/\*\*(.*?)\*/", re.DOTALL)
_OBJECT = re.compile(r"@typedef \{object\} (\w+)")
_ALIAS = re.compile(r"@typedef \{(.+?)\} (\w+)")
_PROPERTY = re.compile(r"@property \{([^{}]+)\} (\[\w+\]|\w+)")
_TOKEN = re.compile(r'\s*("[^"]*"|\w+|\[\]|[\[\],|()])')

Type = tuple[Any, ...]  # ("name", name) | ("literal", text) | ("array", of) | ("tuple", parts) | ("union", parts)


@dataclass(frozen=True)
class Record:
    """Name -> type and whether it must be there."""

    properties: dict[str, tuple[Type, bool]]


class Schema:
    """The types of a source, by name. Raises ValueError for a comment or a type that it cannot read."""

    def __init__(self, source: str) -> None:
        self._types: dict[str, Record | Type] = {}
        for comment in _COMMENT.findall(source):
            self._read(comment)
        known = {*_PRIMITIVE, *self._types}
        for name in set().union(*(_names(type_) for type_ in self._types.values())):
            if name not in known:
                raise ValueError(f"{name} is not defined")

    def _read(self, comment: str) -> None:
        if found := _OBJECT.search(comment):
            properties: dict[str, tuple[Type, bool]] = {}
            for type_, name in _PROPERTY.findall(comment):
                bare = name.strip("[]")
                if bare in properties:
                    raise ValueError(f"{bare} stands twice in {found[1]}")
                properties[bare] = parsed(type_), bare == name
            if len(properties) != comment.count("@property"):
                raise ValueError(f"a property of {found[1]} cannot be read")
            self._add(found[1], Record(properties))
        elif found := _ALIAS.search(comment):
            self._add(found[2], parsed(found[1]))
        else:
            raise ValueError(f"no type is defined in {comment!r}")

    def _add(self, name: str, type_: Record | Type) -> None:
        if name in self._types:
            raise ValueError(f"{name} is defined twice")
        self._types[name] = type_

    def faults(self, value: object, type_: str) -> list[str]:
        """Where a JSON value differs from a type, each with its path; nothing where it is one."""
        return self._faults(value, parsed(type_), "value")

    def _faults(self, value: object, type_: Type, at: str) -> list[str]:
        kind, of = type_
        if kind == "name":
            return self._faults_of_name(value, of, at)
        if kind == "literal":
            return [] if value == of and isinstance(value, str) else [f"{at} is not {of!r}"]
        if kind == "union":
            return self._faults_of_union(value, of, at)
        if not isinstance(value, list):
            return [f"{at} is no array"]
        parts = [of] * len(value) if kind == "array" else of
        if len(parts) != len(value):
            return [f"{at} has {len(value)} parts, not {len(parts)}"]
        pairs = enumerate(zip(value, parts, strict=True))
        return [fault for i, (part, one) in pairs for fault in self._faults(part, one, f"{at}[{i}]")]

    def _faults_of_union(self, value: object, types: list[Type], at: str) -> list[str]:
        """Those of the type that comes nearest."""
        return min((self._faults(value, one, at) for one in types), key=len)

    def _faults_of_name(self, value: object, name: str, at: str) -> list[str]:
        if name in _PRIMITIVE:
            return [] if _PRIMITIVE[name](value) else [f"{at} is no {name}"]
        type_ = self._types[name]
        if not isinstance(type_, Record):
            return self._faults(value, type_, at)
        if not isinstance(value, dict):
            return [f"{at} is no {name}"]
        out = [f"{at}.{key} is not in {name}" for key in value if key not in type_.properties]
        for key, (one, needed) in type_.properties.items():
            if key in value:
                out += self._faults(value[key], one, f"{at}.{key}")
            elif needed:
                out.append(f"{at}.{key} is missing")
        return out


_PRIMITIVE = {
    "string": lambda value: isinstance(value, str),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "unknown": lambda value: True,
}


def parsed(text: str) -> Type:
    """A type as it is written. Raises ValueError for what is not one."""
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != re.sub(r"\s+", "", text):
        raise ValueError(f"{text!r} is no type that is known here")
    type_ = _union(tokens)
    if tokens:
        raise ValueError(f"{text!r} goes on after its end")
    return type_


def _union(tokens: list[str]) -> Type:
    parts = [_array(tokens)]
    while tokens[:1] == ["|"]:
        tokens.pop(0)
        parts.append(_array(tokens))
    return parts[0] if len(parts) == 1 else ("union", parts)


def _array(tokens: list[str]) -> Type:
    type_ = _atom(tokens)
    while tokens[:1] == ["[]"]:
        tokens.pop(0)
        type_ = ("array", type_)
    return type_


def _atom(tokens: list[str]) -> Type:
    token = tokens.pop(0) if tokens else ""
    if token == "[":
        parts = [_union(tokens)]
        while tokens[:1] == [","]:
            tokens.pop(0)
            parts.append(_union(tokens))
        _expect("]", tokens)
        return "tuple", parts
    if token == "(":
        type_ = _union(tokens)
        _expect(")", tokens)
        return type_
    if token.startswith('"'):
        return "literal", token[1:-1]
    if not re.fullmatch(r"\w+", token):
        raise ValueError(f"{token!r} begins no type")
    return "name", token


def _expect(token: str, tokens: list[str]) -> None:
    if not tokens or tokens.pop(0) != token:
        raise ValueError(f"{token} is missing")


def _names(type_: Record | Type) -> set[str]:
    """The names in a type."""
    if isinstance(type_, Record):
        return set().union(*(_names(one) for one, _ in type_.properties.values()))
    kind, of = type_
    if kind == "name":
        return {of}
    if kind == "literal":
        return set()
    return _names(of) if kind == "array" else set().union(*(_names(one) for one in of))
