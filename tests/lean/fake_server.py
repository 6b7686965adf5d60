"""A process that behaves as it is told: a script of the client's tests, not a Lean.

``python fake_server.py MODE``: says ``ready.`` and answers ``stat`` with the number of requests
so far; other commands make it do what they are called.
"""

import json
import os
import sys
import time


def say(answer: object) -> None:
    print(json.dumps(answer, ensure_ascii=False), flush=True)


def main(mode: str) -> None:
    if mode == "import":
        say({"error": "import", "desc": "unknown module prefix 'Nowhere'"})
        sys.exit(2)
    if mode == "broken":
        print("no such library", file=sys.stderr, flush=True)
        sys.exit(3)
    print("ready.", flush=True)
    for count, line in enumerate(sys.stdin, start=1):
        command = json.loads(line)["cmd"]
        payload = json.loads(line)["payload"]
        if command == "options.set":
            say({})
        elif command == "stat":
            say({"nGoals": count, "later": "ignored"})
        elif command == "expr.echo":
            say({"expr": {"pp": payload["expr"]}, "type": {"pp": str(os.getpid())}})
        elif command == "env.inspect":
            say({"error": "index", "desc": f"Symbol not found {payload['name']}"})
        elif command == "reset":
            say({"unexpected": True})
        elif command == "env.catalog":
            print("chatter that is not JSON", flush=True)
            say({"symbols": ["tx"] * 100_000})
        elif command == "env.describe":
            time.sleep(3600)
        elif command == "goal.delete":
            print("PANIC at somewhere", file=sys.stderr, flush=True)
            os._exit(7)
        elif command == "goal.continue":
            say({"nextStateId": 1, "goals": [], "restart": True})
            sys.exit(76)
        elif command == "goal.tactic":
            say({"error": "timeout", "desc": "hard limit"})
            sys.exit(75)
        elif command == "goal.start":
            answer = '{"stateId": 0, "root": "twice"}'
            print(f"{answer}\n{answer}", flush=True)
        elif command == "env.parse":
            print("{not json", flush=True)


main(sys.argv[1])
