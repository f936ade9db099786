import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** The operations of support/client.ts: producers and consumers here, the rest in {@link Administrator}. */
final class Client {
    static final long PATIENCE_SECONDS = 120;

    private final String bootstrapServers;
    private final Administrator administrator;
    private final Transactions transactions;
    /** By their settings. They continue while the broker restarts. */
    private final Map<String, KafkaProducer<String, String>> producers = new HashMap<>();

    Client(String bootstrapServers) {
        this.bootstrapServers = bootstrapServers;
        this.administrator = new Administrator(this, bootstrapServers);
        this.transactions = new Transactions(this, bootstrapServers);
    }

    Object perform(String op, JsonObject request) throws Exception {
        switch (op) {
            case "produce":
                return produce(request);
            case "consume":
                return consume(request);
            case "consumeInGroup":
                return consumeInGroup(request);
            case "initProducer":
            case "beginTransaction":
            case "produceInTransaction":
            case "endTransaction":
            case "transform":
                return transactions.perform(op, request);
            default:
                return administrator.perform(op, request);
        }
    }

    private KafkaProducer<String, String> producer(String codec, boolean isIdempotent) {
        return producers.computeIfAbsent(codec + " " + isIdempotent, settings -> {
            Properties config = new Properties();
            config.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
            config.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, codec);
            config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, isIdempotent);
            config.put(ProducerConfig.ACKS_CONFIG, "all");
            config.put(ProducerConfig.RETRIES_CONFIG, Integer.MAX_VALUE);
            config.put(ProducerConfig.LINGER_MS_CONFIG, 20);
            return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
        });
    }

    private Object produce(JsonObject request) throws Exception {
        String codec = request.has("codec") ? request.get("codec").getAsString() : "none";
        boolean isIdempotent = request.has("idempotent") && request.get("idempotent").getAsBoolean();
        send(producer(codec, isIdempotent), request.get("topic").getAsString(), (JsonArray) request.get("records"));
        return null;
    }

    /** Returns when all records are acknowledged. */
    static void send(KafkaProducer<String, String> producer, String topic, JsonArray records) throws Exception {
        List<Future<RecordMetadata>> acknowledgements = new ArrayList<>();
        for (JsonElement element : records) {
            JsonObject record = element.getAsJsonObject();
            ProducerRecord<String, String> sent = new ProducerRecord<>(
                topic, textOf(record.get("key")), textOf(record.get("value")));
            JsonObject headers = record.has("headers") ? record.getAsJsonObject("headers") : new JsonObject();
            for (Map.Entry<String, JsonElement> header : headers.entrySet()) {
                byte[] value = header.getValue().getAsString().getBytes(StandardCharsets.UTF_8);
                sent.headers().add(header.getKey(), value);
            }
            acknowledgements.add(producer.send(sent));
        }
        for (Future<RecordMetadata> acknowledgement : acknowledgements) {
            acknowledgement.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }

    private static String textOf(JsonElement element) {
        return element.isJsonNull() ? null : element.getAsString();
    }

    KafkaConsumer<String, String> consumer(String group, boolean commitsByItself) {
        return consumer(group, commitsByItself, new Properties());
    }

    /** The settings override the usual ones. */
    KafkaConsumer<String, String> consumer(String group, boolean commitsByItself, Properties settings) {
        Properties config = new Properties();
        config.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
        config.put(ConsumerConfig.GROUP_ID_CONFIG, group);
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, commitsByItself);
        config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        // Versions before 3.7 do not know the name.
        String protocol = settings.getProperty("group.protocol", System.getenv("GROUP_PROTOCOL"));
        if ("consumer".equals(protocol)) {
            // The broker decides the timeouts.
            config.put("group.protocol", "consumer");
        } else {
            String sessionTimeoutMs = System.getenv("SESSION_TIMEOUT_MS");
            config.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, sessionTimeoutMs == null ? "30000" : sessionTimeoutMs);
            config.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, 200);
        }
        if (System.getenv("GROUP_INSTANCE_ID") != null) {
            config.put("group.instance.id", System.getenv("GROUP_INSTANCE_ID"));
        }
        if ("cooperative".equals(System.getenv("REBALANCES"))) {
            String assignor = "org.apache.kafka.clients.consumer.CooperativeStickyAssignor";
            config.put(ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, assignor);
        }
        config.put(ConsumerConfig.METADATA_MAX_AGE_CONFIG, 1000);
        // Since 3.5 a consumer that closes waits for the fetch in flight.
        config.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 100);
        config.putAll(settings);
        return new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
    }

    static Map<String, Object> recordOf(ConsumerRecord<String, String> record) {
        Map<String, String> headers = new HashMap<>();
        for (Header header : record.headers()) {
            headers.put(header.key(), new String(header.value(), StandardCharsets.UTF_8));
        }
        Map<String, Object> result = new HashMap<>();
        result.put("partition", record.partition());
        result.put("offset", record.offset());
        result.put("timestamp", record.timestamp());
        result.put("key", record.key());
        result.put("value", record.value());
        result.put("headers", headers);
        return result;
    }

    static List<ConsumerRecord<String, String>> read(KafkaConsumer<String, String> consumer, int count)
        throws TimeoutException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        List<ConsumerRecord<String, String>> records = new ArrayList<>();
        while (records.size() < count) {
            if (System.nanoTime() > deadline) {
                throw new TimeoutException(records.size() + " of " + count + " records came");
            }
            for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) records.add(record);
        }
        return records.subList(0, count);
    }

    static List<Object> recordsOf(List<ConsumerRecord<String, String>> records) {
        List<Object> result = new ArrayList<>();
        for (ConsumerRecord<String, String> record : records) result.add(recordOf(record));
        return result;
    }

    private Object consume(JsonObject request) throws TimeoutException {
        String topic = request.get("topic").getAsString();
        Properties settings = new Properties();
        if (request.has("isolation")) {
            settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, request.get("isolation").getAsString());
        }
        try (KafkaConsumer<String, String> consumer = consumer("unused", false, settings)) {
            List<TopicPartition> partitions = new ArrayList<>();
            for (PartitionInfo info : consumer.partitionsFor(topic)) {
                partitions.add(new TopicPartition(topic, info.partition()));
            }
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            return recordsOf(read(consumer, request.get("count").getAsInt()));
        }
    }

    private Object consumeInGroup(JsonObject request) throws TimeoutException {
        String topic = request.get("topic").getAsString();
        try (KafkaConsumer<String, String> consumer = consumer(request.get("group").getAsString(), false)) {
            consumer.subscribe(Collections.singletonList(topic));
            List<ConsumerRecord<String, String>> records = read(consumer, request.get("count").getAsInt());
            consumer.commitSync(nextOffsets(records));
            return recordsOf(records);
        }
    }

    static Map<TopicPartition, OffsetAndMetadata> nextOffsets(List<ConsumerRecord<String, String>> records) {
        Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
        for (ConsumerRecord<String, String> record : records) {
            next.put(
                new TopicPartition(record.topic(), record.partition()), new OffsetAndMetadata(record.offset() + 1));
        }
        return next;
    }
}
