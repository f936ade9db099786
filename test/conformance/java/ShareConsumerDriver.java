import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Java's share consumers, by name. Each line of the input is a command, and is answered with one line. */
public class ShareConsumerDriver {
    private final ObjectMapper json = new ObjectMapper();
    private final Map<String, KafkaShareConsumer<String, String>> consumers = new HashMap<>();
    private final Map<String, List<ConsumerRecord<String, String>>> polled = new HashMap<>();

    public static void main(String[] args) throws Exception {
        ShareConsumerDriver driver = new ShareConsumerDriver();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = in.readLine()) != null;) {
            System.out.println(driver.answer(line));
            System.out.flush();
        }
    }

    private String answer(String line) throws Exception {
        ObjectNode answer = json.createObjectNode();
        try {
            run(json.readTree(line), answer);
        } catch (Exception error) {
            answer.put("error", error.toString());
        }
        return json.writeValueAsString(answer);
    }

    private void run(JsonNode command, ObjectNode answer) {
        String name = command.get("name").asText();
        KafkaShareConsumer<String, String> consumer = consumers.get(name);
        switch (command.get("do").asText()) {
            case "start" -> {
                Map<String, Object> configs = new HashMap<>();
                command.get("configs").fields().forEachRemaining(config -> configs.put(config.getKey(), config.getValue().asText()));
                consumer = new KafkaShareConsumer<>(configs, new StringDeserializer(), new StringDeserializer());
                consumer.subscribe(texts(command.get("topics")));
                consumers.put(name, consumer);
            }
            case "poll" -> {
                List<ConsumerRecord<String, String>> records = new ArrayList<>();
                consumer.poll(Duration.ofMillis(command.get("timeoutMs").asLong())).forEach(records::add);
                polled.put(name, records);
                ArrayNode list = answer.putArray("records");
                records.forEach(record -> list.addObject()
                    .put("value", record.value())
                    .put("deliveryCount", record.deliveryCount().orElseThrow()));
            }
            case "acknowledge" -> {
                for (ConsumerRecord<String, String> record : polled.get(name)) {
                    String type = command.get("types").path(record.value()).asText("accept");
                    consumer.acknowledge(record, AcknowledgeType.valueOf(type.toUpperCase(Locale.ROOT)));
                }
                commit(name, answer);
            }
            case "commit" -> commit(name, answer);
            case "close" -> consumers.remove(name).close();
            default -> throw new IllegalArgumentException(command.toString());
        }
    }

    /** Answers with the values of the records of the last poll for which the commit failed. */
    private void commit(String name, ObjectNode answer) {
        Set<TopicPartition> failed = new HashSet<>();
        consumers.get(name).commitSync().forEach((partition, error) -> {
            if (error.isPresent()) failed.add(partition.topicPartition());
        });
        ArrayNode list = answer.putArray("failed");
        for (ConsumerRecord<String, String> record : polled.get(name)) {
            if (failed.contains(new TopicPartition(record.topic(), record.partition()))) list.add(record.value());
        }
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(text -> texts.add(text.asText()));
        return texts;
    }
}
