"""Writes random programs that list folders, fill sets and hash strings, and use what comes of it, in an order or in none.

A program takes a collection from a source, sends it through some steps and lets a consumer make something of it. Nothing in a program
is printed but what a consumer makes, so that two runs differ if, and only if, an order decides something.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

HEAD = """\
import collections
import glob
import itertools
import os
import random
from pathlib import Path

WORDS = "ant bee cat dog emu fox gnu hen ibis lynx mole newt puma seal toad vole".split()
NUMBERS = [7, 3, 11, 2, 19, 5]
random.seed(5)

"""

FILES = [
    *(f"{name}.txt" for name in "ant cat dog fox goat ibis lynx mole".split()),
    *(f"{name}.csv" for name in "bee emu gnu hen newt puma seal toad".split()),
    *(f"sub.dir/{name}" for name in ("crow.txt", "duck.csv", "pony.txt", "wasp.csv", "wolf.txt", "zebu.csv")),
]
"""What lies in the folder `data` where programs run."""


@dataclass
class Program:
    """A program under construction.

    :ivar main: its statements; ``before``: what it defines before them.
    :ivar helper: another file that it imports from, empty if there is none.
    """

    pick: random.Random
    before: list[str] = field(default_factory=list)
    main: list[str] = field(default_factory=list)
    helper: list[str] = field(default_factory=list)
    count: int = 0

    def name(self, stem: str) -> str:
        self.count += 1
        return f"{stem}{self.count}"

    def say(self, text: str) -> None:
        self.main += text.split("\n")

    def define(self, text: str) -> None:
        self.before += [*text.split("\n"), ""]

    def text(self) -> str:
        return HEAD + "\n".join([*self.before, *self.main]) + "\n"


LISTINGS = (
    'os.listdir("data")',
    'glob.glob("data/*")',
    'list(glob.iglob("data/*.txt"))',
    'glob.glob("data/**/*.*", recursive=True)',
    '[entry.name for entry in os.scandir("data")]',
    '[path.name for path in Path("data").iterdir()]',
    'list(map(str, Path("data").glob("*.csv")))',
    '[str(path) for path in Path("data").rglob("*.txt")]',
    '[name for _, _, names in os.walk("data") for name in names]',
    '[name for name in os.listdir("data") if not name.startswith(".")]',
)
SETS = (
    "list(set(WORDS))",
    "list({word.upper() for word in WORDS})",
    "list(frozenset(WORDS))",
    "[word for word in set(WORDS)]",
    "list(set(WORDS) | set(['yak', 'zebu']))",
    "list(set(WORDS) - {'ant', 'bee'})",
    "list(dict.fromkeys(set(WORDS)))",
    "list({'red', 'tan', 'sky', 'rose', 'blue', 'cyan', 'pink', 'gold', 'grey'})",
    "[*set(WORDS)]",
    "list(map(str.title, set(WORDS)))",
)
FIXED = (
    "list(WORDS)",
    'sorted(os.listdir("data"))',
    "sorted(set(WORDS))",
    "[word.upper() for word in WORDS]",
    "list(dict.fromkeys(WORDS))",
    'sorted(Path("data").rglob("*.txt"), key=str)',
)


def source(program: Program) -> str:
    """Begin with a collection of strings (or paths); its name."""
    kind = program.pick.choices((LISTINGS, SETS, FIXED), (5, 4, 2))[0]
    expression = program.pick.choice(kind)
    if kind is FIXED and "Path" in expression:
        expression = f"[str(path) for path in {expression}]"
    name = program.name("items")
    way = program.pick.random()
    if way < 0.15:
        function = program.name("load")
        program.define(f"def {function}():\n    return {expression}")
        program.say(f"{name} = {function}()")
    elif way < 0.25:
        function = program.name("collect")
        program.define(
            f"def {function}():\n    found = []\n    for item in {expression}:\n        found.append(item)\n    return found"
        )
        program.say(f"{name} = {function}()")
    elif way < 0.35:
        function = program.name("each")
        program.define(f"def {function}():\n    for item in {expression}:\n        yield item")
        program.say(f"{name} = list({function}())")
    elif way < 0.45:
        holder = program.name("Holder")
        program.define(f"class {holder}:\n    def __init__(self):\n        self.items = {expression}")
        program.say(f"{name} = {holder}().items")
    elif way < 0.5:
        function = program.name("give")
        program.helper += [f"def {function}():", f"    return {expression}", ""]
        program.say(f"from HELPER import {function}\n\n{name} = {function}()")
    elif way < 0.55:
        program.say(f"if WORDS:\n    {name} = {expression}\nelse:\n    {name} = []")
    else:
        program.say(f"{name} = {expression}")
    return name


def step(program: Program, old: str) -> str:
    """Make another collection of one; its name."""
    new = program.name("items")
    simple = (
        f"[item.lower() for item in {old}]",
        f"[item for item in {old} if len(item) > 3]",
        f"sorted({old})",
        f"sorted({old})",
        f"sorted({old}, key=len)",
        f"sorted({old}, key=lambda item: (len(item), item))",
        f"list({old})",
        f"{old}[:]",
        f"{old}.copy()",
        f"{old} + []",
        f"list(reversed({old}))",
        f"list(map(str.upper, {old}))",
        f"list(filter(str.strip, {old}))",
        f"list(itertools.chain({old}, []))",
        f"list(dict.fromkeys({old}))",
        f"list({{item: len(item) for item in {old}}})",
        f"[item for item, _ in zip({old}, itertools.repeat(0))]",
        f"[item for _, item in enumerate({old})]",
        f"list(set({old}))",
        f"sorted(set({old}))",
        f"tuple({old})",
        f"[{old}[i] for i in range(len({old}))]",
        f"(lambda items: [item for item in items])({old})",
    )
    blocks = (
        f"{new} = []\nfor item in {old}:\n    {new}.append(item)",
        f"{new} = []\nfor item in {old}:\n    if item != 'bee' and len(item) > 2:\n        {new}.append(item.strip())",
        f"{new} = list({old})\n{new}.sort()",
        f"{new} = list({old})\nrandom.shuffle({new})",
        f"{new} = []\n{new}.extend({old})",
        f"{new} = []\n{new} += {old}",
        f"try:\n    {new} = list({old})\nexcept OSError:\n    {new} = []",
        f"{new} = [] if not WORDS else list({old})",
        f"{new} = []\nfor start in range(0, len({old}), 3):\n    {new}.extend({old}[start : start + 3])",
        f"{new} = []\nqueue = list({old})\nwhile queue:\n    {new}.append(queue.pop())",
    )
    way = program.pick.random()
    if way < 0.55:
        program.say(f"{new} = {program.pick.choice(simple)}")
    elif way < 0.75:
        program.say(program.pick.choice(blocks))
    elif way < 0.9:
        function = program.name("change")
        body = program.pick.choice(simple).replace(old, "given")
        program.define(f"def {function}(given):\n    return {body}")
        program.say(f"{new} = {function}({old})")
    else:
        holder = program.name("Keeper")
        body = program.pick.choice(simple).replace(old, "self.given")
        program.define(
            f"class {holder}:\n    def __init__(self, given):\n        self.given = given\n\n    def result(self):\n        return {body}"
        )
        program.say(f"{new} = {holder}({old}).result()")
    return new


PICKY = (
    "print({0}[0])",
    "print({0}[-1])",
    "print({0}[:2])",
    "print(next(iter({0})))",
    "numbers = {{item: i for i, item in enumerate({0})}}\nprint(sorted(numbers.items()))",
    "numbers = {{}}\nfor i, item in enumerate({0}):\n    numbers[item] = i\nprint(sorted(numbers.items()))",
    "numbers = {{}}\nfor item in {0}:\n    numbers[item] = len(numbers)\nprint(sorted(numbers.items()))",
    "numbers, number = {{}}, 0\nfor item in {0}:\n    numbers[item] = number\n    number += 1\nprint(sorted(numbers.items()))",
    "numbers = dict(zip({0}, range(100)))\nprint(sorted(numbers.items()))",
    "print(sorted(zip({0}, WORDS)))",
    "with open('out.txt', 'w') as out:\n    for item in {0}:\n        out.write(item + '\\n')\nprint(open('out.txt').read())",
    "open('out.txt', 'w').write('\\n'.join({0}))\nprint(open('out.txt').read())",
    "print(random.choice({0}))",
    "print(sorted(random.sample({0}, 2)))",
    "found = None\nfor item in {0}:\n    if len(item) > 2:\n        found = item\n        break\nprint(found)",
    "def first(given):\n    for item in given:\n        if len(item) > 2:\n            return item\n\n\nprint(first({0}))",
    "class Data:\n    def __init__(self, rows):\n        self.rows = rows\n\n    def __getitem__(self, index):\n        return self.rows[index]\n\n\nprint(Data({0})[1])",
    "train, valid = {0}[:3], {0}[3:]\nprint(sorted(train), sorted(valid))",
    "text = ''\nfor item in {0}:\n    text += item\nthird = len(text) // 3\nprint(sorted(text[:third]))",
    "taken = []\nfor i, item in enumerate({0}):\n    if i % 2 == 0:\n        taken.append(item)\nprint(sorted(taken))",
    "taken = [item for item in {0} if random.random() > 0.7]\nprint(sorted(taken))",
    "taken = []\nfor item in {0}:\n    if random.random() > 0.7:\n        taken.append(item)\nprint(sorted(taken))",
    "groups = {{}}\nfor item in {0}:\n    groups.setdefault(len(item), []).append(item)\nprint(sorted((size, items[0]) for size, items in groups.items()))",
    "counts = collections.Counter(len(item) for item in {0})\nbest = {0}[0]\nprint(best, sorted(counts.items()))",
    "print([{0}[i] for i in range(2)])",
    "print(list(itertools.islice({0}, 2)))",
    "rows = iter({0})\nprint(next(rows))",
)  # fmt: skip
CALM = (
    "print(len({0}))",
    "print(sorted({0}))",
    "print(max({0}), min({0}))",
    "print(sum(len(item) for item in {0}))",
    "print('ant' in {0}, 'ant.txt' in {0}, any(item.endswith('t') for item in {0}))",
    "print(len(set({0})), set({0}) == set(WORDS))",
    "count = 0\nfor item in {0}:\n    if len(item) > 4:\n        count += 1\nprint(count)",
    "longest = 0\nfor item in {0}:\n    longest = max(longest, len(item))\nprint(longest)",
    "total = 0\nfor item in {0}:\n    total += len(item)\nprint(total)",
    "sizes = {{item: len(item) for item in {0}}}\nprint(sizes.get('ant'), sizes.get('ant.txt'), sum(sizes.values()))",
    "sizes = {{}}\nfor item in {0}:\n    sizes[item] = len(item)\nprint(sorted(sizes.items()))",
    "counts = collections.Counter(len(item) for item in {0})\nprint(sorted(counts.items()))",
    "groups = {{}}\nfor item in {0}:\n    groups.setdefault(len(item), []).append(item)\nprint(sorted((size, len(items)) for size, items in groups.items()))",
    "groups = {{}}\nfor item in {0}:\n    groups.setdefault(len(item), []).append(item)\nprint(sorted((size, sorted(items)) for size, items in groups.items()))",
    "for item in {0}:\n    open('out-' + os.path.basename(item), 'w').write(item)\nprint(len({0}))",
    "found = None\nfor item in {0}:\n    if item == 'ant':\n        found = item\n        break\nprint(found)",
    "best, score = None, -1\nfor item in sorted({0}):\n    if len(item) > score:\n        best, score = item, len(item)\nprint(best)",
    "print(sorted(zip({0}, [item.upper() for item in {0}])))",
    "for i, item in enumerate({0}):\n    if i % 4 == 3:\n        pass\nprint(i)",
    "only = [item for item in {0} if item in ('ant', 'ant.txt')]\nprint(len(only))",
    "batches = [{0}[i : i + 2] for i in range(0, len({0}), 2)]\nprint(len(batches))",
    "rows = sorted(({0}), key=lambda item: item[::-1])\nprint(rows[0])",
    "mapping = {{item: item.upper() for item in {0}}}\nprint(mapping.get('ant'), sorted(mapping.values()))",
    "many = False\nfor i, item in enumerate({0}):\n    if i > 2:\n        many = True\n        break\nprint(many)",
    "{0}.sort() if isinstance({0}, list) else None\nprint(len({0}))",
    "print(bool({0}), not {0})",
    "print(sorted(item for item in {0} if item not in WORDS))",
)  # fmt: skip
HASHES = (
    "print(sorted(item for item in {0} if hash(item) % 3 == 0))",
    "print(hash({0}[0]) % 1000)",
    "random.seed(hash(sorted({0})[0]))\nprint(random.random())",
    "print(sorted({0}, key=hash)[0])",
    "folds = [[] for _ in range(3)]\nfor item in sorted({0}):\n    folds[hash(item) % 3].append(item)\nprint(folds)",
    "print(hash((1, sorted({0})[0])) & 1023)",
    "print(f'{{hash(sorted({0})[0])}}.pt')",
    "def bucket(word):\n    return hash(word) % 7\n\n\nprint([bucket(item) for item in sorted({0})])",
)
CALM_HASHES = (
    "print(sorted(item for item in {0} if hash(len(item)) % 3 == 0))",
    "seen = {{hash(item) for item in {0}}}\nprint(len(seen))",
    "cache = {{}}\nfor item in sorted({0}):\n    cache[hash(item)] = item\nprint(len(cache))",
    "print(hash('ant') == hash(sorted({0})[0]))",
    "print(hash((1, 2)) % 1000, hash(3) % 2)",
)
NUMBERS = (
    "numbers = list(set(NUMBERS))\nprint(numbers[0])",
    "for i, number in enumerate({{3, 1, 2}}):\n    print(i, number)",
    "pairs = list({{(1, 2), (3, 4)}})\nprint(pairs[0])",
    "sizes = list({{len(item) for item in {0}}})\nprint(sizes[0])",
)


def write(seed: int) -> Program:
    """The program of a number."""
    program = Program(random.Random(seed))
    pick = program.pick
    name = source(program)
    for _ in range(pick.choice((0, 0, 1, 1, 2, 3))):
        name = step(program, name)
    consumers = pick.choices((PICKY, CALM, HASHES, CALM_HASHES, NUMBERS), (12, 12, 2, 2, 1))[0]
    text = pick.choice(consumers).format(name)
    way = pick.random()
    if way < 0.2 and "class " not in text and "def " not in text:
        body = "\n".join(f"    {line}" for line in text.replace(name, "given").split("\n"))
        function = program.name("use")
        program.define(f"def {function}(given):\n{body}")
        program.say(f"{function}({name})")
    elif way < 0.3 and "class " not in text and "def " not in text:
        body = "\n".join(f"        {line}" for line in text.replace(name, "self.given").split("\n"))
        user = program.name("User")
        program.define(
            f"class {user}:\n    def __init__(self, given):\n        self.given = given\n\n    def use(self):\n{body}"
        )
        program.say(f"{user}({name}).use()")
    else:
        program.say(text)
    return program
