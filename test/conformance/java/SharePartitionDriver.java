import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import kafka.server.share.SharePartition;
import org.apache.kafka.clients.consumer.internals.ShareAcquireMode;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FetchResponseData.AbortedTransaction;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.coordinator.group.modern.share.ShareGroupConfigProvider;
import org.apache.kafka.server.share.acknowledge.ShareAcknowledgementBatch;
import org.apache.kafka.server.share.dlq.ShareGroupDLQManager;
import org.apache.kafka.server.share.dlq.ShareGroupDLQRecordParameter;
import org.apache.kafka.server.share.fetch.InFlightBatch;
import org.apache.kafka.server.share.fetch.InFlightState;
import org.apache.kafka.server.share.persister.DeleteShareGroupStateParameters;
import org.apache.kafka.server.share.persister.DeleteShareGroupStateResult;
import org.apache.kafka.server.share.persister.InitializeShareGroupStateParameters;
import org.apache.kafka.server.share.persister.InitializeShareGroupStateResult;
import org.apache.kafka.server.share.persister.PartitionFactory;
import org.apache.kafka.server.share.persister.PartitionStateBatchData;
import org.apache.kafka.server.share.persister.Persister;
import org.apache.kafka.server.share.persister.PersisterStateBatch;
import org.apache.kafka.server.share.persister.ReadShareGroupStateParameters;
import org.apache.kafka.server.share.persister.ReadShareGroupStateResult;
import org.apache.kafka.server.share.persister.ReadShareGroupStateSummaryParameters;
import org.apache.kafka.server.share.persister.ReadShareGroupStateSummaryResult;
import org.apache.kafka.server.share.persister.TopicData;
import org.apache.kafka.server.share.persister.WriteShareGroupStateParameters;
import org.apache.kafka.server.share.persister.WriteShareGroupStateResult;
import org.apache.kafka.server.storage.log.FetchIsolation;
import org.apache.kafka.server.storage.log.FetchPartitionData;
import org.apache.kafka.server.util.timer.Timer;
import org.apache.kafka.server.util.timer.TimerTask;
import org.apache.kafka.server.util.timer.TimerTaskEntry;

/**
 * One share partition of Kafka, driven by lines of JSON. Each line is a command, and is answered with a line
 * with the result and the state of the share partition. The clock moves only by commands, and writes to the
 * share coordinator end only by commands.
 */
public class SharePartitionDriver {
    private static final TopicIdPartition PARTITION = new TopicIdPartition(Uuid.fromString("AAAAAAAAAAAAAAAAAAAABA"), 0, "topic");

    private final ObjectMapper json = new ObjectMapper();
    private final Clock clock = new Clock();
    private JsonNode configs;
    private SharePartition partition;
    private ObjectNode answer;
    private ReadShareGroupStateResult stored;
    /** The writes that have not ended. */
    private ArrayDeque<CompletableFuture<WriteShareGroupStateResult>> writes;
    private Map<Long, CompletableFuture<Void>> deadLetters;
    /** Whether locks expire. The writes for them end at once, because there may be one for each record. */
    private boolean isExpiring;

