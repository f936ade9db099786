"""Consumes `count` records from the start of partition 0 of a topic with librdkafka's defaults."""

import time

from confluent_kafka import Consumer, TopicPartition

import told

options = told.options()
consumer = Consumer(
    {
        "bootstrap.servers": options["bootstrapServers"],
        "group.id": "bench",
        "enable.auto.commit": False,
        "isolation.level": options.get("isolationLevel", "read_committed"),
    }
)


def consume(remaining):
    consumer.assign([TopicPartition(options["topic"], 0, 0)])
    while remaining > 0:
        messages = consumer.consume(10_000, timeout=30)
        assert messages, f"{remaining} records did not come"
        for message in messages:
            assert message.error() is None, message.error()
        remaining -= len(messages)
    consumer.unassign()


consume(options["warmUpCount"])
told.go()
start = time.perf_counter()
consume(options["count"])
told.report({"seconds": time.perf_counter() - start})
consumer.close()
