import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Consumes, transforms and produces exactly once with kafka-clients: {@code java Transformer OPTIONS}. Prints
 * {@code ready} when it is a member of its group, and {@code committed N} after each transaction. Ends when a
 * newer instance has fenced it, or when stdin ends.
 */
public final class Transformer {
    private final JsonObject options;
    private volatile boolean isStopping = false;

    private Transformer(JsonObject options) {
        this.options = options;
    }

    public static void main(String[] args) {
        Transformer transformer = new Transformer(JsonParser.parseString(args[0]).getAsJsonObject());
        Thread end = new Thread(transformer::awaitEnd);
        end.setDaemon(true);
        end.start();
        while (!transformer.isStopping) {
            try {
                transformer.work();
            } catch (ProducerFencedException fenced) {
                say("failed " + fenced);
                break;
            } catch (Exception failure) {
                say("failed " + failure);
            }
        }
        System.exit(0);
    }

    private void awaitEnd() {
        try {
            while (System.in.read() >= 0) continue;
        } catch (IOException closed) {
            // The end as well.
        }
        isStopping = true;
    }

    /** Runs one producer and one member until an error that they do not survive. */
    private void work() throws Exception {
        try (
            KafkaProducer<String, String> producer =
                new KafkaProducer<>(producerConfig(), new StringSerializer(), new StringSerializer());
            KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(consumerConfig(), new StringDeserializer(), new StringDeserializer())
        ) {
            producer.initTransactions();
            consumer.subscribe(Collections.singletonList(text("from")), new Announcement());
            while (!isStopping) {
                List<ConsumerRecord<String, String>> records = new ArrayList<>();
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(50))) records.add(record);
                if (!records.isEmpty()) transform(producer, consumer, records);
            }
        }
    }

    private void transform(
        KafkaProducer<String, String> producer,
        KafkaConsumer<String, String> consumer,
        List<ConsumerRecord<String, String>> records
    ) throws Exception {
        try {
            producer.beginTransaction();
            for (ConsumerRecord<String, String> record : records) {
                String key = record.partition() + ":" + record.offset();
                producer.send(new ProducerRecord<>(text("to"), record.partition(), key, record.value()));
            }
            Transactions.sendOffsets(producer, consumer, text("group"), Client.nextOffsets(records));
            producer.commitTransaction();
            say("committed " + records.size());
        } catch (ProducerFencedException fenced) {
            throw fenced;
        } catch (KafkaException failure) {
            say("aborts " + failure);
            // Throws if the producer does not survive the failure.
            producer.abortTransaction();
            rewind(consumer);
        }
    }

    private static void rewind(KafkaConsumer<String, String> consumer) throws Exception {
        for (TopicPartition partition : consumer.assignment()) {
            OffsetAndMetadata committed = committed(consumer, partition);
            consumer.seek(partition, committed == null ? 0 : committed.offset());
        }
    }

    /** The method for a set of partitions exists since 2.4, the one for a single partition until 3.9. */
    private static OffsetAndMetadata committed(KafkaConsumer<String, String> consumer, TopicPartition partition)
        throws Exception {
        try {
            Object all = KafkaConsumer.class
                .getMethod("committed", Set.class)
                .invoke(consumer, Collections.singleton(partition));
            return (OffsetAndMetadata) ((Map<?, ?>) all).get(partition);
        } catch (NoSuchMethodException older) {
            return consumer.committed(partition);
        }
    }

    private Properties producerConfig() {
        Properties config = common();
        config.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, text("transactionalId"));
        config.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, 60000);
        config.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        return config;
    }

    private Properties consumerConfig() {
        Properties config = common();
        config.put(ConsumerConfig.GROUP_ID_CONFIG, text("group"));
        config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        config.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, options.get("sessionTimeoutMs").getAsInt());
        config.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, 200);
        config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, options.get("batch").getAsInt());
        config.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 50);
        return config;
    }

    private Properties common() {
        Properties config = new Properties();
        config.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, text("bootstrapServers"));
        config.put(ProducerConfig.RECONNECT_BACKOFF_MS_CONFIG, 20);
        config.put(ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 200);
        config.put(ProducerConfig.RETRY_BACKOFF_MS_CONFIG, 20);
        config.put(ProducerConfig.METADATA_MAX_AGE_CONFIG, 500);
        return config;
    }

    private String text(String name) {
        return options.get(name).getAsString();
    }

    private static void say(String line) {
        System.out.println(line.replace('\n', ' '));
    }

    private static final class Announcement implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> assigned) {
            say("ready");
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> revoked) {}
    }
}
