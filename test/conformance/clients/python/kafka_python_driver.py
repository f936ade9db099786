"""kafka-python for the client tests: kafka_python_driver.py BOOTSTRAP_SERVERS"""
import os
import sys
import time

from kafka import (
    ConsumerRebalanceListener, KafkaAdminClient, KafkaConsumer, KafkaProducer, OffsetAndMetadata,
    TopicPartition,
)
from kafka.admin import ConfigResource, ConfigResourceType, OffsetSpec
from kafka.errors import BrokerResponseError, for_code

from driver import Refused, serve, text

SECONDS = 120
# A poll that ends between JoinGroup and SyncGroup loses the assignment permanently (a bug of
# kafka-python), so its timeout is much longer than a rebalance.
POLL_MS = 1000


def record_of(record):
    return {
        'partition': record.partition,
        'offset': record.offset,
        'timestamp': record.timestamp,
        'key': text(record.key),
        'value': text(record.value),
        'headers': {name: text(value) for name, value in record.headers},
    }


def encoded(value):
    return None if value is None else value.encode()


def refusing(call):
    """Returns the error code of a broker's error, which kafka-python raises as a separate class."""
    def wrapped(*args, **named):
        try:
            return call(*args, **named)
        except BrokerResponseError as error:
            raise Refused(error.errno, str(error)) from error
    return wrapped


class Listener(ConsumerRebalanceListener):
    def __init__(self, member):
        self._member = member

    def on_partitions_revoked(self, revoked):
        self._member.assigned([])

    def on_partitions_assigned(self, assigned):
        self._member.assigned([one.partition for one in assigned])


