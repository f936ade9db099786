"""confluent-kafka (librdkafka) for the client tests: confluent_driver.py BOOTSTRAP_SERVERS"""
import os
import sys

from confluent_kafka import (
    Consumer, ConsumerGroupTopicPartitions, KafkaError, KafkaException, Producer, TopicPartition,
)
from confluent_kafka.admin import (
    AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions, NewTopic,
    OffsetSpec, ResourceType,
)

from driver import Refused, serve, text

SECONDS = 120
GROUP_OFFSET_UNSET = -1001
# The errors after which a member cannot join its group. Others go away.
REFUSALS = (KafkaError._FATAL, KafkaError.INCONSISTENT_GROUP_PROTOCOL)
# With the consumer protocol the broker decides the timeouts.
PROTOCOLS = {
    'classic': {
        'session.timeout.ms': int(os.environ.get('SESSION_TIMEOUT_MS', 30000)),
        'heartbeat.interval.ms': 200,
    },
    'consumer': {'group.protocol': 'consumer'},
}
GROUP_SETTINGS = {}
if os.environ.get('REBALANCES') == 'cooperative':
    GROUP_SETTINGS['partition.assignment.strategy'] = 'cooperative-sticky'
if 'GROUP_INSTANCE_ID' in os.environ:
    GROUP_SETTINGS['group.instance.id'] = os.environ['GROUP_INSTANCE_ID']


def record_of(message):
    return {
        'partition': message.partition(),
        'offset': message.offset(),
        'timestamp': message.timestamp()[1],
        'key': text(message.key()),
        'value': text(message.value()),
        'headers': {name: text(value) for name, value in message.headers() or []},
    }


def answer(future):
    """Returns the result of an admin call for one resource."""
    return refusing(future.result)(SECONDS)


def answer_for(futures, name):
    return answer(futures[name])


def refusing(call):
    """Returns the function with the error code of a refusal."""
    def wrapped(*args):
        try:
            return call(*args)
        except KafkaException as error:
            raise Refused(error.args[0].code(), error.args[0].str()) from error
    return wrapped


