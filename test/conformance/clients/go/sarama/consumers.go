package main

import (
	"context"
	"errors"
	"os"
	"sync"

	"github.com/IBM/sarama"

	"odradek/conformance/driver"
)

func recordOf(message *sarama.ConsumerMessage) driver.Record {
	headers := map[string]string{}
	for _, header := range message.Headers {
		headers[string(header.Key)] = string(header.Value)
	}
	return driver.Record{
		Partition: message.Partition,
		Offset:    message.Offset,
		Timestamp: message.Timestamp.UnixMilli(),
		Key:       driver.Text(message.Key),
		Value:     driver.Text(message.Value),
		Headers:   headers,
	}
}

func consume(ctx context.Context, request driver.Request) (any, error) {
	config := newConfig()
	if request.Isolation == "read_uncommitted" {
		config.Consumer.IsolationLevel = sarama.ReadUncommitted
	}
	consumer, err := sarama.NewConsumer(servers, config)
	if err != nil {
		return nil, err
	}
	defer consumer.Close()
	partitions, err := consumer.Partitions(request.Topic)
	if err != nil {
		return nil, err
	}
	messages := make(chan *sarama.ConsumerMessage)
	for _, number := range partitions {
		partition, err := consumer.ConsumePartition(request.Topic, number, sarama.OffsetOldest)
		if err != nil {
			return nil, err
		}
		defer partition.Close()
		go forward(ctx, partition, messages)
	}
	records := []driver.Record{}
	for len(records) < request.Count {
		select {
		case message := <-messages:
			records = append(records, recordOf(message))
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return records, nil
}

func forward(ctx context.Context, partition sarama.PartitionConsumer, to chan<- *sarama.ConsumerMessage) {
	for message := range partition.Messages() {
		select {
		case to <- message:
		case <-ctx.Done():
			return
		}
	}
}

func newMember(group string, commits bool) (sarama.ConsumerGroup, error) {
	config := newConfig()
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Group.Session.Timeout = driver.SessionTimeout
	config.Consumer.Group.Heartbeat.Interval = driver.HeartbeatInterval
	config.Consumer.Group.InstanceId = os.Getenv("GROUP_INSTANCE_ID")
	config.Consumer.Offsets.AutoCommit.Enable = commits
	return sarama.NewConsumerGroup(servers, group, config)
}

// consumeUntil runs sessions of the group, one per generation, until ctx ends.
func consumeUntil(ctx context.Context, group sarama.ConsumerGroup, topic string, handler sarama.ConsumerGroupHandler) error {
	for ctx.Err() == nil {
		err := group.Consume(ctx, []string{topic}, handler)
		if errors.Is(err, sarama.ErrClosedConsumerGroup) {
			return err
		}
	}
	return nil
}

// counting reads a number of records and commits them.
type counting struct {
	count  int
	finish context.CancelFunc

	mutex   sync.Mutex
	records []driver.Record
}

func (c *counting) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (c *counting) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (c *counting) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for message := range claim.Messages() {
		if c.take(message) {
			session.MarkMessage(message, "")
		}
		if c.isDone() {
			// Ends the session, which commits what is marked.
			c.finish()
		}
	}
	return nil
}

func (c *counting) take(message *sarama.ConsumerMessage) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if len(c.records) == c.count {
		return false
	}
	c.records = append(c.records, recordOf(message))
	return true
}

func (c *counting) isDone() bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return len(c.records) == c.count
}

func consumeInGroup(ctx context.Context, request driver.Request) (any, error) {
	group, err := newMember(request.Group, true)
	if err != nil {
		return nil, err
	}
	defer group.Close()
	ctx, finish := context.WithCancel(ctx)
	defer finish()
	handler := &counting{count: request.Count, finish: finish}
	if err := consumeUntil(ctx, group, request.Topic, handler); err != nil {
		return nil, err
	}
	if !handler.isDone() {
		return nil, context.DeadlineExceeded
	}
	return handler.records, nil
}

// reporting reports the assignments and records of a member.
type reporting struct {
	member *driver.Member
	topic  string
}

func (r reporting) Setup(session sarama.ConsumerGroupSession) error {
	r.member.Assigned(session.Claims()[r.topic])
	return nil
}

func (r reporting) Cleanup(sarama.ConsumerGroupSession) error {
	r.member.Assigned(nil)
	return nil
}

func (r reporting) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for message := range claim.Messages() {
		r.member.Received(recordOf(message))
		session.MarkMessage(message, "")
	}
	return nil
}

func join(ctx context.Context, member *driver.Member, group, topic string) error {
	consumer, err := newMember(group, true)
	if err != nil {
		return err
	}
	defer consumer.Close()
	return consumeUntil(ctx, consumer, topic, reporting{member, topic})
}
