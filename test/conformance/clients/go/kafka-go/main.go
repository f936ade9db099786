// kafka-go (segmentio) for the client tests: kafka-go BOOTSTRAP_SERVERS
package main

import (
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"

	"odradek/conformance/driver"
)

var servers = strings.Split(os.Args[1], ",")

var transport = &kafka.Transport{MetadataTTL: 200 * time.Millisecond}

var client = &kafka.Client{Addr: kafka.TCP(servers...), Transport: transport}

func main() {
	writers := writers{}
	operations := topicOperations()
	for name, operation := range groupOperations() {
		operations[name] = operation
	}
	operations["produce"] = writers.produce
	operations["consume"] = consume
	operations["consumeInGroup"] = consumeInGroup
	driver.Serve(driver.Client{Operations: operations, Join: join, ErrorCode: errorCode})
}

func errorCode(err error) (int, bool) {
	var refused kafka.Error
	if errors.As(err, &refused) {
		return int(refused), true
	}
	return 0, false
}

var codecs = map[string]kafka.Compression{
	"gzip":   kafka.Gzip,
	"snappy": kafka.Snappy,
	"lz4":    kafka.Lz4,
	"zstd":   kafka.Zstd,
}

// writers are kept by their codec: they continue while the broker restarts.
type writers map[string]*kafka.Writer

func (w writers) of(codec string) *kafka.Writer {
	if writer, ok := w[codec]; ok {
		return writer
	}
	w[codec] = &kafka.Writer{
		Addr:         kafka.TCP(servers...),
		Transport:    transport,
		Compression:  codecs[codec],
		RequiredAcks: kafka.RequireAll,
		BatchTimeout: 20 * time.Millisecond,
		MaxAttempts:  100,
	}
	return w[codec]
}

// waitForTopic waits until the transport's copy of the metadata has a topic that is new: a Writer fails
// at once where it does not.
func waitForTopic(ctx context.Context, topic string) error {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		metadata, err := client.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{topic}})
		if err == nil && metadata.Topics[0].Error == nil {
			return nil
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (w writers) produce(ctx context.Context, request driver.Request) (any, error) {
	if err := waitForTopic(ctx, request.Topic); err != nil {
		return nil, err
	}
	messages := make([]kafka.Message, len(request.Records))
	for i, record := range request.Records {
		messages[i] = kafka.Message{
			Topic: request.Topic,
			Key:   driver.Bytes(record.Key),
			Value: driver.Bytes(record.Value),
		}
		for name, value := range record.Headers {
			header := kafka.Header{Key: name, Value: []byte(value)}
			messages[i].Headers = append(messages[i].Headers, header)
		}
	}
	writer := w.of(request.Codec)
	err := writer.WriteMessages(ctx, messages...)
	for err != nil && ctx.Err() == nil {
		if _, isRefused := errorCode(err); isRefused {
			return nil, err
		}
		// A Writer gives up, for example, while a restarted broker has no leaders yet. Retry.
		messages = failed(messages, err)
		err = writer.WriteMessages(ctx, messages...)
	}
	return nil, err
}

func failed(messages []kafka.Message, err error) []kafka.Message {
	var errs kafka.WriteErrors
	if !errors.As(err, &errs) {
		return messages
	}
	left := []kafka.Message{}
	for i, message := range messages {
		if errs[i] != nil {
			left = append(left, message)
		}
	}
	return left
}
