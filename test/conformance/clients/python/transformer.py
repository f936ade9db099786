"""Consumes, transforms and produces exactly once with librdkafka: transformer.py OPTIONS

Prints `ready` when it is a member of its group, and `committed N` after each transaction. Ends when
stdin ends, and after an error that its producer or its member does not survive.
"""
import json
import os
import sys
import threading

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

SECONDS = 5
options = json.loads(sys.argv[1])
stopping = threading.Event()
common = {
    'bootstrap.servers': options['bootstrapServers'],
    'reconnect.backoff.ms': 20,
    'reconnect.backoff.max.ms': 200,
    'topic.metadata.refresh.interval.ms': 500,
}


class Rewind(Exception):
    """The transaction was aborted: its records must be read again."""


def say(line):
    print(line, flush=True)


def retried(call, producer):
    """Calls until the result is known, as librdkafka's documentation asks for.

    Gives up after a timeout: sometimes librdkafka 2.16 does not send TxnOffsetCommit after the
    connection of its group coordinator was closed. The next producer then ends the transaction.
    """
    while True:
        try:
            return call()
        except KafkaException as error:
            cause = error.args[0]
            if cause.txn_requires_abort():
                retried(lambda: producer.abort_transaction(SECONDS), producer)
                raise Rewind from error
            if cause.code() == KafkaError._TIMED_OUT or not cause.retriable():
                raise


def transform(producer, consumer, messages):
    producer.begin_transaction()
    for message in messages:
        producer.produce(
            options['to'], partition=message.partition(), value=message.value(),
            key=f'{message.partition()}:{message.offset()}',
        )
    nexts = {message.partition(): message.offset() + 1 for message in messages}
    offsets = [TopicPartition(options['from'], number, offset) for number, offset in nexts.items()]
    metadata = consumer.consumer_group_metadata()
    retried(lambda: producer.send_offsets_to_transaction(offsets, metadata, SECONDS), producer)
    retried(lambda: producer.commit_transaction(SECONDS), producer)
    say(f'committed {len(messages)}')


def rewind(consumer):
    assigned = consumer.assignment()
    for committed in consumer.committed(assigned, SECONDS) if assigned else []:
        committed.offset = max(committed.offset, 0)
        consumer.seek(committed)


def work():
    """Runs one producer and one member."""
    producer = Producer({
        **common, 'transactional.id': options['transactionalId'], 'transaction.timeout.ms': 60000,
        'linger.ms': 0,
    })
    retried(lambda: producer.init_transactions(SECONDS), producer)
    consumer = Consumer({
        **common, 'group.id': options['group'], 'isolation.level': 'read_committed',
        'enable.auto.commit': False, 'auto.offset.reset': 'earliest',
        'session.timeout.ms': options['sessionTimeoutMs'], 'heartbeat.interval.ms': 200,
        'fetch.error.backoff.ms': 20, 'fetch.wait.max.ms': 50,
    })
    consumer.subscribe([options['from']], on_assign=lambda *_: say('ready'))
    while not stopping.is_set():
        messages = [each for each in consumer.consume(options['batch'], 0.05) if not each.error()]
        if not messages:
            continue
        try:
            transform(producer, consumer, messages)
        except Rewind:
            rewind(consumer)
    consumer.close()


def await_end():
    sys.stdin.read()
    stopping.set()


threading.Thread(target=await_end, daemon=True).start()
try:
    work()
except KafkaException as error:
    say(f'failed {error}')
    # Without closing: librdkafka may wait endlessly for a connection that it does not open.
    os._exit(1)
