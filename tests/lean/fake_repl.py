"""Answers as Pantograph's ``repl`` documents them, without Lemma's extensions, for one text.

The text is ``theorem t (p : Prop) (h : p) : p ∧ p := sorry``; the tactics it knows are named below.
Every request is also written to the file given as the first argument.
"""

import json
import sys

VARIABLES = [
    {"name": "_uniq.1", "userName": "p", "isInaccessible": False, "type": {"pp": "Prop"}},
    {"name": "_uniq.2", "userName": "h", "isInaccessible": False, "type": {"pp": "p"}},
]


def goal(name, target, case=None):
    about = {"userName": case} if case else {}
    return {
        "name": name, "fragment": "tactic", "target": {"pp": target}, "vars": VARIABLES, **about,
    }  # fmt: skip


def message(text):
    return {
        "severity": "error", "pos": {"line": 0, "column": 0}, "data": text, "caption": "",
        "fileName": "<Pantograph>", "keepFullRange": False, "isSilent": False,
        "kind": "[anonymous]",
    }  # fmt: skip


def tactic(payload):
    text, state = payload["tactic"], payload["stateId"]
    if text == "constructor":
        goals = [goal("_uniq.7", "p", "left"), goal("_uniq.8", "p", "right")]
    elif text == "exact h":
        rest = payload.get("autoResume", True) and state == 1 and payload.get("goalId", 0) == 0
        goals = [goal("_uniq.8", "p", "right")] if rest else []
    elif text == "sleep 1000":
        return {"error": "internal", "desc": "interrupt"}
    elif text == "exact (":
        return {"messages": None, "parseError": "<input>:1:7: unexpected end of input"}
    else:
        return {"messages": [message("Unknown identifier `foo`")], "hasSorry": False}
    return {
        "nextStateId": state + 1, "goals": goals, "messages": [], "hasSorry": False,
        "hasUnsafe": False,
    }  # fmt: skip


def process(payload):
    size, hole = len(payload["file"].encode()), payload["file"].encode().index(b"sorry")
    unit = {
        "boundary": [0, size], "messages": [], "goalStateId": 0, "newConstants": ["t"],
        "goals": [goal("_uniq.3", "p ∧ p")], "goalSrcBoundaries": [[hole, hole + 5]],
    }  # fmt: skip
    return {"units": [unit]}


ANSWERS = {
    "options.set": lambda _: {},
    "frontend.process": process,
    "goal.tactic": tactic,
    "goal.delete": lambda _: {},
}

print("ready.", flush=True)
with open(sys.argv[1], "a", encoding="utf-8") as log:  # noqa: PTH123
    for line in sys.stdin:
        print(line.rstrip(), file=log, flush=True)
        request = json.loads(line)
        print(json.dumps(ANSWERS[request["cmd"]](request["payload"])), flush=True)
