"""The compiler's own process, started by build.py: numba and LLVM turn the kernels into one shared object.

build.py sets NUMBA_OPT=0: numba must not optimise for this processor what LLVM then optimises for the target.
"""

import ctypes
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import llvmlite.binding as llvm
from llvmlite import ir

from pedal.errors import KernelError
from pedal.files import replacing
from pedal.kernel.chain import Chain
from pedal.kernel.layout import Kernel
from pedal.kernel.library import ABI
from pedal.kernel.recurrent import write_kernel
from pedal.kernel.vector import FLOAT, I32, I64, without_denormals

UNITS = (8, 12, 16, 20, 24, 32, 40, 48, 64, 80, 96, 128)
"""Compiled hidden sizes; the smallest that holds a model serves it."""
INPUTS = (1, 3)
EXPORTED = ("pedal_process", "pedal_run", "pedal_layout")
SHARED = (*EXPORTED, "run_kernel", "process_chain")
"""What the pieces call of each other, with the kernels themselves."""


@dataclass(frozen=True)
class Target:
    """A processor to compile for, and what makes a shared object of an object file for it."""

    triple: str
    cpu: str
    features: str
    linker: str

    def shape(self, units: int) -> tuple[int, int]:
        """Floats in a vector, and vectors in a tile: the four sums of a tile fill most of the registers."""
        if self.triple.startswith("aarch64"):
            return 4, 6
        if "+avx512f" in self.features:
            return (16, 6) if units >= 32 and units % 16 == 0 else (8, 6)
        return 8, 3


def target_named(name: str) -> Target:
    """This machine by the name native; a Raspberry Pi 4 by cortex-a72, elsewhere linked by a cross compiler."""
    here = llvm.get_process_triple()
    if name == "native":
        return Target(here, llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten(), "cc")
    linker = "cc" if here.startswith("aarch64") else "aarch64-linux-gnu-gcc"
    return Target("aarch64-unknown-linux-gnu", "cortex-a72", "", linker)


def main(target_name: str, output: Path) -> None:
    """Write the shared object. Each step begins with a line on stdout: steps done, steps in all, what comes now."""
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    target = target_named(target_name)
    if not shutil.which(target.linker):  # said before the minutes that the rest takes
        raise KernelError(f"linker {target.linker} is not installed; install a C compiler (gcc) and try again")
    machine = llvm.Target.from_triple(target.triple).create_target_machine(
        cpu=target.cpu, features=target.features, opt=3, reloc="pic", codemodel="default"
    )
    kernels = [
        Kernel(cell, units, inputs, *target.shape(units))
        for cell in ("lstm", "gru")
        for units in UNITS
        for inputs in INPUTS
    ]
    steps = len(kernels) + 3
    whole = llvm.parse_assembly(f'target triple = "{target.triple}"')
    whole.data_layout = str(machine.target_data)
    for number, (what, text) in enumerate(_pieces(kernels, target)):
        print(f"{number} {steps} {what}", flush=True)
        whole.link_in(_optimised(text, target, machine))
    print(f"{steps - 1} {steps} linking", flush=True)
    with replacing(output) as temporary, tempfile.TemporaryDirectory() as folder:
        _link(machine.emit_object(whole), Path(folder) / "pedal.o", target, temporary)
    print(f"{steps} {steps} done", flush=True)


def _optimised(text: str, target: Target, machine: llvm.TargetMachine) -> llvm.ModuleRef:
    """One piece, as good as LLVM makes it for the target."""
    module = llvm.parse_assembly(text)
    module.triple, module.data_layout = target.triple, str(machine.target_data)
    _hide(module)
    module.verify()
    passes = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=3))
    passes.getModulePassManager().run(module, passes)
    return module


def _pieces(kernels: list[Kernel], target: Target) -> Iterator[tuple[str, str]]:
    """What is compiled, piece by piece: a name for the progress line and LLVM's text."""
    for kernel in kernels:
        module = ir.Module(f"{kernel.cell}_{kernel.units}_{kernel.inputs}")
        module.triple = target.triple
        write_kernel(module, kernel)
        yield f"{kernel.cell.upper()}, {kernel.units} units, inputs: {kernel.inputs}", str(module)
    yield "kernel table", str(_table(kernels, target))
    yield "chain", _chain()


