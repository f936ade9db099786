"""Commits `count` transactions of `recordsPerTransaction` records of 100 B, with `producers` producers at once."""

import threading
import time

from confluent_kafka import Producer

import told

options = told.options()
value = b"x" * 100


def new_producer(number):
    producer = Producer(
        {
            "bootstrap.servers": options["bootstrapServers"],
            "transactional.id": f"bench-{number}",
            # A transaction waits for its records, so waiting for more of them is lost time.
            "linger.ms": 0,
            # Kafka refuses the next transaction until the markers of the last one are written.
            "retry.backoff.ms": 1,
        }
    )
    producer.init_transactions(60)
    return producer


def commit(producer, count):
    for _ in range(count):
        producer.begin_transaction()
        for _ in range(options["recordsPerTransaction"]):
            producer.produce(options["topic"], value=value, partition=0)
        producer.commit_transaction(60)


def commit_all(count):
    each = count // len(producers)
    threads = [threading.Thread(target=commit, args=(producer, each)) for producer in producers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


producers = [new_producer(number) for number in range(options["producers"])]
commit_all(options["warmUpCount"])
told.go()
start = time.perf_counter()
commit_all(options["count"])
told.report({"seconds": time.perf_counter() - start})
