import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.coordinator.common.runtime.CoordinatorMetadataImage;
import org.apache.kafka.coordinator.group.generated.StreamsGroupTopologyValueJsonConverter;
import org.apache.kafka.coordinator.group.streams.StreamsTopology;
import org.apache.kafka.coordinator.group.streams.topics.ConfiguredInternalTopic;
import org.apache.kafka.coordinator.group.streams.topics.ConfiguredTopology;
import org.apache.kafka.coordinator.group.streams.topics.InternalTopicManager;
import org.slf4j.LoggerFactory;

/** Kafka's InternalTopicManager. Each line of the input is a topology with the topics that exist. */
public class TopologyDriver {
    private static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = in.readLine()) != null;) {
            ObjectNode answer = JSON.createObjectNode();
            try {
                JsonNode command = JSON.readTree(line);
                answer.set("configured", configure(command.get("topology"), command.get("partitionCounts")));
            } catch (Exception error) {
                Errors code = Errors.forException(error);
                answer.put("errorCode", code.code());
                if (code == Errors.UNKNOWN_SERVER_ERROR) answer.putNull("message");
                else answer.put("message", error.getMessage());
            }
            System.out.println(JSON.writeValueAsString(answer));
            System.out.flush();
        }
    }

    private static ObjectNode configure(JsonNode topology, JsonNode partitionCounts) {
        var value = StreamsGroupTopologyValueJsonConverter.read(topology, (short) 0);
        ConfiguredTopology configured = InternalTopicManager.configureTopics(
            LoggerFactory.getLogger("topology"), "group", "member", 0, StreamsTopology.fromRecord(value),
            image(partitionCounts), Time.SYSTEM);
        ObjectNode answer = JSON.createObjectNode();
        configured.topicConfigurationException().ifPresent(error -> {
            answer.put("status", error.status().code());
            answer.put("message", error.getMessage());
        });
        configured.subtopologies().ifPresent(all -> {
            ObjectNode subtopologies = answer.putObject("subtopologies");
            all.forEach((id, subtopology) -> {
                ObjectNode one = subtopologies.putObject(id);
                one.put("numberOfTasks", subtopology.numberOfTasks());
                put(one.putArray("repartitionSourceTopics"), subtopology.repartitionSourceTopics());
                put(one.putArray("stateChangelogTopics"), subtopology.stateChangelogTopics());
            });
        });
        ArrayNode topics = answer.putArray("internalTopicsToCreate");
        configured.internalTopicsToBeCreated().values().forEach(topic -> {
            ObjectNode one = topics.addObject();
            one.put("name", topic.name());
            one.put("numPartitions", topic.numPartitions());
            one.put("replicationFactor", topic.replicationFactor());
            ArrayNode configs = one.putArray("configs");
            topic.configs().forEach(config -> configs.add(config.name() + "=" + config.value()));
        });
        return answer;
    }

    private static void put(ArrayNode json, Map<String, ConfiguredInternalTopic> topics) {
        new TreeMap<>(topics).values().forEach(topic -> json.add(
            topic.name() + " " + topic.numberOfPartitions() + " " + topic.replicationFactor().map(String::valueOf).orElse("default")));
    }

    private static CoordinatorMetadataImage image(JsonNode partitionCounts) {
        return stub(CoordinatorMetadataImage.class, args -> Optional.ofNullable(partitionCounts.get((String) args[0]))
            .map(count -> stub(CoordinatorMetadataImage.TopicMetadata.class, none -> count.asInt())));
    }

    private interface Answer {
        Object to(Object[] args);
    }

    /** The methods that are called are topicMetadata(name), and partitionCount() of a topic. */
    private static <T> T stub(Class<T> type, Answer answer) {
        return type.cast(Proxy.newProxyInstance(
            type.getClassLoader(), new Class<?>[] {type}, (proxy, method, args) -> answer.to(args)));
    }
}
