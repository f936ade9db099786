"""Consumes partition 0 of a topic with several consumers at once, each `count` records from an offset of its own."""

import time

from confluent_kafka import Consumer, TopicPartition

import told

TIMEOUT_SECONDS = 600

options = told.options()


def consumer_at(offset):
    consumer = Consumer(
        {
            "bootstrap.servers": options["bootstrapServers"],
            "group.id": "bench",
            "enable.auto.commit": False,
            # The client's own queue, which is not what is measured.
            "queued.max.messages.kbytes": 8192,
        }
    )
    consumer.assign([TopicPartition(options["topic"], 0, offset)])
    return consumer


def consume(count):
    remaining = {consumer_at(offset): count for offset in options["offsets"]}
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while remaining:
        assert time.monotonic() < deadline, f"records did not come: {list(remaining.values())}"
        for consumer in list(remaining):
            for message in consumer.consume(min(100, remaining[consumer]), timeout=0.001):
                assert message.error() is None, message.error()
                remaining[consumer] -= 1
            if remaining[consumer] == 0:
                del remaining[consumer]
                consumer.close()


told.go()
start = time.perf_counter()
consume(options["count"])
told.report({"seconds": time.perf_counter() - start})
