"""Fuzz one target with atheris: ``python -m tests.fuzz.one TARGET [OPTION...]``.

The options are those of libFuzzer. Atheris is imported first, and only when this is
run, because it has to see all other imports.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Run libFuzzer, which ends the process."""
    import atheris

    with atheris.instrument_imports(include=["xep0184"]):
        from .mutating import mutate
        from .targets import TARGETS

    def changed(octets: bytes, most: int, seed: int) -> bytes:
        """Change the structure three times in four, else single octets."""
        if seed % 4:
            return mutate(octets, most, seed)
        return bytes(atheris.Mutate(octets, most))

    name, *options = sys.argv[1:]
    arguments = [name, f"-max_len={TARGETS[name].length}", *options]
    atheris.Setup(arguments, TARGETS[name].door, custom_mutator=changed)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
