"""The inner loops of the packed engine, written for the vector unit: they become machine code through numba.

Numba has no type for a vector of bytes and no word for the shuffle that looks 16 or 32 of them up in a table, so these
few lines build LLVM's own instructions. Everything round them is plain numba.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from hidiff.models.packed.layout import CHUNK, GROUP, TABLES

I8, I16, I32, I64 = ir.IntType(8), ir.IntType(16), ir.IntType(32), ir.IntType(64)
F32, F64 = ir.FloatType(), ir.DoubleType()
REAL_RUN = 16  # places that the real loop works on at once
_TABLE = ir.VectorType(I8, 16)


def _shuffle() -> tuple[str, int] | None:
    """LLVM's name for this processor's table look-up, and how many bytes it looks up."""
    features = dict(llvm.get_host_cpu_features())
    if features.get("avx2"):
        return "llvm.x86.avx2.pshuf.b", 32
    if features.get("ssse3"):
        return "llvm.x86.ssse3.pshuf.b.128", 16
    if llvm.get_process_triple().startswith(("aarch64", "arm64")):
        return "llvm.aarch64.neon.tbl1.v16i8", 16
    return None


SHUFFLE = _shuffle()


def _number(value: int) -> ir.Constant:
    return ir.Constant(I64, value)


def _vector_at(builder: Any, pointer: Any, kind: ir.VectorType, align: int = 1) -> Any:
    return builder.load(builder.bitcast(pointer, kind.as_pointer()), align=align)


def _data(context: Any, builder: Any, kind: Any, value: Any, start: Any) -> Any:
    """The address of element `start` of a numba array."""
    return builder.gep(context.make_array(kind)(context, builder, value).data, [start])


def _tables(builder: Any) -> Any:
    name = "hidiff_agreement_tables"
    if name in builder.module.globals:
        table = builder.module.globals[name]
    else:
        numbers = cgutils.create_constant_array(I8, [int(v) & 255 for v in TABLES.ravel()])
        table = cgutils.global_constant(builder.module, name, numbers)
        table.align = 16
    return builder.gep(table, [_number(0), _number(0)])


def agreement_of(shuffle: tuple[str, int]) -> Callable[..., Any]:
    """The binary loop for one kind of look-up instruction; see `agreement`."""
    name, lanes = shuffle
    runs = CHUNK // lanes
    narrow, wide = ir.VectorType(I8, lanes), ir.VectorType(I16, lanes)
    lookup = ir.FunctionType(narrow, [narrow, narrow])
    repeat = ir.Constant(ir.VectorType(I32, lanes), [lane % 16 for lane in range(lanes)])

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kinds = signature.args
        signs = _data(context, builder, kinds[0], args[0], args[1])
        taps = _data(context, builder, kinds[2], args[2], _number(0))
        codes = _data(context, builder, kinds[3], args[3], args[4])
        ends = _data(context, builder, kinds[5], args[5], _number(0))
        out = _data(context, builder, kinds[6], args[6], _number(0))
        emptied = builder.sub(
            builder.extract_value(context.make_array(kinds[5])(context, builder, args[5]).shape, 0), _number(1)
        )
        tables = _tables(builder)
        look_up = builder.module.declare_intrinsic(name, (), lookup)
        cells = [(channel, run) for channel in range(GROUP) for run in range(runs)]
        small = {cell: cgutils.alloca_once(builder, narrow) for cell in cells}
        large = {cell: cgutils.alloca_once_value(builder, ir.Constant(wide, None)) for cell in cells}
        for cell in cells:
            builder.store(ir.Constant(wide, None), large[cell])
        with cgutils.for_range(builder, emptied) as part:
            for cell in cells:
                builder.store(ir.Constant(narrow, None), small[cell])
            first = builder.load(builder.gep(ends, [part.index]))
            last = builder.load(builder.gep(ends, [builder.add(part.index, _number(1))]))
            with cgutils.for_range_slice(builder, first, last, _number(1)) as (index, _):
                place = builder.gep(signs, [builder.load(builder.gep(taps, [index]))])
                seen = [_vector_at(builder, builder.gep(place, [_number(run * lanes)]), narrow) for run in range(runs)]
                four = builder.gep(codes, [builder.mul(index, _number(GROUP))])
                for channel in range(GROUP):
                    code = builder.zext(builder.load(builder.gep(four, [_number(channel)])), I64)
                    row = builder.gep(tables, [builder.mul(code, _number(16))])
                    table = _vector_at(builder, row, _TABLE, align=16)
                    table = builder.shuffle_vector(table, ir.Constant(_TABLE, ir.Undefined), repeat)
                    for run in range(runs):
                        found = builder.call(look_up, [table, seen[run]])
                        cell = small[channel, run]
                        builder.store(builder.add(builder.load(cell), found), cell)
            for cell in cells:
                more = builder.sext(builder.load(small[cell]), wide)
                builder.store(builder.add(builder.load(large[cell]), more), large[cell])
        for channel, run in cells:
            target = builder.gep(out, [_number(channel * CHUNK + run * lanes)])
            builder.store(builder.load(large[channel, run]), builder.bitcast(target, wide.as_pointer()), align=1)
        return context.get_dummy_value()

    # x86 wants (table, indices) and so does Arm: one form serves both
    def typed(typing: Any, signs: Any, place: Any, taps: Any, codes: Any, first: Any, ends: Any, out: Any) -> Any:
        return types.void(signs, place, taps, codes, first, ends, out), codegen

    return intrinsic(typed)


# agreement(signs u8[], place, taps i64[], codes u8[], first, ends i64[], out i16[256]): for 64 places from `place` on
# and four output channels whose codes start at `first`, the sum of the look-ups: (4,64) into out.
agreement = agreement_of(SHUFFLE or ("llvm.x86.ssse3.pshuf.b.128", 16))


@intrinsic
def weighted(
    typing: Any, x: Any, place: Any, taps: Any, weights: Any, first: Any, stride: Any, out: Any, column: Any
) -> Any:
    """weighted(x f32[], place, taps i64[], weights f64[] or f32[], first, stride, out f64[256] or f32[256], column).

    For REAL_RUN places from `place` on and four output channels, whose weights for tap i are the four numbers at
    first + i * stride: the weighted sum over the taps into out (4,64) from `column` on, summed in out's type. Sums in
    float64 may be rounded to float32 whatever their order was, which PyTorch does not tell.
    """
    number_type = F64 if out.dtype == types.float64 else F32
    lanes = 4 if number_type is F64 else 8
    runs = 2
    narrow, kind = ir.VectorType(F32, lanes), ir.VectorType(number_type, lanes)
    name = f"llvm.fmuladd.v{lanes}f{64 if number_type is F64 else 32}"
    same = ir.Constant(ir.VectorType(I32, lanes), None)

    def wide(builder: Any, value: Any, given: Any, wanted: Any) -> Any:
        return value if given == wanted else builder.fpext(value, wanted)

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kinds = signature.args
        maps = _data(context, builder, kinds[0], args[0], args[1])
        taps_ = _data(context, builder, kinds[2], args[2], _number(0))
        numbers = _data(context, builder, kinds[3], args[3], args[4])
        out_ = _data(context, builder, kinds[6], args[6], args[7])
        count = builder.extract_value(context.make_array(kinds[2])(context, builder, args[2]).shape, 0)
        multiply_add = builder.module.declare_intrinsic(name, (), ir.FunctionType(kind, [kind] * 3))
        cells = [(channel, run) for channel in range(GROUP) for run in range(runs)]
        sums = {cell: cgutils.alloca_once(builder, kind) for cell in cells}
        with cgutils.for_range(builder, _number(REAL_RUN // (runs * lanes))) as part:
            begin = builder.mul(part.index, _number(runs * lanes))
            for cell in cells:
                builder.store(ir.Constant(kind, None), sums[cell])
            with cgutils.for_range(builder, count) as loop:
                source = builder.gep(maps, [builder.add(builder.load(builder.gep(taps_, [loop.index])), begin)])
                seen = []
                for run in range(runs):
                    value = _vector_at(builder, builder.gep(source, [_number(run * lanes)]), narrow, 4)
                    seen.append(wide(builder, value, narrow, kind))
                four = builder.gep(numbers, [builder.mul(loop.index, args[5])])
                for channel in range(GROUP):
                    number = builder.load(builder.gep(four, [_number(channel)]))
                    number = wide(builder, number, F64 if kinds[3].dtype == types.float64 else F32, number_type)
                    vector = builder.insert_element(ir.Constant(kind, ir.Undefined), number, ir.Constant(I32, 0))
                    vector = builder.shuffle_vector(vector, ir.Constant(kind, ir.Undefined), same)
                    for run in range(runs):
                        cell = sums[channel, run]
                        builder.store(builder.call(multiply_add, [vector, seen[run], builder.load(cell)]), cell)
            for channel, run in cells:
                target = builder.gep(out_, [builder.add(begin, _number(channel * CHUNK + run * lanes))])
                builder.store(builder.load(sums[channel, run]), builder.bitcast(target, kind.as_pointer()), align=4)
        return context.get_dummy_value()

    return types.void(x, place, taps, weights, first, stride, out, column), codegen


@intrinsic
def sign_bytes(
    typing: Any, x: Any, place: Any, length: Any, threshold: Any, first: Any, pad: Any, start: Any, out: Any, to: Any
) -> Any:
    """sign_bytes(x f32[], place, length, threshold f32[], first, pad u8[], start, out u8[], to).

    For CHUNK places from `place` on and four planes `length` apart: bit f of out is set where the value of plane f +
    threshold[first + f] is not below 0; joined with the CHUNK bytes of pad from `start` on, into out from `to` on.
    """
    lanes = 16
    reals, numbers, narrow = ir.VectorType(F32, lanes), ir.VectorType(I32, lanes), ir.VectorType(I8, lanes)
    same = ir.Constant(ir.VectorType(I32, lanes), None)

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kinds = signature.args
        maps = _data(context, builder, kinds[0], args[0], args[1])
        bounds = _data(context, builder, kinds[3], args[3], args[4])
        outside = _data(context, builder, kinds[5], args[5], args[6])
        target = _data(context, builder, kinds[7], args[7], args[8])
        spread = []
        for channel in range(GROUP):
            number = builder.load(builder.gep(bounds, [_number(channel)]))
            vector = builder.insert_element(ir.Constant(reals, ir.Undefined), number, ir.Constant(I32, 0))
            spread.append(builder.shuffle_vector(vector, ir.Constant(reals, ir.Undefined), same))
        for run in range(0, CHUNK, lanes):
            found = ir.Constant(numbers, None)
            for channel in range(GROUP):
                row = builder.gep(maps, [builder.add(builder.mul(args[2], _number(channel)), _number(run))])
                value = builder.fadd(_vector_at(builder, row, reals, 4), spread[channel])
                positive = builder.fcmp_ordered(">=", value, ir.Constant(reals, [0.0] * lanes))
                bit = builder.select(positive, ir.Constant(numbers, [1 << channel] * lanes), ir.Constant(numbers, None))
                found = builder.or_(found, bit)
            joined = builder.or_(
                builder.trunc(found, narrow), _vector_at(builder, builder.gep(outside, [_number(run)]), narrow)
            )
            cell = builder.gep(target, [_number(run)])
            builder.store(joined, builder.bitcast(cell, narrow.as_pointer()), align=1)
        return context.get_dummy_value()

    return types.void(x, place, length, threshold, first, pad, start, out, to), codegen


@intrinsic
def float_of_bits(typing: Any, bits: Any) -> Any:
    """The float32 whose bits are those of an int32."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], F32)

    return types.float32(types.int32), codegen
