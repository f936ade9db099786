"""One operation per line of JSON on stdin, answers and events as lines of JSON on stdout.

A client gives a class with one method per operation; `Refused` carries the broker's error code.
"""
import json
import sys
import threading
import traceback

_output = threading.Lock()


class Refused(Exception):
    """A refusal of the broker; `code` is its error code."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def emit(message):
    """Writes one line; threads of group members write too."""
    with _output:
        sys.stdout.write(json.dumps(message) + '\n')
        sys.stdout.flush()


def text(data):
    """Returns the bytes of a key, value or header in comparable form."""
    return None if data is None else bytes(data).decode()


class Member(threading.Thread):
    """A group member that reads until it must leave; `consume` runs on its own thread."""

    def __init__(self, name, consume):
        super().__init__(daemon=True)
        self._member = name
        self._consume = consume
        self.leaving = threading.Event()

    def assigned(self, partitions):
        emit({'event': 'partitions', 'member': self._member, 'partitions': sorted(partitions)})

    def received(self, record):
        emit({'event': 'record', 'member': self._member, 'record': record})

    def run(self):
        try:
            self._consume(self)
        except Exception:
            emit({'event': 'failure', 'member': self._member, 'message': traceback.format_exc()})


def serve(client):
    """Answers operations until stdin ends."""
    members = {}
    for line in sys.stdin:
        request = json.loads(line)
        number, op = request.pop('id'), request.pop('op')
        try:
            if op == 'join':
                name = request.pop('member')
                consume = client.member(**request)
                members[name] = Member(name, consume)
                members[name].start()
                result = None
            elif op == 'leave':
                member = members.pop(request['member'])
                member.leaving.set()
                member.join()
                result = None
            else:
                result = getattr(client, op)(**request)
            emit({'id': number, 'result': result})
        except Refused as refused:
            emit({'id': number, 'error': {'code': refused.code, 'message': str(refused)}})
        except Exception:
            emit({'id': number, 'error': {'code': None, 'message': traceback.format_exc()}})
    for member in members.values():
        member.leaving.set()
    # Without a limit: who started this program kills it when it takes too long.
    for member in members.values():
        member.join()
