import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Delayed;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.server.common.RequestLocal;
import org.apache.kafka.server.storage.log.FetchIsolation;
import org.apache.kafka.server.util.Scheduler;
import org.apache.kafka.storage.internals.log.AppendOrigin;
import org.apache.kafka.storage.internals.log.Cleaner;
import org.apache.kafka.storage.internals.log.LogAppendInfo;
import org.apache.kafka.storage.internals.log.LogCleanerManager;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.apache.kafka.storage.internals.log.LogDirFailureChannel;
import org.apache.kafka.storage.internals.log.LogSegment;
import org.apache.kafka.storage.internals.log.LogStartOffsetIncrementReason;
import org.apache.kafka.storage.internals.log.LogToClean;
import org.apache.kafka.storage.internals.log.ProducerStateManagerConfig;
import org.apache.kafka.storage.internals.log.SkimpyOffsetMap;
import org.apache.kafka.storage.internals.log.UnifiedLog;
import org.apache.kafka.storage.internals.log.VerificationGuard;
import org.apache.kafka.storage.internals.utils.Throttler;
import org.apache.kafka.storage.log.metrics.BrokerTopicStats;

/**
 * One log of Kafka, driven by lines of JSON. Each line is a command, and is answered with a line with the
 * result and the state of the log. The clock moves only by commands. Tasks that Kafka schedules run before
 * the answer.
 */
public class UnifiedLogDriver {
    private static final short TRANSACTION_VERSION = 1;

    private final ObjectMapper json = new ObjectMapper();
    private final Clock clock = new Clock();
    private final Tasks tasks = new Tasks();
    private final BrokerTopicStats stats = new BrokerTopicStats(false);
    private UnifiedLog log;
    private OptionalLong cleanedUpTo = OptionalLong.empty();

