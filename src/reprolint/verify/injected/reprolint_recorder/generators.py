"""Notices that the state of a global generator changed: of ``random``, of ``numpy.random``, of PyTorch on each device.

This is asked at every line of the user's code, and the libraries' own functions are too slow for that: 6 µs for `random.getstate`,
28 µs for `numpy.random.get_state`. So each watcher looks at the few words of memory that cannot all stay the same when a Mersenne
Twister moves (the position, and some words of the key), which takes 25 ns. Where these words are is found out with a generator of
our own, by comparing memory with what the library says; if that does not agree, the slow way is taken.
"""

from __future__ import annotations

import ctypes
import hashlib
import struct
import sys

TYPE_CHECKING = False  # importing typing for this would cost every process its time
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from reprolint_recorder.journal import Journal
    from reprolint_recorder.lines import Entry

HAS_ADDRESSES = sys.implementation.name == "cpython"
"""Whether `id` is an address."""

HEADER = object.__basicsize__
"""What every object starts with; also free-threaded and debug builds say it right."""

WORDS = 624
"""Words of the Mersenne Twister's key. A generator stands at the end of its key when it was just seeded."""

KEY_SAMPLE = 5
"""Words of the key that are looked at: 160 bits."""


class Watcher:
    """Looks at one generator.

    :ivar family: python, numpy or torch.
    :ivar device: cpu, or cuda:0 and the like.
    """

    family = ""
    device = "cpu"

    def __init__(self) -> None:
        self.last: Any = None

    def moved(self) -> bool:
        """Whether the state is not what it was when it was read last."""
        return bool(self.read() != self.last)

    def read(self) -> Any:
        """What tells this state from others."""
        raise NotImplementedError

    def is_seed(self, before: Any, now: Any) -> bool:
        """Whether the generator was seeded between two states, and has not been drawn from since."""
        return False

    def settle(self) -> None:
        """Take the state as it is."""
        self.last = self.read()


class SlowWatcher(Watcher):
    """Asks the library for the state. The way for what stands elsewhere in memory than expected.

    :param family: of the generator.
    :param state: gives the state.
    """

    def __init__(self, family: str, state: Callable[[], object]) -> None:
        super().__init__()
        self.family = family
        self._state = state

    def read(self) -> bytes:
        return hashlib.blake2b(repr(self._state()).encode(), digest_size=16).digest()


class PythonWatcher(Watcher):
    """``random``'s hidden instance. In memory, the position and then the key follow the object's header
    (https://github.com/python/cpython/blob/3.13/Modules/_randommodule.c).

    :param instance: ``random._inst``, or any other `random.Random`.
    """

    family = "python"

    def __init__(self, instance: Any) -> None:
        super().__init__()
        self._instance = instance
        self._words = _memory(id(instance) + HEADER, 4 * (1 + KEY_SAMPLE))
        self.last_bytes = b""
        self.last_gauss = None

    @classmethod
    def fits(cls, kind: type) -> bool:
        """Whether objects of this type look in memory as they should."""
        if not HAS_ADDRESSES or kind.__base__ is None or kind.__base__.__basicsize__ < HEADER + 4 * (1 + WORDS):
            return False
        probe = kind(8128)
        probe.random()
        key = probe.getstate()[1]
        memory = struct.unpack(f"={1 + WORDS}I", _memory(id(probe) + HEADER, 4 * (1 + WORDS)).tobytes())
        return memory == (key[-1], *key[:-1])

    def moved(self) -> bool:
        # A normal number that was drawn in advance is given out without a change of the key.
        return self._words.tobytes() != self.last_bytes or self._instance.gauss_next is not self.last_gauss

    def read(self) -> bytes:
        self.last_bytes = self._words.tobytes()
        self.last_gauss = self._instance.gauss_next
        return self.last_bytes + repr(self.last_gauss).encode()

    def is_seed(self, before: bytes, now: bytes) -> bool:
        return now[:4] == struct.pack("=I", WORDS) and now[4:] != before[4:]


