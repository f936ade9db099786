import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;

/** The transactional producers, by the test's names. */
final class Transactions {
    private final Client client;
    private final String bootstrapServers;
    private final Map<String, KafkaProducer<String, String>> producers = new HashMap<>();

    Transactions(Client client, String bootstrapServers) {
        this.client = client;
        this.bootstrapServers = bootstrapServers;
    }

    Object perform(String op, JsonObject request) throws Exception {
        String name = request.get("producer").getAsString();
        KafkaProducer<String, String> producer = producers.get(name);
        switch (op) {
            case "initProducer":
                producers.put(name, newProducer(bootstrapServers, request));
                return null;
            case "beginTransaction":
                producer.beginTransaction();
                return null;
            case "produceInTransaction":
                Client.send(producer, request.get("topic").getAsString(), request.getAsJsonArray("records"));
                return null;
            case "endTransaction":
                end(producer, request);
                return null;
            default:
                return transform(producer, request);
        }
    }

    private static KafkaProducer<String, String> newProducer(String bootstrapServers, JsonObject request) {
        Properties config = new Properties();
        config.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
        config.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, request.get("transactionalId").getAsString());
        if (request.has("transactionTimeoutMs")) {
            config.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, request.get("transactionTimeoutMs").getAsInt());
        }
        KafkaProducer<String, String> producer =
            new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
        producer.initTransactions();
        return producer;
    }

    private static void end(KafkaProducer<String, String> producer, JsonObject request) {
        if (request.get("commits").getAsBoolean()) producer.commitTransaction();
        else producer.abortTransaction();
    }

    private Object transform(KafkaProducer<String, String> producer, JsonObject request) throws Exception {
        String group = request.get("group").getAsString();
        try (KafkaConsumer<String, String> consumer = client.consumer(group, false)) {
            consumer.subscribe(Collections.singletonList(request.get("from").getAsString()));
            List<ConsumerRecord<String, String>> records = Client.read(consumer, request.get("count").getAsInt());
            producer.beginTransaction();
            List<Future<RecordMetadata>> acknowledgements = new ArrayList<>();
            for (ConsumerRecord<String, String> record : records) {
                ProducerRecord<String, String> sent =
                    new ProducerRecord<>(request.get("to").getAsString(), record.key(), record.value());
                acknowledgements.add(producer.send(sent));
            }
            for (Future<RecordMetadata> acknowledgement : acknowledgements) {
                acknowledgement.get(Client.PATIENCE_SECONDS, TimeUnit.SECONDS);
            }
            sendOffsets(producer, consumer, group, Client.nextOffsets(records));
            end(producer, request);
            return Client.recordsOf(records);
        }
    }

    /** Sends the metadata of the member if the client has it (since 2.5, KIP-447), otherwise the group's id. */
    static void sendOffsets(
        KafkaProducer<String, String> producer,
        KafkaConsumer<String, String> consumer,
        String group,
        Map<TopicPartition, OffsetAndMetadata> offsets
    ) throws Exception {
        Class<?> metadataType;
        try {
            metadataType = Class.forName("org.apache.kafka.clients.consumer.ConsumerGroupMetadata");
            KafkaConsumer.class.getMethod("groupMetadata");
        } catch (ClassNotFoundException | NoSuchMethodException older) {
            producer.sendOffsetsToTransaction(offsets, group);
            return;
        }
        Object metadata = KafkaConsumer.class.getMethod("groupMetadata").invoke(consumer);
        try {
            KafkaProducer.class
                .getMethod("sendOffsetsToTransaction", Map.class, metadataType)
                .invoke(producer, offsets, metadata);
        } catch (java.lang.reflect.InvocationTargetException refused) {
            if (refused.getCause() instanceof RuntimeException) throw (RuntimeException) refused.getCause();
            throw refused;
        }
    }
}