class KafkaPythonClient:
    def __init__(self, bootstrap_servers):
        self._common = {'bootstrap_servers': bootstrap_servers, 'reconnect_backoff_max_ms': 500}
        self._admin_client = None
        self._producers = {}
        self._transactional = {}

    @property
    def _admin(self):
        if self._admin_client is None:
            self._admin_client = KafkaAdminClient(**self._common)
        return self._admin_client

    def _producer(self, codec, idempotent):
        settings = (codec, idempotent)
        if settings not in self._producers:
            self._producers[settings] = KafkaProducer(
                **self._common, compression_type=None if codec == 'none' else codec,
                enable_idempotence=idempotent, acks='all', linger_ms=20,
            )
        return self._producers[settings]

    def _consumer(self, group, **settings):
        return KafkaConsumer(
            **self._common, group_id=group, auto_offset_reset='earliest',
            session_timeout_ms=int(os.environ.get('SESSION_TIMEOUT_MS', 30000)),
            heartbeat_interval_ms=200, metadata_max_age_ms=1000,
            group_instance_id=os.environ.get('GROUP_INSTANCE_ID') if group else None,
            **{'isolation_level': 'read_committed', **settings},
        )

    @refusing
    def produce(self, topic, records, codec='none', idempotent=False):
        self._send(self._producer(codec, idempotent), topic, records)

    def _send(self, producer, topic, records):
        futures = [
            producer.send(
                topic, key=encoded(record['key']),
                value=encoded(record['value']),
                headers=[(name, encoded(value)) for name, value in record.get('headers', {}).items()],
            )
            for record in records
        ]
        for future in futures:
            future.get(SECONDS)

    def _read(self, consumer, count):
        records, deadline = [], time.monotonic() + SECONDS
        while len(records) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f'{len(records)} of {count} records came')
            for batch in consumer.poll(POLL_MS, max_records=count - len(records)).values():
                records.extend(record_of(record) for record in batch)
        return records

    def consume(self, topic, count, isolation='read_committed'):
        consumer = self._consumer(None, enable_auto_commit=False, isolation_level=isolation)
        partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic)]
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        records = self._read(consumer, count)
        consumer.close()
        return records

    def consumeInGroup(self, group, topic, count):
        consumer = self._consumer(group, enable_auto_commit=False)
        consumer.subscribe([topic])
        records = self._read(consumer, count)
        consumer.commit({
            TopicPartition(topic, record['partition']): OffsetAndMetadata(record['offset'] + 1, '', -1)
            for record in records
        })
        consumer.close()
        return records

    @refusing
    def initProducer(self, producer, transactionalId, transactionTimeoutMs=60000):
        self._transactional[producer] = KafkaProducer(
            **self._common, transactional_id=transactionalId,
            transaction_timeout_ms=transactionTimeoutMs,
        )
        self._transactional[producer].init_transactions()

    @refusing
    def beginTransaction(self, producer):
        self._transactional[producer].begin_transaction()

    @refusing
    def produceInTransaction(self, producer, topic, records):
        self._send(self._transactional[producer], topic, records)

    @refusing
    def endTransaction(self, producer, commits):
        transactional = self._transactional[producer]
        (transactional.commit_transaction if commits else transactional.abort_transaction)()

    @refusing
    def transform(self, producer, group, to, count, commits, **request):
        consumer = self._consumer(group, enable_auto_commit=False)
        consumer.subscribe([request['from']])
        records = self._read(consumer, count)
        transactional = self._transactional[producer]
        transactional.begin_transaction()
        self._send(transactional, to, records)
        transactional.send_offsets_to_transaction(
            {
                TopicPartition(request['from'], record['partition']):
                    OffsetAndMetadata(record['offset'] + 1, '', -1)
                for record in records
            },
            consumer.group_metadata(),
        )
        (transactional.commit_transaction if commits else transactional.abort_transaction)()
        consumer.close()
        return records

    def member(self, group, topic):
        def consume(member):
            consumer = self._consumer(group)
            consumer.subscribe([topic], listener=Listener(member))
            while not member.leaving.is_set():
                for batch in consumer.poll(POLL_MS).values():
                    for record in batch:
                        member.received(record_of(record))
            consumer.close()
        return consume

    @refusing
    def createTopic(self, topic, partitions, config=None):
        self._admin.create_topics({
            topic: {'num_partitions': partitions, 'replication_factor': 1, 'configs': config or {}},
        })

    @refusing
    def deleteTopic(self, topic):
        self._admin.delete_topics([topic])

    def listTopics(self):
        return self._admin.list_topics()

    def countPartitions(self, topic):
        return len(self._admin.describe_topics([topic])[0]['partitions'])

    @refusing
    def createPartitions(self, topic, count):
        self._admin.create_partitions({topic: count})

    def describeConfig(self, topic):
        resource = ConfigResource(ConfigResourceType.TOPIC, topic)
        described = self._admin.describe_configs([resource], config_filter='all')
        return {name: entry['value'] for name, entry in described['topic'][topic].items()}

    @refusing
    def alterConfig(self, topic, name, value):
        self._admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs={name: value})])

    @refusing
    def listOffset(self, topic, at):
        partition = TopicPartition(topic, 0)
        spec = OffsetSpec.EARLIEST if at == 'earliest' else OffsetSpec.LATEST
        return self._admin.list_partition_offsets({partition: spec})[partition].offset

    @refusing
    def deleteRecords(self, topic, before):
        self._admin.delete_records({TopicPartition(topic, 0): before})

    def listGroups(self):
        return [group['group_id'] for group in self._admin.list_groups()]

    def describeGroup(self, group):
        described = self._admin.describe_groups([group])[group]
        return {'state': described['group_state'].lower(), 'members': len(described['members'])}

    def committedOffsets(self, group, topic):
        offsets = self._admin.list_group_offsets(group)[group]
        return {str(one.partition): at.offset for one, at in offsets.items() if one.topic == topic}

    def deleteGroup(self, group):
        # An error is the name of its class, a success is 'OK'.
        outcome = self._admin.delete_groups([group])[group]
        if outcome != 'OK':
            raise Refused(CODES[outcome], outcome)

    def describeCluster(self):
        cluster = self._admin.describe_cluster()
        return {
            'brokers': [broker['broker_id'] for broker in cluster['brokers']],
            'controller': cluster['controller_id'],
        }


CODES = {for_code(code).__name__: code for code in range(1, 120)}

serve(KafkaPythonClient(sys.argv[1]))
