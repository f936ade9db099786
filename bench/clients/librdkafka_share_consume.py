"""Consumes `count` records of a topic with one share consumer, which accepts them implicitly."""

import time

from confluent_kafka import ShareConsumer
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource

import told

options = told.options()
servers = options["bootstrapServers"]
warm_up_count = options["warmUpCount"]

reset = ConfigEntry(
    "share.auto.offset.reset", "earliest", incremental_operation=AlterConfigOpType.SET
)
group = ConfigResource(ConfigResource.Type.GROUP, "bench-share", incremental_configs=[reset])
# Without a reference the client is destroyed before the response.
admin = AdminClient({"bootstrap.servers": servers})
for changed in admin.incremental_alter_configs([group]).values():
    changed.result(60)

consumer = ShareConsumer({"bootstrap.servers": servers, "group.id": "bench-share"})
consumer.subscribe([options["topic"]])


def consume(remaining):
    while remaining > 0:
        messages = consumer.poll(30)
        assert messages, f"{remaining} records did not come"
        for message in messages:
            assert message.error() is None, message.error()
        remaining -= len(messages)
    return remaining


ahead = -consume(warm_up_count)
told.go()
start = time.perf_counter()
consume(options["count"] - ahead)
consumer.commit_sync(60)
told.report({"seconds": time.perf_counter() - start})
consumer.close()
