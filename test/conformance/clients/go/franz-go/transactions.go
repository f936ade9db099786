package main

import (
	"context"

	"github.com/twmb/franz-go/pkg/kgo"

	"odradek/conformance/driver"
)

// transactional is a producer and the options for another one with its transactional id.
type transactional struct {
	client  *kgo.Client
	options []kgo.Opt
}

// transactionOperations share the producers, by the test's names.
func transactionOperations() map[string]driver.Operation {
	producers := map[string]transactional{}
	return map[string]driver.Operation{
		"initProducer": func(ctx context.Context, r driver.Request) (any, error) {
			options := []kgo.Opt{
				kgo.TransactionalID(r.TransactionalID),
				kgo.TransactionTimeout(r.TransactionTimeout()),
			}
			client, err := newClient(options...)
			if err != nil {
				return nil, err
			}
			producers[r.Producer] = transactional{client, options}
			_, _, err = client.ProducerID(ctx)
			return nil, err
		},
		"beginTransaction": func(_ context.Context, r driver.Request) (any, error) {
			return nil, producers[r.Producer].client.BeginTransaction()
		},
		"produceInTransaction": func(ctx context.Context, r driver.Request) (any, error) {
			records := recordsTo(r.Topic, r.Records)
			return nil, producers[r.Producer].client.ProduceSync(ctx, records...).FirstErr()
		},
		"endTransaction": func(ctx context.Context, r driver.Request) (any, error) {
			return nil, producers[r.Producer].client.EndTransaction(ctx, kgo.TransactionEndTry(r.Commits))
		},
		"transform": func(ctx context.Context, r driver.Request) (any, error) {
			return transform(ctx, r, producers[r.Producer].options)
		},
	}
}

// transform uses a session, in which franz-go combines the group member and the producer.
func transform(ctx context.Context, r driver.Request, options []kgo.Opt) (any, error) {
	session, err := kgo.NewGroupTransactSession(append(clientOptions(), append(options,
		kgo.ConsumerGroup(r.Group),
		kgo.ConsumeTopics(r.From),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.SessionTimeout(driver.SessionTimeout),
		kgo.HeartbeatInterval(driver.HeartbeatInterval),
		kgo.RequireStableFetchOffsets(),
	)...)...)
	if err != nil {
		return nil, err
	}
	defer session.Close()
	var records []driver.Record
	for len(records) < r.Count {
		fetches := session.PollRecords(ctx, r.Count-len(records))
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for _, record := range fetches.Records() {
			records = append(records, recordOf(record))
		}
	}
	if err := session.Begin(); err != nil {
		return nil, err
	}
	if err := session.ProduceSync(ctx, recordsTo(r.To, records)...).FirstErr(); err != nil {
		return nil, err
	}
	_, err = session.End(ctx, kgo.TransactionEndTry(r.Commits))
	return records, err
}
