"""Share consumers of librdkafka, by name. Each line of the input is a command, and is answered with one line."""

import json
import sys

from confluent_kafka import AcknowledgeType, ShareConsumer

consumers = {}
polled = {}


def run(command):
    name = command["name"]
    consumer = consumers.get(name)
    what = command["do"]
    if what == "start":
        consumers[name] = ShareConsumer({**command["configs"], "log_level": 0})
        consumers[name].subscribe(command["topics"])
    elif what == "poll":
        messages = [m for m in consumer.poll(timeout=command["timeoutMs"] / 1000) or [] if m.error() is None]
        polled[name] = messages
        return {"records": [{"value": m.value().decode(), "deliveryCount": m.delivery_count()} for m in messages]}
    elif what == "acknowledge":
        for message in polled[name]:
            kind = command["types"].get(message.value().decode(), "accept")
            consumer.acknowledge(message, AcknowledgeType[kind.upper()])
        return commit(name)
    elif what == "commit":
        return commit(name)
    elif what == "close":
        consumers.pop(name).close()
    return {}


def commit(name):
    """Answers with the values of the records of the last poll for which the commit failed."""
    results = consumers[name].commit_sync()
    failed = {(one.topic, one.partition) for one, error in results.items() if error is not None}
    return {"failed": [m.value().decode() for m in polled[name] if (m.topic(), m.partition()) in failed]}


for line in sys.stdin:
    try:
        answer = run(json.loads(line))
    except Exception as error:
        answer = {"error": repr(error)}
    print(json.dumps(answer), flush=True)
