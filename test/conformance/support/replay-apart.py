"""replay-apart.py REPLAY OUT.jsonl: runs the replaying tool with a clock that never returns a millisecond twice.

The scenario stamps its records with that clock and asks for the offset of the largest timestamp. The broker that was
recorded took more than a millisecond for each exchange; one that is faster gets two records of one timestamp, and then
the earlier of them is the right answer.
"""
import runpy
import sys
import time

wall_clock = time.time
last_ms = 0


def strictly_increasing():
    global last_ms
    last_ms = max(int(wall_clock() * 1000), last_ms + 1)
    return (last_ms + 0.5) / 1000


time.time = strictly_increasing
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name='__main__')
