import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.protocol.Errors;

/**
 * kafka-clients for the client tests: {@code java Driver BOOTSTRAP_SERVERS}. One operation per
 * line of JSON on stdin, answers and events as lines of JSON on stdout. It is compiled against the oldest
 * version of kafka-clients and runs with each.
 */
public final class Driver {
    private static final Gson GSON = new GsonBuilder().serializeNulls().create();
    private static final PrintStream OUTPUT = System.out;

    /** Answers operations until stdin ends. */
    public static void main(String[] args) throws IOException {
        Map<String, Member> members = new HashMap<>();
        Client client = new Client(args[0]);
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            JsonObject request = JsonParser.parseString(line).getAsJsonObject();
            JsonObject answer = new JsonObject();
            answer.add("id", request.get("id"));
            try {
                answer.add("result", GSON.toJsonTree(perform(client, members, request)));
            } catch (Throwable failure) {
                answer.add("error", describe(failure));
            }
            emit(answer);
        }
        for (Member member : members.values()) member.leave();
        // Producers and the administrator have threads of their own.
        System.exit(0);
    }

    private static Object perform(Client client, Map<String, Member> members, JsonObject request) throws Exception {
        String op = request.get("op").getAsString();
        if (op.equals("join")) {
            Member member = new Member(client, request);
            members.put(member.getName(), member);
            member.start();
            return null;
        }
        if (op.equals("leave")) {
            members.remove(request.get("member").getAsString()).leave();
            return null;
        }
        return client.perform(op, request);
    }

    /** Returns the broker's error code, which the client wraps in its own exceptions. */
    private static JsonObject describe(Throwable failure) {
        JsonObject error = new JsonObject();
        error.add("code", JsonNull.INSTANCE);
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (!(cause instanceof ApiException)) continue;
            Errors known = Errors.forException(cause);
            if (known == Errors.UNKNOWN_SERVER_ERROR) continue;
            error.addProperty("code", known.code());
            break;
        }
        error.addProperty("message", stackTrace(failure));
        return error;
    }

    static String stackTrace(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    /** Writes one line; threads of group members write too. */
    private static void emit(JsonObject message) {
        byte[] line = (GSON.toJson(message) + "\n").getBytes(StandardCharsets.UTF_8);
        synchronized (OUTPUT) {
            OUTPUT.write(line, 0, line.length);
            OUTPUT.flush();
        }
    }

    static void emitEvent(String event, String member, String name, Object value) {
        JsonObject message = new JsonObject();
        message.addProperty("event", event);
        message.addProperty("member", member);
        message.add(name, GSON.toJsonTree(value));
        emit(message);
    }
}
