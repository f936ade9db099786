package main

import (
	"context"

	"github.com/IBM/sarama"

	"odradek/conformance/driver"
)

// transactional are producers by the test's names.
type transactional map[string]sarama.SyncProducer

func transactionOperations() map[string]driver.Operation {
	producers := transactional{}
	return map[string]driver.Operation{
		"initProducer": producers.init,
		"beginTransaction": func(_ context.Context, r driver.Request) (any, error) {
			return nil, producers[r.Producer].BeginTxn()
		},
		"produceInTransaction": func(_ context.Context, r driver.Request) (any, error) {
			return nil, producers[r.Producer].SendMessages(messagesTo(r.Topic, r.Records))
		},
		"endTransaction": func(_ context.Context, r driver.Request) (any, error) {
			return nil, producers.end(r)
		},
		"transform": producers.transform,
	}
}

func (p transactional) init(_ context.Context, r driver.Request) (any, error) {
	config := newConfig()
	config.Producer.Idempotent = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Return.Successes = true
	config.Producer.Retry.Max = 100
	config.Producer.Transaction.ID = r.TransactionalID
	config.Producer.Transaction.Timeout = r.TransactionTimeout()
	config.Net.MaxOpenRequests = 1
	producer, err := sarama.NewSyncProducer(servers, config)
	if err == nil {
		p[r.Producer] = producer
	}
	return nil, err
}

func (p transactional) end(r driver.Request) error {
	if r.Commits {
		return p[r.Producer].CommitTxn()
	}
	return p[r.Producer].AbortTxn()
}

func (p transactional) transform(ctx context.Context, r driver.Request) (any, error) {
	group, err := newMember(r.Group, false)
	if err != nil {
		return nil, err
	}
	defer group.Close()
	reading, finish := context.WithCancel(ctx)
	defer finish()
	handler := &counting{count: r.Count, finish: finish}
	if err := consumeUntil(reading, group, r.From, handler); err != nil {
		return nil, err
	}
	if !handler.isDone() {
		return nil, context.DeadlineExceeded
	}
	producer := p[r.Producer]
	if err := producer.BeginTxn(); err != nil {
		return nil, err
	}
	if err := producer.SendMessages(messagesTo(r.To, handler.records)); err != nil {
		return nil, err
	}
	next := map[int32]int64{}
	for _, record := range handler.records {
		next[record.Partition] = record.Offset + 1
	}
	offsets := []*sarama.PartitionOffsetMetadata{}
	for partition, offset := range next {
		offsets = append(offsets, &sarama.PartitionOffsetMetadata{Partition: partition, Offset: offset})
	}
	sent := map[string][]*sarama.PartitionOffsetMetadata{r.From: offsets}
	if err := producer.AddOffsetsToTxn(sent, r.Group); err != nil {
		return nil, err
	}
	return handler.records, p.end(r)
}