class NumpyWatcher(Watcher):
    """NumPy's global `RandomState`. Its key and then the position are where ``bit_generator.ctypes`` says
    (https://numpy.org/doc/stable/reference/random/extending.html); the normal number in advance is somewhere in the object.

    :param state: ``numpy.random.mtrand._rand``.
    :param gauss: where in such an object that number is, as `gauss_of` found.
    """

    family = "numpy"

    def __init__(self, state: Any, gauss: int) -> None:
        super().__init__()
        self._state = state
        self._gauss = _memory(id(state) + gauss, 16)
        self._bits: Any = None
        self._words: Any = None
        self.last_bytes = b""
        self.last_gauss = b""

    @staticmethod
    def gauss_of(kind: Any) -> int | None:
        """Where in such an object the normal number in advance is; None: the memory does not look as it should."""
        if not HAS_ADDRESSES:
            return None
        probe = kind(8128)
        probe.standard_normal()
        known = probe.get_state(legacy=False)
        where = _memory(probe._bit_generator.ctypes.state_address, 4 * (WORDS + 1))
        if struct.unpack(f"={WORDS + 1}I", where.tobytes()) != (*known["state"]["key"].tolist(), known["state"]["pos"]):
            return None
        whole = _memory(id(probe), kind.__basicsize__).tobytes()
        wanted = struct.pack("@id", 1, known["gauss"])
        # What lies between the two is not written to.
        found = [
            at for at in range(0, len(whole) - 15, 8) if whole[at : at + 4] + whole[at + 8 : at + 16] == wanted[:4] + wanted[8:]
        ]
        return found[0] if len(found) == 1 and known["has_gauss"] == 1 else None

    def moved(self) -> bool:
        return (
            self._state._bit_generator is not self._bits
            or self._words.tobytes() != self.last_bytes
            or self._gauss.tobytes() != self.last_gauss
        )

    def read(self) -> bytes:
        if self._state._bit_generator is not self._bits:
            self._bits = self._state._bit_generator
            self._words = self._look_at(self._bits)
        self.last_bytes = self._words.tobytes()
        self.last_gauss = self._gauss.tobytes()
        has, gauss = struct.unpack("@id", self.last_gauss)
        return self.last_bytes + (struct.pack("=d", gauss) if has else b"")

    def _look_at(self, bits: Any) -> Any:
        if type(bits).__name__ != "MT19937":  # numpy.random.set_bit_generator
            return _Call(lambda: repr(bits.state).encode())
        return _memory(bits.ctypes.state_address + 4 * (WORDS - KEY_SAMPLE), 4 * (KEY_SAMPLE + 1))

    def is_seed(self, before: bytes, now: bytes) -> bool:
        key = slice(0, 4 * KEY_SAMPLE)
        return now[key.stop : key.stop + 4] == struct.pack("=I", WORDS) and now[key] != before[key]


