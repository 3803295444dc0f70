"""A disk as a power cut leaves it: which files, folders and bytes may be there, by what had been flushed.

Belongs here: the model, its operations, and writing a state of it to a folder. Does not: where the operations come from
(`recording`), when the power is cut and what must hold then (`powercut`).

The model promises no more than POSIX and the file systems in use do. The content of a file is certain up to its last
flush; of what was written later each sector may be there or not, in any order, and the length may be any that it has
had. A name (create, rename, link, remove) is certain once its folder was flushed; the names of one folder are kept in
order, as journals keep them, those of different folders independently, and a rename is atomic. So flushing a file does
not keep its name, flushing a folder keeps neither the content of its files nor its own name in the folder above.

What it cannot show: a disk that acknowledges a flush that it has not made, a sector that is damaged though it was
flushed, permissions, times, and owners. Files of which a process writes a shared map, as SQLite's `-shm`, hold zeros.
"""

import os
import random
import shutil
import stat
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path

SECTORS = (512, 4096)


@dataclass(frozen=True)
class Write:
    """Bytes written into a file."""

    file: int
    offset: int
    data: bytes


@dataclass(frozen=True)
class Truncate:
    """A file cut, or extended by zeros, to a size."""

    file: int
    size: int


@dataclass(frozen=True)
class Names:
    """Names that change at once: folder, name, and what it then leads to, if anything."""

    changes: tuple[tuple[int, str, int | None], ...]


@dataclass(frozen=True)
class Flush:
    """A file or folder flushed to the disk, and the path that it had."""

    node: int
    path: str


@dataclass(frozen=True)
class Mark:
    """The command has come to a named place."""

    place: str


Operation = Write | Truncate | Names | Flush | Mark


@dataclass(frozen=True)
class Way:
    """A way of losing what was not flushed: what becomes of names, and of bytes.

    `names` is kept, lost, `prefix` (all up to some operation, as one journal keeps them) or `folders` (each folder up
    to an operation of its own); `content` is kept, lost or `torn` (kept, lost or torn, file by file).
    """

    names: str
    content: str

    def __str__(self) -> str:
        """Name it as a report does."""
        return f"names {self.names}, content {self.content}"


#: The first two are the extremes: a rename kept and what it named lost, as a journal without ordered data leaves it;
#: and everything lost that may be.
WAYS = (
    Way("kept", "lost"),
    Way("lost", "lost"),
    Way("lost", "kept"),
    Way("prefix", "torn"),
    Way("folders", "torn"),
    Way("folders", "kept"),
)


#: What is at a path: the bytes of a file, the original of one that was not written, the target of a symbolic link.
Content = bytes | Path | str


@dataclass(frozen=True)
class Remains:
    """What a power cut leaves: the names in each folder, and the operations that each changed file has kept."""

    names: Mapping[int, Mapping[str, int]]
    content: Mapping[int, bytes]


