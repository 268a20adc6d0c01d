"""`pedal kernel`: the compiled kernels."""

import argparse


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `kernel` and its commands."""
    from pedal.kernel.build import TARGETS

    parser = commands.add_parser("kernel", help="compile the kernels", description="The compiled kernels.")
    group = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    build = group.add_parser(
        "build",
        help="compile them for a processor",
        description="Compile the kernels into a library named after the processor; anything that needs them and finds "
        "none does this by itself.",
    )
    build.add_argument("--target", choices=TARGETS, default=TARGETS[0], help="native is this machine (the default)")
    build.set_defaults(run=run_build)


def run_build(arguments: argparse.Namespace) -> int:
    """Build, and say where."""
    from pedal.cli.compiled import compile_into
    from pedal.config import places

    print(compile_into(places().kernels, arguments.target))
    return 0
