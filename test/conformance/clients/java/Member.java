import com.google.gson.JsonObject;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
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
    private final TreeSet<Integer> held = new TreeSet<>();
    private volatile boolean isLeaving = false;

    Member(Client client, JsonObject request) {
        super(request.get("member").getAsString());
        this.client = client;
        this.group = request.get("group").getAsString();
        this.topic = request.get("topic").getAsString();
        setDaemon(true);
    }

    @Override
    public void run() {
        try (KafkaConsumer<String, String> consumer = client.consumer(group, true)) {
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

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> revoked) {
        for (TopicPartition partition : revoked) held.remove(partition.partition());
        Driver.emitEvent("partitions", getName(), "partitions", held);
    }
}
