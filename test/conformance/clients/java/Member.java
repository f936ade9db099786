import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/** A group member that reports its assignments and records until it leaves. */
final class Member extends Thread implements ConsumerRebalanceListener {
    private final Client client;
    private final String group;
    private final String topic;
    private final Properties settings = new Properties();
    private final TreeSet<Integer> held = new TreeSet<>();
    private KafkaConsumer<String, String> consumer;
    private volatile boolean isLeaving = false;

    Member(Client client, JsonObject request) {
        super(request.get("member").getAsString());
        this.client = client;
        this.group = request.get("group").getAsString();
        this.topic = request.get("topic").getAsString();
        if (request.has("settings")) {
            for (Map.Entry<String, JsonElement> setting : request.getAsJsonObject("settings").entrySet()) {
                settings.put(setting.getKey(), setting.getValue().getAsString());
            }
        }
        setDaemon(true);
    }

    @Override
    public void run() {
        try (KafkaConsumer<String, String> opened = client.consumer(group, true, settings)) {
            consumer = opened;
            consumer.subscribe(Collections.singletonList(topic), this);
            while (!isLeaving) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(50))) {
                    Driver.emitEvent("record", getName(), "record", Client.recordOf(record));
                }
            }
        } catch (Throwable failure) {
            Driver.emitEvent("failure", getName(), "message", Driver.stackTrace(failure));
        }
    }

    void leave() {
        isLeaving = true;
        try {
            join();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> assigned) {
        for (TopicPartition partition : assigned) held.add(partition.partition());
        Driver.emitEvent("partitions", getName(), "partitions", held);
    }

    /** Commits what the member has read, unless the consumer does that. */
    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> revoked) {
        if ("false".equals(settings.getProperty("enable.auto.commit"))) consumer.commitSync();
        for (TopicPartition partition : revoked) held.remove(partition.partition());
        Driver.emitEvent("partitions", getName(), "partitions", held);
    }
}