class ConfluentClient:
    def __init__(self, bootstrap_servers):
        self._common = {'bootstrap.servers': bootstrap_servers, 'topic.metadata.refresh.interval.ms': 500}
        self._admin = AdminClient(self._common)
        self._producers = {}
        self._transactional = {}

    def _producer(self, codec, idempotent):
        settings = (codec, idempotent)
        if settings not in self._producers:
            self._producers[settings] = Producer({
                **self._common, 'compression.type': codec, 'enable.idempotence': idempotent,
                'acks': 'all', 'linger.ms': 20,
            })
        return self._producers[settings]

    def _consumer(self, group, **settings):
        protocol = settings.get('group.protocol', os.environ.get('GROUP_PROTOCOL', 'classic'))
        return Consumer({
            **self._common, 'group.id': group, 'auto.offset.reset': 'earliest',
            'isolation.level': 'read_committed', **PROTOCOLS[protocol], **GROUP_SETTINGS, **settings,
        })

    def produce(self, topic, records, codec='none', idempotent=False):
        self._send(self._producer(codec, idempotent), topic, records)

    def _send(self, producer, topic, records):
        failures = []
        for record in records:
            producer.produce(
                topic, key=record['key'], value=record['value'],
                headers=record.get('headers'),
                on_delivery=lambda error, _: error and failures.append(error),
            )
        left = producer.flush(SECONDS)
        if failures:
            raise Refused(failures[0].code(), failures[0].str())
        if left:
            raise TimeoutError(f'{left} records are not acknowledged')

    def _read(self, consumer, count):
        records = []
        while len(records) < count:
            message = consumer.poll(SECONDS)
            if message is None:
                raise TimeoutError(f'{len(records)} of {count} records came')
            if not message.error():
                records.append(record_of(message))
        return records

    def consume(self, topic, count, isolation='read_committed'):
        settings = {'enable.auto.commit': False, 'isolation.level': isolation}
        consumer = self._consumer('unused', **settings)
        partitions = consumer.list_topics(topic, SECONDS).topics[topic].partitions
        consumer.assign([TopicPartition(topic, number, 0) for number in partitions])
        records = self._read(consumer, count)
        consumer.close()
        return records

    def consumeInGroup(self, group, topic, count):
        consumer = self._consumer(group, **{'enable.auto.commit': False})
        consumer.subscribe([topic])
        records = self._read(consumer, count)
        nexts = {record['partition']: record['offset'] + 1 for record in records}
        consumer.commit(
            offsets=[TopicPartition(topic, partition, offset) for partition, offset in nexts.items()],
            asynchronous=False,
        )
        consumer.close()
        return records

    def initProducer(self, producer, transactionalId, transactionTimeoutMs=60000):
        self._transactional[producer] = Producer({
            **self._common, 'transactional.id': transactionalId,
            'transaction.timeout.ms': transactionTimeoutMs,
        })
        refusing(self._transactional[producer].init_transactions)(SECONDS)

    def beginTransaction(self, producer):
        self._transactional[producer].begin_transaction()

    def produceInTransaction(self, producer, topic, records):
        self._send(self._transactional[producer], topic, records)

    def endTransaction(self, producer, commits):
        transactional = self._transactional[producer]
        end = transactional.commit_transaction if commits else transactional.abort_transaction
        refusing(end)(SECONDS)

    def transform(self, producer, group, to, count, commits, **request):
        consumer = self._consumer(group, **{'enable.auto.commit': False})
        consumer.subscribe([request['from']])
        records = self._read(consumer, count)
        self.beginTransaction(producer)
        self.produceInTransaction(producer, to, records)
        nexts = {record['partition']: record['offset'] + 1 for record in records}
        self._transactional[producer].send_offsets_to_transaction(
            [TopicPartition(request['from'], partition, offset) for partition, offset in nexts.items()],
            consumer.consumer_group_metadata(), SECONDS,
        )
        self.endTransaction(producer, commits)
        consumer.close()
        return records

    def member(self, group, topic, settings={}):
        def consume(member):
            consumer = self._consumer(group, **settings)
            # Without eager rebalances both callbacks get only the partitions that change.
            owned = set()

            def on_assign(_, got):
                owned.update(one.partition for one in got)
                member.assigned(owned)

            def on_revoke(_, gone):
                owned.difference_update(one.partition for one in gone)
                member.assigned(owned)

            consumer.subscribe([topic], on_assign=on_assign, on_revoke=on_revoke)
            while not member.leaving.is_set():
                message = consumer.poll(0.05)
                if message is None:
                    continue
                if not message.error():
                    member.received(record_of(message))
                elif message.error().code() in REFUSALS:
                    consumer.close()
                    raise KafkaException(message.error())
            consumer.close()
        return consume

    def createTopic(self, topic, partitions, config=None):
        answer_for(self._admin.create_topics([NewTopic(topic, partitions, 1, config=config or {})]), topic)

    def deleteTopic(self, topic):
        answer_for(self._admin.delete_topics([topic]), topic)

    def listTopics(self):
        return list(self._admin.list_topics(timeout=SECONDS).topics)

    def countPartitions(self, topic):
        return len(self._admin.list_topics(topic, SECONDS).topics[topic].partitions)

    def createPartitions(self, topic, count):
        answer_for(self._admin.create_partitions([NewPartitions(topic, count)]), topic)

    def describeConfig(self, topic):
        resource = ConfigResource(ResourceType.TOPIC, topic)
        entries = answer_for(self._admin.describe_configs([resource]), resource)
        return {name: entry.value for name, entry in entries.items()}

    def alterConfig(self, topic, name, value):
        entry = ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
        resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
        answer_for(self._admin.incremental_alter_configs([resource]), resource)

    def listOffset(self, topic, at):
        spec = OffsetSpec.earliest() if at == 'earliest' else OffsetSpec.latest()
        partition = TopicPartition(topic, 0)
        return answer_for(self._admin.list_offsets({partition: spec}), partition).offset

    def deleteRecords(self, topic, before):
        partition = TopicPartition(topic, 0, before)
        answer_for(self._admin.delete_records([partition]), partition)

    def listGroups(self):
        return [group.group_id for group in answer(self._admin.list_consumer_groups()).valid]

    def describeGroup(self, group):
        described = answer_for(self._admin.describe_consumer_groups([group]), group)
        return {'state': described.state.name.lower(), 'members': len(described.members)}

    def committedOffsets(self, group, topic):
        futures = self._admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])
        return {
            str(one.partition): one.offset
            for one in answer_for(futures, group).topic_partitions
            if one.topic == topic and one.offset != GROUP_OFFSET_UNSET
        }

    def deleteGroup(self, group):
        answer_for(self._admin.delete_consumer_groups([group]), group)

    def describeCluster(self):
        cluster = answer(self._admin.describe_cluster())
        return {'brokers': [node.id for node in cluster.nodes], 'controller': cluster.controller.id}


serve(ConfluentClient(sys.argv[1]))
