// franz-go for the client tests: franz-go BOOTSTRAP_SERVERS. It reads from the replicas in CLIENT_RACK.
package main

import (
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"odradek/conformance/driver"
)

var servers = strings.Split(os.Args[1], ",")

func main() {
	producers := producers{}
	client, err := newClient()
	if err != nil {
		panic(err)
	}
	operations := adminOperations(kadm.NewClient(client))
	for name, operation := range transactionOperations() {
		operations[name] = operation
	}
	operations["produce"] = producers.produce
	operations["consume"] = consume
	operations["consumeInGroup"] = consumeInGroup
	operations["consumeAndCommitOnRevoke"] = consumeAndCommitOnRevoke
	driver.Serve(driver.Client{Operations: operations, Join: join, ErrorCode: errorCode})
}

func newClient(options ...kgo.Opt) (*kgo.Client, error) {
	return kgo.NewClient(append(clientOptions(), options...)...)
}

func clientOptions() []kgo.Opt {
	return []kgo.Opt{
		kgo.SeedBrokers(servers...),
		kgo.MetadataMaxAge(time.Second),
		kgo.MetadataMinAge(50 * time.Millisecond),
		kgo.FetchMaxWait(driver.MaxWait),
		kgo.Rack(os.Getenv("CLIENT_RACK")),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
	}
}

func errorCode(err error) (int, bool) {
	var refused *kerr.Error
	if errors.As(err, &refused) {
		return int(refused.Code), true
	}
	return 0, false
}

var codecs = map[string]kgo.CompressionCodec{
	"":       kgo.NoCompression(),
	"none":   kgo.NoCompression(),
	"gzip":   kgo.GzipCompression(),
	"snappy": kgo.SnappyCompression(),
	"lz4":    kgo.Lz4Compression(),
	"zstd":   kgo.ZstdCompression(),
}

type settings struct {
	codec      string
	idempotent bool
}

// producers are kept by their settings: they continue while the broker restarts.
type producers map[settings]*kgo.Client

func (p producers) of(wanted settings) (*kgo.Client, error) {
	if producer, ok := p[wanted]; ok {
		return producer, nil
	}
	options := []kgo.Opt{
		kgo.ProducerBatchCompression(codecs[wanted.codec]),
		kgo.RequiredAcks(kgo.AllISRAcks()),
	}
	if !wanted.idempotent {
		options = append(options, kgo.DisableIdempotentWrite())
	}
	producer, err := newClient(options...)
	p[wanted] = producer
	return producer, err
}

func (p producers) produce(ctx context.Context, request driver.Request) (any, error) {
	producer, err := p.of(settings{request.Codec, request.Idempotent})
	if err != nil {
		return nil, err
	}
	return nil, producer.ProduceSync(ctx, recordsTo(request.Topic, request.Records)...).FirstErr()
}

func recordsTo(topic string, produced []driver.Record) []*kgo.Record {
	records := make([]*kgo.Record, len(produced))
	for i, record := range produced {
		records[i] = &kgo.Record{
			Topic: topic,
			Key:   driver.Bytes(record.Key),
			Value: driver.Bytes(record.Value),
		}
		for name, value := range record.Headers {
			header := kgo.RecordHeader{Key: name, Value: []byte(value)}
			records[i].Headers = append(records[i].Headers, header)
		}
	}
	return records
}
