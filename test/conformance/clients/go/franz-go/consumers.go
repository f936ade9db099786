package main

import (
	"context"
	"os"

	"github.com/twmb/franz-go/pkg/kgo"

	"odradek/conformance/driver"
)

func recordOf(record *kgo.Record) driver.Record {
	headers := map[string]string{}
	for _, header := range record.Headers {
		headers[header.Key] = string(header.Value)
	}
	return driver.Record{
		Partition: record.Partition,
		Offset:    record.Offset,
		Timestamp: record.Timestamp.UnixMilli(),
		Key:       driver.Text(record.Key),
		Value:     driver.Text(record.Value),
		Headers:   headers,
	}
}

func read(ctx context.Context, consumer *kgo.Client, count int) ([]driver.Record, []*kgo.Record, error) {
	var records []*kgo.Record
	for len(records) < count {
		fetches := consumer.PollRecords(ctx, count-len(records))
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		records = append(records, fetches.Records()...)
	}
	result := make([]driver.Record, len(records))
	for i, record := range records {
		result[i] = recordOf(record)
	}
	return result, records, nil
}

func consume(ctx context.Context, request driver.Request) (any, error) {
	isolation := kgo.ReadCommitted()
	if request.Isolation == "read_uncommitted" {
		isolation = kgo.ReadUncommitted()
	}
	consumer, err := newClient(
		kgo.ConsumeTopics(request.Topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(isolation),
	)
	if err != nil {
		return nil, err
	}
	defer consumer.Close()
	result, _, err := read(ctx, consumer, request.Count)
	return result, err
}

func newMember(group, topic string, options ...kgo.Opt) (*kgo.Client, error) {
	common := []kgo.Opt{
		kgo.ConsumerGroup(group),
		kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.SessionTimeout(driver.SessionTimeout),
		kgo.HeartbeatInterval(driver.HeartbeatInterval),
	}
	if os.Getenv("GROUP_PROTOCOL") == "consumer" {
		common = append(common, kgo.ServerSideBalancer(), kgo.Balancers(kgo.StickyBalancer()))
	}
	if instance, ok := os.LookupEnv("GROUP_INSTANCE_ID"); ok {
		common = append(common, kgo.InstanceID(instance))
	}
	return newClient(append(common, options...)...)
}

func consumeInGroup(ctx context.Context, request driver.Request) (any, error) {
	consumer, err := newMember(request.Group, request.Topic, kgo.DisableAutoCommit())
	if err != nil {
		return nil, err
	}
	defer consumer.Close()
	result, records, err := read(ctx, consumer, request.Count)
	if err == nil {
		err = consumer.CommitRecords(ctx, records...)
	}
	return result, err
}

// consumeAndCommitOnRevoke reads records as a group member that commits nothing before its partitions
// are revoked, which is when it leaves: while a heartbeat is in flight. franz-go abandons that by closing
// its connection, and sends the commit on another.
func consumeAndCommitOnRevoke(ctx context.Context, request driver.Request) (any, error) {
	sent := make(heartbeats)
	var commitError error
	var records []*kgo.Record
	consumer, err := newMember(request.Group, request.Topic,
		kgo.DisableAutoCommit(),
		kgo.Dialer(dialSlowly),
		kgo.HeartbeatInterval(latency/5),
		kgo.WithHooks(sent),
		kgo.OnPartitionsRevoked(func(ctx context.Context, client *kgo.Client, _ map[string][]int32) {
			commitError = client.CommitRecords(ctx, records...)
		}),
	)
	if err != nil {
		return nil, err
	}
	result, records, err := read(ctx, consumer, request.Count)
	select {
	case <-sent:
	case <-ctx.Done():
	}
	consumer.Close()
	if err == nil {
		err = commitError
	}
	return result, err
}

func join(ctx context.Context, member *driver.Member, group, topic string) error {
	held := map[int32]bool{}
	report := func(_ context.Context, _ *kgo.Client, changed map[string][]int32, isHeld bool) {
		for _, partition := range changed[topic] {
			held[partition] = isHeld
		}
		partitions := []int32{}
		for partition, isHeld := range held {
			if isHeld {
				partitions = append(partitions, partition)
			}
		}
		member.Assigned(partitions)
	}
	gone := func(ctx context.Context, client *kgo.Client, lost map[string][]int32) {
		report(ctx, client, lost, false)
	}
	consumer, err := newMember(group, topic,
		kgo.OnPartitionsAssigned(func(ctx context.Context, client *kgo.Client, got map[string][]int32) {
			report(ctx, client, got, true)
		}),
		kgo.OnPartitionsRevoked(gone),
		kgo.OnPartitionsLost(gone),
	)
	if err != nil {
		return err
	}
	defer consumer.Close()
	for ctx.Err() == nil {
		consumer.PollFetches(ctx).EachRecord(func(record *kgo.Record) {
			member.Received(recordOf(record))
		})
	}
	return nil
}