    public static void main(String[] args) throws Exception {
        SharePartitionDriver driver = new SharePartitionDriver();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = in.readLine()) != null;) {
            System.out.println(driver.answer(line));
            System.out.flush();
        }
    }

    private String answer(String line) throws Exception {
        answer = json.createObjectNode();
        answer.putArray("writes");
        answer.putArray("results");
        answer.putArray("deadLetters");
        try {
            JsonNode command = json.readTree(line);
            run(command);
            answer.set("state", state());
        } catch (InvocationTargetException error) {
            fail(error.getCause());
        } catch (Throwable error) {
            fail(error);
        }
        return json.writeValueAsString(answer);
    }

    private void fail(Throwable error) {
        error.printStackTrace();
        answer.put("error", error.toString());
    }

    private void run(JsonNode command) throws Exception {
        switch (command.get("do").asText()) {
            case "begin" -> begin(command);
            case "configure" -> configs = command.get("configs");
            case "acquire" -> acquire(command);
            case "acknowledge" -> {
                List<ShareAcknowledgementBatch> batches = new ArrayList<>();
                command.get("batches").forEach(batch -> {
                    List<Byte> types = new ArrayList<>();
                    batch.get("acknowledgeTypes").forEach(type -> types.add((byte) type.asInt()));
                    batches.add(new ShareAcknowledgementBatch(
                        batch.get("firstOffset").asLong(), batch.get("lastOffset").asLong(), types));
                });
                report(command, partition.acknowledge(command.get("memberId").asText(), batches));
            }
            case "release" -> report(command, partition.releaseAcquiredRecords(command.get("memberId").asText()));
            case "moveStart" -> call("updateCacheAndOffsets", new Class<?>[] {long.class}, command.get("offset").asLong());
            case "advance" -> {
                isExpiring = true;
                clock.advance(command.get("ms").asLong());
                isExpiring = false;
            }
            case "endWrite" -> writes.removeFirst().complete(result(command.get("errorCode").asInt()));
            case "endDeadLetter" -> deadLetters.remove(command.get("firstOffset").asLong()).complete(null);
            default -> throw new IllegalArgumentException(command.toString());
        }
    }

    private static WriteShareGroupStateResult result(int errorCode) {
        var data = PartitionFactory.newPartitionErrorData(0, (short) errorCode, "refused");
        return new WriteShareGroupStateResult.Builder()
            .setTopicsData(List.of(new TopicData<>(PARTITION.topicId(), List.of(data)))).build();
    }

    private void begin(JsonNode command) throws Exception {
        configs = command.get("configs");
        clock.tasks.clear();
        writes = new ArrayDeque<>();
        deadLetters = new HashMap<>();
        List<PersisterStateBatch> batches = new ArrayList<>();
        command.get("stateBatches").forEach(batch -> batches.add(new PersisterStateBatch(
            batch.get("firstOffset").asLong(), batch.get("lastOffset").asLong(),
            (byte) batch.get("deliveryState").asInt(), (short) batch.get("deliveryCount").asInt())));
        stored = new ReadShareGroupStateResult.Builder().setTopicsData(List.of(new TopicData<>(PARTITION.topicId(), List.of(
            PartitionFactory.newPartitionAllData(0, 7, command.get("startOffset").asLong(), (short) 0, "", batches))))).build();
        for (Constructor<?> constructor : SharePartition.class.getDeclaredConstructors()) {
            if (constructor.getParameterCount() != 15) continue;
            constructor.setAccessible(true);
            partition = (SharePartition) constructor.newInstance("group", PARTITION, 3, 2000, 5, 30000,
                clock, clock, new Store(), null, (Consumer<Object>) key -> { }, new Configs(), null,
                (Supplier<Boolean>) () -> true, new DeadLetters());
        }
        report(command, partition.maybeInitialize());
    }

    private void acquire(JsonNode command) {
        ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(command.get("records").asText()));
        List<AbortedTransaction> aborted = new ArrayList<>();
        command.get("aborted").forEach(one -> aborted.add(new AbortedTransaction()
            .setProducerId(one.get("producerId").asLong()).setFirstOffset(one.get("firstOffset").asLong())));
        boolean isCommitted = command.get("isCommitted").asBoolean();
        FetchPartitionData data = new FetchPartitionData(Errors.NONE, 1 << 30, 0, MemoryRecords.readableRecords(bytes),
            Optional.empty(), OptionalLong.empty(), isCommitted ? Optional.of(aborted) : Optional.empty(), OptionalInt.empty(), false);
        var acquired = partition.acquire(command.get("memberId").asText(), ShareAcquireMode.forId((byte) command.get("mode").asInt()),
            command.get("batchSize").asInt(), command.get("maxRecords").asInt(), command.get("fetchOffset").asLong(), data,
            isCommitted ? FetchIsolation.TXN_COMMITTED : FetchIsolation.HIGH_WATERMARK);
        ArrayNode ranges = answer.putArray("acquired");
        acquired.acquiredRecords().forEach(range ->
            ranges.addArray().add(range.firstOffset()).add(range.lastOffset()).add(range.deliveryCount()));
        answer.put("count", acquired.count());
    }

    /** Adds the result to the answer of the command with which it ends. */
    private void report(JsonNode command, CompletableFuture<Void> future) {
        int id = command.get("id").asInt();
        future.whenComplete((ignored, error) -> {
            ArrayNode result = ((ArrayNode) answer.get("results")).addArray().add(id);
            result.add(error == null ? 0 : Errors.forException(error).code()).add(error == null ? null : error.getMessage());
        });
    }

    @SuppressWarnings("unchecked")
    private ObjectNode state() throws Exception {
        ObjectNode state = json.createObjectNode();
        state.put("startOffset", (long) call("startOffset", new Class<?>[0]));
        state.put("endOffset", (long) call("endOffset", new Class<?>[0]));
        state.put("deliveryCompleteCount", (int) call("deliveryCompleteCount", new Class<?>[0]));
        state.put("nextFetchOffset", partition.nextFetchOffset());
        state.put("canAcquire", (boolean) call("canAcquireRecords", new Class<?>[0]));
        ArrayNode batches = state.putArray("batches");
        for (InFlightBatch batch : ((NavigableMap<Long, InFlightBatch>) call("cachedState", new Class<?>[0])).values()) {
            ObjectNode one = batches.addObject();
            one.put("firstOffset", batch.firstOffset()).put("lastOffset", batch.lastOffset());
            ArrayNode states = one.putArray("states");
            if (batch.offsetState() == null) {
                states.addArray().add(batch.batchState().id).add(batch.batchDeliveryCount()).add(batch.batchMemberId())
                    .add(batch.batchHasOngoingStateTransition());
                continue;
            }
            one.put("isSplit", true);
            for (InFlightState offset : batch.offsetState().values()) {
                states.addArray().add(offset.state().id).add(offset.deliveryCount()).add(offset.memberId())
                    .add(offset.hasOngoingStateTransition());
            }
        }
        return state;
    }

    private Object call(String name, Class<?>[] types, Object... values) throws Exception {
        Method method = SharePartition.class.getDeclaredMethod(name, types);
        method.setAccessible(true);
        return method.invoke(partition, values);
    }

    private class Configs extends ShareGroupConfigProvider {
        Configs() {
            super(null);
        }

        @Override
        public int recordLockDurationMsOrDefault(String groupId, int defaultValue) {
            return configs.get("lockDurationMs").asInt();
        }

        @Override
        public int deliveryCountLimitOrDefault(String groupId, int defaultValue) {
            return configs.get("maxDeliveryCount").asInt();
        }

        @Override
        public int partitionMaxRecordLocksOrDefault(String groupId, int defaultValue) {
            return configs.get("maxInFlightRecords").asInt();
        }

        @Override
        public boolean isRenewAcknowledgeEnabled(String groupId) {
            return configs.get("canRenewLocks").asBoolean();
        }

        @Override
        public Optional<String> errorsDLQTopicName(String groupId) {
            return configs.get("hasDeadLetterTopic").asBoolean() ? Optional.of("dead") : Optional.empty();
        }
    }

    private class DeadLetters implements ShareGroupDLQManager {
        @Override
        public CompletableFuture<Void> enqueue(ShareGroupDLQRecordParameter records) {
            ((ArrayNode) answer.get("deadLetters")).addArray().add(records.firstOffset()).add(records.lastOffset())
                .add(records.deliveryCount().get()).add(records.cause().get().getMessage());
            CompletableFuture<Void> written = new CompletableFuture<>();
            deadLetters.put(records.firstOffset(), written);
            return written;
        }

        @Override
        public void stop() { }
    }

    private class Store implements Persister {
        @Override
        public CompletableFuture<ReadShareGroupStateResult> readState(ReadShareGroupStateParameters request) {
            return CompletableFuture.completedFuture(stored);
        }

        @Override
        public CompletableFuture<WriteShareGroupStateResult> writeState(WriteShareGroupStateParameters request) {
            PartitionStateBatchData data = request.groupTopicPartitionData().topicsData().get(0).partitions().get(0);
            ObjectNode write = ((ArrayNode) answer.get("writes")).addObject();
            write.put("startOffset", data.startOffset()).put("deliveryCompleteCount", data.deliveryCompleteCount());
            write.put("stateEpoch", data.stateEpoch()).put("leaderEpoch", data.leaderEpoch());
            ArrayNode batches = write.putArray("stateBatches");
            data.stateBatches().forEach(batch -> batches.addArray().add(batch.firstOffset()).add(batch.lastOffset())
                .add(batch.deliveryState()).add(batch.deliveryCount()));
            if (isExpiring) return CompletableFuture.completedFuture(result(0));
            CompletableFuture<WriteShareGroupStateResult> written = new CompletableFuture<>();
            writes.add(written);
            return written;
        }

        @Override
        public CompletableFuture<InitializeShareGroupStateResult> initializeState(InitializeShareGroupStateParameters request) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<DeleteShareGroupStateResult> deleteState(DeleteShareGroupStateParameters request) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<ReadShareGroupStateSummaryResult> readSummary(ReadShareGroupStateSummaryParameters request) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void stop() { }
    }

    /** Tasks with the same time run in the order in which they were added. */
    private static class Clock implements Time, Timer {
        final TreeMap<Long, List<TimerTaskEntry>> tasks = new TreeMap<>();
        private long now = 1_000_000;

        void advance(long ms) {
            long until = now + ms;
            while (!tasks.isEmpty() && tasks.firstKey() <= until) {
                now = Math.max(now, tasks.firstKey());
                List<TimerTaskEntry> due = tasks.firstEntry().getValue();
                TimerTaskEntry entry = due.remove(0);
                if (due.isEmpty()) tasks.pollFirstEntry();
                if (!entry.cancelled()) entry.timerTask.run();
            }
            now = until;
        }

        @Override
        public void add(TimerTask task) {
            long at = now + task.delayMs;
            tasks.computeIfAbsent(at, key -> new ArrayList<>()).add(new TimerTaskEntry(task, at));
        }

        @Override
        public boolean advanceClock(long timeoutMs) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int size() {
            return tasks.size();
        }

        @Override
        public void close() { }

        @Override
        public long milliseconds() {
            return now;
        }

        @Override
        public long nanoseconds() {
            return now * 1_000_000;
        }

        @Override
        public long hiResClockMs() {
            return now;
        }

        @Override
        public void sleep(long ms) {
            throw new UnsupportedOperationException();
        }
    }
}