class TorchWatcher(Watcher):
    """PyTorch's default generator for the CPU. The object points at the generator proper, which holds the seed, how many words of the
    key are left, whether it is seeded, which word is next, and the key
    (https://github.com/pytorch/pytorch/blob/v2.9.0/aten/src/ATen/core/MT19937RNGEngine.h).

    :param generator: ``torch.default_generator``.
    :param offset: where in the generator proper that starts, as `offset_of` found.
    """

    family = "torch"
    SIZE = 20 + 4 * KEY_SAMPLE

    def __init__(self, generator: Any, offset: int) -> None:
        super().__init__()
        self._generator = generator
        self._words = _memory(_target(generator) + offset, self.SIZE)
        self.last_bytes = b""
        self.last_rest = b""

    @staticmethod
    def offset_of(generator: Any) -> int | None:
        """Where the state starts in a generator proper; None: the memory does not look as it should.

        :param generator: one that nobody else uses. Is seeded.
        """
        seed = 0x5EED_0F_8128_F00D
        generator.manual_seed(seed)
        start = _target(generator) if HAS_ADDRESSES else 0
        # A generator is over 2,500 bytes long: these are its own, if it is one that the object points at.
        memory = _looked_up(start, 192 + 20 + 4 * WORDS)
        if memory is None:
            return None
        for offset in (8 * at for at, word in enumerate(struct.unpack_from("=24Q", memory)) if word == seed):
            left, _, following = struct.unpack_from("=iiI", memory, offset + 8)
            key = struct.unpack_from(f"={WORDS}I", memory, offset + 20)
            state = _bytes_of(generator.get_state())
            if (
                struct.unpack_from("=Qi4xQ", state) == (seed, left, following)
                and struct.unpack_from(f"={WORDS}Q", state, 24) == key
            ):
                return offset
        return None

    def moved(self) -> bool:
        if self._words.tobytes() != self.last_bytes:
            return True
        return bool(self.last_rest) and self._rest() != self.last_rest

    def read(self) -> bytes:
        self.last_bytes = self._words.tobytes()
        self.last_rest = self._rest()
        return self.last_bytes[:12] + self.last_bytes[16:] + self.last_rest

    def _rest(self) -> bytes:
        """The normal numbers that were drawn in advance, or nothing; the last fields of the legacy state
        (https://github.com/pytorch/pytorch/blob/v2.9.0/aten/src/ATen/CPUGeneratorImpl.cpp).
        """
        state = _bytes_of(self._generator.get_state())
        *doubles, has_double, single, has_single = struct.unpack_from("=3di4xf?", state, 24 + 8 * WORDS)
        return (struct.pack("=3d", *doubles) if has_double else b"") + (struct.pack("=f", single) if has_single else b"")

    def is_seed(self, before: bytes, now: bytes) -> bool:
        if before[:8] != now[:8]:
            return True
        return struct.unpack_from("=iI", now, 8) == (1, 0)


class CudaWatcher(Watcher):
    """A GPU's default generator: a seed and how far it was drawn from, both on the side of the CPU.

    :param generator: one of ``torch.cuda.default_generators``.
    :param device: its name.
    """

    family = "torch"

    def __init__(self, generator: Any, device: str) -> None:
        super().__init__()
        self._generator = generator
        self.device = device

    def read(self) -> Any:
        try:
            return self._generator.initial_seed(), self._generator.get_offset()
        except RuntimeError:  # while a CUDA graph is captured, nobody may ask
            return self.last

    def is_seed(self, before: Any, now: Any) -> bool:
        return bool(now[1] == 0 or before[0] != now[0])


