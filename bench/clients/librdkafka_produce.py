"""Produces `count` records of `recordBytes` to partition 0 of a topic, as fast as librdkafka's defaults allow."""

import os
import time

from confluent_kafka import Producer

import told

CHUNK = 10_000

options = told.options()
producer = Producer(
    {
        "bootstrap.servers": options["bootstrapServers"],
        "compression.type": options.get("codec", "none"),
        # The client's queue, large enough that full batches leave whatever the machine is doing besides.
        "queue.buffering.max.messages": 200_000,
        "queue.buffering.max.kbytes": 400_000,
    }
)
failures = []


def delivered(error, _message):
    if error is not None:
        failures.append(str(error))


def values():
    size = options["recordBytes"]
    if "codec" not in options:
        return [os.urandom(size)] * CHUNK
    # Values that codecs make about half as long.
    return [os.urandom(size // 4).hex().encode() + b" " * (size - size // 4 * 2) for _ in range(CHUNK)]


def produce(count):
    messages = [{"value": value} for value in values()]
    while count > 0:
        size = min(count, CHUNK)
        while len(producer) > 150_000:
            producer.poll(0.01)
        last = {**messages[0], "callback": delivered}
        queued = producer.produce_batch(options["topic"], messages[: size - 1] + [last], partition=0)
        assert queued == size, f"only {queued} of {size} records were queued"
        count -= size
        producer.poll(0)
    assert producer.flush(120) == 0, "not all records were acknowledged"
    assert not failures, failures[0]


produce(options["warmUpCount"])
told.go()
start = time.perf_counter()
produce(options["count"])
told.report({"seconds": time.perf_counter() - start})
