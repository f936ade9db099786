import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.coordinator.group.api.assignor.GroupSpec;
import org.apache.kafka.coordinator.group.api.assignor.PartitionAssignor;
import org.apache.kafka.coordinator.group.api.assignor.SubscribedTopicDescriber;
import org.apache.kafka.coordinator.group.api.assignor.SubscriptionType;
import org.apache.kafka.coordinator.group.api.streams.assignor.TopologyDescriber;
import org.apache.kafka.coordinator.group.assignor.RangeAssignor;
import org.apache.kafka.coordinator.group.assignor.SimpleAssignor;
import org.apache.kafka.coordinator.group.assignor.UniformAssignor;
import org.apache.kafka.coordinator.group.modern.Assignment;
import org.apache.kafka.coordinator.group.modern.GroupSpecImpl;
import org.apache.kafka.coordinator.group.modern.MemberSubscriptionAndAssignmentImpl;
import org.apache.kafka.coordinator.group.streams.assignor.AssignmentConfigsImpl;
import org.apache.kafka.coordinator.group.streams.assignor.MemberMetadataAndStateImpl;
import org.apache.kafka.coordinator.group.streams.assignor.StickyTaskAssignor;

/** Kafka's own assignors. Each line of the input is a group, and is answered with its assignment. */
public class AssignorDriver {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, PartitionAssignor> ASSIGNORS = Map.of(
        "uniform", new UniformAssignor(), "range", new RangeAssignor(), "simple", new SimpleAssignor());

    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = in.readLine()) != null;) {
            System.out.println(answer(line));
            System.out.flush();
        }
    }

    private static String answer(String line) throws Exception {
        ObjectNode answer = JSON.createObjectNode();
        try {
            JsonNode command = JSON.readTree(line);
            String assignor = command.get("assignor").asText();
            JsonNode group = command.get("group");
            answer.set("target", assignor.equals("sticky") ? assignTasks(group) : assign(assignor, group));
        } catch (Exception error) {
            answer.put("error", error.toString());
        }
        return JSON.writeValueAsString(answer);
    }

    private static ObjectNode assign(String assignor, JsonNode group) {
        Map<String, MemberSubscriptionAndAssignmentImpl> members = new HashMap<>();
        Map<Uuid, Map<Integer, String>> owners = new HashMap<>();
        group.get("members").forEach(member -> {
            String memberId = member.get("memberId").asText();
            Map<Uuid, Set<Integer>> assigned = partitions(member.get("assigned"));
            assigned.forEach((topicId, all) -> all.forEach(partition ->
                owners.computeIfAbsent(topicId, id -> new HashMap<>()).put(partition, memberId)));
            Set<Uuid> topicIds = new LinkedHashSet<>();
            member.get("topicIds").forEach(topicId -> topicIds.add(Uuid.fromString(topicId.asText())));
            Optional<String> instanceId = Optional.ofNullable(member.get("instanceId")).map(JsonNode::asText);
            members.put(memberId, new MemberSubscriptionAndAssignmentImpl(
                Optional.empty(), instanceId, topicIds, new Assignment(assigned)));
        });
        GroupSpec spec = new GroupSpecImpl(
            members,
            group.get("isHomogeneous").asBoolean() ? SubscriptionType.HOMOGENEOUS : SubscriptionType.HETEROGENEOUS,
            owners,
            Optional.ofNullable(group.get("assignable")).map(AssignorDriver::partitions));
        var target = ASSIGNORS.get(assignor).assign(spec, new Topics(group.get("partitionCounts"))).members();

        ObjectNode answer = JSON.createObjectNode();
        for (String memberId : members.keySet()) {
            ObjectNode assigned = answer.putObject(memberId);
            if (target.get(memberId) == null) continue;
            target.get(memberId).partitions().forEach((topicId, partitions) -> {
                var list = assigned.putArray(topicId.toString());
                partitions.stream().sorted().forEach(list::add);
            });
        }
        return answer;
    }

    private static ObjectNode assignTasks(JsonNode group) {
        Map<String, MemberMetadataAndStateImpl> members = new HashMap<>();
        group.get("members").forEach(member -> members.put(member.get("memberId").asText(), new MemberMetadataAndStateImpl(
            Optional.empty(), Optional.empty(), member.get("processId").asText(), Map.of(),
            tasks(member.get("activeTasks")), tasks(member.get("standbyTasks")), Map.of(),
            offsets(member.get("taskOffsets")), Map.of())));
        var spec = new org.apache.kafka.coordinator.group.streams.assignor.GroupSpecImpl(
            members, new AssignmentConfigsImpl(group.get("standbyReplicaCount").asInt(), List.of()));
        var target = new StickyTaskAssignor().assign(spec, new Topology(group.get("subtopologies"))).members();

        ObjectNode answer = JSON.createObjectNode();
        target.forEach((memberId, tasks) -> {
            ObjectNode member = answer.putObject(memberId);
            put(member.putObject("activeTasks"), tasks.activeTasks());
            put(member.putObject("standbyTasks"), tasks.standbyTasks());
        });
        return answer;
    }

    private static void put(ObjectNode json, Map<String, Set<Integer>> tasks) {
        tasks.forEach((subtopologyId, partitions) -> {
            var list = json.putArray(subtopologyId);
            partitions.stream().sorted().forEach(list::add);
        });
    }

    private static Map<String, Set<Integer>> tasks(JsonNode json) {
        Map<String, Set<Integer>> tasks = new HashMap<>();
        json.fields().forEachRemaining(subtopology -> {
            Set<Integer> partitions = new HashSet<>();
            subtopology.getValue().forEach(partition -> partitions.add(partition.asInt()));
            tasks.put(subtopology.getKey(), partitions);
        });
        return tasks;
    }

    private static Map<String, Map<Integer, Long>> offsets(JsonNode json) {
        Map<String, Map<Integer, Long>> offsets = new HashMap<>();
        json.fields().forEachRemaining(subtopology -> subtopology.getValue().fields().forEachRemaining(partition ->
            offsets.computeIfAbsent(subtopology.getKey(), id -> new HashMap<>())
                .put(Integer.valueOf(partition.getKey()), partition.getValue().asLong())));
        return offsets;
    }

    /** The same collections as when Kafka replays the record of a target assignment. */
    private static Map<Uuid, Set<Integer>> partitions(JsonNode json) {
        Map<Uuid, Set<Integer>> partitions = new HashMap<>();
        json.fields().forEachRemaining(topic -> {
            List<Integer> list = new ArrayList<>();
            topic.getValue().forEach(partition -> list.add(partition.asInt()));
            partitions.put(Uuid.fromString(topic.getKey()), new HashSet<>(list));
        });
        return partitions;
    }

    private record Topics(JsonNode partitionCounts) implements SubscribedTopicDescriber {
        @Override
        public int numPartitions(Uuid topicId) {
            JsonNode count = partitionCounts.get(topicId.toString());
            return count == null ? -1 : count.asInt();
        }

        @Override
        public Set<String> racksForPartition(Uuid topicId, int partition) {
            return Set.of();
        }
    }

    private record Topology(JsonNode json) implements TopologyDescriber {
        @Override
        public List<String> subtopologies() {
            List<String> ids = new ArrayList<>();
            json.forEach(subtopology -> ids.add(subtopology.get("subtopologyId").asText()));
            return ids;
        }

        @Override
        public int maxNumInputPartitions(String subtopologyId) {
            return of(subtopologyId).get("taskCount").asInt();
        }

        @Override
        public boolean isStateful(String subtopologyId) {
            return of(subtopologyId).get("isStateful").asBoolean();
        }

        private JsonNode of(String subtopologyId) {
            for (JsonNode each : json) if (each.get("subtopologyId").asText().equals(subtopologyId)) return each;
            throw new IllegalArgumentException(subtopologyId);
        }
    }
}
