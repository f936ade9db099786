// sarama for the client tests: sarama BOOTSTRAP_SERVERS
package main

import (
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/IBM/sarama"

	"odradek/conformance/driver"
)

var servers = strings.Split(os.Args[1], ",")

func main() {
	producers := producers{}
	client, err := sarama.NewClient(servers, newConfig())
	if err != nil {
		panic(err)
	}
	operations, err := adminOperations(client)
	if err != nil {
		panic(err)
	}
	for name, operation := range transactionOperations() {
		operations[name] = operation
	}
	operations["produce"] = producers.produce
	operations["consume"] = consume
	operations["consumeInGroup"] = consumeInGroup
	driver.Serve(driver.Client{Operations: operations, Join: join, ErrorCode: errorCode})
}

func newConfig() *sarama.Config {
	config := sarama.NewConfig()
	config.Version = sarama.MaxVersion
	config.Metadata.RefreshFrequency = time.Second
	config.Metadata.Retry.Max = 50
	config.Metadata.AllowAutoTopicCreation = false
	config.Consumer.MaxWaitTime = driver.MaxWait
	config.Consumer.IsolationLevel = sarama.ReadCommitted
	// Do not retry after a refusal of the broker.
	config.Admin.Retry.Max = 0
	return config
}

func errorCode(err error) (int, bool) {
	var refused sarama.KError
	if errors.As(err, &refused) {
		return int(refused), true
	}
	return 0, false
}

var codecs = map[string]sarama.CompressionCodec{
	"":       sarama.CompressionNone,
	"none":   sarama.CompressionNone,
	"gzip":   sarama.CompressionGZIP,
	"snappy": sarama.CompressionSnappy,
	"lz4":    sarama.CompressionLZ4,
	"zstd":   sarama.CompressionZSTD,
}

type settings struct {
	codec      string
	idempotent bool
}

// producers are kept by their settings: they continue while the broker restarts.
type producers map[settings]sarama.SyncProducer

func (p producers) of(wanted settings) (sarama.SyncProducer, error) {
	if producer, ok := p[wanted]; ok {
		return producer, nil
	}
	config := newConfig()
	config.Producer.Compression = codecs[wanted.codec]
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Return.Successes = true
	config.Producer.Retry.Max = 100
	if wanted.idempotent {
		config.Producer.Idempotent = true
		// sarama refuses to be idempotent with more than one request in flight.
		config.Net.MaxOpenRequests = 1
	}
	producer, err := sarama.NewSyncProducer(servers, config)
	if err == nil {
		p[wanted] = producer
	}
	return producer, err
}

func encoder(text *string) sarama.Encoder {
	if text == nil {
		return nil
	}
	return sarama.StringEncoder(*text)
}

func (p producers) produce(_ context.Context, request driver.Request) (any, error) {
	producer, err := p.of(settings{request.Codec, request.Idempotent})
	if err != nil {
		return nil, err
	}
	return nil, producer.SendMessages(messagesTo(request.Topic, request.Records))
}

func messagesTo(topic string, records []driver.Record) []*sarama.ProducerMessage {
	messages := make([]*sarama.ProducerMessage, len(records))
	for i, record := range records {
		messages[i] = &sarama.ProducerMessage{
			Topic: topic,
			Key:   encoder(record.Key),
			Value: encoder(record.Value),
		}
		for name, value := range record.Headers {
			header := sarama.RecordHeader{Key: []byte(name), Value: []byte(value)}
			messages[i].Headers = append(messages[i].Headers, header)
		}
	}
	return messages
}
