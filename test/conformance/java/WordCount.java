import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Materialized;

/**
 * Counts the words of topic `lines` into topic `counts`, with several instances of one application.
 * Each line of the input starts or closes an instance; the answer is its state.
 */
public class WordCount {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<Integer, KafkaStreams> INSTANCES = new HashMap<>();

    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = in.readLine()) != null;) {
            JsonNode command = JSON.readTree(line);
            int index = command.get("index").asInt();
            if (command.get("op").asText().equals("start")) start(command, index);
            else INSTANCES.get(index).close(Duration.ofSeconds(120));
            System.out.println("{\"state\":\"" + INSTANCES.get(index).state() + "\"}");
        }
        System.exit(0);
    }

    private static void start(JsonNode command, int index) {
        Properties config = new Properties();
        command.get("config").properties().forEach(entry -> config.put(entry.getKey(), entry.getValue().asText()));
        config.put("application.server", "localhost:" + (7000 + index));
        config.put("default.key.serde", Serdes.StringSerde.class.getName());
        config.put("default.value.serde", Serdes.StringSerde.class.getName());
        KafkaStreams instance = new KafkaStreams(wordCount().build(), config);
        instance.setUncaughtExceptionHandler(error -> {
            error.printStackTrace();
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
        instance.start();
        INSTANCES.put(index, instance);
    }

    private static StreamsBuilder wordCount() {
        StreamsBuilder builder = new StreamsBuilder();
        builder
            .<String, String>stream("lines")
            .flatMapValues(line -> Arrays.asList(line.split(" ")))
            .groupBy((key, word) -> word)
            .count(Materialized.as("word-counts"))
            .toStream()
            .mapValues(count -> Long.toString(count))
            .to("counts");
        return builder;
    }
}