def _chain() -> str:
    """block.process as numba's own LLVM, under its C name."""
    from numba import cfunc

    from pedal.kernel.block import process
    from pedal.kernel.compiled import PROCESS

    llvm.add_symbol("run_kernel", 1)  # numba asks where it is; nothing is called in this process
    return str(_renamed(cfunc(PROCESS, error_model="numpy")(process).inspect_llvm()))


def _renamed(text: str) -> llvm.ModuleRef:
    # Inlined, numba's reference counting sees that no array here has an owner, and vanishes.
    module = llvm.parse_assembly(text.replace("{ noinline }", "{ alwaysinline }"))
    (entry,) = (function for function in module.functions if function.name.startswith("cfunc."))
    entry.name = "process_chain"
    return module


def _hide(module: llvm.ModuleRef) -> None:
    """Keep what no other piece calls inside its piece: numba's Python bindings are then unused, and left out."""
    for function in module.functions:
        shared = function.name in SHARED or function.name.split("_")[0] in ("lstm", "gru")
        if not function.is_declaration and not shared:
            function.linkage = "internal"
    for variable in module.global_variables:
        if not variable.is_declaration and variable.name not in SHARED:
            variable.linkage = "internal"


def _table(kernels: list[Kernel], target: Target) -> ir.Module:
    """The C entries, which compute without denormals, the choice of a kernel by number, and the table of kernels."""
    module = ir.Module("table")
    module.triple = target.triple
    address, void = FLOAT.as_pointer(), ir.VoidType()
    run_type = ir.FunctionType(void, [address, address, address, address, I64])
    chooser = ir.Function(module, ir.FunctionType(void, [I32, *run_type.args]), "run_kernel")
    builder = ir.IRBuilder(chooser.append_basic_block("choose"))
    with builder.goto_block(end := chooser.append_basic_block("end")):
        builder.ret_void()
    choice = builder.switch(chooser.args[0], end)
    for number, kernel in enumerate(kernels):
        function = ir.Function(module, run_type, f"{kernel.cell}_{kernel.units}_{kernel.inputs}")
        block = chooser.append_basic_block(function.name)
        choice.add_case(number, block)
        with builder.goto_block(block):
            builder.call(function, chooser.args[1:])
            builder.branch(end)
    chain = ir.Function(module, ir.FunctionType(void, [address, address, address, I64]), "process_chain")
    for name, function in (("pedal_run", chooser), ("pedal_process", chain)):
        entry = ir.Function(module, function.function_type, name)
        builder = ir.IRBuilder(entry.append_basic_block("entry"))
        with without_denormals(builder):
            builder.call(function, entry.args)
        builder.ret_void()
    rows = [ABI, ctypes.sizeof(Chain), len(kernels)]
    for kernel in kernels:
        rows += [kernel.cell == "gru", kernel.units, kernel.inputs, kernel.lanes, kernel.tile]
    layout = ir.GlobalVariable(module, ir.ArrayType(I32, len(rows)), "pedal_layout")
    layout.global_constant = True
    layout.initializer = ir.Constant(layout.value_type, [int(row) for row in rows])
    return module


def _link(code: bytes, path: Path, target: Target, output: Path) -> None:
    path.write_bytes(code)
    exports = path.with_suffix(".map")
    exports.write_text(f"{{ global: {'; '.join(EXPORTED)}; local: *; }};")
    command = [
        target.linker, "-shared", "-nostartfiles", f"-Wl,--version-script={exports}", "-Wl,--no-undefined",
        "-o", str(output), str(path), "-lm", "-lc",
    ]  # fmt: skip
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except subprocess.CalledProcessError as error:
        raise KernelError(f"linker {command[0]} failed: {error.stderr.strip()}") from error


if __name__ == "__main__":
    try:
        main(sys.argv[1], Path(sys.argv[2]))
    except (KernelError, OSError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
