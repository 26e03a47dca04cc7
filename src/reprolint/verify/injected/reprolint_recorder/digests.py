"""Short texts that differ where values do: tensors on any device, arrays, and whatever is nested around them."""

from __future__ import annotations

import ctypes
import hashlib
import sys

TYPE_CHECKING = False  # importing typing for this would cost every process its time
if TYPE_CHECKING:
    from typing import Any

MOST_LEAVES = 20_000
"""Of a batch, so many values are looked at."""

MOST_BYTES = 32 * 1024 * 1024
"""Of a larger tensor, evenly spread pieces are looked at that are so long together."""

PIECES = 512
DEEP = 12
CHUNK = 1 << 20
"""Numbers that a GPU sums up at once: 24 MB of its memory."""

UNREADABLE = b"unreadable"


class Digest:
    """Takes in values, one after the other."""

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=6)
        self._leaves = 0

    def text(self) -> str:
        """What stands for all that was taken in."""
        return self._hash.hexdigest()

    def add(self, value: Any, depth: int = 0) -> None:
        """Take in a value, with all that it holds."""
        self._leaves += 1
        if self._leaves > MOST_LEAVES or depth > DEEP:
            return
        kind = type(value)
        self._hash.update(kind.__name__.encode())
        if kind in (int, float, complex, bool, str, bytes, type(None)):
            self._hash.update(value if kind is bytes else repr(value).encode("utf-8", "backslashreplace"))
        elif issubclass(kind, dict):
            for key, inner in dict.items(value):
                self.add(key, depth + 1)
                self.add(inner, depth + 1)
        elif issubclass(kind, (list, tuple)):
            for inner in kind.__iter__(value):
                self.add(inner, depth + 1)
        elif issubclass(kind, (set, frozenset)):
            self._hash.update(b"".join(sorted(_of(one, depth + 1) for one in value)))
        elif _is_a(kind, "torch", "Tensor"):
            self._hash.update(tensor(value))
        elif _is_a(kind, "numpy", "ndarray") or _is_a(kind, "numpy", "generic"):
            self._array(value, depth)
        else:
            self._object(value, depth)

    def _array(self, value: Any, depth: int) -> None:
        self._hash.update(f"{value.dtype}{value.shape}".encode())
        if value.dtype.hasobject:
            self.add(value.tolist(), depth + 1)
        else:
            data = value.tobytes()
            step = max(1, -(-len(data) // MOST_BYTES))
            self._hash.update(data if step == 1 else b"".join(_pieces(data, len(data))))

    def _object(self, value: Any, depth: int) -> None:
        """What an object of somebody's class holds, without running anything of that class."""
        try:
            attributes = object.__getattribute__(value, "__dict__")
        except AttributeError:
            return
        if isinstance(attributes, dict):
            self.add(attributes, depth + 1)


def digest(value: Any) -> str:
    """A short text that is the same for equal values and differs for others, as far as that can be told without much cost."""
    made = Digest()
    made.add(value)
    return made.text()


def _of(value: Any, depth: int) -> bytes:
    made = Digest()
    made.add(value, depth)
    return made.text().encode()


def _is_a(kind: type, module: str, name: str) -> bool:
    known = getattr(sys.modules.get(module), name, None)
    return isinstance(known, type) and issubclass(kind, known)


def tensor(value: Any) -> bytes:
    """What stands for the bits of a tensor. Those on a GPU are summed up there; one number travels."""
    torch = sys.modules["torch"]
    with torch.no_grad():
        value = value.detach()
        if hasattr(value, "to_local"):  # a DTensor: what this process has of it
            value = value.to_local()
        head = f"{value.dtype}{tuple(value.shape)}".encode()
        if value.layout is not torch.strided:
            if value.layout is torch.sparse_coo:
                return head + tensor(value._indices()) + tensor(value._values())
            return head + UNREADABLE
        if value.device.type == "meta" or value.is_quantized:
            return head + UNREADABLE
        if value.is_conj() or value.is_neg():
            value = value.resolve_conj().resolve_neg()
        value = value.contiguous()
        return head + (_bits_here(value) if value.device.type == "cpu" else _bits_there(torch, value))


def tensors(values: list[Any]) -> list[bytes]:
    """What stands for the bits of each of these tensors."""
    return [hashlib.blake2b(tensor(value), digest_size=6).digest() for value in values]


def _bits_here(value: Any) -> bytes:
    size = value.numel() * value.element_size()
    if size == 0:
        return b""
    data = memoryview((ctypes.c_char * size).from_address(value.data_ptr())).cast("B")
    made = hashlib.blake2b(digest_size=16)
    for piece in _pieces(data, size):
        made.update(piece)
    return made.digest()


def _pieces(data: Any, size: int) -> Any:
    if size <= MOST_BYTES:
        yield data
        return
    length = MOST_BYTES // PIECES
    for number in range(PIECES):
        start = number * (size - length) // (PIECES - 1)
        yield data[start : start + length]


def _bits_there(torch: Any, value: Any) -> bytes:
    """A sum of the bits as whole numbers, each with another odd factor, modulo 2**64: exact, and the same in whatever order it is added."""
    whole = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
    flat = (torch.view_as_real(value) if value.is_complex() else value).reshape(-1)
    flat = flat.view(whole[flat.element_size()])
    total = torch.zeros((), dtype=torch.int64, device=flat.device)
    for start in range(0, flat.numel(), CHUNK):
        part = flat[start : start + CHUNK].to(torch.int64)
        factors = torch.arange(start, start + part.numel(), dtype=torch.int64, device=flat.device)
        # Mixed, so that equal changes at different places do not cancel out. Whole numbers wrap around.
        factors = factors.mul_(0x5851F42D4C957F2D).bitwise_right_shift_(17).mul_(2).add_(1)
        total += (part * factors).sum()
    return int(total).to_bytes(8, "little", signed=True)
