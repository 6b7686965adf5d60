"""What may be used where: the dependency graph of modules and premises.

At a place in a module, exactly the premises of the modules that it imports, directly or not, and
those before that place in the module itself are *accessible*. Nothing else may be offered to a
proof: a theorem must not be proved by itself or by what comes after it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from retrieval.contracts import Mask, Premise, RetrievalError

if TYPE_CHECKING:
    import networkx as nx

_MEMORY = 64 * 2**20  # bytes of masks that are kept


class DependencyGraph:
    """Accessibility in a corpus.

    Args:
        imports: module → the modules that it imports directly. Imported modules that are not
            keys have no premises.
        premises: of one module together, with positions that do not fall.

    Whatever needs the imports raises `RetrievalError` if they go round in a circle.
    """

    def __init__(self, imports: Mapping[str, Sequence[str]], premises: Sequence[Premise]) -> None:
        self._imports, self._premises = imports, premises
        self._slices: dict[str, tuple[int, int]] = {}
        for index, premise in enumerate(premises):
            start, _ = self._slices.get(premise.module, (index, index))
            self._slices[premise.module] = start, index + 1
        self._seen: OrderedDict[frozenset[str], Mask] = OrderedDict()
        self._lock = threading.Lock()

    @cached_property
    def modules(self) -> nx.DiGraph:
        """A node for each module, an edge from each module to each that it imports."""
        import networkx as nx

        graph = nx.DiGraph()
        graph.add_nodes_from(self._imports)
        graph.add_edges_from((module, imported) for module, found in self._imports.items()
                             for imported in found)
        if not nx.is_directed_acyclic_graph(graph):
            circle = [edge[0] for edge in nx.find_cycle(graph)]
            raise RetrievalError("modules import each other in a circle: "
                                 + " → ".join([*circle, circle[0]]))
        return graph

    @cached_property
    def premises(self) -> nx.DiGraph:
        """A node for each premise (by id), an edge to each premise that its statement mentions.

        Where several premises bear a mentioned name, each of them that is accessible.
        """
        import networkx as nx

        graph = nx.DiGraph()
        graph.add_nodes_from(range(len(self._premises)))
        by_name: dict[str, list[int]] = {}
        for index, premise in enumerate(self._premises):
            by_name.setdefault(premise.name, []).append(index)
        for index, premise in enumerate(self._premises):
            mentioned = [i for s in premise.symbols for i in by_name.get(s, ()) if i != index]
            if mentioned:
                mask = self.before(premise.module, premise.position)
                graph.add_edges_from((index, i) for i in sorted(mentioned) if mask[i])
        return graph

    def importing(self, modules: Iterable[str]) -> Mask:
        """What a file that imports ``modules`` sees; not to be changed. The masks of the modules
        asked for last are kept. Unknown modules have nothing to offer."""
        key = frozenset(modules)
        with self._lock:
            known = self._seen.get(key)
            if known is None:
                known = self._seen[key] = self._importing(key)
                if len(self._seen) > max(16, _MEMORY // max(1, len(known))):
                    self._seen.popitem(last=False)
            self._seen.move_to_end(key)
        return known

    def _importing(self, modules: frozenset[str]) -> Mask:
        import networkx as nx
        import numpy as np

        mask = np.zeros(len(self._premises), dtype=np.bool_)
        reached = {m for m in modules if m in self.modules}
        for module in list(reached):
            reached |= nx.descendants(self.modules, module)
        for module in reached:
            start, end = self._slices.get(module, (0, 0))
            mask[start:end] = True
        mask.flags.writeable = False
        return mask

    def before(self, module: str, position: int) -> Mask:
        """What is accessible at ``position`` of ``module``: there strictly before it.

        Raises:
            RetrievalError: there is no such module.
        """
        import numpy as np

        if module not in self._imports:
            raise RetrievalError(f"no module {module} in the corpus")
        mask: Mask = self.importing(self._imports[module]).copy()
        start, end = self._slices.get(module, (0, 0))
        places = np.fromiter((self._premises[i].position for i in range(start, end)),
                             dtype=np.int64, count=end - start)
        mask[start : start + int(np.searchsorted(places, position, side="left"))] = True
        mask.flags.writeable = False
        return mask