class Generators:
    """All generators of a process.

    :param journal: where changes are written.
    """

    def __init__(self, journal: Journal) -> None:
        self.watchers: list[Watcher] = []
        self._moved: list[Callable[[], bool]] = []
        self._journal = journal
        self._cuda: Any = None
        self._fresh = False
        self._given: dict[str, str] = {}

    def add_python(self, module: Any) -> None:
        """Watch ``random``, which was just imported."""
        instance = module._inst
        fits = PythonWatcher.fits(module.Random)
        self._add(PythonWatcher(instance) if fits else SlowWatcher("python", instance.getstate))

    def add_numpy(self, module: Any) -> None:
        """Watch the global generator of ``numpy.random.mtrand``, which was just imported."""
        state = module._rand
        gauss = NumpyWatcher.gauss_of(module.RandomState)
        if gauss is None:
            self._add(SlowWatcher("numpy", lambda: _shown(state.get_state(legacy=False))))
        else:
            self._add(NumpyWatcher(state, gauss))

    def add_torch(self, module: Any) -> None:
        """Watch the default generators of ``torch``, which was just imported."""
        generator = module.default_generator
        offset = TorchWatcher.offset_of(module.Generator())
        if offset is None:
            self._add(SlowWatcher("torch", lambda: _bytes_of(generator.get_state())))
        else:
            self._add(TorchWatcher(generator, offset))
        self._cuda = module.cuda

    def _add(self, watcher: Watcher) -> None:
        self._settle(watcher)
        self.watchers.append(watcher)
        self._moved.append(watcher.moved)

    def _settle(self, watcher: Watcher) -> None:
        """Take the state as it is, and give it a name that is the same in each run.

        What a generator starts with is another state in each run. That matters only when it is drawn from, not when somebody puts it
        back who has saved it.
        """
        watcher.settle()
        if watcher.last is not None:
            self._given.setdefault(digest_of(watcher.last), f"given{len(self._given)}")

    def look(self, place: tuple[str, int, str] | None) -> None:
        """Write down which generators moved since the last look.

        :param place: the line that was executed meanwhile.
        """
        if self._fresh:
            self.settle()
        for watcher in self.watchers:
            if watcher.moved():
                self.write(watcher, place)
        if self._cuda is not None and self._cuda._initialized:
            self._add_cuda(place)

    def look_at(self, entry: Entry) -> None:
        """As `look`, for every line: says only then where the program is when something moved."""
        for moved in self._moved:
            if moved():
                self.look(entry.place)
                return
        if self._cuda is not None and self._cuda._initialized:
            self._add_cuda(entry.place)

    def write(self, watcher: Watcher, place: tuple[str, int, str] | None) -> None:
        """Write down that a generator moved."""
        before = watcher.last
        watcher.settle()
        now = watcher.last
        if now == before:  # what is looked at at every line is a little more than the state
            return
        how = "seed" if watcher.is_seed(before, now) else "draw"
        digest = digest_of(now)
        self._journal.event("state", place, watcher.family, watcher.device, self._given.get(digest, digest), how)

    def _add_cuda(self, place: tuple[str, int, str] | None) -> None:
        module, self._cuda = self._cuda, None
        for index, generator in enumerate(module.default_generators):
            watcher = CudaWatcher(generator, f"cuda:{index}")
            self._add(watcher)
            if watcher.last is not None and watcher.last[1] != 0:  # drawn from in the line that started CUDA
                self._journal.event("state", place, "torch", watcher.device, digest_of(watcher.last), "draw")

    def settle(self) -> None:
        """Take all states as they are: nobody drew, a process is being prepared."""
        self._fresh = False
        for watcher in self.watchers:
            self._settle(watcher)

    def settle_at_next_look(self) -> None:
        """What moves until then belongs to the preparation of the process."""
        self._fresh = True

    def settle_family(self, family: str) -> None:
        """Take the states of one family as they are."""
        for watcher in self.watchers:
            if watcher.family == family:
                self._settle(watcher)


class _Call:
    """Looks like a view of memory."""

    def __init__(self, call: Callable[[], bytes]) -> None:
        self.tobytes = call


def digest_of(value: Any) -> str:
    """A short text that differs where values do."""
    data = value if isinstance(value, bytes) else repr(value).encode()
    return hashlib.blake2b(data, digest_size=6).hexdigest()


def _memory(address: int, size: int) -> memoryview:
    return memoryview((ctypes.c_char * size).from_address(address)).cast("B")


def _looked_up(address: int, size: int) -> bytes | None:
    """What memory holds at an address that may be none: then, and where the system does not tell, None."""
    try:
        with open("/proc/self/mem", "rb", buffering=0) as memory:  # noqa: PTH123 - pathlib is dear to import
            memory.seek(address)
            found = memory.read(size)
    except (OSError, ValueError, OverflowError):
        return None
    return found if len(found) == size else None


def _target(generator: Any) -> int:
    return ctypes.c_void_p.from_address(id(generator) + HEADER).value or 0


def _bytes_of(state: Any) -> bytes:
    return ctypes.string_at(state.data_ptr(), state.numel())


def _shown(state: dict[str, Any]) -> object:
    """A state of NumPy as something whose repr shows all of it."""
    return {
        key: _shown(value) if isinstance(value, dict) else getattr(value, "tolist", lambda v=value: v)()
        for key, value in state.items()
    }
