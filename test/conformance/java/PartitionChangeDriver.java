import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.StreamSupport;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metadata.PartitionChangeRecord;
import org.apache.kafka.controller.PartitionChangeBuilder;
import org.apache.kafka.metadata.LeaderRecoveryState;
import org.apache.kafka.metadata.PartitionRegistration;
import org.apache.kafka.server.common.MetadataVersion;

/** Kafka's PartitionChangeBuilder. Each line of the input is a partition, and what shall change of it. */
public class PartitionChangeDriver {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final short METADATA_VERSION = 33;

    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = in.readLine()) != null;) {
            ObjectNode answer = JSON.createObjectNode();
            build(JSON.readTree(line)).ifPresent(record -> answer.set("change", json(record)));
            System.out.println(JSON.writeValueAsString(answer));
            System.out.flush();
        }
    }

    private static java.util.Optional<PartitionChangeRecord> build(JsonNode given) {
        JsonNode wanted = given.get("wanted");
        List<Integer> active = integers(given.get("active"));
        PartitionChangeBuilder builder = new PartitionChangeBuilder(
            partition(given.get("before")), Uuid.ONE_UUID, 0, active::contains,
            MetadataVersion.fromFeatureLevel(METADATA_VERSION), given.get("minInsyncReplicas").asInt(),
            given.get("hasEligibleReplicas").asBoolean());
        builder.setDefaultDirProvider(broker -> directory(100 + broker));
        with(wanted, "isr", isr -> builder.setTargetIsr(integers(isr)));
        with(wanted, "replicas", replicas -> builder.setTargetReplicas(integers(replicas)));
        with(wanted, "addingReplicas", adding -> builder.setTargetAdding(integers(adding)));
        with(wanted, "removingReplicas", removing -> builder.setTargetRemoving(integers(removing)));
        with(wanted, "leaderRecoveryState", state ->
            builder.setTargetLeaderRecoveryState(LeaderRecoveryState.of((byte) state.asInt())));
        with(wanted, "directory", directory -> builder.setDirectory(
            directory.get("brokerId").asInt(), Uuid.fromString(directory.get("directoryId").asText())));
        with(wanted, "election", election ->
            builder.setElection(PartitionChangeBuilder.Election.valueOf(election.asText().toUpperCase())));
        with(wanted, "uncleanReplica", replica -> builder.setUncleanShutdownReplicas(List.of(replica.asInt())));
        return builder.build().map(record -> (PartitionChangeRecord) record.message());
    }

    private static PartitionRegistration partition(JsonNode before) {
        return new PartitionRegistration.Builder()
            .setReplicas(array(before.get("replicas")))
            .setDirectories(StreamSupport.stream(before.get("directories").spliterator(), false)
                .map(directory -> Uuid.fromString(directory.asText())).toArray(Uuid[]::new))
            .setIsr(array(before.get("isr")))
            .setRemovingReplicas(array(before.get("removingReplicas")))
            .setAddingReplicas(array(before.get("addingReplicas")))
            .setElr(array(before.get("elr")))
            .setLastKnownElr(array(before.get("lastKnownElr")))
            .setLeader(before.get("leader").asInt())
            .setLeaderRecoveryState(LeaderRecoveryState.of((byte) before.get("leaderRecoveryState").asInt()))
            .setLeaderEpoch(before.get("leaderEpoch").asInt())
            .setPartitionEpoch(before.get("partitionEpoch").asInt())
            .build();
    }

    private static ObjectNode json(PartitionChangeRecord record) {
        ObjectNode change = JSON.createObjectNode();
        change.put("partitionId", record.partitionId());
        if (record.leader() != -2) change.put("leader", record.leader());
        if (record.leaderRecoveryState() != -1) change.put("leaderRecoveryState", record.leaderRecoveryState());
        put(change, "isr", record.isr());
        put(change, "replicas", record.replicas());
        put(change, "addingReplicas", record.addingReplicas());
        put(change, "removingReplicas", record.removingReplicas());
        put(change, "eligibleLeaderReplicas", record.eligibleLeaderReplicas());
        put(change, "lastKnownElr", record.lastKnownElr());
        if (record.directories() != null) {
            ArrayNode directories = change.putArray("directories");
            record.directories().forEach(directory -> directories.add(directory.toString()));
        }
        return change;
    }

    private static void put(ObjectNode change, String name, List<Integer> brokers) {
        if (brokers == null) return;
        ArrayNode array = change.putArray(name);
        brokers.forEach(array::add);
    }

    private static void with(JsonNode wanted, String name, Consumer<JsonNode> action) {
        if (wanted.has(name)) action.accept(wanted.get(name));
    }

    private static Uuid directory(int number) {
        return new Uuid(7, number);
    }

    private static int[] array(JsonNode brokers) {
        return integers(brokers).stream().mapToInt(Integer::intValue).toArray();
    }

    private static List<Integer> integers(JsonNode brokers) {
        List<Integer> list = new ArrayList<>();
        brokers.forEach(broker -> list.add(broker.asInt()));
        return list;
    }
}
