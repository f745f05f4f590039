"""Where things stand: the target folder, and in it the virtual environment of the other linkage tools."""

import os
import pathlib
import subprocess
import sys

SCRIPTS = pathlib.Path(__file__).resolve().parent.parent
# recordlinkage 0.16 does not work with pandas 3.
PACKAGES = ("splink==5.0.0", "recordlinkage==0.16", "pandas>=2,<3")


class Trouble(Exception):
    """Something that stops the bench; its text names the thing and the remedy."""


def target() -> pathlib.Path:
    """Cargo's target folder."""
    return pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or SCRIPTS.parent / "target").resolve()


def binary() -> pathlib.Path:
    """The release build of contactpoint, or the one CONTACTPOINT_BIN names."""
    path = pathlib.Path(os.environ.get("CONTACTPOINT_BIN") or target() / "release" / "contactpoint")
    if not path.is_file():
        raise Trouble(f"{path} is not there; run `make bench-linkage`, or name a release build in CONTACTPOINT_BIN")
    return path


def python() -> pathlib.Path:
    """The Python of the virtual environment, which is made on first use and again when PACKAGES change."""
    folder = target() / "linkage-venv"
    interpreter, ready = folder / "bin" / "python", folder / "ready"
    wanted = "\n".join(PACKAGES) + "\n"
    if ready.is_file() and ready.read_text() == wanted:
        return interpreter
    print(f"== Installing {', '.join(PACKAGES)} into {folder}", file=sys.stderr)
    pip = [str(interpreter), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES]
    try:
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, stdout=sys.stderr)
        subprocess.run(pip, check=True, stdout=sys.stderr)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Trouble(
            f"the virtual environment {folder} could not be made ({error}); "
            "it needs python3-venv and PyPI. Remove the folder and run again"
        ) from error
    ready.write_text(wanted)
    return interpreter


def enter() -> None:
    """Starts this program again inside the virtual environment, unless it is there already."""
    interpreter = python()
    if pathlib.Path(sys.prefix).resolve() != interpreter.parent.parent:
        os.execv(interpreter, [str(interpreter), *sys.argv])
