"""Measures the time in ms from `subscribe` to the first record, for the only consumer of each of `groups` groups."""

import time

from confluent_kafka import Consumer

import told

options = told.options()


def first_record(group):
    consumer = Consumer(
        {
            "bootstrap.servers": options["bootstrapServers"],
            "group.id": f"bench-{group}",
            "group.protocol": options["protocol"],
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    start = time.perf_counter()
    consumer.subscribe([options["topic"]])
    message = consumer.poll(60)
    duration = time.perf_counter() - start
    assert message is not None and message.error() is None, message
    consumer.close()
    return duration * 1000


told.go()
told.report({"firstRecordMs": [first_record(group) for group in range(options["groups"])]})
