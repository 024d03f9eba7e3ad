"""The packed engine's walk through the U-Net: which kernel runs on which map, and what is kept for all steps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from hidiff.diffusion.bernoulli import PRIOR_MARGIN
from hidiff.models.denoiser import DenoiserConfig
from hidiff.models.packed import kernels
from hidiff.models.packed.layout import CHUNK, F32, F64, GROUP, I64, BinaryWeights, Grid, rounded_up, signs_to_bytes
from hidiff.models.packed.network import EPSILON, NO_MAP, NO_SIGNS, PackedAttention, PackedBlock, PackedNetwork, Real
from hidiff.models.segmentor import FEATURE_STRIDES


class Level:
    """One level's map x, its signs twice (read here, written there, then the other way round), and its geometry."""

    def __init__(self, grid: Grid, channels: int) -> None:
        self.grid = grid
        self.channels = channels
        self.x = grid.planes(channels)
        self.signs = [grid.sign_planes(channels), grid.sign_planes(channels)]
        self.shape = (grid.origin, grid.length, grid.chunks)
        self.rows = (grid.origin, grid.length, grid.stride)
        self.taps = grid.taps(-(-channels // GROUP))
        self.mask, self.pad = grid.mask, grid.pad


class Tokens:
    """The bottom map without its padding, and room for the cross transformer's maps."""

    def __init__(self, level: Level, heads: int) -> None:
        self.places = level.grid.height * level.grid.width
        self.length = rounded_up(self.places, CHUNK)
        self.channels, self.heads = level.channels, heads
        chunks = self.length // CHUNK
        self.shape = (0, self.length, chunks)
        self.mask = np.ones(self.length, np.float32)
        width = self.channels // heads
        self.chances = np.zeros((heads * chunks, self.length * CHUNK), np.float32)
        self.turned = np.zeros(heads * self.length * width + GROUP, np.float32)
        self.stream, self.normed, self.attended = (self.map() for _ in range(3))
        self.condition, self.query = self.map(), self.map()
        self.key_value, self.inner = self.map(2), self.map(2)

    def map(self, times: int = 1) -> F32:
        """Zeros for a map of `times` as many channels as the bottom level."""
        return np.zeros(rounded_up(times * self.channels, GROUP) * self.length, np.float32)

    def points(self, times: int = 1) -> I64:
        """Taps of a linear layer that reads such a map."""
        return np.arange(times * self.channels, dtype=np.int64) * self.length


class Workspace:
    """Everything that the steps on one canvas write; one refinement's step uses it at a time."""

    def __init__(self, config: DenoiserConfig, height: int, width: int) -> None:
        self.size = (height, width)
        strides = [config.patch * 2**level for level in range(len(config.channels))]
        grids = [Grid(height // stride, width // stride) for stride in strides]
        self.levels = [Level(grid, channels) for grid, channels in zip(grids, config.channels, strict=True)]
        finest = grids[0]
        self.bits = finest.planes(config.classes * config.patch**2)
        self.bit_taps = finest.taps(config.classes * config.patch**2)
        self.head_taps = finest.taps(config.channels[0])
        self.head = finest.planes(config.classes * config.patch**2)
        self.pooled = [grid.planes(c) for grid, c in zip(grids[1:], config.channels[:-1], strict=True)]
        self.down_taps = [grid.points(c) for grid, c in zip(grids[1:], config.channels[:-1], strict=True)]
        self.raised = [grid.planes(c) for grid, c in zip(grids[1:], config.channels[:-1], strict=True)]
        self.up_taps = [grid.points(c) for grid, c in zip(grids[1:], config.channels[1:], strict=True)]
        self.tokens = Tokens(self.levels[-1], config.heads) if config.cross_transformer else None
        self.scratch = kernels.scratch()


@dataclass(frozen=True)
class Condition:
    """What a refinement's steps share: the stem's share of image and prior, the projected features of each level
    (empty where none join), the condition stream and its queries, the prior's logits (K,H,W). And the canvas's
    workspace, which refinements of one size have in common."""

    stem: F32
    joined: tuple[F32, ...]
    tokens: F32
    query: F32
    prior_logits: F32
    space: Workspace


class Engine:
    """A packed network ready to run. Not to be called from two threads at once: see `denoiser.PackedDenoiser`."""

    def __init__(self, network: PackedNetwork) -> None:
        self.network = network
        self.config = network.config
        self._spaces: WeakValueDictionary[tuple[int, int], Workspace] = WeakValueDictionary()

    def space(self, height: int, width: int) -> Workspace:
        """The workspace of a canvas, about 150 bytes a pixel. It is there as long as somebody's `Condition` is."""
        found = self._spaces.get((height, width)) or Workspace(self.config, height, width)
        self._spaces[height, width] = found
        return found

    @cached_property
    def _strides(self) -> list[int]:
        return [self.config.patch * 2**level for level in range(len(self.config.channels))]

    def condition(self, image: F32, p: F32, features: list[F32]) -> Condition:
        """image (3,H,W), p (K,H,W), features (C,h,w) each: what does not depend on t or y_t."""
        space, network, config = self.space(*p.shape[1:]), self.network, self.config
        finest = space.levels[0]
        folded = _folded(np.concatenate([(image - np.float32(0.45)) * 3, p * 2 - 1]), config.patch)
        stem = finest.grid.planes(config.channels[0])
        _real(network.stem_rest, finest.grid, folded, finest.grid.taps(len(folded)), stem, space.scratch)
        joined: list[F32] = []
        for level, stride in zip(space.levels, self._strides, strict=True):
            if stride not in FEATURE_STRIDES or not config.features:
                joined.append(NO_MAP)
                continue
            place = FEATURE_STRIDES.index(stride)
            out = level.grid.planes(level.channels)
            part = features[place]
            _real(network.conditions[place], level.grid, part, level.grid.points(len(part)), out, space.scratch)
            joined.append(out)
        tokens = query = NO_MAP
        if network.cross is not None and space.tokens is not None and config.features:
            room = space.tokens
            tokens, query = room.map(), room.map()
            _gather(space.levels[-1], joined[-1], room, tokens)
            kernels.normalise(tokens, room.channels, room.length, room.places, EPSILON, room.normed)
            self._linear(network.cross[0].query, room.normed, 1, query, room, space)
        clipped = np.clip(p.astype(np.float64), PRIOR_MARGIN, 1 - PRIOR_MARGIN)
        logits = np.log(clipped / (1 - clipped)).astype(np.float32)
        return Condition(stem, tuple(joined), tokens, query, logits, space)

    def step(self, given: Condition, y_t: F32, row: int) -> F32:
        """y_t (K,H,W) of 0 and 1 -> logits of eps_hat (K,H,W) at a row of the time tables."""
        network, config, space = self.network, self.config, given.space
        finest = space.levels[0]
        kernels.fold_bits(y_t, config.patch, finest.rows, space.bits)
        first = network.encoder[0][0].threshold[row]
        self._real(
            network.stem_bits, space.bits, space.bit_taps, _added(given.stem, given.joined[0]), finest, first, space
        )
        last = len(space.levels) - 1
        for index, level in enumerate(space.levels):
            if index:
                above, pooled = space.levels[index - 1], space.pooled[index - 1]
                grid = level.grid
                kernels.pool(above.x, above.rows, grid.height, grid.width, level.rows, above.channels, pooled)
                threshold = network.encoder[index][0].threshold[row]
                crossed = index == last and given.tokens.size > 0
                taps, layer = space.down_taps[index - 1], network.down[index - 1]
                self._real(layer, pooled, taps, given.joined[index], level, threshold, space, not crossed)
                if crossed:
                    self._cross(given, level, threshold, space)
            self._blocks(network.encoder[index], level, row, space)
        for index in reversed(range(last)):
            level, below, raised = space.levels[index], space.levels[index + 1], space.raised[index]
            layer, grid = network.up[index], below.grid
            _plain(layer, below.x, space.up_taps[index], below.shape, below.mask, raised, space.scratch)
            threshold = network.decoder[index][0].threshold[row]
            kernels.merge_up(
                raised, below.rows, grid.height, grid.width, level.x, level.rows, level.grid.chunks, threshold,
                level.pad, level.signs[0],
            )  # fmt: skip
            self._blocks(network.decoder[index], level, row, space)
        _plain(network.head, finest.x, space.head_taps, finest.shape, finest.mask, space.head, space.scratch)
        logits = np.empty_like(y_t)
        kernels.unfold_logits(
            space.head, config.patch, finest.rows, y_t, network.output[row], given.prior_logits, logits
        )
        return logits

    def _blocks(self, blocks: tuple[PackedBlock, ...], level: Level, row: int, space: Workspace) -> None:
        for index, block in enumerate(blocks):
            seen, out = level.signs[index % 2], level.signs[1 - index % 2]
            following = blocks[min(index + 1, len(blocks) - 1)].threshold[row]
            kernels.binary_layer(
                seen, level.taps, block.bits.codes, block.bits.ends, level.x, level.shape, block.scale,
                block.shift[row], block.slope, block.after[row], following, level.mask, level.pad, out,
                space.scratch.sums,
            )  # fmt: skip

    def _real(
        self, layer: Real, x: F32, taps: I64, added: F32, level: Level, threshold: F32, space: Workspace,
        signs: bool = True,
    ) -> None:  # fmt: skip
        """Into the level's x, and its first signs."""
        kernels.real_layer(
            x, taps, layer.kernel_weights, layer.kernel_bias, added, False, level.grid.origin, level.shape, level.mask,
            threshold, level.pad, level.signs[0] if signs else NO_SIGNS, level.x, _tile(layer, space.scratch),
        )  # fmt: skip

    # ---------------------------------------------------------------------------------------- cross transformer
    def _cross(self, given: Condition, level: Level, threshold: F32, space: Workspace) -> None:
        room, cross = space.tokens, self.network.cross
        assert room is not None and cross is not None
        _gather(level, level.x, room, room.stream)
        self._normalise(room.stream, room)
        self._ask(cross[0], given.query, given.tokens, room.condition, room, space)
        self._linear(cross[1].query, self._normalise(room.stream, room), 1, room.query, room, space)
        self._normalise(room.condition, room)
        self._ask(cross[1], room.query, room.stream, room.stream, room, space)
        kernels.scatter(
            room.stream, room.length, level.grid.height, level.grid.width, level.rows, level.grid.chunks, threshold,
            level.pad, level.x, level.signs[0],
        )  # fmt: skip

    def _ask(self, part: PackedAttention, query: F32, stream: F32, out: F32, room: Tokens, space: Workspace) -> None:
        """out = `stream` updated by what `query` finds in the map that room.normed holds; may be in place."""
        self._linear(part.key_value, room.normed, 1, room.key_value, room, space)
        keys, values = room.key_value[: room.channels * room.length], room.key_value[room.channels * room.length :]
        kernels.attend(
            query, keys, values, room.channels, room.length, room.places, room.heads, room.attended, room.chances,
            room.turned, space.scratch.double,
        )  # fmt: skip
        self._linear(part.attended, room.attended, 1, out, room, space, added=stream)
        self._linear(part.perceptron_in, self._normalise(out, room), 1, room.inner, room, space, gelu=True)
        self._linear(part.perceptron_out, room.inner, 2, out, room, space, added=out)

    def _normalise(self, x: F32, room: Tokens) -> F32:
        kernels.normalise(x, room.channels, room.length, room.places, EPSILON, room.normed)
        return room.normed

    def _linear(
        self, layer: Real, x: F32, times: int, out: F32, room: Tokens, space: Workspace, added: F32 = NO_MAP,
        gelu: bool = False,
    ) -> None:  # fmt: skip
        kernels.real_layer(
            x, room.points(times), layer.kernel_weights, layer.kernel_bias, added, gelu, 0, room.shape, room.mask,
            NO_MAP, NO_SIGNS, NO_SIGNS, out, _tile(layer, space.scratch),
        )  # fmt: skip


def convolve(seen: NDArray[np.bool_], weights: NDArray[np.bool_], stride: int = 1) -> NDArray[np.int32]:
    """The bare binary 3x3 convolution: signs (B,I,H,W) and (O,I,3,3), True for +1 -> integer sums (B,O,H',W').

    Outside the map lies nothing. A stride of 2 keeps every other place of every other row.
    """
    bits, (height, width) = BinaryWeights.of(weights), seen.shape[2:]
    grid = Grid(height, width)
    planes, out = grid.sign_planes(seen.shape[1]), grid.planes(len(weights))
    sums = kernels.scratch().sums
    groups = -(-len(weights) // GROUP)
    taps, scale = grid.taps(-(-seen.shape[1] // GROUP)), np.ones(groups * GROUP, np.float32)
    results = []
    for sample in seen:
        grid.view(planes)[:] = signs_to_bytes(sample)
        kernels.binary_sums(
            planes, taps, bits.codes, bits.ends, (grid.origin, grid.length, grid.chunks), groups, bits.unit, scale, out,
            sums,
        )  # fmt: skip
        results.append(grid.view(out)[: len(weights), ::stride, ::stride].astype(np.int32))
    return np.stack(results)


def _added(a: F32, b: F32) -> F32:
    return a + b if b.size else a


def _tile(layer: Real, scratch: kernels.Scratch) -> F32 | F64:
    return scratch.single if layer.single else scratch.double


def _plain(
    layer: Real, x: F32, taps: I64, shape: tuple[int, int, int], mask: F32, out: F32, scratch: kernels.Scratch
) -> None:
    """A real layer without anything added to it, nor signs."""
    kernels.real_layer(
        x, taps, layer.kernel_weights, layer.kernel_bias, NO_MAP, False, shape[0], shape, mask, NO_MAP, NO_SIGNS,
        NO_SIGNS, out, _tile(layer, scratch),
    )  # fmt: skip


def _real(layer: Real, grid: Grid, maps: F32, taps: I64, out: F32, scratch: kernels.Scratch) -> None:
    """A real layer on a map (C,H,W) that is not in planes yet."""
    x = grid.planes(len(maps))
    grid.view(x)[: len(maps)] = maps
    _plain(layer, x, taps, (grid.origin, grid.length, grid.chunks), grid.mask, out, scratch)


def _gather(level: Level, x: F32, room: Tokens, out: F32) -> None:
    kernels.gather(x, level.rows, level.grid.height, level.grid.width, level.channels, room.length, out)


def _folded(maps: F32, patch: int) -> F32:
    """(C,H,W) -> (C * patch^2, H/patch, W/patch), as `pixel_unshuffle` orders them."""
    c, h, w = maps.shape
    parts = maps.reshape(c, h // patch, patch, w // patch, patch).transpose(0, 2, 4, 1, 3)
    return np.ascontiguousarray(parts.reshape(c * patch**2, h // patch, w // patch))
