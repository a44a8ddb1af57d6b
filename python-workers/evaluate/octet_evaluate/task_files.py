"""The user's own task files for LM Eval: definitions alone, nothing that runs code or leads elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Optional

import yaml
from octet_worker_core.failures import FailureKind, OctetError

_ENDINGS = (".yaml", ".yml")
_MOST_FILES = 200
_MOST_BYTES = 1 << 20
_PLAIN = "tag:yaml.org,2002:"
_NAMES = ("task", "group", "tag")
_PLACES = ("include", "metric")
_compose: Callable[..., Optional[yaml.Node]] = yaml.compose


def copy_tasks(folder: Path, target: Path) -> set[str]:
    """Copies the task files below ``folder``; hidden folders are left out. Returns the tasks, groups and tags that they define."""
    target.mkdir()
    defined: set[str] = set()
    for number, path in enumerate(_task_files(folder)):
        if number == _MOST_FILES:
            raise _refused(f"folder of task files '{folder}' holds more than {_MOST_FILES} of them: name a folder with those of the evaluation alone")
        with path.open("rb") as stream:
            content = stream.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise _refused(f"task file '{path}' is longer than {_MOST_BYTES} bytes")
        defined |= _names(path, content)
        copy = target / path.relative_to(folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(content)
    return defined


def _task_files(folder: Path) -> Iterator[Path]:
    root = folder.resolve()
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(place, name)
            if path.suffix not in _ENDINGS:
                continue
            if not path.resolve().is_relative_to(root):
                raise _refused(f"task file '{path}' is a link that leads out of its folder: put the file itself there")
            if path.is_file():
                yield path


def _names(path: Path, content: bytes) -> set[str]:
    """What a file defines. The tree is looked at and never constructed: a tag is found however it is written."""
    try:
        tree = _compose(content, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, UnicodeError, RecursionError, ValueError) as error:
        raise _refused(f"task file '{path}' is no YAML: {' '.join(str(error).split())[:300]}") from error
    names: set[str] = set()
    for node in _nodes(tree):
        if not node.tag.startswith(_PLAIN) or node.tag.startswith(f"{_PLAIN}python"):
            raise _refused(
                f"task file '{path}', line {node.start_mark.line + 1}: {node.tag} would run code, which Octet does not take from a folder of tasks: "
                "write a Jinja template instead"
            )
        for key, value in _scalars(node):
            if key in _NAMES:
                names.add(value)
            if key in _PLACES and (Path(value).is_absolute() or len(Path(value).parts) > 1 and (key == "metric" or ".." in Path(value).parts)):
                raise _refused(f"task file '{path}': {key} '{value}' leads out of the folder of task files")
    return names


def _nodes(tree: Optional[yaml.Node]) -> Iterator[yaml.Node]:
    """Every node once, however often aliases name it."""
    seen: set[int] = set()
    waiting = [] if tree is None else [tree]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if isinstance(node, yaml.MappingNode):
            waiting += [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value


def _scalars(node: yaml.Node) -> Iterator[tuple[str, str]]:
    """Keys of a mapping with their text, or the texts of their list."""
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        for part in value.value if isinstance(value, yaml.SequenceNode) and key.value != "task" else [value]:
            if isinstance(key, yaml.ScalarNode) and isinstance(part, yaml.ScalarNode):
                yield key.value, part.value


def _refused(message: str) -> OctetError:
    return OctetError(FailureKind.USAGE, message)