    public static void main(String[] args) throws Exception {
        UnifiedLogDriver driver = new UnifiedLogDriver();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = in.readLine()) != null;) {
            System.out.println(driver.answer(line));
            System.out.flush();
        }
        System.exit(0);
    }

    private String answer(String line) throws Exception {
        ObjectNode answer = json.createObjectNode();
        try {
            JsonNode command = json.readTree(line);
            if (command.has("nowMs")) clock.nowMs = command.get("nowMs").asLong();
            tasks.runDue();
            perform(command, answer);
        } catch (Throwable error) {
            Throwable cause = error instanceof InvocationTargetException ? error.getCause() : error;
            answer.put("errorCode", Errors.forException(cause).code());
            answer.put("error", cause.toString());
        }
        tasks.runDue();
        if (log != null) answer.set("state", state());
        return json.writeValueAsString(answer);
    }

    private void perform(JsonNode command, ObjectNode answer) throws Exception {
        switch (command.get("do").asText()) {
            case "open" -> open(command);
            case "close" -> close();
            case "abandon" -> abandon();
            case "append" -> told(answer, log.appendAsLeader(
                records(command), command.get("epoch").asInt(), AppendOrigin.valueOf(command.get("origin").asText()),
                RequestLocal.noCaching(), VerificationGuard.SENTINEL, TRANSACTION_VERSION));
            case "appendAsFollower" -> told(answer, log.appendAsFollower(records(command), Integer.MAX_VALUE));
            case "highWatermark" -> log.updateHighWatermark(command.get("offset").asLong());
            case "roll" -> log.roll();
            case "flush" -> log.flush(false);
            case "truncate" -> truncate(() ->
                answer.put("isTruncated", log.truncateTo(command.get("offset").asLong())));
            case "truncateFully" -> truncate(() ->
                log.truncateFullyAndStartAt(command.get("offset").asLong(), Optional.empty()));
            case "deleteRecords" -> log.maybeIncrementLogStartOffset(
                command.get("offset").asLong(), LogStartOffsetIncrementReason.ClientRecordDeletion);
            case "retention" -> answer.put("removed", log.deleteOldSegments());
            case "epoch" -> log.assignEpochStartOffset(command.get("epoch").asInt(), command.get("offset").asLong());
            case "endOffsetForEpoch" -> log.endOffsetForEpoch(command.get("epoch").asInt()).ifPresent(found -> {
                answer.put("epoch", found.epoch());
                answer.put("offset", found.offset());
            });
            case "expireProducers" -> log.removeExpiredProducers(clock.nowMs);
            case "clean" -> clean(answer);
            case "read" -> read(command, answer);
            case "nothing" -> { }
            default -> throw new IllegalArgumentException(command.toString());
        }
    }

    private void open(JsonNode command) throws Exception {
        if (command.get("isNew").asBoolean()) cleanedUpTo = OptionalLong.empty();
        Map<String, Object> config = new HashMap<>();
        command.get("config").fields().forEachRemaining(each -> config.put(each.getKey(), each.getValue().asText()));
        log = UnifiedLog.create(
            new File(command.get("directory").asText()),
            new LogConfig(config),
            command.get("logStartOffset").asLong(),
            command.get("recoveryPoint").asLong(),
            tasks,
            stats,
            clock,
            300_000,
            new ProducerStateManagerConfig(command.get("producerIdExpirationMs").asInt(), false),
            600_000,
            new LogDirFailureChannel(1),
            command.get("isClean").asBoolean(),
            Optional.of(Uuid.fromString(command.get("topicId").asText())));
        if (command.has("highWatermark")) log.updateHighWatermark(command.get("highWatermark").asLong());
    }

    private void close() {
        log.prepareActiveSegmentForClose();
        log.flush(true);
        log.close();
        log = null;
        tasks.clear();
    }

    /** Ends as when the process dies: the files are not used any more. */
    private void abandon() {
        log = null;
        tasks.clear();
    }

    private void told(ObjectNode answer, LogAppendInfo info) {
        answer.put("baseOffset", info.firstOffset());
        answer.put("lastOffset", info.lastOffset());
        answer.put("logAppendTimeMs", info.logAppendTime());
    }

    /** Cleans everything that may be cleaned, in as many rounds as needed. */
    private void clean(ObjectNode answer) throws Exception {
        Method cleanableOffsets = LogCleanerManager.class.getDeclaredMethod(
            "cleanableOffsets", UnifiedLog.class, Optional.class, long.class);
        cleanableOffsets.setAccessible(true);
        for (;;) {
            Optional<Long> last = cleanedUpTo.isPresent() ? Optional.of(cleanedUpTo.getAsLong()) : Optional.empty();
            Object offsets = cleanableOffsets.invoke(null, log, last, clock.nowMs);
            LogToClean toClean = new LogToClean(
                log, part(offsets, "firstDirtyOffset"), part(offsets, "firstUncleanableDirtyOffset"), false);
            if (toClean.cleanableBytes() == 0) return;
            Cleaner cleaner = new Cleaner(
                0, new SkimpyOffsetMap(1024 * 1024), 64 * 1024, 1024 * 1024, 0.9,
                new Throttler(Double.MAX_VALUE, 300, "cleaner", "bytes", clock), clock, partition -> { });
            cleanedUpTo = OptionalLong.of(cleaner.clean(toClean).getKey());
            answer.put("cleanedUpTo", cleanedUpTo.getAsLong());
        }
    }

    /** Truncates as the log manager does, which notifies the cleaner. */
    private void truncate(Runnable action) {
        action.run();
        long offset = log.activeSegment().baseOffset();
        if (cleanedUpTo.orElse(0) > offset) cleanedUpTo = OptionalLong.of(offset);
    }

    private static long part(Object record, String name) throws Exception {
        Method method = record.getClass().getDeclaredMethod(name);
        method.setAccessible(true);
        return (long) method.invoke(record);
    }

    private void read(JsonNode command, ObjectNode answer) throws Exception {
        var info = log.read(
            command.get("offset").asLong(), command.get("maxBytes").asInt(),
            FetchIsolation.valueOf(command.get("isolation").asText()), true);
        ArrayNode offsets = answer.putArray("offsets");
        info.records.batches().forEach(batch -> offsets.add(batch.baseOffset()));
        ArrayNode aborted = answer.putArray("aborted");
        info.abortedTransactions.ifPresent(all -> all.forEach(one -> aborted.addArray().add(one.producerId()).add(one.firstOffset())));
    }

    private static MemoryRecords records(JsonNode command) throws Exception {
        return MemoryRecords.readableRecords(ByteBuffer.wrap(command.get("records").binaryValue()));
    }

    private ObjectNode state() throws Exception {
        ObjectNode state = json.createObjectNode();
        state.put("logStartOffset", log.logStartOffset());
        state.put("logEndOffset", log.logEndOffset());
        state.put("highWatermark", log.highWatermark());
        state.put("lastStableOffset", log.lastStableOffset());
        state.put("recoveryPoint", log.recoveryPoint());
        state.put("latestEpoch", log.latestEpoch().orElse(-1));
        ArrayNode segments = state.putArray("segments");
        for (LogSegment segment : log.logSegments()) segments.addArray().add(segment.baseOffset()).add(segment.size());
        ArrayNode epochs = state.putArray("epochs");
        log.leaderEpochCache().epochEntries().forEach(entry -> epochs.addArray().add(entry.epoch()).add(entry.startOffset()));
        var last = log.lastRecordsOfActiveProducers();
        ArrayNode producers = state.putArray("producers");
        log.activeProducers().stream().sorted((a, b) -> Long.compare(a.producerId(), b.producerId())).forEach(producer -> {
            ObjectNode one = producers.addObject();
            one.put("producerId", producer.producerId());
            one.put("producerEpoch", producer.producerEpoch());
            one.put("lastSequence", producer.lastSequence());
            one.put("lastTimestamp", producer.lastTimestamp());
            one.put("coordinatorEpoch", producer.coordinatorEpoch());
            one.put("currentTxnStartOffset", producer.currentTxnStartOffset());
            one.put("lastDataOffset", last.get(producer.producerId()).lastDataOffset().orElse(-1));
        });
        return state;
    }

    private static class Clock implements Time {
        long nowMs;

        @Override
        public long milliseconds() {
            return nowMs;
        }

        @Override
        public long nanoseconds() {
            return nowMs * 1_000_000;
        }

        @Override
        public void sleep(long ms) { }

        @Override
        public void waitObject(Object object, Supplier<Boolean> condition, long deadlineMs) { }
    }

    /** Scheduled tasks are not awaited. */
    private static class Forgotten extends CompletableFuture<Void> implements ScheduledFuture<Void> {
        @Override
        public long getDelay(TimeUnit unit) {
            return 0;
        }

        @Override
        public int compareTo(Delayed other) {
            return 0;
        }
    }

    /** Runs one-time tasks in order. Periodic tasks are left to the commands. */
    private class Tasks implements Scheduler {
        private record Task(long dueMs, Runnable action) { }

        private final List<Task> waiting = new ArrayList<>();

        @Override
        public ScheduledFuture<?> schedule(String name, Runnable action, long delayMs, long periodMs) {
            if (periodMs <= 0) waiting.add(new Task(clock.nowMs + delayMs, action));
            return new Forgotten();
        }

        void runDue() {
            for (int at = 0; at < waiting.size();) {
                if (waiting.get(at).dueMs > clock.nowMs) at++;
                else waiting.remove(at).action.run();
            }
        }

        void clear() {
            waiting.clear();
        }

        @Override
        public void startup() { }

        @Override
        public void shutdown() { }

        @Override
        public void resizeThreadPool(int size) { }
    }
}
