package main

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/segmentio/kafka-go"

	"odradek/conformance/driver"
)

func recordOf(message kafka.Message) driver.Record {
	headers := map[string]string{}
	for _, header := range message.Headers {
		headers[header.Key] = string(header.Value)
	}
	return driver.Record{
		Partition: int32(message.Partition),
		Offset:    message.Offset,
		Timestamp: message.Time.UnixMilli(),
		Key:       driver.Text(message.Key),
		Value:     driver.Text(message.Value),
		Headers:   headers,
	}
}

// consume reads partition 0: the tests that read without a group have topics of one partition.
func consume(ctx context.Context, request driver.Request) (any, error) {
	reader := kafka.NewReader(kafka.ReaderConfig{
		Brokers: servers,
		Topic:   request.Topic,
		MaxWait: driver.MaxWait,
	})
	defer reader.Close()
	records, _, err := read(ctx, reader, request.Count)
	return records, err
}

// isOver tells whether a Reader has ended. Other errors, such as those during a restart, are transient.
func isOver(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, io.EOF)
}

func read(ctx context.Context, reader *kafka.Reader, count int) ([]driver.Record, []kafka.Message, error) {
	records, messages := []driver.Record{}, []kafka.Message{}
	for len(records) < count {
		message, err := reader.FetchMessage(ctx)
		if isOver(ctx, err) {
			return nil, nil, err
		}
		if err == nil {
			records = append(records, recordOf(message))
			messages = append(messages, message)
		}
	}
	return records, messages, nil
}

func newMember(group, topic, clientID string) *kafka.Reader {
	return kafka.NewReader(kafka.ReaderConfig{
		Brokers:           servers,
		GroupID:           group,
		Topic:             topic,
		Dialer:            &kafka.Dialer{ClientID: clientID, Timeout: driver.Patience, DualStack: true},
		StartOffset:       kafka.FirstOffset,
		MaxWait:           driver.MaxWait,
		SessionTimeout:    driver.SessionTimeout,
		HeartbeatInterval: driver.HeartbeatInterval,
		JoinGroupBackoff:  200 * time.Millisecond,
	})
}

func consumeInGroup(ctx context.Context, request driver.Request) (any, error) {
	reader := newMember(request.Group, request.Topic, "consume-in-group")
	defer reader.Close()
	records, messages, err := read(ctx, reader, request.Count)
	if err == nil {
		err = reader.CommitMessages(ctx, messages...)
	}
	return records, err
}

func join(ctx context.Context, member *driver.Member, group, topic string) error {
	reader := newMember(group, topic, member.Name)
	defer reader.Close()
	go reportAssignment(ctx, member, group, topic)
	for {
		message, err := reader.ReadMessage(ctx)
		if isOver(ctx, err) {
			return err
		}
		if err == nil {
			member.Received(recordOf(message))
		}
	}
}

// reportAssignment polls the broker, because a Reader does not return its assignment.
func reportAssignment(ctx context.Context, member *driver.Member, group, topic string) {
	held := []int32{}
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for ctx.Err() == nil {
		partitions, err := assignment(ctx, member, group, topic)
		if err == nil && !slices.Equal(partitions, held) {
			held = partitions
			member.Assigned(held)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
		}
	}
}

func assignment(ctx context.Context, member *driver.Member, group, topic string) ([]int32, error) {
	described, err := describeGroup(ctx, group)
	if err != nil {
		return nil, err
	}
	partitions := []int32{}
	for _, one := range described.Members {
		if one.ClientID != member.Name {
			continue
		}
		for _, assigned := range one.MemberAssignments.Topics {
			if assigned.Topic != topic {
				continue
			}
			for _, partition := range assigned.Partitions {
				partitions = append(partitions, int32(partition))
			}
		}
	}
	slices.Sort(partitions)
	return partitions, nil
}
