# SPDX-License-Identifier: MIT
"""Names the wheel: with the library in the tree it is for this platform, without it for any.

It has no code for one version of Python, so one wheel serves all of them.
"""

from __future__ import annotations

from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel

HAS_LIBRARY = (Path(__file__).parent / "src/footfall/lib/libfootfall.so.0").exists()


class PlatformDistribution(Distribution):
    def has_ext_modules(self) -> bool:
        return HAS_LIBRARY


class Wheel(bdist_wheel):
    def get_tag(self) -> tuple[str, str, str]:
        _, _, platform = super().get_tag()
        return "py3", "none", platform if HAS_LIBRARY else "any"


setup(distclass=PlatformDistribution, cmdclass={"bdist_wheel": Wheel})