@dataclass
class Disk:
    """A folder as it was, which is on the disk for certain, and what was done to it since.

    Nodes are files, folders and symbolic links by number, of which 0 is the folder itself.
    """

    before: Path
    operations: list[Operation] = field(default_factory=list)
    #: What is there now, if the power stays on.
    names: dict[int, dict[str, int]] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)
    links: dict[int, str] = field(default_factory=dict)
    #: Files that were written by way of memory, so that what is in them is not known.
    mapped: set[int] = field(default_factory=set)
    _originals: dict[int, Path] = field(default_factory=dict)
    _names_before: dict[int, dict[str, int]] = field(default_factory=dict)
    _count: int = 0

    def __post_init__(self) -> None:
        """Read which names there are; contents are read when they are needed."""
        same: dict[tuple[int, int], int] = {}
        self._read(self.before, same)
        self._names_before = {folder: dict(names) for folder, names in self.names.items()}

    def _read(self, path: Path, same: dict[tuple[int, int], int]) -> int:
        is_folder = path.is_dir() and not path.is_symlink()
        about = path.lstat()
        identity = about.st_dev, about.st_ino
        if not is_folder and identity in same:
            return same[identity]
        node = same[identity] = self._new()
        if path.is_symlink():
            self.links[node] = str(path.readlink())
        elif is_folder:
            self.names[node] = {}
            self.names[node].update((child.name, self._read(child, same)) for child in sorted(path.iterdir()))
        else:
            self.sizes[node], self._originals[node] = about.st_size, path
        return node

    def _new(self) -> int:
        self._count += 1
        return self._count - 1

    # --- what is done to it -----------------------------------------------------------------------------

    def find(self, path: str) -> int | None:
        """Return the node at a path below the folder, links not followed; None where there is none."""
        node = 0
        for name in filter(None, path.split("/")):
            inside = self.names.get(node, {})
            if name not in inside:
                return None
            node = inside[name]
        return node

    def read(self, file: int) -> bytes:
        """Return what is in a file now."""
        written = [o for o in self.operations if isinstance(o, Write | Truncate) and o.file == file]
        return self._content(file, written, (), "kept", random.Random(0))

    def make_file(self, path: str) -> int:
        """Create an empty file."""
        node = self._new()
        self.sizes[node] = 0
        self._name(path, node)
        return node

    def make_folder(self, path: str) -> None:
        """Create a folder."""
        node = self._new()
        self.names[node] = {}
        self._name(path, node)

    def make_link(self, path: str, target: str) -> None:
        """Create a symbolic link."""
        node = self._new()
        self.links[node] = target
        self._name(path, node)

    def add_name(self, existing: str, path: str) -> None:
        """Create a hard link."""
        self._name(path, self._require(existing))

    def remove(self, path: str) -> None:
        """Remove a name."""
        self._name(path, None)

    def rename(self, old: str, new: str) -> None:
        """Rename, in place of what had that name."""
        node = self._require(old)
        self._change((*self._place(old), None), (*self._place(new), node))

    def write(self, file: int, offset: int, data: bytes) -> None:
        """Write bytes."""
        self.sizes[file] = max(self.sizes[file], offset + len(data))
        self.operations.append(Write(file, offset, data))

    def truncate(self, file: int, size: int) -> None:
        """Cut a file, or extend it by zeros."""
        self.sizes[file] = size
        self.operations.append(Truncate(file, size))

    def flush(self, path: str) -> None:
        """Flush a file or folder."""
        self.operations.append(Flush(self._require(path), path))

    def mark(self, place: str) -> None:
        """Note that the command has come to a place."""
        self.operations.append(Mark(place))

    def _require(self, path: str) -> int:
        node = self.find(path)
        if node is None:
            raise ValueError(f"nothing is at {path}")
        return node

    def _place(self, path: str) -> tuple[int, str]:
        folder, _, name = path.rpartition("/")
        return self._require(folder), name

    def _name(self, path: str, node: int | None) -> None:
        self._change((*self._place(path), node))

    def _change(self, *changes: tuple[int, str, int | None]) -> None:
        _apply(self.names, changes)
        self.operations.append(Names(changes))

    # --- what a power cut leaves ------------------------------------------------------------------------

    def cut(self, at: int, way: Way, chance: random.Random, *, dropped: Set[int] = frozenset()) -> Remains:
        """Return what is left where the power is cut before the operation with that number.

        The flushes numbered in `dropped` count as left out, as by a program that forgot them.
        """
        done = self.operations[:at]
        flushes = [(n, o.node) for n, o in enumerate(done) if isinstance(o, Flush) and n not in dropped]
        names = {folder: dict(inside) for folder, inside in self._names_before.items()}
        kept = self._kept_names(done, flushes, way.names, chance)
        for number in sorted(kept):
            operation = done[number]
            assert isinstance(operation, Names)
            _apply(names, operation.changes)
        flushed = {node: number for number, node in flushes}
        written: dict[int, list[tuple[int, Write | Truncate]]] = defaultdict(list)
        for number, operation in enumerate(done):
            if isinstance(operation, Write | Truncate):
                written[operation.file].append((number, operation))
        content = {}
        for file, operations in written.items():
            certain = [o for number, o in operations if number < flushed.get(file, -1)]
            rest = [o for number, o in operations if number > flushed.get(file, -1)]
            content[file] = self._content(file, certain, rest, way.content, chance)
        content |= {file: bytes(self.sizes[file]) for file in self.mapped}
        return Remains(names, content)

    def first(self) -> Remains:
        """Return what was there before anything was done."""
        return Remains(self._names_before, {})

    def now(self) -> Remains:
        """Return what is there where the power stays on."""
        return self.cut(len(self.operations), Way("kept", "kept"), random.Random(0))

    @staticmethod
    def _kept_names(
        done: Sequence[Operation], flushes: Sequence[tuple[int, int]], names: str, chance: random.Random
    ) -> set[int]:
        """Return which changes of names are kept: what was flushed, what came before that in its folders, and more."""
        changes = {n: {c[0] for c in o.changes} for n, o in enumerate(done) if isinstance(o, Names)}
        # Of each folder, how far its names are certain; a change in two folders is certain in both or in none.
        certain = {node: number for number, node in flushes}
        required = set()
        for number in sorted(changes, reverse=True):
            if any(number < certain.get(folder, -1) for folder in changes[number]):
                required.add(number)
                for folder in changes[number]:
                    certain[folder] = max(certain.get(folder, -1), number)
        if names == "kept":
            return set(changes)
        if names == "lost":
            return required
        if names == "prefix":
            last = chance.randint(max(required, default=-1), len(done))
            return {number for number in changes if number <= last}
        kept: set[int] = set()
        ends = {folder: chance.randint(0, len(done)) for folder in sorted(set().union(*changes.values()))}
        stopped: set[int] = set()
        for number, folders in changes.items():
            if number in required or (not folders & stopped and all(number < ends[folder] for folder in folders)):
                kept.add(number)
            else:
                stopped |= folders
        return kept

    def _content(
        self, file: int, certain: Sequence[Write | Truncate], rest: Sequence[Write | Truncate], way: str,
        chance: random.Random,
    ) -> bytes:  # fmt: skip
        """Return what a file holds: what was flushed, and of the rest what the way of losing leaves."""
        original = self._originals.get(file)
        content = bytearray(original.read_bytes() if original else b"")
        _write(content, certain)
        if way == "torn":
            way = chance.choice(("kept", "lost", "torn"))
        if way == "kept":
            _write(content, rest)
        elif way == "torn":
            _write(content, _torn(rest, chance))
        return bytes(content)

    def write_to(self, folder: Path, remains: Remains) -> None:
        """Write what is left into a folder that is not there yet.

        Files that nobody may write are hard links to the originals; the others are copies.
        """
        made: dict[int, Path] = {}

        def write(node: int, path: Path) -> None:
            if node in self.links:
                path.symlink_to(self.links[node])
            elif node in self.names:
                path.mkdir()
                for name, child in remains.names.get(node, {}).items():
                    write(child, path / name)
            elif node in made:
                os.link(made[node], path)
            elif node in remains.content:
                path.write_bytes(remains.content[node])
            elif node in self._originals and not self._originals[node].stat().st_mode & stat.S_IWUSR:
                os.link(self._originals[node], path)
            elif node in self._originals:
                shutil.copyfile(self._originals[node], path)
            else:
                path.touch()
            made.setdefault(node, path)

        write(0, folder)

    def files(self, remains: Remains) -> dict[str, Content]:
        """Return what is at the path of each file and symbolic link."""
        found: dict[str, Content] = {}
        self._walk(remains, 0, "", found)
        return found

    def _walk(self, remains: Remains, folder: int, path: str, found: dict[str, Content]) -> None:
        for name, node in sorted(remains.names.get(folder, {}).items()):
            at = f"{path}/{name}" if path else name
            if node in self.names:
                self._walk(remains, node, at, found)
            else:
                found[at] = self._content_of(node, remains)

    def _content_of(self, node: int, remains: Remains) -> Content:
        if node in self.links:
            return self.links[node]
        return remains.content[node] if node in remains.content else self._originals.get(node, b"")


