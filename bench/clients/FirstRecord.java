import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Measures the time in ms from {@code subscribe} to the first record, for the only consumer of each group. */
public class FirstRecord {
  /** @param args bootstrap servers, topic, number of groups, group protocol */
  public static void main(String[] args) throws IOException {
    System.out.println("ready");
    System.in.read();
    List<Double> durations = new ArrayList<>();
    for (int group = 0; group < Integer.parseInt(args[2]); group++) {
      durations.add(firstRecord(args[0], args[1], "bench-java-" + group, args[3]));
    }
    System.out.println("{\"firstRecordMs\":" + durations + "}");
    while (System.in.read() != -1) {}
  }

  private static double firstRecord(String servers, String topic, String group, String protocol) {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", servers);
    properties.put("group.id", group);
    properties.put("group.protocol", protocol);
    properties.put("auto.offset.reset", "earliest");
    properties.put("enable.auto.commit", "false");
    ByteArrayDeserializer bytes = new ByteArrayDeserializer();
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(properties, bytes, bytes)) {
      long start = System.nanoTime();
      consumer.subscribe(List.of(topic));
      while (consumer.poll(Duration.ofSeconds(1)).isEmpty()) {
        if (System.nanoTime() - start > 60e9) throw new IllegalStateException("no record in 60 s");
      }
      return (System.nanoTime() - start) / 1e6;
    }
  }
}
