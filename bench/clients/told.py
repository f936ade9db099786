"""The client's side of runClient: its options, the wait for the driver's go, and the result."""

import json
import sys


def options():
    return json.loads(sys.argv[1])


def go():
    print("ready", flush=True)
    sys.stdin.readline()


def report(result):
    print(json.dumps(result), flush=True)
    sys.stdin.read()
