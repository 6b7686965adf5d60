"""Answers as Pantograph's ``repl`` documents them, for questions about a library of three modules.

Every request is also written to the file given as the first argument. The process ends in the
middle of the request that is the n-th in all, if a number is given as the second one.
"""

import json
import sys
from pathlib import Path

MODULES = {
    "Bottom": (["Bottom.zero", "Bottom.one", "Bottom.T", "Bottom.T.noConfusion"], []),
    "Middle": (["Middle.a.eq_1", "Middle.later", "Middle.earlier", "_private.Middle.0.x"],
               ["Bottom"]),
    "Top": (["Top.final"], ["Middle", "Bottom"]),
}
KINDS = {"Bottom.zero": "d", "Bottom.T": "i", "Bottom.T.noConfusion": "d"}
LINES = {"Bottom.zero": 3, "Bottom.one": 5, "Bottom.T": 1, "Middle.later": 9, "Middle.earlier": 2,
         "Top.final": 1}


def inspect(payload):
    name = payload["name"]
    answer = {"type": {"pp": f"{name} = {name}"}, "isUnsafe": False, "module": name.split(".")[0]}
    if payload.get("dependency"):
        answer["typeDependency"] = ["Eq", name]
    if payload.get("source") and name in LINES:
        answer["sourceStart"] = {"line": LINES[name], "column": 0}
    return answer


ANSWERS = {
    "options.set": lambda _: {},
    "frontend.process": lambda _: {"units": [{"boundary": [0, 8], "messages": [{
        "severity": "information", "data": "Lean 4.28.0", "pos": {"line": 1, "column": 0}}]}]},
    "env.describe": lambda _: {"imports": ["Top"], "modules": list(MODULES)},
    "env.catalog": lambda _: {"symbols": [
        KINDS.get(name, "t") + name for names, _ in MODULES.values() for name in names]},
    "env.module_read": lambda payload: {
        "imports": MODULES[payload["module"]][1],
        "constNames": MODULES[payload["module"]][0], "extraConstNames": []},
    "env.inspect": inspect,
}  # fmt: skip

log = Path(sys.argv[1])
last = int(sys.argv[2]) if len(sys.argv) > 2 else None
print("ready.", flush=True)
for count, line in enumerate(sys.stdin, 1):
    if count == last:
        sys.exit(9)
    with log.open("a", encoding="utf-8") as file:
        print(line.rstrip(), file=file)
    request = json.loads(line)
    print(json.dumps(ANSWERS[request["cmd"]](request["payload"])), flush=True)