def _apply(names: dict[int, dict[str, int]], changes: Sequence[tuple[int, str, int | None]]) -> None:
    for folder, name, node in changes:
        inside = names.setdefault(folder, {})
        if node is None:
            inside.pop(name, None)
        else:
            inside[name] = node


def _write(content: bytearray, operations: Sequence[Write | Truncate]) -> None:
    for operation in operations:
        if isinstance(operation, Truncate):
            del content[operation.size :]
            content.extend(bytes(max(operation.size - len(content), 0)))
        else:
            content.extend(bytes(max(operation.offset - len(content), 0)))
            content[operation.offset : operation.offset + len(operation.data)] = operation.data


def _torn(operations: Sequence[Write | Truncate], chance: random.Random) -> list[Write | Truncate]:
    """Return some sectors of what was written, and some of the lengths that the file has had."""
    sector, found = chance.choice(SECTORS), list[Write | Truncate]()
    for operation in operations:
        if isinstance(operation, Truncate):
            found += [operation] if chance.random() < 1 / 2 else []
            continue
        at, end = operation.offset, operation.offset + len(operation.data)
        while at < end:
            upto = min(at - at % sector + sector, end)
            # Where a later sector is kept and this one is not, it reads as zeros.
            if chance.random() < 1 / 2:
                found.append(Write(operation.file, at, operation.data[at - operation.offset : upto - operation.offset]))
            at = upto
    return found
