import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ConsumerGroupListing;
import org.apache.kafka.clients.admin.DescribeClusterResult;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;

/** The administrative operations. */
final class Administrator {
    private final Client client;
    private final AdminClient admin;

    Administrator(Client client, String bootstrapServers) {
        this.client = client;
        Properties config = new Properties();
        config.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
        this.admin = AdminClient.create(config);
    }

    Object perform(String op, JsonObject request) throws Exception {
        String topic = request.has("topic") ? request.get("topic").getAsString() : null;
        String group = request.has("group") ? request.get("group").getAsString() : null;
        switch (op) {
            case "createTopic":
                return createTopic(topic, request);
            case "deleteTopic":
                return answer(admin.deleteTopics(Collections.singletonList(topic)).all());
            case "listTopics":
                return answer(admin.listTopics().names());
            case "countPartitions":
                return countPartitions(topic);
            case "createPartitions":
                NewPartitions partitions = NewPartitions.increaseTo(request.get("count").getAsInt());
                return answer(admin.createPartitions(Collections.singletonMap(topic, partitions)).all());
            case "describeConfig":
                return describeConfig(topic);
            case "alterConfig":
                return alterConfig(topic, request.get("name").getAsString(), request.get("value").getAsString());
            case "listOffset":
                return listOffset(new TopicPartition(topic, 0), request.get("at").getAsString());
            case "deleteRecords":
                RecordsToDelete records = RecordsToDelete.beforeOffset(request.get("before").getAsLong());
                TopicPartition partition = new TopicPartition(topic, 0);
                return answer(admin.deleteRecords(Collections.singletonMap(partition, records)).all());
            case "listGroups":
                return listGroups();
            case "describeGroup":
                return describeGroup(group);
            case "committedOffsets":
                return committedOffsets(group, topic);
            case "deleteGroup":
                return answer(admin.deleteConsumerGroups(Collections.singletonList(group)).all());
            case "describeCluster":
                return describeCluster();
            default:
                throw new IllegalArgumentException("there is no operation " + op);
        }
    }

    private static <T> T answer(KafkaFuture<T> future) throws Exception {
        return future.get(Client.PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private Object createTopic(String topic, JsonObject request) throws Exception {
        Map<String, String> config = new HashMap<>();
        if (request.has("config")) {
            for (Map.Entry<String, JsonElement> entry : request.getAsJsonObject("config").entrySet()) {
                config.put(entry.getKey(), entry.getValue().getAsString());
            }
        }
        NewTopic created = new NewTopic(topic, request.get("partitions").getAsInt(), (short) 1).configs(config);
        return answer(admin.createTopics(Collections.singletonList(created)).all());
    }

    /** Uses a consumer, because the method of the admin client differs between Kafka 2 and 4. */
    private int countPartitions(String topic) {
        try (KafkaConsumer<String, String> consumer = client.consumer("unused", false)) {
            return consumer.partitionsFor(topic).size();
        }
    }

    private Object describeConfig(String topic) throws Exception {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        Config described = answer(admin.describeConfigs(Collections.singletonList(resource)).all()).get(resource);
        Map<String, String> config = new HashMap<>();
        for (ConfigEntry entry : described.entries()) config.put(entry.name(), entry.value());
        return config;
    }

    /** Calls IncrementalAlterConfigs if the client has it (since 2.3), otherwise AlterConfigs. */
    private Object alterConfig(String topic, String name, String value) throws Exception {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        ConfigEntry entry = new ConfigEntry(name, value);
        try {
            Class<?> operationType = Class.forName("org.apache.kafka.clients.admin.AlterConfigOp$OpType");
            Object set = operationType.getField("SET").get(null);
            Object operation = Class.forName("org.apache.kafka.clients.admin.AlterConfigOp")
                .getConstructor(ConfigEntry.class, operationType)
                .newInstance(entry, set);
            Map<?, ?> changes = Collections.singletonMap(resource, Collections.singletonList(operation));
            Object result = AdminClient.class.getMethod("incrementalAlterConfigs", Map.class).invoke(admin, changes);
            return answer((KafkaFuture<?>) result.getClass().getMethod("all").invoke(result));
        } catch (ClassNotFoundException older) {
            Config config = new Config(Collections.singletonList(entry));
            return answer(admin.alterConfigs(Collections.singletonMap(resource, config)).all());
        }
    }

    /** Uses a consumer, because the admin client lists offsets only since 2.5. */
    private long listOffset(TopicPartition partition, String at) {
        List<TopicPartition> partitions = Collections.singletonList(partition);
        try (KafkaConsumer<String, String> consumer = client.consumer("unused", false)) {
            return at.equals("earliest")
                ? consumer.beginningOffsets(partitions).get(partition)
                : consumer.endOffsets(partitions).get(partition);
        }
    }

    private Object listGroups() throws Exception {
        List<String> groups = new ArrayList<>();
        for (ConsumerGroupListing listing : answer(admin.listConsumerGroups().all())) groups.add(listing.groupId());
        return groups;
    }

    private Object describeGroup(String group) throws Exception {
        ConsumerGroupDescription description =
            answer(admin.describeConsumerGroups(Collections.singletonList(group)).all()).get(group);
        Map<String, Object> result = new HashMap<>();
        result.put("state", description.state().toString().toLowerCase(Locale.ROOT));
        result.put("members", description.members().size());
        return result;
    }

    private Object committedOffsets(String group, String topic) throws Exception {
        Map<TopicPartition, OffsetAndMetadata> committed =
            answer(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
        Map<String, Long> offsets = new HashMap<>();
        for (Map.Entry<TopicPartition, OffsetAndMetadata> entry : committed.entrySet()) {
            if (!entry.getKey().topic().equals(topic)) continue;
            offsets.put(String.valueOf(entry.getKey().partition()), entry.getValue().offset());
        }
        return offsets;
    }

    private Object describeCluster() throws Exception {
        DescribeClusterResult described = admin.describeCluster();
        List<Integer> brokers = new ArrayList<>();
        for (Node node : answer(described.nodes())) brokers.add(node.id());
        Map<String, Object> result = new HashMap<>();
        result.put("brokers", brokers);
        result.put("controller", answer(described.controller()).id());
        return result;
    }
}
