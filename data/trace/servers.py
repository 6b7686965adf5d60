"""Lean servers for files with various imports, one at a time."""

from __future__ import annotations

from prover.environments.lean.backend import Launcher, choose_launcher
from prover.environments.lean.server import LeanServer, UnknownImport
from prover.environments.lean.source import LeanSource, unknown_import


class Servers:
    """Gives a server that has the imports of a file. Only the last one runs."""

    def __init__(self, launcher: Launcher | None = None) -> None:
        self._launcher = launcher
        self._server: LeanServer | None = None

    def of(self, source: LeanSource) -> LeanServer:
        """A running server with the modules of ``source``.

        Raises `InputError` for a module that does not exist, and `LemmaError` if there is no Lean.
        """
        launcher = self._launcher = self._launcher or choose_launcher()
        if missing := launcher.missing(source.modules):
            raise unknown_import(source, missing[0], launcher.name)
        server = self.with_imports(source.modules)
        try:
            server.start()
        except UnknownImport as unknown:
            named = [item.module for item in source.imports if item.module in str(unknown)]
            raise unknown_import(source, [*named, "Init"][0], launcher.name) from unknown
        return server

    def with_imports(self, modules: tuple[str, ...]) -> LeanServer:
        """A server with these modules, started when it is first asked something."""
        if self._server is None or self._server.imports != modules:
            self.close()
            self._server = LeanServer(self._launcher or choose_launcher(), modules)
        return self._server

    def close(self) -> None:
        """Stop the server. Idempotent."""
        if self._server is not None:
            self._server.close()
            self._server = None
