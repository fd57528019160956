"""Where the wheel of nvidia-pytriton keeps tritonserver, and how its python backend finds the right Python."""

import json
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_ASK = """
import json, sys, sysconfig
print(json.dumps({
    "version": "%d.%d" % sys.version_info[:2],
    "packages": sysconfig.get_path("purelib"),
    "library": sysconfig.get_config_var("LIBDIR"),
    "shared": bool(sysconfig.get_config_var("Py_ENABLE_SHARED")),
}))
"""
_WAY_OUT = "`sh tools/setup-triton.sh` prepares it"


class TritonStartError(RuntimeError):
    """Triton cannot be started; the message says what is missing or shows what Triton itself said."""


@dataclass(frozen=True, slots=True)
class TritonEnvironment:
    """A virtual environment that holds tritonserver and what its models import."""

    folder: Path
    triton: Path
    python_version: str
    library_folder: Path

    @classmethod
    @cache  # a restart need not ask again
    def find(cls, folder: Path) -> "TritonEnvironment":
        """Look into the virtual environment ``folder``. Raises TritonStartError with the way out if it will not do."""
        python = folder / "bin/python"
        if not python.exists():
            raise TritonStartError(
                f"no virtual environment for Triton in {folder}: `sh tools/setup-triton.sh` prepares it"
            )
        done = subprocess.run([python, "-I", "-c", _ASK], capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise TritonStartError(f"{python} does not run: {done.stderr.strip()}")
        told = json.loads(done.stdout)
        triton = Path(told["packages"]) / "pytriton/tritonserver"
        if not (triton / "bin/tritonserver").exists():
            raise TritonStartError(
                f"nvidia-pytriton is not installed in {folder}: `sh tools/setup-triton.sh` installs it"
            )
        if not told["shared"]:
            # The backend's stub would silently load the libpython of another Python.
            raise TritonStartError(f"{python} has no shared libpython, which Triton's python backend needs")
        environment = cls(folder.absolute(), triton, told["version"], Path(told["library"]))
        if not environment._stub.exists():
            raise TritonStartError(f"this nvidia-pytriton has no python backend for Python {told['version']}")
        return environment

    @property
    def binary(self) -> Path:
        """The tritonserver program."""
        return self.triton / "bin/tritonserver"

    @property
    def variables(self) -> dict[str, str]:
        """The whole environment to run it in: PATH decides which Python the models get, nothing secret gets in."""
        return {
            "PATH": f"{self.folder / 'bin'}:/usr/bin:/bin",
            "LD_LIBRARY_PATH": str(self.library_folder),
            "LANG": "C.UTF-8",
            "OMP_NUM_THREADS": "1",
        }

    def link_backends(self, folder: Path) -> None:
        """Lay ``folder`` out as a backend directory; the wheel keeps the backend and its stubs apart."""
        python = folder / "python"
        python.mkdir(parents=True)
        backend = self.triton / "backends/python"
        for file in (backend / "libtriton_python.so", backend / "triton_python_backend_utils.py", self._stub):
            (python / file.name).symlink_to(file)

    @property
    def _stub(self) -> Path:
        return self.triton / "python_backend_stubs" / self.python_version / "triton_python_backend_stub"
